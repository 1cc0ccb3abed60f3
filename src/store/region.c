/* SPDX-License-Identifier: ISC */
/* region -- what one pull owns, as others see it; fetcher writes */
#include "config.h"

#include <errno.h>

#include "layout.h"
#include "shared.h"

#define TRIES	64	/* of a torn read, then the record is passed over */

const char *const region_state_names[] = {
	[REGION_ASKING] = "asking",
	[REGION_PULLING] = "pulling",
	[REGION_PAUSED] = "paused",
	[REGION_RESTING] = "resting",
};

/* Two fetchers run side by side while the old one drains.  The sequence is odd
 * while nobody has the record (R1), so that what it says of a pull that is gone
 * is not read. */
int
region_open(const struct region_info *info)
{
	uint32_t none;
	int i;

	for (i = 0; i < REGION_MAX; i++) {
		none = 0;
		if (LOAD(view.regions[i].holder) != 0 ||
		    !CAS(view.regions[i].holder, &none,
		    HOLDER(view.slot, view.life)))
			continue;
		region_write(i, info);
		return i;
	}
	errno = EAGAIN;
	return -1;
}

void
region_write(int n, const struct region_info *info)
{
	struct region *r = &view.regions[n];
	uint32_t seq = r->seq | 1;

	SET(r->seq, seq);
	FENCE();
	SET(r->id, info->id);
	SET(r->object, info->object.id);
	SET(r->object_gen, info->object.gen);
	SET(r->begin, info->begin);
	SET(r->end, info->end);
	SET(r->position, info->position);
	SET(r->pull, info->pull);
	SET(r->rate, info->rate);
	SET(r->state, info->state);
	SET(r->source, info->source);
	SET(r->seq, seq + 1);
}

void
region_close(int n)
{
	struct region *r = &view.regions[n];

	SET(r->seq, r->seq | 1);
	SET(r->holder, 0);
}

static int
region_read(const struct region *r, struct region_info *out)
{
	uint32_t seq;
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if ((seq = LOAD(r->seq)) & 1 || seq == 0)
			continue;
		out->id = LOAD(r->id);
		out->object.id = LOAD(r->object);
		out->object.gen = LOAD(r->object_gen);
		out->begin = LOAD(r->begin);
		out->end = LOAD(r->end);
		out->position = LOAD(r->position);
		out->pull = LOAD(r->pull);
		out->rate = LOAD(r->rate);
		out->state = LOAD(r->state);
		out->source = LOAD(r->source);
		FENCE();
		if (LOAD(r->seq) == seq)
			return 1;
	}
	return 0;
}

size_t
region_take(struct region_info *out, size_t max)
{
	size_t n = 0;
	int i;

	for (i = 0; i < REGION_MAX && n < max; i++)
		if (LOAD(view.regions[i].holder) != 0 &&
		    region_read(&view.regions[i], &out[n]))
			n++;
	return n;
}

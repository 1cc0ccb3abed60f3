/* SPDX-License-Identifier: ISC */
/* recheck -- asks whether an object has changed while it is served; worker */
#include "config.h"

#include <string.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/row.h"
#include "recheck.h"
#include "worker.h"

static struct recheck {
	struct object_ref object;	/* pinned; id 0: free */
	int		 row;
	uint32_t	 answers;	/* that were there before */
	int64_t		 since;		/* ms */
} all[RECHECK_MAX];

/* One that is free, unless the object has one. */
static struct recheck *
place_for(struct object_ref object)
{
	struct recheck *c, *place = NULL;

	for (c = all; c < all + RECHECK_MAX; c++) {
		if (c->object.id == 0)
			place = c;
		else if (c->object.id == object.id &&
		    c->object.gen == object.gen)
			return NULL;
	}
	return place;
}

static void
end(struct recheck *c)
{
	row_close(c->row);
	object_unpin(&c->object);
}

void
recheck_start(struct object_ref object)
{
	struct recheck *c = place_for(object);
	struct object_info info;
	struct row_state state;

	if (c == NULL || object_pin(object) == -1)
		return;
	memset(&state, 0, sizeof(state));
	c->object = state.object = object;
	c->since = state.since = clock_ms();
	object_info(object, &info);
	c->answers = state.answers = info.answers;
	state.flags = ROW_CHECK | ROW_PREFETCH;
	state.waiting = 1;
	if ((c->row = row_open(&state)) == -1) {
		object_unpin(&c->object);
		return;
	}
	object_wait(object);
	arena_ring_fetcher();
}

void
recheck_look_all(void)
{
	struct object_info info;
	struct recheck *c;

	for (c = all; c < all + RECHECK_MAX; c++) {
		if (c->object.id == 0)
			continue;
		object_wait(c->object);
		object_info(c->object, &info);
		if (info.past || info.purged || info.answers != c->answers)
			end(c);
	}
}

void
recheck_expire(int64_t now)
{
	struct recheck *c;

	for (c = all; c < all + RECHECK_MAX; c++)
		if (c->object.id != 0 &&
		    now - c->since >= worker.conf->wait_max)
			end(c);
}

/* SPDX-License-Identifier: ISC */
/* batch -- saves that become true together; spooler */
#include "config.h"

#include "reeld/clock.h"
#include "batch.h"
#include "binding.h"
#include "health.h"
#include "part.h"

#define MOST	32	/* saves of one transaction */
#define LATEST	200	/* ms that one waits for others */

static struct spool_dirty saved[MOST];
static unsigned n;
static int open;
static int64_t began;

int
batch_begin(struct disk *d)
{
	if (open)
		return 0;
	if (health_check(d->catalogue, catalogue_begin(d->catalogue)) == -1)
		return -1;
	open = 1;
	began = clock_ms();
	return 0;
}

void
batch_abandon(void)
{
	unsigned i;

	for (i = 0; i < n; i++)
		spool_unsaved(&saved[i]);
	n = 0;
	open = 0;
}

/* It is on disk; one that is not whole, or was not, is counted anew. */
static void
say_saved(struct disk *d, struct spool_dirty *dirty)
{
	struct object_ref object = dirty->object;
	int partial = part_sum(dirty->blocks, dirty->length) < dirty->length ||
	    spool_is_partial(object, dirty->number);

	if (!partial || object_pin(object) == -1) {
		spool_saved(dirty);
		return;
	}
	spool_saved(dirty);
	binding_count(d, object);
	object_unpin(&object);
}

int
batch_commit(struct disk *d)
{
	unsigned i;

	if (!open)
		return 0;
	if (health_check(d->catalogue, catalogue_commit(d->catalogue)) ==
	    -1) {
		batch_abandon();
		return -1;
	}
	open = 0;
	for (i = 0; i < n; i++)
		say_saved(d, &saved[i]);
	n = 0;
	return 0;
}

void
batch_add(struct disk *d, const struct spool_dirty *dirty)
{
	saved[n++] = *dirty;
	if (n == MOST)
		batch_commit(d);
}

int64_t
batch_due(void)
{
	return open ? began + LATEST : INT64_MAX;
}

void
batch_turn(struct disk *d, int64_t now, int at_once)
{
	if (at_once || now >= batch_due())
		batch_commit(d);
}

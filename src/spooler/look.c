/* SPDX-License-Identifier: ISC */
/* look -- objects that are asked for, looked up in the catalogue; spooler */
#include "config.h"

#include "reeld/clock.h"
#include "binding.h"
#include "health.h"
#include "look.h"

#define AGAIN	1000	/* ms, then what could not be done is tried again */

static int64_t failed;	/* ms: what is owed to an object could not be done */

/* The fetcher made a new generation: what the catalogue has is older. */
static int
is_renewed(const struct object_info *info)
{
	return info->generation > 1 || info->past;
}

static void
look(struct disk *d, struct object_ref object)
{
	struct spool_marks marks;
	struct object_answer stored = { .size = -1 };
	struct object_info info;
	enum catalogue_result result = CATALOGUE_NONE;
	int64_t file = 0, answered = 0;

	object_info(object, &info);
	if (!is_renewed(&info))
		result = catalogue_find(d->catalogue, info.key, &file,
		    &stored, &answered);
	if (result == CATALOGUE_OK)
		result = binding_marks(d, file, stored.size, &marks);
	health_check(d->catalogue, result);
	if (result != CATALOGUE_OK) {
		spool_set_looked(object);
		return;
	}
	stored.answered = answered;
	/* an answer of the source that came first counts */
	spool_restore(object, file, &stored, &marks);
}

/* 1 when there was such an object and it could be ended. */
static int
end_one(struct disk *d, int (*next)(struct object_ref *),
    int (*end)(struct disk *, struct object_ref))
{
	struct object_ref object;
	int done;

	if (next(&object) == -1)
		return 0;
	done = end(d, object) == 0;
	object_unpin(&object);
	if (!done)
		failed = clock_ms();
	return done;
}

static int
end_some(struct disk *d)
{
	return clock_ms() - failed >= AGAIN &&
	    (end_one(d, spool_next_purged, binding_purge) ||
	    end_one(d, spool_next_over, binding_drop));
}

int
look_turn(struct disk *d)
{
	struct object_ref object;

	if (end_some(d))
		return 1;
	if (spool_next_asking(&object) == -1)
		return 0;
	look(d, object);
	object_unpin(&object);
	return 1;
}

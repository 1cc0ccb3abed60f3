/* SPDX-License-Identifier: ISC */
/* look -- objects that are asked for, looked up in the catalogue; spooler */
#include "config.h"

#include "binding.h"
#include "health.h"
#include "look.h"

/* The fetcher made a new generation: what the catalogue has is older. */
static int
is_renewed(const struct object_info *info)
{
	return info->generation > 1 || info->past;
}

static void
look(struct disk *d, struct object_ref object)
{
	uint64_t on_disk[BINDING_WORDS];
	struct object_answer stored;
	struct object_info info;
	enum catalogue_result result = CATALOGUE_NONE;
	int64_t file = 0, answered = 0;

	object_info(object, &info);
	if (!is_renewed(&info))
		result = catalogue_find(d->catalogue, info.key, &file,
		    &stored, &answered);
	if (result == CATALOGUE_OK)
		result = binding_marks(d, file, on_disk);
	health_check(d->catalogue, result);
	if (result != CATALOGUE_OK) {
		spool_set_looked(object);
		return;
	}
	stored.answered = answered;
	/* an answer of the source that came first counts */
	spool_restore(object, file, &stored, on_disk);
}

int
look_turn(struct disk *d)
{
	struct object_ref object;
	int dropped;

	if (spool_next_purged(&object) == 0) {
		dropped = binding_drop(d, object) == 0;
		object_unpin(&object);
		if (dropped)
			return 1;
		/* it is owed, and tried again */
	}
	if (spool_next_asking(&object) == -1)
		return 0;
	look(d, object);
	object_unpin(&object);
	return 1;
}

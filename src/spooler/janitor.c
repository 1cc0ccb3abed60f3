/* SPDX-License-Identifier: ISC */
/* janitor -- looks whether the directory is as it should be; spooler */
#include "config.h"

#include <errno.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/slot.h"
#include "batch.h"
#include "binding.h"
#include "health.h"
#include "janitor.h"
#include "load.h"
#include "room.h"
#include "save.h"

#define SLACK	(64u << 10)	/* bytes that a file may have too many */

static int evicting;			/* down to `max`, before all else */
static unsigned folder = DATA_FOLDERS;	/* the next one; DATA_FOLDERS: done */
static int64_t due;			/* ms */
static int64_t renewed;			/* wall s of the last look at objects */

void
janitor_begin(int64_t now)
{
	due = now;
}

/* ---- files ---- */

/* What is to be in a file, by the catalogue. */
struct named {
	struct disk	*disk;
	int64_t		 file;
	uint64_t	 bytes;
	uint32_t	 next;		/* segments below were looked at */
	int		 punch;
};

static void
see_segment(void *arg, const struct catalogue_segment *s)
{
	struct named *named = arg;

	named->bytes += catalogue_pages(s, arena_segment_size());
	for (; named->punch && named->next < s->number; named->next++)
		data_punch(named->disk->data, named->file, named->next);
	named->next = s->number + 1;
}

/* A crash between the catalogue and the file leaves bytes that no row names:
 * they would count for nobody and stay for ever. */
static void
trim(struct disk *d, int64_t file, uint64_t bytes)
{
	struct named named = { .disk = d, .file = file };

	if (health_check(d->catalogue, catalogue_segments(d->catalogue, file,
	    see_segment, &named)) == -1 ||
	    bytes <= named.bytes + named.bytes / 16 + SLACK)
		return;
	named.next = 0;
	named.punch = 1;
	if (health_check(d->catalogue, catalogue_segments(d->catalogue, file,
	    see_segment, &named)) == -1)
		return;
	data_punch_range(d->data, file, (uint64_t)named.next *
	    arena_segment_size(), (uint64_t)SPOOL_SEGMENTS *
	    arena_segment_size());
}

static void
see_file(void *arg, int64_t file, uint64_t bytes)
{
	struct disk *d = arg;

	slot_beat();
	/* an error of the catalogue says nothing of the file */
	if (save_has(file, UINT32_MAX) || load_has(file, UINT32_MAX) ||
	    health_state() == SPOOL_BROKEN)
		return;
	if (catalogue_has(d->catalogue, file))
		trim(d, file, bytes);
	else if (health_state() != SPOOL_BROKEN)
		data_remove(d->data, file);
}

/* ---- the turn ---- */

void
janitor_note(struct disk *d)
{
	int64_t wall = clock_wall();

	if (binding_refresh(d, renewed) == 0)
		renewed = wall;
}

/* A spool that is full is not written to; but what no row names may be what
 * fills it. */
static void
begin(struct disk *d, int64_t now)
{
	due = now + d->rules.janitor_interval;
	folder = 0;
	evicting = health_state() == SPOOL_WORKING;
	if (!evicting)
		return;
	janitor_note(d);
	room_sweep_empty(d);
}

int
janitor_turn(struct disk *d, int64_t now)
{
	if (folder == DATA_FOLDERS) {
		if (now < due)
			return 0;
		begin(d, now);
		return 1;
	}
	if (evicting && health_state() == SPOOL_WORKING && !save_is_busy()) {
		evicting = room_make(d, 0) == ROOM_MAKING;
		return 1;
	}
	/* rows that are not committed yet are no less there */
	if (batch_commit(d) == -1)
		return 0;
	if (data_each_in(d->data, folder, see_file, d) == -1 &&
	    errno != ENOENT)
		health_errno("data files", errno);
	folder++;
	return 1;
}

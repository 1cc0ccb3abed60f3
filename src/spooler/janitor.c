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
#include "stray.h"

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

static void
count_pages(void *arg, const struct catalogue_segment *s)
{
	*(uint64_t *)arg += catalogue_pages(s, arena_segment_size());
}

/* A crash between the catalogue and the file leaves bytes that no row names:
 * they would count for nobody and stay for ever.  `most` has what the file
 * system takes to find them, too.  What cannot be punched is tried again. */
static void
trim(struct disk *d, int64_t file, uint64_t bytes)
{
	uint64_t named = 0, most;

	if (health_check(d->catalogue, catalogue_segments(d->catalogue, file,
	    count_pages, &named)) == -1)
		return;
	most = named + named / 512 + SLACK;
	if (bytes > most)
		stray_bytes(d->catalogue, d->data, file, 1);
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

/* SPDX-License-Identifier: ISC */
/* save -- writes segments to disk; spooler */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "reeld/arena.h"
#include "reeld/counter.h"
#include "reeld/panic.h"
#include "batch.h"
#include "binding.h"
#include "health.h"
#include "load.h"
#include "part.h"
#include "room.h"
#include "save.h"

enum stage { NOTHING, ROOM, WRITING };

static struct {
	enum stage	 stage;
	struct spool_dirty dirty;	/* pinned */
	struct catalogue_segment row;	/* as it will be */
	uint64_t	 fresh[SPOOL_WORDS];	/* not on disk yet */
	unsigned	 part;			/* the next one */
} save;
static uint64_t written;

uint64_t
save_written(void)
{
	return written;
}

int
save_is_busy(void)
{
	return save.stage != NOTHING;
}

int
save_has(int64_t file, uint32_t number)
{
	return save.stage != NOTHING && save.row.file == file &&
	    (number == UINT32_MAX || save.row.number == number);
}

void
save_abandon(void)
{
	if (save.stage != NOTHING)
		spool_unsaved(&save.dirty);
	save.stage = NOTHING;
}

/* ---- beginning ---- */

/* What is on disk of it already: `row` and `fresh` are what both make.  A row
 * alone is not believed: its bytes may have been punched where it could not be
 * dropped.  What the arena knows as saved was written, or read, since. */
static int
merge(struct disk *d, int64_t file)
{
	struct catalogue_segment *row = &save.row;
	uint64_t there[SPOOL_WORDS];
	enum catalogue_result result;

	result = catalogue_segment(d->catalogue, file, save.dirty.number, row);
	if (health_check(d->catalogue, result) == -1)
		return -1;
	if (result == CATALOGUE_NONE) {
		memset(row, 0, sizeof(*row));
		row->file = file;
		row->number = save.dirty.number;
	}
	memcpy(there, row->blocks, sizeof(there));
	part_and(there, save.dirty.saved);
	memcpy(save.fresh, save.dirty.blocks, sizeof(save.fresh));
	part_subtract(save.fresh, there);
	return 0;
}

/* Checksums are made of what is in memory: a part that is written again must
 * be there whole, as far as it is on disk. */
static int
is_all_here(void)
{
	uint64_t missing[SPOOL_WORDS], whole[SPOOL_WORDS];

	part_whole(save.dirty.segment, save.dirty.length, whole);
	memcpy(missing, save.row.blocks, sizeof(missing));
	return !part_subtract(missing, whole);
}

/* One that is dirty and partly on disk alone is brought first, and saved when
 * it is whole again. */
static int
begin(struct disk *d)
{
	int64_t file;

	if (binding_obtain(d, save.dirty.object, &file) == -1 ||
	    merge(d, file) == -1)
		return -1;
	if (!is_all_here()) {
		load_begin(d, save.dirty.object, save.dirty.number);
		return -1;
	}
	part_or(save.row.blocks, save.dirty.blocks);
	save.row.bytes = part_sum(save.row.blocks, save.dirty.length);
	save.part = 0;
	save.stage = ROOM;
	return 0;
}

static int
next(struct disk *d, enum spool_why why, int64_t idle)
{
	if (health_state() != SPOOL_WORKING ||
	    spool_next_dirty(why, idle, &save.dirty) == -1)
		return 0;
	if (begin(d) == -1) {
		spool_unsaved(&save.dirty);
		return 0;
	}
	return 1;
}

/* ---- writing ---- */

/* How many parts beside each other are written together; 0: none are left. */
static unsigned
stretch(void)
{
	unsigned n = 0;

	while (save.part < CATALOGUE_PARTS &&
	    !part_has(save.fresh, save.part))
		save.part++;
	while (save.part + n < CATALOGUE_PARTS && n < part_together() &&
	    part_has(save.fresh, save.part + n))
		n++;
	return n;
}

static int
write_parts(struct disk *d, unsigned n)
{
	struct catalogue_segment piece = save.row;

	piece.bytes = 0;
	if (data_write_parts(d->data, &piece, save.part, n, segment_bytes(
	    save.dirty.segment), save.dirty.length) == -1) {
		health_errno("data files", errno);
		return -1;
	}
	memcpy(&save.row.sums[save.part], &piece.sums[save.part],
	    n * sizeof(piece.sums[0]));
	counter_add(COUNTER_SAVED_BYTES, piece.bytes);
	written += piece.bytes;
	return 0;
}

/* All is written: the batch has it.  Without a row of its file it is not saved:
 * the object gets another file. */
static void
finish(struct disk *d)
{
	enum catalogue_result result;

	save.stage = NOTHING;
	if (batch_begin(d) == -1) {
		spool_unsaved(&save.dirty);
		return;
	}
	result = catalogue_save(d->catalogue, &save.row, disk_now());
	if (result == CATALOGUE_OK) {
		batch_add(d, &save.dirty);
		return;
	}
	if (result == CATALOGUE_NONE)
		spool_forget(save.dirty.object);
	spool_unsaved(&save.dirty);
	if (health_check(d->catalogue, result) == -1)
		batch_commit(d);	/* it fails, and gives back the rest */
}

/* Then we look up again. */
static void
write_some(struct disk *d)
{
	unsigned n = stretch();

	if (n > 0 && write_parts(d, n) == -1) {
		save_abandon();
		return;
	}
	save.part += n;
	if (save.part == CATALOGUE_PARTS)
		finish(d);
}

int
save_turn(struct disk *d, enum spool_why why, int64_t idle)
{
	switch (save.stage) {
	case NOTHING:
		return next(d, why, idle);
	case ROOM:
		switch (room_make(d, part_sum(save.fresh,
		    save.dirty.length))) {
		case ROOM_MADE:
			save.stage = WRITING;
			break;
		case ROOM_MAKING:
			break;
		case ROOM_NONE:
			save_abandon();
			break;
		}
		return 1;
	case WRITING:
		write_some(d);
		return 1;
	}
	PANIC("save stage %d", (int)save.stage);
}

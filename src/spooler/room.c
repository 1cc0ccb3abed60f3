/* SPDX-License-Identifier: ISC */
/* room -- keeps the spool below its size; spooler */
#include "config.h"

#include <string.h>

#include "reeld/arena.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "batch.h"
#include "binding.h"
#include "health.h"
#include "load.h"
#include "room.h"
#include "save.h"
#include "touch.h"
#include "windows.h"

#define FEW	64		/* segments looked at first */
#define MANY	1024		/* ... when readers need those */
#define STEP	16		/* segments that go at a time */
#define EMPTY	16		/* files, likewise */

static struct catalogue_segment oldest[MANY];
static struct catalogue_segment chosen[STEP];
/* Bytes that may be there in the end; 0: nothing is being evicted. */
static uint64_t target;

void
room_abandon(void)
{
	target = 0;
}

static uint64_t
used(struct disk *d)
{
	struct catalogue_totals totals;

	catalogue_totals(d->catalogue, &totals);
	return totals.bytes + totals.own;
}

/* What the spool may have: `max`, or less where the file system is small. */
static uint64_t
limit(const struct disk *d, uint64_t now_used)
{
	uint64_t spare = disk_spare(d);

	return spare < d->rules.max && now_used + spare < d->rules.max ?
	    now_used + spare : d->rules.max;
}

/* In proportion as `low` is to `max`. */
static uint64_t
low_of(const struct disk *d, uint64_t most)
{
	return (uint64_t)((double)most * ((double)d->rules.low /
	    (double)d->rules.max));
}

/* ---- choosing ---- */

/* 1 when this one may go: nobody is about to read it, nor do we. */
static int
may_go(const struct windows *w, const struct catalogue_segment *s)
{
	return !load_has(s->file, s->number) &&
	    !save_has(s->file, s->number) &&
	    !windows_have(w, s->file, s->number);
}

/* The oldest that may go, until they are `excess` bytes or STEP. */
static size_t
choose(struct disk *d, uint64_t excess)
{
	const struct windows *w = windows_take();
	size_t looked, seen, i, n = 0;
	uint64_t bytes = 0;

	for (looked = FEW; n == 0 && looked <= MANY; looked *= MANY / FEW) {
		seen = catalogue_oldest(d->catalogue, oldest, looked);
		for (i = 0; i < seen && n < STEP && bytes < excess; i++) {
			if (!may_go(w, &oldest[i]))
				continue;
			chosen[n++] = oldest[i];
			bytes += oldest[i].bytes;
		}
		if (seen < looked)
			break;
	}
	return n;
}

/* ---- evicting ---- */

/* Out of the catalogue first: a crash leaves bytes that nobody names.  Where
 * the catalogue has no room to say so, the bytes go first: their checksums
 * keep them from being read. */
static int
drop(struct disk *d, size_t n, int bytes_first)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < n && bytes_first; i++)
		data_punch(d->data, chosen[i].file, chosen[i].number);
	if (batch_commit(d) == -1 || batch_begin(d) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		bytes += chosen[i].bytes;
		if (health_check(d->catalogue, catalogue_drop(d->catalogue,
		    chosen[i].file, chosen[i].number)) == -1)
			break;
	}
	if (batch_commit(d) == -1)
		return -1;
	binding_unmark(chosen, n);
	for (i = 0; i < n && !bytes_first; i++)
		data_punch(d->data, chosen[i].file, chosen[i].number);
	counter_add(COUNTER_SPOOL_EVICTED_BYTES, bytes);
	return 0;
}

/* Some steps towards the target. */
static enum room_result
evict(struct disk *d, int bytes_first)
{
	uint64_t now_used = used(d);
	size_t n;

	if (now_used <= target) {
		if (room_sweep_empty(d))
			return ROOM_MAKING;
		target = 0;
		return ROOM_MADE;
	}
	if ((n = choose(d, now_used - target)) == 0 ||
	    drop(d, n, bytes_first) == -1) {
		target = 0;
		return ROOM_NONE;
	}
	return ROOM_MAKING;
}

enum room_result
room_make(struct disk *d, uint64_t need)
{
	uint64_t now_used = used(d), most = limit(d, now_used);
	enum room_result result;

	if (target == 0) {
		if (now_used + need <= most)
			return ROOM_MADE;
		target = low_of(d, most);
		target = target > need ? target - need : 1;
		touch_used(d);
		touch_tell(d);
	}
	result = evict(d, 0);
	if (result == ROOM_NONE) {
		/* down to `low` is more than has to be */
		now_used = used(d);
		if (now_used + need <= limit(d, now_used))
			return ROOM_MADE;
		health_bad(SPOOL_FULL, "%s", most < d->rules.max ?
		    "the file system has too little free space" :
		    "all that is in the spool is about to be read");
	}
	return result;
}

enum room_result
room_relieve(struct disk *d)
{
	uint64_t now_used;

	if (disk_is_read_only(d)) {
		target = 0;
		return ROOM_NONE;
	}
	if (target == 0) {
		if (disk_spare(d) >= 2 * (uint64_t)arena_segment_size() &&
		    disk_try(d))
			return ROOM_MADE;
		if ((now_used = used(d)) == 0)
			return ROOM_NONE;
		target = low_of(d, limit(d, now_used));
		if (target >= now_used)
			target = low_of(d, now_used);
		if (target == 0)
			target = 1;
	}
	return evict(d, 1);
}

int
room_sweep_empty(struct disk *d)
{
	int64_t files[EMPTY];
	size_t i, kept = 0, n;

	if (batch_commit(d) == -1)
		return 0;
	n = catalogue_empty(d->catalogue, files, EMPTY);
	for (i = 0; i < n; i++) {
		if (save_has(files[i], UINT32_MAX) ||
		    load_has(files[i], UINT32_MAX))
			continue;
		if (health_check(d->catalogue, catalogue_remove(d->catalogue,
		    files[i])) == -1)
			return 0;
		data_remove(d->data, files[i]);
		files[kept++] = files[i];
	}
	if (kept > 0)
		binding_forget(files, kept);
	return kept > 0;
}

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

/* What the spool may have: `max`, or less where the file system is small, or
 * others take what is to stay free. */
static uint64_t
limit(const struct disk *d, uint64_t now_used)
{
	int64_t spare = disk_spare(d);
	uint64_t lacking = spare < 0 ? (uint64_t)-spare : 0, most;

	if (lacking >= now_used)
		return 0;
	most = now_used - lacking + (spare > 0 ? (uint64_t)spare : 0);
	return most < d->rules.max ? most : d->rules.max;
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

/* The oldest that may go, until they are `excess` bytes or STEP; and what does
 * not add up, of which nobody can have use. */
static size_t
choose(struct disk *d, uint64_t excess)
{
	const struct windows *w = windows_take();
	size_t looked, seen, i, n = 0;
	uint64_t bytes = 0;

	for (looked = FEW; n == 0 && looked <= MANY; looked *= MANY / FEW) {
		if (health_check(d->catalogue, catalogue_oldest(d->catalogue,
		    oldest, looked, &seen)) == -1)
			return 0;
		for (i = 0; i < seen && n < STEP && bytes < excess; i++) {
			if (oldest[i].bytes != 0 && !may_go(w, &oldest[i]))
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

static void
tell_bad(const struct catalogue_segment *s)
{
	static struct log_limit limit = { .burst = 4 };

	counter_add(COUNTER_SPOOL_BAD, 1);
	if (log_allow(&limit))
		log_warn("spool: segment %u of file %lld: its row does not add "
		    "up: dropped", (unsigned)s->number, (long long)s->file);
}

static void
punch(struct disk *d, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		data_punch(d->data, chosen[i].file, chosen[i].number);
}

static int
drop_rows(struct disk *d, size_t n)
{
	enum catalogue_result result;
	size_t i;

	if (batch_begin(d) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		result = (chosen[i].bytes == 0 ? catalogue_drop_bad :
		    catalogue_drop)(d->catalogue, chosen[i].file,
		    chosen[i].number);
		if (health_check(d->catalogue, result) == -1)
			break;
	}
	return batch_commit(d);
}

/* Out of the catalogue first: a crash leaves bytes that nobody names.  Where
 * the catalogue has no room to say so, the bytes go first: the arena does not
 * believe in them any more by then, and checksums keep the rows, which may
 * stay, from being read. */
static int
drop(struct disk *d, size_t n, int bytes_first)
{
	uint64_t bytes = 0;
	size_t i;

	/* what is not committed yet would be marked after it was dropped */
	if (batch_commit(d) == -1 && !bytes_first)
		return -1;
	if (bytes_first) {
		binding_unmark(d, chosen, n);
		punch(d, n);
	}
	if (drop_rows(d, n) == -1)
		return -1;
	if (!bytes_first) {
		binding_unmark(d, chosen, n);
		punch(d, n);
	}
	for (i = 0; i < n; i++) {
		bytes += chosen[i].bytes;
		if (chosen[i].bytes == 0)
			tell_bad(&chosen[i]);
	}
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
		if (disk_spare(d) >= 2 * (int64_t)arena_segment_size() &&
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
	if (health_check(d->catalogue, catalogue_empty(d->catalogue, files,
	    EMPTY, &n)) == -1)
		return 0;
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

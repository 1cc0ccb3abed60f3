/* SPDX-License-Identifier: ISC */
/* load -- brings segments from disk; spooler */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "reeld/arena.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "reeld/row.h"
#include "batch.h"
#include "binding.h"
#include "health.h"
#include "intake.h"
#include "load.h"
#include "part.h"
#include "save.h"
#include "touch.h"

#define LOADS		8		/* segments at once */
#define WANTS		64
#define ALL_PARTS	((1u << CATALOGUE_PARTS) - 1)
#define AHEAD		(16u << 20)	/* bytes, or two segments */

struct load {
	struct object_ref object;	/* id 0: free; pinned */
	struct segment_ref segment;	/* pinned */
	uint32_t	 length;	/* bytes that it has in the object */
	struct catalogue_segment row;
	int64_t		 size;		/* of the object */
	unsigned	 done;		/* parts, a bit each */
	int		 begun;		/* some were brought */
};

static struct load loads[LOADS];
static int blocked;

static struct load *
find(struct object_ref object, uint32_t number)
{
	struct load *l;

	for (l = loads; l < loads + LOADS; l++)
		if (l->object.id == object.id && l->object.gen == object.gen &&
		    l->object.id != 0 && l->row.number == number)
			return l;
	return NULL;
}

static void
end(struct load *l)
{
	segment_unpin(&l->segment);
	object_unpin(&l->object);
	memset(l, 0, sizeof(*l));
}

void
load_abandon(void)
{
	struct load *l;

	for (l = loads; l < loads + LOADS; l++)
		if (l->object.id != 0)
			end(l);
}

void
load_leave(int64_t file)
{
	struct load *l;

	for (l = loads; l < loads + LOADS; l++)
		if (l->object.id != 0 && l->row.file == file)
			end(l);
}

int
load_has(int64_t file, uint32_t number)
{
	const struct load *l;

	for (l = loads; l < loads + LOADS; l++)
		if (l->object.id != 0 && l->row.file == file &&
		    (number == UINT32_MAX || l->row.number == number))
			return 1;
	return 0;
}

int
load_is_blocked(void)
{
	return blocked;
}

/* ---- beginning ---- */

/* Announced, looked again: who has no room is rung when there is some.  Behind
 * one that has none only what has its room already is brought: its reader took
 * that, and gives it back when he was served. */
static int
obtain(struct load *l)
{
	int tries;

	if (blocked)
		return segment_find(l->object, l->row.number, &l->segment);
	for (tries = 0; tries < 2; tries++) {
		if (segment_obtain(l->object, l->row.number, SEGMENT_EVICT,
		    &l->segment) == 0)
			return 0;
		if (errno == ENOSPC)
			arena_wait_room();
	}
	blocked = 1;
	return -1;
}

/* What is on disk of it, and that it can be brought at all. */
static int
look_up(struct disk *d, struct load *l, uint32_t number)
{
	enum catalogue_result result;
	struct object_info info;
	int64_t file = spool_bound(l->object);

	object_info(l->object, &info);
	if (info.past || info.size <= 0 || info.state != OBJECT_KNOWN)
		return -1;
	l->size = info.size;
	l->length = part_length(info.size, number);
	result = file == 0 ? CATALOGUE_NONE : catalogue_segment(d->catalogue,
	    file, number, &l->row);
	if (health_check(d->catalogue, result) == -1)
		return -1;
	if (result == CATALOGUE_NONE || l->length == 0) {
		binding_mark_off(d, l->object, number);
		return -1;
	}
	/* what is being saved is in memory, all of it, and away no longer */
	return save_has(file, number) ? -1 : 0;
}

static struct load *
find_free(void)
{
	struct load *l;

	for (l = loads; l < loads + LOADS; l++)
		if (l->object.id == 0)
			return l;
	return NULL;
}

int
load_begin(struct disk *d, struct object_ref object, uint32_t number)
{
	static const struct object_ref none;
	struct load *l;

	if (find(object, number) != NULL)
		return 0;
	if ((l = find_free()) == NULL || object_pin(object) == -1)
		return -1;
	l->object = object;
	if (!blocked)
		spool_make_way();
	if (look_up(d, l, number) == 0 && obtain(l) == 0) {
		data_read_ahead(d->data, &l->row);
		return 0;
	}
	object_unpin(&l->object);
	l->object = none;
	return -1;
}

/* ---- some parts ---- */

static void
drop_bad(struct disk *d, struct load *l)
{
	static struct log_limit limit = { .burst = 4 };
	const char *why = errno == EBADMSG ? "damaged" : strerror(errno);

	counter_add(COUNTER_SPOOL_BAD, 1);
	if (log_allow(&limit))
		log_warn("spool: segment %u of file %lld: %s: dropped",
		    (unsigned)l->row.number, (long long)l->row.file, why);
	/* what is not committed yet would be marked after it was dropped */
	batch_commit(d);
	health_check(d->catalogue, catalogue_drop(d->catalogue, l->row.file,
	    l->row.number));
	binding_mark_off(d, l->object, l->row.number);
	data_punch(d->data, l->row.file, l->row.number);
	end(l);
}

/* Blocks of the row that are whole in memory: another's pen may be in one. */
static void
finish(struct disk *d, struct load *l)
{
	uint64_t brought[SPOOL_WORDS];

	part_whole(l->segment, l->length, brought);
	part_and(brought, l->row.blocks);
	spool_loaded(l->object, l->segment, brought);
	touch_note(d, l->row.file, l->row.number);
	end(l);
}

static void
bring(struct disk *d, struct load *l, unsigned part, unsigned n)
{
	const struct intake in = { l->object, l->size, &l->row };
	struct object_info info;
	int64_t got;

	object_info(l->object, &info);
	if (info.past) {
		end(l);
		return;
	}
	got = intake_read(&in, d->data, part, n);
	if (got == -1 && data_is_bad(errno)) {
		drop_bad(d, l);
		return;
	}
	if (got == -1) {
		health_errno("data files", errno);
		end(l);
		return;
	}
	counter_add(COUNTER_LOADED_BYTES, (uint64_t)got);
	l->done |= ((1u << n) - 1) << part;
	if (l->done == ALL_PARTS)
		finish(d, l);
}

/* Who waits for the first bytes of a segment gets no more than he waits for;
 * after that as many parts as are brought together, up to where the next of
 * such begin. */
static unsigned
how_many(const struct load *l, unsigned part)
{
	const struct intake in = { l->object, l->size, &l->row };
	unsigned all = part_together(), n = 0;
	unsigned most = intake_reach(&in, part, l->begun ?
	    all - part % all : 1);

	while (n < most && (l->done & 1u << (part + n)) == 0)
		n++;
	return n;
}

/* The part of the byte `at` first, then those behind it, then all others;
 * parts without a block need no turn. */
static void
bring_next(struct disk *d, struct load *l, uint64_t at)
{
	uint64_t start = (uint64_t)l->row.number * arena_segment_size();
	unsigned part = 0, i, n;

	if (at >= start && at - start < arena_segment_size())
		part = (unsigned)((at - start) / part_bytes());
	for (i = 0; i < CATALOGUE_PARTS; i++) {
		if (!part_has(l->row.blocks, i))
			l->done |= 1u << i;
	}
	for (i = 0; i < CATALOGUE_PARTS; i++, part++) {
		part %= CATALOGUE_PARTS;
		if ((l->done & 1u << part) == 0) {
			n = how_many(l, part);
			l->begun = 1;
			bring(d, l, part, n);
			return;
		}
	}
	finish(d, l);
}

/* ---- the turn ---- */

static uint64_t
ahead(void)
{
	uint64_t bytes = 2 * (uint64_t)arena_segment_size(), window;

	if (bytes < AHEAD)
		bytes = AHEAD;
	window = segment_window(row_count());
	return bytes < window ? bytes : window;
}

static int
is_wanted(const struct load *l, const struct spool_want *wants, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (find(wants[i].object, wants[i].number) == l)
			return 1;
	return 0;
}

/* Nobody waits at a place that is held for nobody: of the loads that no reader
 * wants any more the one that has brought least ends.  What it brought stays,
 * and the rest is brought when there is time. */
static void
make_place(void)
{
	struct spool_want wants[WANTS];
	struct load *l, *least = NULL;
	size_t n;

	if (find_free() != NULL)
		return;
	n = spool_wants(wants, WANTS, ahead());
	for (l = loads; l < loads + LOADS; l++)
		if (!is_wanted(l, wants, n) && (least == NULL ||
		    __builtin_popcount(l->done) <
		    __builtin_popcount(least->done)))
			least = l;
	if (least != NULL)
		end(least);
}

/* The load of a want, begun if it is not under way; NULL: not now. */
static struct load *
load_of(struct disk *d, const struct spool_want *want)
{
	struct load *l = find(want->object, want->number);

	if (l != NULL)
		return l;
	if (want->waiting && !blocked)
		make_place();
	return load_begin(d, want->object, want->number) == -1 ? NULL :
	    find(want->object, want->number);
}

/* 1 when one of the wants could be served.  Nothing takes room behind one that
 * has none: it would take what little there is, and be evicted for it. */
static int
serve(struct disk *d, const struct spool_want *wants, size_t n, int waiting)
{
	struct load *l;
	size_t i;

	for (i = 0; i < n; i++) {
		if (waiting && !wants[i].waiting)
			continue;
		if ((l = load_of(d, &wants[i])) == NULL)
			continue;
		l->begun |= !wants[i].waiting;
		bring_next(d, l, wants[i].at);
		return 1;
	}
	return 0;
}

int
load_turn(struct disk *d, int waiting)
{
	struct spool_want wants[WANTS];
	struct load *l;
	size_t n;

	blocked = 0;
	n = spool_wants(wants, WANTS, waiting ? 0 : ahead());
	if (serve(d, wants, n, waiting))
		return 1;
	for (l = loads; !waiting && l < loads + LOADS; l++)
		if (l->object.id != 0) {
			bring_next(d, l, 0);
			return 1;
		}
	return 0;
}

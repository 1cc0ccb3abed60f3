/* SPDX-License-Identifier: ISC */
/* evict -- chooses what goes when room is needed; every role */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/clock.h"
#include "reeld/segment.h"
#include "reeld/spool.h"
#include "evict.h"
#include "index.h"
#include "layout.h"
#include "lock.h"
#include "record.h"
#include "saved.h"
#include "shared.h"
#include "yield.h"

#define ROWS_SEEN	4096	/* readers whose windows are respected */
#define TRIES		8	/* somebody else took the one we chose */
#define LEFT_LYING	2000	/* ms that a reader let a segment be */
#define FAILED_FOR	2000	/* ms that a failed object keeps its status */
#define WORTH_NEAR	(INT64_MAX / 2)	/* right in front of a reader */

/* Where the readers stand, by object; private, rebuilt for each search. */
static struct row_state rows[ROWS_SEEN];
static size_t nrows;
static uint64_t window;

static int
by_object(const void *a, const void *b)
{
	const struct row_state *x = a, *y = b;

	return x->object.id < y->object.id ? -1 : x->object.id > y->object.id;
}

const struct row_state *
evict_look(size_t *n)
{
	nrows = row_take(rows, ROWS_SEEN);
	window = segment_window(nrows);
	qsort(rows, nrows, sizeof(rows[0]), by_object);
	*n = nrows;
	return rows;
}

/* The first row of an object, by bisection. */
static size_t
first_row(uint32_t object)
{
	size_t low = 0, high = nrows, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (rows[mid].object.id < object)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * How much a segment is worth keeping.  One that a reader stands in and that
 * was used a moment ago never goes (INT64_MAX); then come those that readers
 * left lying, then those in front of a reader, the farther the less; all others
 * are worth the less the longer they lay unused (0 and below), those of a past
 * or purged object nothing.
 */
int64_t
evict_worth(struct object_ref object, uint32_t number, int64_t idle)
{
	const struct object *o = &view.objects[object.id];
	uint64_t begin = (uint64_t)number * view.head->segment_size;
	uint64_t end = begin + view.head->segment_size, near = UINT64_MAX, d;
	size_t i;

	for (i = first_row(object.id); i < nrows &&
	    rows[i].object.id == object.id; i++) {
		if (rows[i].object.gen != object.gen ||
		    rows[i].position >= end || rows[i].end <= begin)
			continue;
		d = begin > rows[i].position ? begin - rows[i].position : 0;
		if (d < near)
			near = d;
	}
	if (near == 0)
		return idle < LEFT_LYING ? INT64_MAX : INT64_MAX - idle;
	if (near != UINT64_MAX)
		return WORTH_NEAR - (int64_t)(near < WORTH_NEAR / 2 ?
		    near : WORTH_NEAR / 2);
	return evict_is_over(o) ? INT64_MIN : -idle;
}

int64_t
evict_outside(void)
{
	return WORTH_NEAR - (int64_t)window + 1;
}

/*
 * What must go at most for the sake of a segment that is to come: never more
 * than it is worth itself, or two pulls that run ahead would evict each other
 * for ever; what is in a window only for a reader who stands right there, and
 * nothing if others have waited longer.
 */
static int64_t
limit_for(struct object_ref object, uint32_t number, int idle_only)
{
	int64_t w = evict_worth(object, number, -1);

	if (idle_only)
		return 1;
	if (w == INT64_MAX)
		return yield_to_others(rows, nrows, object, number) ?
		    INT64_MIN : w;
	return w < evict_outside() ? w : evict_outside();
}

/* The segment worth least, if less than `least`; or 0.  What is to be saved
 * stays until it was. */
static uint32_t
choose(int64_t least)
{
	struct segment *s;
	struct object_ref object;
	int64_t w, now = clock_ms();
	uint32_t id, best = 0, fresh = LOAD(view.head->segment_fresh);
	int saves = spool_saves();

	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (LOAD(s->record) != RECORD_LINKED || LOAD(s->pins) != 0 ||
		    (saves && saved_is_dirty(s)))
			continue;
		object.id = LOAD(s->object);
		object.gen = LOAD(s->object_gen);
		w = evict_worth(object, LOAD(s->number),
		    now - LOAD(s->last_use));
		if (w < least) {
			least = w;
			best = id;
		}
	}
	return best;
}

static uint64_t
bytes_in(const struct segment *s)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < HAVE_WORDS; i++)
		n += (uint64_t)__builtin_popcountll(LOAD(s->have[i]));
	return n * view.head->block_size;
}

/* What a segment that is to be dropped must be; it may have become another's
 * since it was chosen. */
struct only {
	struct object_ref object;	/* of this one, if the id is not 0 */
	int		 clean;		/* nothing of it is to be saved */
	int		 unused;		/* evict_unused() */
};

static int
may_go(const struct segment *s, const struct only *only)
{
	if (LOAD(s->pins) != 0 || (only->object.id != 0 &&
	    (s->object != only->object.id ||
	    s->object_gen != only->object.gen)))
		return 0;
	if (only->unused)
		return saved_is_all(s) ||
		    evict_is_over(&view.objects[s->object]);
	return !only->clean || !saved_is_dirty(s);
}

/* 1 when segment `id` was still unused and is free now.  What is on disk is
 * away from then on, the rest counts as evicted. */
static int
drop_segment(uint32_t id, const struct only *only)
{
	struct segment *s = &view.segments[id];
	uint32_t stripe = LOAD(s->stripe);
	uint64_t bytes;

	if (stripe >= STRIPES || lock_stripe(stripe) == -1)
		return 0;
	if (LOAD(s->record) != RECORD_LINKED || s->stripe != stripe ||
	    !may_go(s, only)) {
		unlock_stripe(stripe);
		return 0;
	}
	bytes = bytes_in(s);
	if (bytes > 0 && !saved_is_all(s))
		OR(view.objects[s->object].evicted[
		    s->number / 64 % EVICTED_WORDS], 1ULL << s->number % 64);
	index_unlink_segment(id);		/* keeps S6 */
	unlock_stripe(stripe);
	if (only->unused)
		record_give_unused(id);
	else
		record_give_segment(id);
	counter_add(COUNTER_EVICTED_SEGMENTS, 1);
	counter_add(COUNTER_EVICTED_BYTES, bytes);
	return 1;
}

int
evict_segment(struct object_ref object, uint32_t number, int idle_only)
{
	struct only only = { .clean = spool_saves() };
	uint32_t id;
	size_t n;
	int tries;

	for (tries = 0; tries < TRIES && !arena_condemned(); tries++) {
		evict_look(&n);
		if ((id = choose(limit_for(object, number, idle_only))) == 0)
			break;
		if (drop_segment(id, &only))
			return 0;
	}
	errno = arena_condemned() ? EDEADLK : ENOSPC;
	return -1;
}

int
evict_unused(uint32_t segment)
{
	return drop_segment(segment, &(struct only){ .unused = 1 });
}

/* ---- objects ---- */

/* All segments of an object that nobody pins and that are clean. */
static void
drop_segments_of(struct object_ref ref)
{
	struct only only = { .object = ref, .clean = spool_saves() };
	struct segment *s;
	uint32_t id, fresh = LOAD(view.head->segment_fresh);

	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (LOAD(s->record) == RECORD_LINKED &&
		    LOAD(s->object) == ref.id && LOAD(s->object_gen) == ref.gen)
			drop_segment(id, &only);
	}
}

/* 1 when the object was unused and is free now. */
static int
drop_object(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe);

	if (LOAD(o->segments) > 0)
		drop_segments_of(ref);
	if (stripe >= STRIPES || lock_stripe(stripe) == -1)
		return 0;
	if (LOAD(o->record) != RECORD_LINKED || o->gen != ref.gen ||
	    o->stripe != stripe || LOAD(o->pins) != 0 || o->segments != 0) {
		unlock_stripe(stripe);
		return 0;
	}
	index_unlink_object(ref.id);		/* keeps S6 */
	unlock_stripe(stripe);
	record_give_object(ref.id);
	return 1;
}

int
evict_is_stale(const struct object *o)
{
	return LOAD(o->state) == OBJECT_FAILED &&
	    clock_ms() - LOAD(o->broken) > FAILED_FOR;
}

int
evict_is_over(const struct object *o)
{
	return LOAD(o->past) || LOAD(o->purged);
}

int
evict_is_owed(const struct object *o)
{
	return evict_is_over(o) && (LOAD(o->file) != 0 ||
	    (LOAD(o->purged) == SPOOL_PURGING && spool_loads()));
}

void
evict_if_done(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];

	if (LOAD(o->pins) != 0 || LOAD(o->gen) != ref.gen ||
	    (!evict_is_over(o) && LOAD(o->state) != OBJECT_ASKING &&
	    !evict_is_stale(o)))
		return;
	if (evict_is_owed(o))
		spool_ring();
	else
		drop_object(ref);
}

/* Marks the objects of which something is to be saved. */
static void
mark_dirty(void)
{
	uint32_t id, fresh = LOAD(view.head->segment_fresh);
	struct segment *s;

	memset(view.object_marks, 0, view.head->nobjects + 1ULL);
	if (!spool_saves())
		return;
	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (LOAD(s->record) == RECORD_LINKED && saved_is_dirty(s))
			view.object_marks[LOAD(s->object)] = 1;
	}
}

/* The object that lay unused longest, of those without an answer or past if
 * there are any: a thousand wrong addresses cost no film.  None that is to be
 * saved, or that the spooler will see to.  id 0: none. */
static struct object_ref
choose_object(void)
{
	struct object_ref best = { 0, 0 };
	struct object *o;
	int64_t oldest = INT64_MAX, last_use;
	uint32_t id, fresh = LOAD(view.head->object_fresh);
	int useful, best_useful = 1, loads = spool_loads();

	mark_dirty();
	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		if (LOAD(o->record) != RECORD_LINKED || LOAD(o->pins) != 0 ||
		    view.object_marks[id] || (loads && evict_is_owed(o)))
			continue;
		useful = LOAD(o->state) == OBJECT_KNOWN && !evict_is_over(o);
		last_use = LOAD(o->last_use);
		if (useful > best_useful ||
		    (useful == best_useful && last_use >= oldest))
			continue;
		best_useful = useful;
		oldest = last_use;
		best.id = id;
		best.gen = LOAD(o->gen);
	}
	return best;
}

int
evict_object(void)
{
	struct object_ref best;
	int tries;

	for (tries = 0; tries < TRIES && !arena_condemned(); tries++) {
		if ((best = choose_object()).id == 0)
			break;
		if (drop_object(best))
			return 0;
	}
	errno = arena_condemned() ? EDEADLK : ENOSPC;
	return -1;
}

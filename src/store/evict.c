/* SPDX-License-Identifier: ISC */
/* evict -- chooses what goes when room is needed; worker, fetcher */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "reeld/clock.h"
#include "reeld/segment.h"
#include "evict.h"
#include "index.h"
#include "layout.h"
#include "lock.h"
#include "record.h"
#include "shared.h"

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

static void
take_rows(void)
{
	nrows = row_take(rows, ROWS_SEEN);
	window = segment_window(nrows);
	qsort(rows, nrows, sizeof(rows[0]), by_object);
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
 * object nothing.
 */
static int64_t
worth(struct object_ref object, uint32_t number, int64_t idle)
{
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
	return LOAD(view.objects[object.id].past) ? INT64_MIN : -idle;
}

/*
 * What must go at most for the sake of a segment that is to come: never more
 * than it is worth itself, or two pulls that run ahead would evict each other
 * for ever; what is in a window only for a reader who stands right there.
 */
static int64_t
limit_for(struct object_ref object, uint32_t number, int idle_only)
{
	int64_t w = worth(object, number, -1);
	int64_t outside = WORTH_NEAR - (int64_t)window + 1;

	if (idle_only)
		return 1;
	if (w == INT64_MAX)
		return w;
	return w < outside ? w : outside;
}

/* The segment worth least, if less than `least`; or 0. */
static uint32_t
choose(int64_t least)
{
	struct segment *s;
	struct object_ref object;
	int64_t w, now = clock_ms();
	uint32_t id, best = 0, fresh = LOAD(view.head->segment_fresh);

	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (LOAD(s->record) != RECORD_LINKED || LOAD(s->pins) != 0)
			continue;
		object.id = LOAD(s->object);
		object.gen = LOAD(s->object_gen);
		w = worth(object, LOAD(s->number), now - LOAD(s->last_use));
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

/* 1 when segment `id` was still unused and is free now.  Whose it is may have
 * changed since it was chosen: what `only` names, if its id is not 0. */
static int
drop_segment(uint32_t id, struct object_ref only)
{
	struct segment *s = &view.segments[id];
	uint32_t stripe = LOAD(s->stripe);
	uint64_t bytes;

	if (stripe >= STRIPES || lock_stripe(stripe) == -1)
		return 0;
	if (LOAD(s->record) != RECORD_LINKED || s->stripe != stripe ||
	    LOAD(s->pins) != 0 || (only.id != 0 &&
	    (s->object != only.id || s->object_gen != only.gen))) {
		unlock_stripe(stripe);
		return 0;
	}
	bytes = bytes_in(s);
	if (bytes > 0)
		OR(view.objects[s->object].evicted[
		    s->number / 64 % EVICTED_WORDS], 1ULL << s->number % 64);
	index_unlink_segment(id);		/* keeps S6 */
	unlock_stripe(stripe);
	record_give_segment(id);
	counter_add(COUNTER_EVICTED_SEGMENTS, 1);
	counter_add(COUNTER_EVICTED_BYTES, bytes);
	return 1;
}

int
evict_segment(struct object_ref object, uint32_t number, int idle_only)
{
	static const struct object_ref any;
	uint32_t id;
	int tries;

	for (tries = 0; tries < TRIES && !arena_condemned(); tries++) {
		take_rows();
		if ((id = choose(limit_for(object, number, idle_only))) == 0)
			break;
		if (drop_segment(id, any))
			return 0;
	}
	errno = arena_condemned() ? EDEADLK : ENOSPC;
	return -1;
}

/* ---- objects ---- */

/* All segments of an object that nobody pins. */
static void
drop_segments_of(struct object_ref ref)
{
	struct segment *s;
	uint32_t id, fresh = LOAD(view.head->segment_fresh);

	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (LOAD(s->record) == RECORD_LINKED &&
		    LOAD(s->object) == ref.id && LOAD(s->object_gen) == ref.gen)
			drop_segment(id, ref);
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

void
evict_if_done(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];

	if (LOAD(o->pins) == 0 && LOAD(o->gen) == ref.gen &&
	    (LOAD(o->past) || LOAD(o->state) == OBJECT_ASKING ||
	    evict_is_stale(o)))
		drop_object(ref);
}

/* The object that lay unused longest, of those without an answer or past if
 * there are any: a thousand wrong addresses cost no film.  id 0: none. */
static struct object_ref
choose_object(void)
{
	struct object_ref best = { 0, 0 };
	struct object *o;
	int64_t oldest = INT64_MAX, last_use;
	uint32_t id, fresh = LOAD(view.head->object_fresh);
	int useful, best_useful = 1;

	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		if (LOAD(o->record) != RECORD_LINKED || LOAD(o->pins) != 0)
			continue;
		useful = LOAD(o->state) == OBJECT_KNOWN && !LOAD(o->past);
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

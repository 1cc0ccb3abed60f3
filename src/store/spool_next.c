/* SPDX-License-Identifier: ISC */
/* spool_next -- what the spooler is to do next; spooler */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "reeld/clock.h"
#include "reeld/row.h"
#include "reeld/spool.h"
#include "evict.h"
#include "layout.h"
#include "lock.h"
#include "pin.h"
#include "record.h"
#include "saved.h"
#include "shared.h"

#define ROWS_SEEN	4096	/* readers that are looked after */
#define SPARE		16	/* 1/16 of the arena is to be free or clean */
#define LEFT		4	/* 1/4 of it may be what was brought and left */

/* ---- what readers want ---- */

/* Rows that wait, longest first; private, rebuilt for each question. */
static const struct row_state *waiting[ROWS_SEEN];

static int
by_since(const void *a, const void *b)
{
	const struct row_state *const *x = a, *const *y = b;

	return (*x)->since < (*y)->since ? -1 : (*x)->since > (*y)->since;
}

/* 1 when segment `number` is away and the row's reader comes by it. */
static int
is_wanted(const struct row_state *row, uint64_t number)
{
	const struct object *o = &view.objects[row->object.id];

	return number < SPOOL_SEGMENTS && (row->flags & ROW_HEAD) == 0 &&
	    number * view.head->segment_size < row->end &&
	    row->position < row->end && LOAD(o->gen) == row->object.gen &&
	    LOAD(o->state) == OBJECT_KNOWN && !LOAD(o->past) &&
	    spool_is_away(row->object, (uint32_t)number);
}

/* Adds it unless it is there, or there is no place; how many there are. */
static size_t
add_want(struct spool_want *wants, size_t n, size_t max,
    const struct row_state *row, uint64_t number, int waits)
{
	uint64_t start = number * view.head->segment_size;
	size_t i;

	for (i = 0; i < n; i++)
		if (wants[i].object.id == row->object.id &&
		    wants[i].number == number)
			return n;
	if (n == max)
		return n;
	wants[n].object = row->object;
	wants[n].number = (uint32_t)number;
	wants[n].at = row->position > start ? row->position : start;
	wants[n].waiting = waits;
	return n + 1;
}

static size_t
add_waiting(struct spool_want *wants, size_t max, const struct row_state *rows,
    size_t nrows)
{
	uint64_t ss = view.head->segment_size;
	size_t i, n = 0, nwaiting = 0;

	for (i = 0; i < nrows; i++)
		if (rows[i].waiting &&
		    is_wanted(&rows[i], rows[i].position / ss))
			waiting[nwaiting++] = &rows[i];
	qsort(waiting, nwaiting, sizeof(waiting[0]), by_since);
	for (i = 0; i < nwaiting; i++)
		n = add_want(wants, n, max, waiting[i],
		    waiting[i]->position / ss, 1);
	return n;
}

size_t
spool_wants(struct spool_want *wants, size_t max, uint64_t ahead)
{
	uint64_t ss = view.head->segment_size, step, number;
	const struct row_state *rows;
	size_t i, n, nrows;

	rows = evict_look(&nrows);
	n = add_waiting(wants, max, rows, nrows);
	for (step = 0; step <= ahead / ss + 1 && n < max; step++)
		for (i = 0; i < nrows && n < max; i++) {
			number = rows[i].position / ss + step;
			if ((step == 0 ? rows[i].waiting :
			    number * ss - rows[i].position > ahead) ||
			    !is_wanted(&rows[i], number))
				continue;
			n = add_want(wants, n, max, &rows[i], number, 0);
		}
	return n;
}

/* ---- what is to be saved ---- */

/* What was asked for, and when. */
struct asked {
	enum spool_why	 why;
	int64_t		 idle, now;
};

/* 1 when all blocks of the segment are there. */
static int
is_full(const struct segment *s)
{
	uint32_t bs = view.head->block_size, n = 0;
	const struct object *o = &view.objects[LOAD(s->object)];
	unsigned i;

	for (i = 0; i < HAVE_WORDS; i++)
		n += (uint32_t)__builtin_popcountll(LOAD(s->have[i]));
	return n > 0 &&
	    n >= (saved_length(o, LOAD(s->number)) + bs - 1) / bs;
}

/* What is pinned makes no room; what we pin ourselves is in hand. */
static int
is_due(uint32_t id, const struct asked *a)
{
	const struct segment *s = &view.segments[id];

	if (LOAD(s->record) != RECORD_LINKED || view.segment_pins[id] != 0 ||
	    !saved_is_dirty(s))
		return 0;
	switch (a->why) {
	case SPOOL_WHOLE:
		return is_full(s) || saved_is_mixed(s);
	case SPOOL_IDLE:
		return a->now - LOAD(s->last_use) >= a->idle &&
		    (is_full(s) || saved_is_mixed(s));
	case SPOOL_PRESSED:
		return LOAD(s->pins) == 0;
	case SPOOL_ALL:
		break;
	}
	return 1;
}

/* The least goes first. */
static int64_t
rank(const struct segment *s, const struct asked *a)
{
	struct object_ref object = { LOAD(s->object), LOAD(s->object_gen) };

	if (a->why != SPOOL_PRESSED)
		return LOAD(s->last_use);
	return evict_worth(object, LOAD(s->number), a->now - LOAD(s->last_use));
}

static uint32_t
choose(const struct asked *a)
{
	uint32_t id, best = 0, fresh = LOAD(view.head->segment_fresh);
	int64_t least = INT64_MAX, r;

	for (id = 1; id < fresh; id++) {
		if (!is_due(id, a))
			continue;
		r = rank(&view.segments[id], a);
		if (best == 0 || r < least) {
			least = r;
			best = id;
		}
	}
	return best;
}

/* 1 when it is still due, and pinned now. */
static int
take(uint32_t id, const struct asked *a, struct spool_dirty *d)
{
	struct segment *s = &view.segments[id];
	uint32_t stripe = LOAD(s->stripe);
	unsigned i;
	int due;

	if (stripe >= STRIPES || lock_stripe(stripe) == -1)
		return 0;
	due = LOAD(s->record) == RECORD_LINKED && s->stripe == stripe &&
	    is_due(id, a);
	if (due) {
		pin_object(s->object);
		pin_segment(id);
		d->object.id = s->object;
		d->object.gen = s->object_gen;
		d->segment.id = id;
		d->number = s->number;
		d->length = saved_length(&view.objects[s->object], s->number);
		for (i = 0; i < HAVE_WORDS; i++) {
			d->blocks[i] = LOAD(s->have[i]);
			d->saved[i] = s->saved[i];
		}
	}
	unlock_stripe(stripe);
	return due;
}

int
spool_next_dirty(enum spool_why why, int64_t idle, struct spool_dirty *d)
{
	struct asked a = { .why = why, .idle = idle, .now = clock_ms() };
	uint32_t id;
	size_t n;

	if (why == SPOOL_PRESSED)
		evict_look(&n);
	while (!arena_condemned() && (id = choose(&a)) != 0)
		if (take(id, &a, d))
			return 0;
	errno = ENOENT;
	return -1;
}

/* ---- what was used ---- */

/* Without a lock: one that has become another's meanwhile is passed over. */
void
spool_each_used(int64_t since, void (*see)(void *, int64_t, uint32_t),
    void *arg)
{
	uint32_t id, number, gen, fresh = LOAD(view.head->segment_fresh);
	const struct segment *s;
	const struct object *o;
	int64_t file;

	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (LOAD(s->record) != RECORD_LINKED ||
		    LOAD(s->last_use) < since)
			continue;
		o = &view.objects[LOAD(s->object)];
		gen = LOAD(s->object_gen);
		number = LOAD(s->number);
		file = LOAD(o->file);
		if (file != 0 && saved_on_disk(o, number) &&
		    LOAD(o->gen) == gen)
			see(arg, file, number);
	}
}

/* ---- room ---- */

/* What others pin comes free without us, or not at all; what we pin ourselves
 * is being saved. */
int
spool_is_pressed(void)
{
	const struct segment *s;
	uint64_t room = arena_room_free();
	uint64_t pins;
	uint32_t id, fresh = LOAD(view.head->segment_fresh);
	int some = 0;

	if (!spool_saves())
		return 0;
	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		pins = LOAD(s->pins);
		if (LOAD(s->record) != RECORD_LINKED ||
		    (pins & ~view.bit) != 0)
			continue;
		if (saved_is_dirty(s))
			some = 1;
		else if (pins == 0)
			room += LOAD(s->room);
	}
	return some && (LOAD(view.head->room_waiters) != 0 ||
	    room < view.head->arena_size / SPARE);
}

/* 1 when it was brought, is as it is on disk, and nobody comes by it. */
static int
is_left(const struct segment *s, int64_t now)
{
	struct object_ref object = { LOAD(s->object), LOAD(s->object_gen) };

	return LOAD(s->record) == RECORD_LINKED && LOAD(s->pins) == 0 &&
	    LOAD(s->brought) && saved_is_all(s) && evict_worth(object,
	    LOAD(s->number), now - LOAD(s->last_use)) <= 0;
}

void
spool_make_way(void)
{
	uint32_t id, oldest = 0, fresh = LOAD(view.head->segment_fresh);
	const struct segment *s;
	int64_t now = clock_ms();
	uint64_t left = 0;
	size_t n;

	evict_look(&n);
	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (!is_left(s, now))
			continue;
		left += LOAD(s->room);
		if (oldest == 0 || LOAD(s->last_use) <
		    LOAD(view.segments[oldest].last_use))
			oldest = id;
	}
	if (left > view.head->arena_size / LEFT)
		evict_unused(oldest);
}

/* evict_unused() looks again. */
static int
is_unused(const struct segment *s, int64_t now, int64_t idle,
    int64_t reload_ttl)
{
	struct object_ref object = { LOAD(s->object), LOAD(s->object_gen) };
	int64_t unused = now - LOAD(s->last_use);

	return LOAD(s->record) == RECORD_LINKED && LOAD(s->pins) == 0 &&
	    unused >= (LOAD(s->brought) ? reload_ttl : idle) &&
	    (saved_is_all(s) || evict_is_over(&view.objects[object.id])) &&
	    evict_worth(object, LOAD(s->number), unused) < evict_outside();
}

uint64_t
spool_release(int64_t idle, int64_t reload_ttl, uint64_t most)
{
	uint32_t id, fresh = LOAD(view.head->segment_fresh);
	int64_t now = clock_ms();
	size_t n;

	evict_look(&n);
	for (id = 1; id < fresh; id++)
		if (is_unused(&view.segments[id], now, idle, reload_ttl))
			evict_unused(id);
	return LOAD(view.head->prefault) ? 0 :
	    record_cool(now - reload_ttl, most);
}

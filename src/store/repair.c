/* SPDX-License-Identifier: ISC */
/* repair -- makes a lock's data whole after its holder died; any role */
#include "config.h"

#include <string.h>

#include "index.h"
#include "layout.h"
#include "record.h"
#include "repair.h"
#include "shared.h"

int
repair_alive(uint32_t holder)
{
	unsigned slot = HOLDER_SLOT(holder);

	return holder != 0 && slot < ARENA_SLOTS &&
	    LOAD(view.slots[slot].role) != ARENA_NOBODY &&
	    LOAD(view.slots[slot].life) == HOLDER_LIFE(holder);
}

/* ---- STRIPE: chains follow from what the linked records say ---- */

/* Reads the record before the stripe, see S1: under another stripe's lock both
 * may change meanwhile. */
static int
is_member(const uint32_t *record, const uint32_t *stripe, uint32_t number)
{
	return LOAD(*record) == RECORD_LINKED && LOAD(*stripe) == number;
}

static void
clear_buckets(struct stripe *stripe)
{
	unsigned i;

	for (i = 0; i < OBJECT_BUCKETS; i++)
		SET(stripe->objects[i], 0);
	for (i = 0; i < SEGMENT_BUCKETS; i++)
		SET(stripe->segments[i], 0);
}

int
repair_stripe(uint32_t number)
{
	struct object *o;
	struct segment *s;
	uint32_t id, *bucket;

	clear_buckets(&view.stripes[number]);
	/* Who linked into this stripe had raised `fresh` before. */
	for (id = 1; id < LOAD(view.head->object_fresh); id++) {
		o = &view.objects[id];
		if (!is_member(&o->record, &o->stripe, number))
			continue;
		bucket = index_object_bucket(o);
		SET(o->segments, 0);
		SET(o->next, *bucket);
		SET(*bucket, id);
	}
	for (id = 1; id < LOAD(view.head->segment_fresh); id++) {
		s = &view.segments[id];
		if (!is_member(&s->record, &s->stripe, number))
			continue;
		if (s->object == 0 || s->object > view.head->nobjects)
			return -1;
		o = &view.objects[s->object];
		if (!is_member(&o->record, &o->stripe, number) ||
		    o->gen != s->object_gen)
			return -1;
		bucket = index_segment_bucket(s);
		SET(s->next, *bucket);
		SET(*bucket, id);
		SET(o->segments, o->segments + 1);
	}
	return 0;
}

/* ---- ARENA: lists, sum of rooms and cells follow from the records ---- */

/* Reads the record before its holder: who makes a record HELD outside ARENA
 * says first who it is. */
static int
is_garbage(const uint32_t *record, const uint32_t *holder)
{
	switch (LOAD(*record)) {
	case RECORD_FREE:
		return 1;
	case RECORD_HELD:
		return !repair_alive(LOAD(*holder));
	default:
		return 0;
	}
}

static void
relist_segments(void)
{
	struct head *h = view.head;
	struct segment *s;
	uint64_t sum = 0;
	uint32_t id, *list;

	SET(h->segment_cold, 0);
	SET(h->segment_warm, 0);
	for (id = 1; id < h->segment_fresh; id++) {
		s = &view.segments[id];
		sum += s->room;
		if (!is_garbage(&s->record, &s->holder))
			continue;
		if (s->record == RECORD_HELD) {
			record_wipe_segment(id);
			counter_add(COUNTER_SWEPT, 1);
		}
		list = s->room == 0 ? &h->segment_cold : &h->segment_warm;
		SET(s->next, *list);
		SET(*list, id);
		SET(s->record, RECORD_FREE);
	}
	SET(h->room_used, sum);
}

static void
relist_objects(void)
{
	struct head *h = view.head;
	struct object *o;
	uint32_t id;

	SET(h->object_free, 0);
	for (id = 1; id < h->object_fresh; id++) {
		o = &view.objects[id];
		if (!is_garbage(&o->record, &o->holder))
			continue;
		if (o->record == RECORD_HELD) {
			/* Its text goes with relist_cells(). */
			SET(o->address, 0);
			SET(o->answer, 0);
			SET(o->failure, 0);
			SET(o->waiters, 0);
			SET(o->pins, 0);
			SET(o->gen, o->gen + 1);
			counter_add(COUNTER_SWEPT, 1);
		}
		SET(o->next, h->object_free);
		SET(h->object_free, id);
		SET(o->record, RECORD_FREE);
	}
}

/* Cells that an object reaches; private, only used under ARENA. */
static uint64_t marks[CELLS / 64 + 1];

static void
mark_cells(uint32_t first)
{
	uint32_t id, turns = 0;

	for (id = first; id != 0 && id < view.head->cell_fresh &&
	    turns++ < TEXT_CELLS; id = view.cells[id].next)
		marks[id / 64] |= 1ULL << (id % 64);
}

static void
mark_all(void)
{
	struct object *o;
	uint32_t id;

	memset(marks, 0, sizeof(marks));
	for (id = 1; id < view.head->object_fresh; id++) {
		o = &view.objects[id];
		if (o->record == RECORD_FREE)
			continue;
		mark_cells(LOAD(o->address));
		mark_cells(LOAD(o->answer));
		mark_cells(LOAD(o->failure));
	}
}

/* 1 when the cell is neither free nor garbage (keeps A4). */
static int
is_used(uint32_t id)
{
	uint32_t holder = view.cells[id].holder;

	return holder != 0 && (repair_alive(holder) ||
	    (marks[id / 64] & 1ULL << (id % 64)) != 0);
}

static void
relist_cells(void)
{
	struct head *h = view.head;
	uint32_t id;

	mark_all();
	SET(h->cell_free, 0);
	for (id = 1; id < h->cell_fresh; id++) {
		if (is_used(id))
			continue;
		SET(view.cells[id].holder, 0);
		SET(view.cells[id].next, h->cell_free);
		SET(h->cell_free, id);
	}
}

void
repair_sweep(void)
{
	relist_segments();
	relist_objects();
	relist_cells();
}

int
repair_arena(uint32_t lock)
{
	(void)lock;
	repair_sweep();
	return 0;
}

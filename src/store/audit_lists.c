/* SPDX-License-Identifier: ISC */
/* audit_lists -- A1 to A4, S5, S9: what ARENA guards; worker, tests */
#include "config.h"

#include <string.h>

#include "audit_part.h"
#include "layout.h"
#include "lock.h"
#include "repair.h"
#include "saved.h"
#include "shared.h"

enum mark { UNSEEN, LISTED, REACHED };

static uint32_t
next_object(uint32_t id)
{
	return view.objects[id].next;
}

static uint32_t
next_segment(uint32_t id)
{
	return view.segments[id].next;
}

static uint32_t
next_cell(uint32_t id)
{
	return view.cells[id].next;
}

static void
mark_list(struct audit *a, const char *what, uint32_t id, uint32_t limit,
    uint32_t (*next)(uint32_t))
{
	for (; id != 0; id = next(id)) {
		if (id >= limit || a->seen[id] != UNSEEN) {
			audit_bad(a, "A2 free %s: the list is broken at %u",
			    what, id);
			return;
		}
		a->seen[id] = LISTED;
	}
}

/* 1 when nobody will come and sweep what the dead have left (A3). */
static int
is_forgotten(uint32_t holder)
{
	return !repair_alive(holder) && !LOAD(view.head->loose);
}

/* A record is in the state that its list says, its holder lives. */
static void
check_record(struct audit *a, const char *what, uint32_t id,
    const uint32_t *record, const uint32_t *holder)
{
	uint32_t state = LOAD(*record);

	if ((state == RECORD_FREE) != (a->seen[id] == LISTED))
		audit_bad(a, "A2 %s %u: record %u, on a list %u", what, id,
		    state, a->seen[id]);
	if (state == RECORD_HELD && is_forgotten(LOAD(*holder)) &&
	    LOAD(*record) == RECORD_HELD)
		audit_bad(a, "A3 %s %u is held by a dead process", what, id);
	if (state == RECORD_HELD && a->idle)
		audit_bad(a, "idle: %s %u is held", what, id);
}

static void
check_free_segment(struct audit *a, uint32_t id)
{
	const struct segment *s = &view.segments[id];
	unsigned i;

	if (s->pins != 0 || s->waiters != 0)
		audit_bad(a, "S5 segment %u is free and used", id);
	for (i = 0; i < PENS; i++)
		if (s->pens[i] != PEN_FREE)
			audit_bad(a, "S5 segment %u is free and has a pen", id);
	for (i = 0; i < HAVE_WORDS; i++)
		if (s->have[i] != 0) {
			audit_bad(a, "S5 segment %u is free and filled", id);
			break;
		}
	if (!saved_is_none(s))
		audit_bad(a, "S9 segment %u is free and saved", id);
}

static void
check_segments(struct audit *a)
{
	struct head *h = view.head;
	struct segment *s;
	uint64_t sum = 0;
	uint32_t id;

	memset(a->seen, UNSEEN, h->nsegments + 1ULL);
	mark_list(a, "segments", h->segment_cold, h->segment_fresh,
	    next_segment);
	mark_list(a, "segments", h->segment_warm, h->segment_fresh,
	    next_segment);
	for (id = 1; id < h->segment_fresh; id++) {
		s = &view.segments[id];
		sum += s->room;
		check_record(a, "segment", id, &s->record, &s->holder);
		if (LOAD(s->record) == RECORD_FREE)
			check_free_segment(a, id);
	}
	if (sum != h->room_used)
		audit_bad(a, "A1 rooms are %llu, noted %llu",
		    (unsigned long long)sum,
		    (unsigned long long)h->room_used);
	if (sum > h->arena_size)
		audit_bad(a, "A1 rooms %llu are over the arena's size",
		    (unsigned long long)sum);
}

static void
check_objects(struct audit *a)
{
	struct head *h = view.head;
	struct object *o;
	uint32_t id;

	memset(a->seen, UNSEEN, h->nobjects + 1ULL);
	mark_list(a, "objects", h->object_free, h->object_fresh, next_object);
	for (id = 1; id < h->object_fresh; id++) {
		o = &view.objects[id];
		check_record(a, "object", id, &o->record, &o->holder);
		if (LOAD(o->record) != RECORD_FREE)
			continue;
		if (o->pins != 0 || o->waiters != 0)
			audit_bad(a, "S5 object %u is free and used", id);
		if (o->address != 0 || o->answer != 0 || o->failure != 0)
			audit_bad(a, "A4 object %u is free and has text", id);
	}
}

static void
mark_text(struct audit *a, uint32_t object, uint32_t cell)
{
	for (; cell != 0; cell = next_cell(cell)) {
		if (cell >= view.head->cell_fresh || a->seen[cell] != UNSEEN ||
		    view.cells[cell].holder == 0) {
			audit_bad(a, "A4 object %u: its text is broken at "
			    "cell %u", object, cell);
			return;
		}
		a->seen[cell] = REACHED;
	}
}

static void
check_cells(struct audit *a)
{
	struct head *h = view.head;
	struct object *o;
	uint32_t id, holder;

	memset(a->seen, UNSEEN, h->ncells + 1ULL);
	mark_list(a, "cells", h->cell_free, h->cell_fresh, next_cell);
	for (id = 1; id < h->object_fresh; id++) {
		o = &view.objects[id];
		if (LOAD(o->record) == RECORD_FREE)
			continue;
		mark_text(a, id, o->address);
		mark_text(a, id, o->answer);
		mark_text(a, id, o->failure);
	}
	for (id = 1; id < h->cell_fresh; id++) {
		holder = view.cells[id].holder;
		if (a->seen[id] == UNSEEN && (a->idle || is_forgotten(holder)))
			audit_bad(a, "A4 cell %u is lost", id);
		if (a->seen[id] == LISTED && holder != 0)
			audit_bad(a, "A4 cell %u is free and held", id);
	}
}

void
audit_lists(struct audit *a)
{
	if (lock_arena() == -1) {
		audit_bad(a, "ARENA cannot be had");
		return;
	}
	check_segments(a);
	check_objects(a);
	check_cells(a);
	unlock_arena();
}

/* SPDX-License-Identifier: ISC */
/* record -- free lists and rooms; every role */
#include "config.h"

#include <errno.h>
#include <fcntl.h>

#include "reeld/clock.h"
#include "layout.h"
#include "lock.h"
#include "record.h"
#include "shared.h"

#define PAGE	4096u

static uint32_t
me(void)
{
	return HOLDER(view.slot, view.life);
}

/* Under ARENA.  The first record of a list, made HELD; 0 when it is empty. */
static uint32_t
pop_segment(uint32_t *list)
{
	uint32_t id = *list;

	if (id == 0)
		return 0;
	SET(view.segments[id].holder, me());
	SET(view.segments[id].record, RECORD_HELD);
	SET(*list, view.segments[id].next);
	return id;
}

/* Under ARENA.  A record that was never used; 0 when there is none. */
static uint32_t
fresh_segment(void)
{
	uint32_t id = view.head->segment_fresh;

	if (id > view.head->nsegments)
		return 0;
	SET(view.segments[id].holder, me());
	SET(view.segments[id].record, RECORD_HELD);
	SET(view.head->segment_fresh, id + 1);
	return id;
}

/* Under ARENA.  Puts a HELD record back on the list that its room names. */
static void
push_segment(uint32_t id)
{
	struct segment *s = &view.segments[id];
	uint32_t *list = s->room == 0 ? &view.head->segment_cold :
	    &view.head->segment_warm;

	SET(s->next, *list);
	SET(*list, id);
	SET(s->record, RECORD_FREE);
}

/* Under ARENA (keeps A1: the sum first grows, last shrinks). */
static void
set_room(uint32_t id, uint32_t room)
{
	struct segment *s = &view.segments[id];
	uint64_t sum = view.head->room_used - s->room + room;

	if (room > s->room) {
		SET(view.head->room_used, sum);
		SET(s->room, room);
	} else {
		SET(s->room, room);
		SET(view.head->room_used, sum);
	}
}

static int
punch(uint32_t id, uint32_t from)
{
	uint64_t at = view.head->at_payload +
	    (uint64_t)id * view.head->segment_size + from;

	return fallocate(view.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    (off_t)at, view.head->segment_size - from);
}

/* Gives the pages behind `room` of a record that is held, or pinned by its
 * writer, to the machine: first the pages, then their room (keeps A1).  A large
 * page that it cuts falls into small ones. */
static int
shrink(uint32_t id, uint32_t room)
{
	uint32_t was;

	SET(view.segments[id].large, 0);
	if (punch(id, room) == -1 || lock_arena() == -1)
		return -1;
	was = view.segments[id].room;
	if (room < was)
		set_room(id, room);
	unlock_arena();
	if (room < was)
		counter_add(COUNTER_PUNCHED_BYTES, was - room);
	return 0;
}

/*
 * Under ARENA.  A whole use takes the record that was freed last, its pages
 * are warm; a short one takes a record without pages.
 */
static uint32_t
choose_segment(uint32_t need)
{
	uint32_t id;

	if (need == view.head->segment_size &&
	    (id = pop_segment(&view.head->segment_warm)) != 0)
		return id;
	if ((id = pop_segment(&view.head->segment_cold)) != 0)
		return id;
	if ((id = fresh_segment()) != 0)
		return id;
	return pop_segment(&view.head->segment_warm);
}

/* Frees the pages of one free record; -1 with ENOSPC when none has any. */
static int
cool_one(void)
{
	uint32_t id;

	if (lock_arena() == -1)
		return -1;
	id = pop_segment(&view.head->segment_warm);
	unlock_arena();
	if (id == 0) {
		errno = ENOSPC;
		return -1;
	}
	if (shrink(id, 0) == -1)
		return -1;
	record_give_segment(id);
	return 0;
}

uint32_t
record_take_segment(uint32_t need)
{
	uint32_t id, room, growth;
	int fits;

	need = (need + PAGE - 1) / PAGE * PAGE;
	do {
		if (lock_arena() == -1)
			return 0;
		if ((id = choose_segment(need)) == 0) {
			unlock_arena();
			errno = ENOSPC;
			return 0;
		}
		room = view.segments[id].room;
		growth = need > room ? need - room : 0;
		fits = view.head->room_used + growth <= view.head->arena_size;
		if (fits && growth > 0)
			set_room(id, need);
		else if (!fits)
			push_segment(id);
		unlock_arena();
		if (fits)
			return id;
	} while (cool_one() == 0);
	return 0;
}

void
record_wipe_segment(uint32_t id)
{
	struct segment *s = &view.segments[id];
	unsigned i;

	for (i = 0; i < PENS; i++)
		SET(s->pens[i], PEN_FREE);
	SET(s->dropped, 0);
	for (i = 0; i < HAVE_WORDS; i++) {
		SET(s->saved[i], 0);
		SET(s->have[i], 0);
	}
	SET(s->brought, 0);
	SET(s->waiters, 0);
	SET(s->pins, 0);
}

static void
give(uint32_t id, int64_t since)
{
	record_wipe_segment(id);
	SET(view.segments[id].freed, since);
	if (lock_arena() == -1)
		return;
	push_segment(id);
	unlock_arena();
	arena_ring_room();
}

void
record_give_segment(uint32_t id)
{
	give(id, clock_ms());
}

void
record_give_unused(uint32_t id)
{
	give(id, LOAD(view.segments[id].last_use));
}

/* Under ARENA.  A record with pages that is free since `before`, made HELD; 0
 * when there is none. */
static uint32_t
pop_unused(int64_t before)
{
	uint32_t *at = &view.head->segment_warm, id;

	while ((id = *at) != 0 && view.segments[id].freed > before)
		at = &view.segments[id].next;
	return pop_segment(at);
}

uint64_t
record_cool(int64_t before, uint64_t most)
{
	uint64_t given = 0;
	uint32_t id, room;
	int done;

	while (given < most) {
		if (lock_arena() == -1)
			break;
		id = pop_unused(before);
		room = view.segments[id].room;
		unlock_arena();
		if (id == 0)
			break;
		done = shrink(id, 0) == 0;
		record_give_unused(id);
		if (!done)
			break;
		given += room;
	}
	return given;
}

void
record_trim_segment(uint32_t id, uint32_t need)
{
	need = (need + PAGE - 1) / PAGE * PAGE;
	if (need < LOAD(view.segments[id].room) && shrink(id, need) == 0)
		arena_ring_room();
}

/* ---- objects ---- */

uint32_t
record_take_object(void)
{
	struct head *h = view.head;
	uint32_t id;

	if (lock_arena() == -1)
		return 0;
	if ((id = h->object_free) != 0) {
		SET(view.objects[id].holder, me());
		SET(view.objects[id].record, RECORD_HELD);
		SET(h->object_free, view.objects[id].next);
	} else if (h->object_fresh <= h->nobjects) {
		id = h->object_fresh;
		SET(view.objects[id].holder, me());
		SET(view.objects[id].record, RECORD_HELD);
		SET(h->object_fresh, id + 1);
	}
	unlock_arena();
	if (id == 0)
		errno = ENOSPC;
	return id;
}

void
record_give_object(uint32_t id)
{
	struct object *o = &view.objects[id];
	uint32_t text[3] = { o->address, o->answer, o->failure };
	unsigned i;

	SET(o->waiters, 0);
	SET(o->pins, 0);
	if (lock_arena() == -1)
		return;
	SET(o->address, 0);
	SET(o->answer, 0);
	SET(o->failure, 0);
	for (i = 0; i < 3; i++)
		record_drop_cells(text[i]);
	SET(o->gen, o->gen + 1);
	SET(o->next, view.head->object_free);
	SET(view.head->object_free, id);
	SET(o->record, RECORD_FREE);
	unlock_arena();
}

/* SPDX-License-Identifier: ISC */
/* segment -- a fixed piece of an object, in the arena; worker, fetcher */
#include "config.h"

#include <errno.h>

#include "reeld/clock.h"
#include "reeld/panic.h"
#include "reeld/segment.h"
#include "bell.h"
#include "evict.h"
#include "index.h"
#include "lock.h"
#include "pin.h"
#include "record.h"
#include "saved.h"
#include "shared.h"

#define WINDOW_MAX	(32ULL << 20)	/* bytes; see segment_window() */

/* Under the object's stripe. */
static int
find_locked(struct object_ref ref, uint32_t number, struct segment_ref *seg)
{
	uint32_t id;

	id = index_find_segment(view.objects[ref.id].stripe, ref, number);
	if (id == 0)
		return 0;
	pin_segment(id);
	seg->id = id;
	return 1;
}

int
segment_find(struct object_ref ref, uint32_t number, struct segment_ref *seg)
{
	uint32_t stripe = view.objects[ref.id].stripe;
	int found;

	if (lock_stripe(stripe) == -1)
		return -1;
	found = find_locked(ref, number, seg);
	unlock_stripe(stripe);
	if (!found)
		errno = ENOENT;
	return found ? 0 : -1;
}

/* Bytes of payload that segment `number` may come to hold. */
static uint32_t
bytes_needed(struct object_ref ref, uint32_t number)
{
	uint32_t length = saved_length(&view.objects[ref.id], number);

	return length > 0 ? length : view.head->segment_size;
}

/* A held record, ready to be linked; 0 with errno. */
static uint32_t
make(struct object_ref ref, uint32_t number, enum segment_room room)
{
	struct segment *s;
	uint32_t id;

	while ((id = record_take_segment(bytes_needed(ref, number))) == 0)
		if (errno != ENOSPC || room == SEGMENT_FREE_ROOM ||
		    evict_segment(ref, number,
		    room == SEGMENT_EVICT_IDLE) == -1)
			return 0;
	record_wipe_segment(id);
	s = &view.segments[id];
	SET(s->object, ref.id);
	SET(s->object_gen, ref.gen);
	SET(s->number, number);
	SET(s->last_use, clock_ms());
	return id;
}

int
segment_obtain(struct object_ref ref, uint32_t number, enum segment_room room,
    struct segment_ref *seg)
{
	uint32_t stripe = view.objects[ref.id].stripe, id;

	if (segment_find(ref, number, seg) == 0)
		return 0;
	if (errno != ENOENT || (id = make(ref, number, room)) == 0)
		return -1;
	if (lock_stripe(stripe) == -1)
		return -1;
	if (find_locked(ref, number, seg)) {	/* somebody was faster */
		unlock_stripe(stripe);
		record_give_segment(id);
		return 0;
	}
	index_link_segment(id);			/* keeps S3, S4 */
	pin_segment(id);
	seg->id = id;
	unlock_stripe(stripe);
	arena_ring_room();	/* who had no room for it finds it now */
	return 0;
}

void
segment_unpin(struct segment_ref *seg)
{
	if (seg->id == 0)
		return;
	if (unpin_segment(seg->id))
		arena_ring_room();
	seg->id = 0;
}

/* ---- reading ---- */

/* The first block from `block` on that is not whole. */
static uint32_t
first_missing(const struct segment *s, uint32_t block)
{
	uint64_t missing;
	uint32_t w;

	for (w = block / 64; w < HAVE_WORDS; w++) {
		missing = ~LOAD(s->have[w]);
		if (w == block / 64)
			missing &= ~0ULL << block % 64;
		if (missing != 0)
			return w * 64 + (uint32_t)__builtin_ctzll(missing);
	}
	return SEGMENT_BLOCKS;
}

/* Bytes that a pen has published in `block`. */
static uint32_t
pen_valid(const struct segment *s, uint32_t block)
{
	uint64_t pen;
	uint32_t valid = 0;
	unsigned i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (pen != PEN_FREE && PEN_BLOCK(pen) == block &&
		    PEN_VALID(pen) > valid)
			valid = PEN_VALID(pen);
	}
	return valid;
}

/*
 * have, pens, have again: a pen moves on only after its block's bit is set, so
 * a block that neither names was not published when we began to look.
 */
uint32_t
segment_ready(struct segment_ref seg, uint32_t offset, uint32_t want)
{
	const struct segment *s = &view.segments[seg.id];
	uint32_t bs = view.head->block_size, block, upto, end;

	block = first_missing(s, offset / bs);
	do {
		upto = block;
		end = block * bs;
		if (block == SEGMENT_BLOCKS ||
		    (end > offset && end - offset >= want))
			break;
		end += pen_valid(s, block);
		block = first_missing(s, block);
	} while (block != upto);
	if (end <= offset)
		return 0;
	return end - offset < want ? end - offset : want;
}

const uint8_t *
segment_bytes(struct segment_ref seg)
{
	return view.payload + (uint64_t)seg.id * view.head->segment_size;
}

void
segment_wait(struct segment_ref seg)
{
	bell_wait(&view.segments[seg.id].waiters);
}

void
segment_touch(struct segment_ref seg)
{
	SET(view.segments[seg.id].last_use, clock_ms());
}

uint64_t
segment_window(size_t readers)
{
	uint64_t w = view.head->arena_size / (2 * (readers > 0 ? readers : 1));

	return w < WINDOW_MAX ? w : WINDOW_MAX;
}

/* SPDX-License-Identifier: ISC */
/* store_segment_test -- find, obtain, what can be read; tests */
#include "config.h"

#include <errno.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/segment.h"
#include "reeld/slot.h"
#include "../../src/store/layout.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK

static struct storetest t;
static struct object_ref ref;
static struct segment_ref seg;

static void
begin(void)
{
	storetest_create(&t, MEGA);
	ref = storetest_object(1, 10 * SS);
}

static void
end(void)
{
	object_unpin(&ref);
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_segment, .init = begin, .fini = end);

static struct segment *
record(void)
{
	return &view.segments[seg.id];
}

/* Writes `have` and pens as a writer would leave them. */
static void
set_block(uint32_t block)
{
	record()->have[block / 64] |= 1ULL << block % 64;
}

Test(store_segment, one_record_for_one_number)
{
	struct segment_ref again, other;
	struct object_info info;

	cr_assert_eq(segment_find(ref, 3, &seg), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(segment_obtain(ref, 3, SEGMENT_FREE_ROOM, &seg), 0);
	cr_assert_eq(segment_obtain(ref, 3, SEGMENT_FREE_ROOM, &again), 0);
	cr_assert_eq(segment_obtain(ref, 4, SEGMENT_FREE_ROOM, &other), 0);
	cr_assert_eq(again.id, seg.id);
	cr_assert_neq(other.id, seg.id);
	object_info(ref, &info);
	cr_assert_eq(info.segments, 2);
	cr_assert_eq(arena_room_used(), 2 * SS);
	segment_unpin(&seg);
	cr_assert_eq(seg.id, 0);
	segment_unpin(&seg);
	segment_unpin(&again);
	segment_unpin(&other);
	cr_assert_eq(segment_find(ref, 3, &seg), 0);
	segment_unpin(&seg);
}

Test(store_segment, the_last_one_is_as_long_as_it_must)
{
	struct object_ref small = storetest_object(2, 2 * SS + 5000);

	cr_assert_eq(segment_obtain(small, 2, SEGMENT_FREE_ROOM, &seg), 0);
	cr_assert_eq(arena_room_used(), 8192);
	segment_unpin(&seg);
	object_unpin(&small);
}

Test(store_segment, no_room_is_told_and_found_by_eviction)
{
	struct segment_ref pins[MEGA / SS];
	struct object_ref many = storetest_object(2, 100LL * SS);
	unsigned i;

	for (i = 0; i < MEGA / SS; i++)
		cr_assert_eq(segment_obtain(many, i, SEGMENT_FREE_ROOM,
		    &pins[i]), 0);
	cr_assert_eq(segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &seg), -1);
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(segment_obtain(ref, 0, SEGMENT_EVICT, &seg), -1,
	    "all is pinned");
	cr_assert_eq(errno, ENOSPC);
	segment_unpin(&pins[5]);
	cr_assert_eq(segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &seg), -1);
	cr_assert_eq(segment_obtain(ref, 0, SEGMENT_EVICT, &seg), 0);
	cr_assert_eq(segment_find(many, 5, &pins[5]), -1);
	cr_assert_eq(store_audit(stderr, 0), 0);
	segment_unpin(&seg);
	for (i = 0; i < MEGA / SS; i++)
		segment_unpin(&pins[i]);
	object_unpin(&many);
}

Test(store_segment, whole_blocks_and_pens_are_read_as_one)
{
	uint32_t i;

	segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &seg);
	cr_assert_eq(segment_ready(seg, 0, SS), 0);
	record()->pens[2] = PEN(0, 0, 40);
	cr_assert_eq(segment_ready(seg, 0, SS), 40);
	cr_assert_eq(segment_ready(seg, 10, SS - 10), 30);
	cr_assert_eq(segment_ready(seg, 10, 5), 5);
	cr_assert_eq(segment_ready(seg, 40, SS - 40), 0);
	cr_assert_eq(segment_ready(seg, 50, SS - 50), 0);
	for (i = 0; i < 130; i++)
		set_block(i);
	cr_assert_eq(segment_ready(seg, 0, SS), 130 * BS);
	record()->pens[2] = PEN(0, 130, 1);
	cr_assert_eq(segment_ready(seg, 0, SS), 130 * BS + 1);
	cr_assert_eq(segment_ready(seg, 129 * BS + 7, 1000), BS - 7 + 1);
	record()->pens[0] = PEN(0, 200, 9) | PEN_ORPHAN;
	cr_assert_eq(segment_ready(seg, 200 * BS, BS), 9);
	cr_assert_eq(segment_ready(seg, 201 * BS, BS), 0);
	for (; i < 512; i++)
		set_block(i);
	cr_assert_eq(segment_ready(seg, 0, SS), SS);
	cr_assert_eq(segment_ready(seg, SS - 1, 1), 1);
	cr_assert_eq(segment_ready(seg, 5, 100), 100);
	segment_unpin(&seg);
}

/* A block with an orphan of no use and a writer: the most that is there. */
Test(store_segment, the_furthest_pen_counts)
{
	segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &seg);
	record()->pens[0] = PEN(0, 0, 3);
	record()->pens[1] = PEN(0, 0, 30);
	cr_assert_eq(segment_ready(seg, 0, SS), 30);
	record()->pens[0] = record()->pens[1] = PEN_FREE;
	segment_unpin(&seg);
}

Test(store_segment, a_recycled_record_comes_empty)
{
	struct object_ref other;
	uint32_t first;

	segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &seg);
	first = seg.id;
	set_block(0);
	record()->pens[0] = PEN(0, 1, 5) | PEN_ORPHAN;
	segment_wait(seg);
	segment_unpin(&seg);
	object_renew(ref, &other);
	object_unpin(&ref);
	ref = other;
	cr_assert_eq(segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &seg), 0);
	cr_assert_eq(seg.id, first);
	cr_assert_eq(segment_ready(seg, 0, SS), 0);
	cr_assert_eq(record()->pens[0], PEN_FREE);
	cr_assert_eq(record()->waiters, 0);
	segment_unpin(&seg);
}

Test(store_segment, touching_is_a_use)
{
	segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &seg);
	record()->last_use = 0;
	segment_touch(seg);
	cr_assert_gt(record()->last_use, 0);
	segment_unpin(&seg);
}

/* SPDX-License-Identifier: ISC */
/* store_arena_test -- create, attach, bells, prefault; tests */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/segment.h"
#include "reeld/slot.h"
#include "../../src/store/layout.h"
#include "../helper/storetest.h"

#define MEGA	(1ULL << 20)

Test(store_arena, wrong_sizes_are_refused)
{
	cr_assert_eq(arena_create(MEGA, 96 << 10, 0), -1);
	cr_assert_eq(errno, EINVAL);
	cr_assert_eq(arena_create(MEGA, 32 << 10, 0), -1);
	cr_assert_eq(arena_create(1ULL << 30, 128 << 20, 0), -1);
	cr_assert_eq(arena_create(MEGA, 2 << 20, 0), -1);
}

Test(store_arena, says_what_it_was_made_with)
{
	struct storetest t;

	storetest_create(&t, MEGA);
	cr_assert_eq(arena_size(), MEGA);
	cr_assert_eq(arena_segment_size(), 64u << 10);
	cr_assert_eq(arena_block_size(), 128);
	cr_assert_eq(arena_room_used(), 0);
	cr_assert(!arena_condemned());
	cr_assert_eq(storetest_end(&t), 0);
}

Test(store_arena, another_layout_does_not_attach)
{
	struct storetest t;
	uint64_t wrong = LAYOUT_MAGIC + 1;
	int fd;

	storetest_create(&t, MEGA);
	arena_detach();
	cr_assert_eq(pwrite(t.fd, &wrong, sizeof(wrong), 0), 8);
	cr_assert_eq(arena_attach(t.fd, 0, ARENA_NO_PAYLOAD, t.bells), -1);
	cr_assert_eq(errno, EPROTO);
	fd = memfd_create("short", 0);
	cr_assert_eq(arena_attach(fd, 0, ARENA_NO_PAYLOAD, t.bells), -1);
	cr_assert_eq(errno, EPROTO);
}

Test(store_arena, every_record_is_aligned_and_apart)
{
	struct storetest t;
	struct head *h;

	storetest_create(&t, MEGA);
	h = view.head;
	cr_assert_geq(h->nsegments, 8192u);
	cr_assert_leq(h->at_slots + sizeof(struct slot) * ARENA_SLOTS,
	    h->at_stripes);
	cr_assert_leq(h->at_stripes + sizeof(struct stripe) * STRIPES,
	    h->at_objects);
	cr_assert_leq(h->at_objects + sizeof(struct object) *
	    (h->nobjects + 1ULL), h->at_segments);
	cr_assert_leq(h->at_segments + sizeof(struct segment) *
	    (h->nsegments + 1ULL), h->at_regions);
	cr_assert_leq(h->at_cells + sizeof(struct cell) * (h->ncells + 1ULL),
	    h->at_payload);
	cr_assert_eq((uintptr_t)view.segments % CACHE_LINE, 0);
	cr_assert_eq((uintptr_t)view.objects % CACHE_LINE, 0);
	cr_assert_eq(storetest_end(&t), 0);
}

Test(store_arena, bells_ring_those_who_are_named)
{
	struct storetest t;

	storetest_create(&t, MEGA);
	cr_assert(!storetest_rung(&t, 0));
	arena_ring(2);
	cr_assert(!storetest_rung(&t, 0));
	arena_ring(1 | 4);
	arena_ring(1);
	cr_assert(storetest_rung(&t, 0));
	cr_assert(!storetest_rung(&t, 0));
	arena_ring_fetcher();
	cr_assert(!storetest_rung(&t, 0));
	arena_fetcher_here();
	arena_ring_fetcher();
	cr_assert(storetest_rung(&t, 0));
	cr_assert_eq(storetest_end(&t), 0);
}

Test(store_arena, who_waits_for_room_is_rung_when_some_comes)
{
	struct storetest t;
	struct object_ref ref;
	struct segment_ref seg;

	storetest_create(&t, MEGA);
	ref = storetest_object(1, 100000);
	cr_assert_eq(segment_obtain(ref, 0, SEGMENT_EVICT, &seg), 0);
	arena_wait_room();
	cr_assert(!storetest_rung(&t, 0));
	segment_unpin(&seg);
	cr_assert(storetest_rung(&t, 0));
	object_unpin(&ref);
	cr_assert_eq(storetest_end(&t), 0);
}

/* Whole uses take the pages that are there, short ones make room by giving
 * some back; the sums stay right. */
Test(store_arena, prefaulted_pages_are_accounted_for)
{
	int bells[ARENA_SLOTS] = { 0 }, fd;
	struct object_ref ref;
	unsigned i;

	for (i = 0; i < ARENA_SLOTS; i++)
		bells[i] = -1;
	fd = arena_create(MEGA, 64 << 10, 1);
	cr_assert_neq(fd, -1);
	cr_assert_eq(arena_attach(fd, ARENA_NO_SLOT, ARENA_NO_PAYLOAD, bells),
	    0);
	cr_assert_eq(slot_issue(ARENA_WORKER), 0);
	arena_detach();
	cr_assert_eq(slot_take(fd, 0), 0);
	cr_assert_eq(arena_attach(fd, 0, ARENA_WRITE_PAYLOAD, bells), 0);
	cr_assert_eq(store_audit(stderr, 1), 0);
	cr_assert_eq(arena_room_used(), MEGA);
	ref = storetest_object(1, 5);
	cr_assert_eq(storetest_fill(ref, 1, 0, 5), 5);
	object_unpin(&ref);
	cr_assert_eq(arena_room_used(), MEGA - (64 << 10) + 4096);
	ref = storetest_object(2, 10 * (64 << 10));
	cr_assert_eq(storetest_fill(ref, 2, 0, 10 * (64 << 10)),
	    10 * (64 << 10));
	cr_assert_eq(storetest_read(ref, 2, 0, 10 * (64 << 10)),
	    10 * (64 << 10));
	object_unpin(&ref);
	cr_assert_eq(store_audit(stderr, 1), 0);
}

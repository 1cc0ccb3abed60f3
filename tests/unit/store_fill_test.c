/* SPDX-License-Identifier: ISC */
/* store_fill_test -- publishing, pens, orphans, skipping, the end; tests */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/counter.h"
#include "reeld/fill.h"
#include "../../src/store/layout.h"
#include "../helper/data.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK
#define SIZE	(3 * SS + 1000)

static struct storetest t;
static struct object_ref ref;

static void
begin(void)
{
	storetest_create(&t, MEGA);
	ref = storetest_object(1, SIZE);
}

static void
end(void)
{
	cr_assert_eq(store_audit(stderr, 0), 0);
	object_unpin(&ref);
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_fill, .init = begin, .fini = end);

/* Writes `len` bytes of the content at the position of `f`. */
static ssize_t
feed(struct fill *f, size_t len, uint64_t end_at)
{
	static uint8_t bytes[SIZE];

	data_fill(1, f->position, bytes, len);
	return fill_write(f, bytes, len, end_at);
}

static uint64_t
pen(unsigned n)
{
	return view.segments[1].pens[n];
}

Test(store_fill, bytes_are_read_as_they_land)
{
	uint64_t seed = 4;
	struct fill f;
	size_t n;

	fill_init(&f, ref, 0, SIZE);
	while (f.position < SIZE) {
		n = storetest_random(&seed) % 400 + 1;
		if (n > SIZE - f.position)
			n = SIZE - f.position;
		cr_assert_eq(feed(&f, n, SIZE), (ssize_t)n);
		cr_assert_eq(storetest_read(ref, 1, 0, SIZE), f.position);
	}
	cr_assert_eq(feed(&f, 10, UINT64_MAX), 0, "nothing past the size");
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), SIZE);
	cr_assert_eq(arena_room_used(), 3 * SS + 4096);
}

Test(store_fill, stops_at_its_end)
{
	struct fill f;

	fill_init(&f, ref, 2 * BS, SIZE);
	cr_assert_eq(feed(&f, 1000, 4 * BS), 2 * BS);
	cr_assert_eq(feed(&f, 1000, 4 * BS), 0);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 2 * BS, SIZE), 2 * BS);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 0);
}

Test(store_fill, an_unfinished_block_is_left_as_an_orphan)
{
	struct fill f;

	cr_assert_eq(storetest_fill(ref, 1, 0, BS + 50), BS + 50);
	cr_assert(PEN_IS_ORPHAN(pen(0)));
	cr_assert_eq(PEN_BLOCK(pen(0)), 1);
	cr_assert_eq(PEN_VALID(pen(0)), 50);
	fill_init(&f, ref, BS + 50, SIZE);
	cr_assert_eq(feed(&f, 20, SIZE), 20);
	cr_assert_eq(pen(0), PEN(0, 1, 70), "taken over");
	cr_assert_eq(pen(1), PEN_FREE);
	cr_assert_eq(feed(&f, 3 * BS, SIZE), 3 * BS);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 4 * BS + 70);
}

Test(store_fill, a_dead_writers_edge_is_an_orphan_too)
{
	cr_assert_eq(storetest_fill(ref, 1, 0, 10), 10);
	view.segments[1].pens[0] = PEN(9, 0, 10);
	cr_assert_eq(storetest_fill(ref, 1, 10, 20), 0, "not ours yet");
	cr_assert_eq(errno, EEXIST);
	view.segments[1].pens[0] |= PEN_ORPHAN;
	cr_assert_eq(storetest_fill(ref, 1, 10, SIZE), SIZE - 10);
}

Test(store_fill, what_exists_stops_a_pull_or_is_skipped)
{
	struct fill f;

	storetest_fill(ref, 1, 2 * BS, 4 * BS + 9);
	fill_init(&f, ref, 0, SIZE);
	cr_assert_eq(feed(&f, 10 * BS, SIZE), 2 * BS);
	cr_assert_eq(errno, EEXIST);
	cr_assert_eq(feed(&f, 10 * BS, SIZE), -1);
	cr_assert_eq(errno, EEXIST);
	f.skip = 1;
	cr_assert_eq(feed(&f, 10 * BS, SIZE), 10 * BS);
	cr_assert_eq(f.skipped, 2 * BS + 9);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 12 * BS);
}

Test(store_fill, another_writers_block_stops_a_pull_or_is_skipped)
{
	struct fill other, f;

	fill_init(&other, ref, BS, SIZE);
	feed(&other, 5, SIZE);
	fill_init(&f, ref, 0, SIZE);
	cr_assert_eq(feed(&f, 10 * BS, SIZE), BS);
	cr_assert_eq(errno, EEXIST);
	f.skip = 1;
	cr_assert_eq(feed(&f, 2 * BS + 7, SIZE), 2 * BS + 7);
	cr_assert_eq(f.skipped, BS);
	cr_assert_eq(feed(&other, BS - 5, SIZE), BS - 5);
	fill_fini(&other);
	cr_assert_eq(feed(&f, SIZE - f.position, SIZE), SIZE - 3 * BS - 7);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), SIZE);
}

/* The block's begin is owned by one who then leaves it: the rest cannot be
 * had from here, and must not be published. */
Test(store_fill, a_hole_in_front_is_not_jumped_over)
{
	struct fill other, f;

	fill_init(&other, ref, BS, SIZE);
	feed(&other, 5, SIZE);
	fill_init(&f, ref, 0, SIZE);
	f.skip = 1;
	cr_assert_eq(feed(&f, BS + 50, SIZE), BS + 50);
	fill_fini(&other);
	cr_assert_eq(feed(&f, BS, SIZE), BS);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, BS, SIZE), 5);
	cr_assert_eq(storetest_read(ref, 1, 2 * BS, SIZE), 50);
	cr_assert_eq(storetest_fill(ref, 1, BS + 5, 2 * BS), BS - 5);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 2 * BS + 50);
}

Test(store_fill, without_an_orphan_a_pull_begins_on_a_block)
{
	cr_assert_eq(storetest_fill(ref, 1, 7, BS), 0);
	cr_assert_eq(errno, EEXIST);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 0);
}

Test(store_fill, without_a_pen_whole_blocks_are_published)
{
	struct fill writers[PENS + 1];
	unsigned i;

	for (i = 0; i <= PENS; i++) {
		fill_init(&writers[i], ref, i * 4 * BS, SIZE);
		cr_assert_eq(feed(&writers[i], 10, SIZE), 10);
		cr_assert_eq(storetest_read(ref, 1, i * 4 * BS, SIZE),
		    i < PENS ? 10 : 0);
	}
	cr_assert_eq(writers[PENS].pen, -1);
	cr_assert_eq(feed(&writers[PENS], BS, SIZE), BS);
	cr_assert_eq(storetest_read(ref, 1, PENS * 4 * BS, SIZE), BS);
	cr_assert_eq(feed(&writers[0], BS, SIZE), BS);
	fill_fini(&writers[0]);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), BS + 10);
	for (i = 1; i <= PENS; i++)
		fill_fini(&writers[i]);
}

/* Orphans in blocks that were made whole are no use to anybody. */
Test(store_fill, pens_left_in_whole_blocks_are_used_again)
{
	struct fill f;
	unsigned i;

	storetest_fill(ref, 1, 0, PENS * BS);
	for (i = 0; i < PENS; i++)
		view.segments[1].pens[i] = PEN(0, i, 1) | PEN_ORPHAN;
	fill_init(&f, ref, 10 * BS, SIZE);
	cr_assert_eq(feed(&f, 1, SIZE), 1);
	cr_assert_neq(f.pen, -1);
	fill_fini(&f);
	for (i = 0; i < PENS; i++)
		if (PEN_BLOCK(pen(i)) < PENS)
			view.segments[1].pens[i] = PEN_FREE;
}

Test(store_fill, the_end_of_an_unknown_size_is_told)
{
	struct object_ref live = storetest_object(2, -1);
	struct segment_ref seg;
	int64_t size;
	struct fill f;

	fill_init(&f, live, 0, -1);
	cr_assert_eq(feed(&f, SS + 5000, UINT64_MAX), SS + 5000);
	cr_assert_eq(arena_room_used(), 2 * SS);
	object_wait(live);
	segment_find(live, 1, &seg);
	segment_wait(seg);
	fill_eof(&f);
	cr_assert(storetest_rung(&t, 0));
	cr_assert_eq(view.segments[seg.id].waiters, 0);
	fill_fini(&f);
	cr_assert_eq(object_state(live, &size), OBJECT_ASKING);
	cr_assert_eq(size, SS + 5000);
	cr_assert_eq(storetest_read(live, 1, 0, SS + 5000), SS + 5000);
	cr_assert_eq(view.segments[seg.id].pens[0], PEN_FREE);
	cr_assert_eq(arena_room_used(), SS + 8192);
	segment_unpin(&seg);
	object_unpin(&live);
}

/* A reader came before the answer, and its segment has room for anything. */
Test(store_fill, a_size_learned_later_gives_room_back)
{
	struct object_ref late = storetest_object(2, -1);
	struct object_answer answer = { .size = 100, .mtime = -1 };
	struct segment_ref seg;

	cr_assert_eq(segment_obtain(late, 0, SEGMENT_EVICT, &seg), 0);
	cr_assert_eq(arena_room_used(), SS);
	object_known(late, &answer);
	cr_assert_eq(storetest_fill(late, 2, 0, 100), 100);
	cr_assert_eq(arena_room_used(), 4096);
	cr_assert_eq(storetest_read(late, 2, 0, 100), 100);
	segment_unpin(&seg);
	object_unpin(&late);
}

Test(store_fill, an_end_at_once_is_an_end)
{
	struct object_ref live = storetest_object(2, -1);
	int64_t size;
	struct fill f;

	fill_init(&f, live, 0, -1);
	fill_eof(&f);
	fill_fini(&f);
	object_state(live, &size);
	cr_assert_eq(size, 0);
	object_unpin(&live);
}

Test(store_fill, who_waits_for_bytes_is_rung)
{
	struct segment_ref seg;
	struct fill f;

	fill_init(&f, ref, 0, SIZE);
	feed(&f, 10, SIZE);
	segment_find(ref, 0, &seg);
	segment_wait(seg);
	feed(&f, 10, SIZE);
	cr_assert(!storetest_rung(&t, 0));
	cr_assert_eq(f.unrung, 20);
	fill_ring(&f);
	cr_assert_eq(f.unrung, 0);
	cr_assert(storetest_rung(&t, 0));
	segment_wait(seg);
	feed(&f, SS, SIZE);
	cr_assert(storetest_rung(&t, 0), "leaving a segment rings");
	segment_unpin(&seg);
	fill_fini(&f);
}

Test(store_fill, no_room_is_told_and_tried_again)
{
	struct segment_ref pins[MEGA / SS];
	struct object_ref many = storetest_object(2, 100LL * SS);
	struct segment_ref first;
	struct fill f;
	unsigned i;

	segment_obtain(ref, 0, SEGMENT_FREE_ROOM, &first);
	for (i = 0; i < MEGA / SS - 1; i++)
		segment_obtain(many, i, SEGMENT_FREE_ROOM, &pins[i]);
	fill_init(&f, ref, 0, SIZE);
	cr_assert_eq(feed(&f, SS + 100, SIZE), SS);
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(feed(&f, 100, SIZE), -1);
	cr_assert_eq(errno, ENOSPC);
	segment_unpin(&pins[3]);
	cr_assert_eq(feed(&f, 100, SIZE), 100);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), SS + 100);
	for (i = 0; i < MEGA / SS - 1; i++)
		segment_unpin(&pins[i]);
	segment_unpin(&first);
	object_unpin(&many);
}

Test(store_fill, bytes_pulled_again_are_counted)
{
	struct object_ref other = storetest_object(2, 16 * SS);
	uint64_t again;

	storetest_fill(ref, 1, 0, SIZE);
	storetest_fill(other, 2, 0, 16 * SS);
	cr_assert_geq(counter_sum(COUNTER_EVICTED_SEGMENTS), 3);
	cr_assert_eq(counter_sum(COUNTER_REPULLED_BYTES), 0);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 0);
	again = storetest_fill(ref, 1, 0, 100);
	cr_assert_eq(counter_sum(COUNTER_REPULLED_BYTES), again);
	object_unpin(&other);
}

/* ---- in place ---- */

/* Claims `len` bytes of the content at `position`, and writes them there. */
static uint8_t *
claim(struct fill *f, uint64_t position, uint32_t len)
{
	uint8_t *at;

	fill_init(f, ref, position, SIZE);
	if ((at = fill_claim(f, len)) != NULL)
		data_fill(1, position, at, len);
	return at;
}

Test(store_fill, what_is_claimed_is_read_once_it_is_published)
{
	struct segment_ref seg;
	struct fill f;

	cr_assert_not_null(claim(&f, 4 * BS, 100 * BS));
	cr_assert_eq(store_audit(stderr, 0), 0);
	segment_find(ref, 0, &seg);
	segment_wait(seg);
	cr_assert_eq(storetest_read(ref, 1, 4 * BS, SIZE), 0);
	fill_publish(&f, 100 * BS);
	cr_assert_eq(f.position, 104 * BS);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 0);
	cr_assert_eq(storetest_read(ref, 1, 4 * BS, SIZE), 100 * BS);
	cr_assert(!storetest_rung(&t, 0));
	fill_fini(&f);
	cr_assert(storetest_rung(&t, 0));
	cr_assert_eq(pen(0), PEN_FREE);
	segment_unpin(&seg);
}

Test(store_fill, a_claim_that_is_given_up_leaves_nothing)
{
	struct fill f;

	cr_assert_not_null(claim(&f, 0, SS));
	fill_fini(&f);
	cr_assert_eq(pen(0), PEN_FREE);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 0);
	cr_assert_eq(storetest_fill(ref, 1, 0, SIZE), SIZE);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), SIZE);
}

Test(store_fill, the_last_bytes_are_claimed_with_their_block)
{
	struct fill f;

	cr_assert_not_null(claim(&f, 3 * SS, 1000));
	fill_publish(&f, 1000);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 3 * SS, SIZE), 1000);
	cr_assert_eq(arena_room_used(), 4096);
}

Test(store_fill, nobody_writes_in_what_is_claimed)
{
	struct fill f, other;

	cr_assert_not_null(claim(&f, 4 * BS, 60 * BS));
	cr_assert_eq(storetest_fill(ref, 1, 0, SS), 4 * BS);
	cr_assert_eq(errno, EEXIST);
	cr_assert_eq(storetest_fill(ref, 1, 63 * BS, SS), 0);
	cr_assert_eq(errno, EEXIST);
	cr_assert_null(claim(&other, 63 * BS, 2 * BS));
	cr_assert_eq(errno, EEXIST);
	fill_fini(&other);
	cr_assert_eq(storetest_fill(ref, 1, 64 * BS, SS), SS - 64 * BS);
	fill_publish(&f, 60 * BS);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), SS);
}

Test(store_fill, what_somebody_has_begun_is_not_claimed)
{
	struct fill f;

	cr_assert_eq(storetest_fill(ref, 1, 70 * BS, 71 * BS + 9), BS + 9);
	cr_assert_null(claim(&f, 60 * BS, 11 * BS));
	fill_fini(&f);
	cr_assert_null(claim(&f, 71 * BS, BS), "an orphan is there");
	fill_fini(&f);
	cr_assert_not_null(claim(&f, 60 * BS, 10 * BS));
	fill_publish(&f, 10 * BS);
	fill_fini(&f);
	cr_assert_eq(storetest_read(ref, 1, 60 * BS, SIZE), 11 * BS + 9);
}

static int
die_claiming(void *arg)
{
	struct fill f;

	(void)arg;
	if (claim(&f, 0, SS) == NULL)
		return 1;
	raise(SIGKILL);
	return 0;
}

Test(store_fill, the_claim_of_a_dead_writer_goes_with_him)
{
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_SPOOLER,
	    die_claiming, NULL)), -SIGKILL);
	cr_assert_eq(pen(0), PEN_FREE);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), 0);
	cr_assert_eq(storetest_fill(ref, 1, 0, SIZE), SIZE);
}

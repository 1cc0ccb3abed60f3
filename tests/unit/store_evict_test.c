/* SPDX-License-Identifier: ISC */
/* store_evict_test -- who goes first, who never goes; tests */
#include "config.h"

#include <errno.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "../../src/store/evict.h"
#include "../../src/store/layout.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define FIT	(MEGA / SS)

static struct storetest t;
static struct object_ref ref;		/* fills the whole arena */

static void
begin(void)
{
	storetest_create(&t, MEGA);
	ref = storetest_object(1, 2 * MEGA);
	cr_assert_eq(storetest_fill(ref, 1, 0, MEGA), MEGA);
}

static void
end(void)
{
	cr_assert_eq(store_audit(stderr, 0), 0);
	object_unpin(&ref);
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_evict, .init = begin, .fini = end);

static int
is_here(struct object_ref object, uint32_t number)
{
	struct segment_ref seg;

	if (segment_find(object, number, &seg) == -1)
		return 0;
	segment_unpin(&seg);
	return 1;
}

/* Lets segment `number` of `ref` look unused for `ms`. */
static void
age(uint32_t number, int64_t ms)
{
	struct segment_ref seg;

	cr_assert_eq(segment_find(ref, number, &seg), 0);
	view.segments[seg.id].last_use = clock_ms() - ms;
	segment_unpin(&seg);
}

static int
reader(uint64_t position, uint64_t upto)
{
	struct row_state row = { .object = ref, .position = position,
	    .end = upto };
	int n = row_open(&row);

	cr_assert_neq(n, -1);
	return n;
}

static int
obtain(uint32_t number, enum segment_room room)
{
	struct segment_ref seg;

	if (segment_obtain(ref, number, room, &seg) == -1) {
		cr_assert_eq(errno, ENOSPC);
		return 0;
	}
	segment_unpin(&seg);
	return 1;
}

Test(store_evict, the_longest_unused_goes_first)
{
	age(7, 5000);
	age(3, 9000);
	cr_assert_eq(evict_segment(ref, 20, 1), 0);
	cr_assert(!is_here(ref, 3));
	cr_assert_eq(evict_segment(ref, 20, 1), 0);
	cr_assert(!is_here(ref, 7));
	cr_assert_eq(counter_sum(COUNTER_EVICTED_SEGMENTS), 2);
	cr_assert_eq(counter_sum(COUNTER_EVICTED_BYTES), 2 * SS);
}

Test(store_evict, what_is_behind_all_readers_goes_before_what_is_ahead)
{
	int row = reader(2 * SS, UINT64_MAX);

	age(15, 90000);
	cr_assert(obtain(20, SEGMENT_EVICT_IDLE));
	cr_assert(obtain(21, SEGMENT_EVICT_IDLE));
	cr_assert(!is_here(ref, 0) && !is_here(ref, 1));
	cr_assert(!obtain(22, SEGMENT_EVICT_IDLE));
	row_close(row);
}

Test(store_evict, of_what_is_ahead_the_farthest_goes)
{
	int row = reader(0, UINT64_MAX), other = reader(20 * SS, UINT64_MAX);

	cr_assert(obtain(20, SEGMENT_EVICT));
	cr_assert(!is_here(ref, 15));
	cr_assert(obtain(21, SEGMENT_EVICT));
	cr_assert(!is_here(ref, 14));
	row_close(row);
	row_close(other);
}

/* Else two pulls that run ahead would evict each other for ever. */
Test(store_evict, nothing_goes_for_what_is_worth_less)
{
	int row = reader(0, UINT64_MAX);

	cr_assert(!obtain(16, SEGMENT_EVICT));
	cr_assert(!obtain(30, SEGMENT_EVICT));
	row_close(row);
}

Test(store_evict, a_row_ends_where_its_reader_ends)
{
	int row = reader(0, 4 * SS);
	unsigned i;

	for (i = 4; i < FIT; i++)
		cr_assert(obtain(16 + i, SEGMENT_EVICT_IDLE));
	for (i = 0; i < 4; i++)
		cr_assert(is_here(ref, i));
	row_close(row);
}

Test(store_evict, a_window_goes_only_for_a_reader_who_stands_there)
{
	int rows[2] = { reader(0, UINT64_MAX), reader(8 * SS, UINT64_MAX) };
	unsigned i;
	int row;

	cr_assert_eq(segment_window(2), MEGA / 4);
	for (i = 4; i < 8; i++)		/* outside of both windows */
		cr_assert(obtain(8 + 4 + i, SEGMENT_EVICT) ||
		    is_here(ref, i));
	row = reader(25 * SS, UINT64_MAX);
	cr_assert(obtain(25, SEGMENT_EVICT));
	cr_assert(is_here(ref, 0) && is_here(ref, 8), "others stand there");
	row_close(row);
	row_close(rows[0]);
	row_close(rows[1]);
}

/* More readers than segments: each stands in one that is left alone as long as
 * it is used. */
Test(store_evict, where_a_reader_stands_goes_last)
{
	int rows[FIT + 1];
	unsigned i;

	for (i = 0; i < FIT; i++) {
		rows[i] = reader((uint64_t)i * SS, (i + 1ULL) * SS);
		age(i, 0);
	}
	rows[FIT] = reader(20 * SS, UINT64_MAX);
	cr_assert(!obtain(20, SEGMENT_EVICT));
	age(9, 3000);
	cr_assert(!obtain(21, SEGMENT_EVICT), "nobody stands there");
	cr_assert(obtain(20, SEGMENT_EVICT));
	cr_assert(!is_here(ref, 9));
	for (i = 0; i <= FIT; i++)
		row_close(rows[i]);
}

Test(store_evict, pinned_segments_stay)
{
	struct segment_ref pins[FIT];
	unsigned i;

	for (i = 0; i < FIT; i++)
		segment_find(ref, i, &pins[i]);
	cr_assert_eq(evict_segment(ref, 20, 0), -1);
	cr_assert_eq(errno, ENOSPC);
	segment_unpin(&pins[4]);
	cr_assert_eq(evict_segment(ref, 20, 0), 0);
	for (i = 0; i < FIT; i++)
		segment_unpin(&pins[i]);
	cr_assert(!is_here(ref, 4));
}

Test(store_evict, a_past_objects_segments_go_first)
{
	struct object_ref fresh, held = ref;

	age(3, 100000);
	cr_assert_eq(object_pin(held), 0);
	cr_assert_eq(object_renew(ref, &fresh), 0);
	cr_assert_eq(storetest_fill(fresh, 1, 0, SS), SS);
	view.segments[1].last_use = 0;
	cr_assert(is_here(fresh, 0));
	cr_assert_eq(storetest_fill(fresh, 1, SS, 2 * SS), SS);
	cr_assert(is_here(fresh, 0) && is_here(fresh, 1));
	object_unpin(&held);
	object_unpin(&fresh);
}

Test(store_evict, an_objects_segments_go_with_it)
{
	struct object_ref other = storetest_object(2, 10);

	object_unpin(&ref);
	cr_assert_eq(evict_object(), 0);
	cr_assert_eq(view.objects[1].record, RECORD_FREE);
	cr_assert_eq(evict_object(), -1);
	cr_assert_eq(errno, ENOSPC);
	object_unpin(&other);
}

/* SPDX-License-Identifier: ISC */
/* store_coverage_test -- what of an object is there; tests */
#include "config.h"

#include <criterion/criterion.h>

#include "reeld/fill.h"
#include "reeld/segment.h"
#include "../../src/store/layout.h"
#include "../helper/storetest.h"

#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK
#define SIZE	(6 * SS + 77)

static struct storetest t;
static struct object_ref ref;
static struct coverage c;

static void
begin(void)
{
	storetest_create(&t, 1 << 20);
	ref = storetest_object(1, SIZE);
	c = (struct coverage){ .object = ref, .size = SIZE };
}

static void
end(void)
{
	coverage_fini(&c);
	object_unpin(&ref);
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_coverage, .init = begin, .fini = end);

static void
expect(unsigned i, uint64_t from, uint64_t to)
{
	cr_assert_lt(i, c.n);
	cr_assert_eq(c.extents[i].begin, from, "%u begins at %lu, not %lu", i,
	    c.extents[i].begin, from);
	cr_assert_eq(c.extents[i].end, to, "%u ends at %lu, not %lu", i,
	    c.extents[i].end, to);
}

Test(store_coverage, nothing_is_nothing)
{
	cr_assert_eq(coverage_take(&c, 1), 0);
	cr_assert_eq(c.n, 0);
	cr_assert_eq(coverage_take(&c, 0), 0);
}

Test(store_coverage, pieces_are_in_order_and_joined)
{
	storetest_fill(ref, 1, 4 * SS, 4 * SS + 10);
	storetest_fill(ref, 1, 5 * SS, SIZE);
	storetest_fill(ref, 1, SS + 64 * BS, 3 * SS + 5);
	storetest_fill(ref, 1, 0, 3 * BS);
	storetest_fill(ref, 1, 4 * BS, 70 * BS);
	cr_assert_eq(coverage_take(&c, 1), 0);
	cr_assert_eq(c.n, 5);
	expect(0, 0, 3 * BS);
	expect(1, 4 * BS, 70 * BS);
	expect(2, SS + 64 * BS, 3 * SS + 5);
	expect(3, 4 * SS, 4 * SS + 10);
	expect(4, 5 * SS, SIZE);
	cr_assert_eq(coverage_take(&c, 1), 0, "again, in the same memory");
	cr_assert_eq(c.n, 5);
}

Test(store_coverage, a_whole_object_is_one_piece)
{
	storetest_fill(ref, 1, 3 * SS, SIZE);
	storetest_fill(ref, 1, 0, 3 * SS);
	coverage_take(&c, 1);
	cr_assert_eq(c.n, 1);
	expect(0, 0, SIZE);
}

Test(store_coverage, every_alternate_block)
{
	uint32_t i;

	for (i = 0; i < SEGMENT_BLOCKS; i += 2)
		storetest_fill(ref, 1, i * BS, (i + 1) * BS);
	coverage_take(&c, 1);
	cr_assert_eq(c.n, SEGMENT_BLOCKS / 2);
	for (i = 0; i < SEGMENT_BLOCKS / 2; i++)
		expect(i, i * 2 * BS, (i * 2 + 1) * BS);
}

Test(store_coverage, several_objects_in_one_pass)
{
	struct coverage two[2];
	struct object_ref other = storetest_object(2, -1);

	storetest_fill(ref, 1, 0, 100);
	storetest_fill(other, 2, 0, 300);
	two[0] = c;
	two[1] = (struct coverage){ .object = other, .size = -1 };
	cr_assert_eq(coverage_take(two, 2), 0);
	c = two[0];
	cr_assert_eq(c.n, 1);
	expect(0, 0, 100);
	cr_assert_eq(two[1].n, 1);
	cr_assert_eq(two[1].extents[0].end, 300);
	coverage_fini(&two[1]);
	cr_assert_eq(two[1].n, 0);
	object_unpin(&other);
}

Test(store_coverage, another_generation_is_another)
{
	storetest_fill(ref, 1, 0, 100);
	c.object.gen++;
	coverage_take(&c, 1);
	cr_assert_eq(c.n, 0);
}

/* Agrees with what a reader finds, while it is being written. */
Test(store_coverage, keeps_up_with_a_writer)
{
	uint64_t seed = 1, at, reads;
	int i;

	for (i = 0; i < 300; i++) {
		at = storetest_random(&seed) % SIZE / BS * BS;
		storetest_fill(ref, 1, at,
		    at + storetest_random(&seed) % 2000);
		coverage_take(&c, 1);
		for (at = 0; at < c.n; at++) {
			reads = storetest_read(ref, 1, c.extents[at].begin,
			    SIZE);
			cr_assert_eq(reads, c.extents[at].end -
			    c.extents[at].begin);
			cr_assert(at == 0 || c.extents[at - 1].end <
			    c.extents[at].begin);
		}
	}
}

/* SPDX-License-Identifier: ISC */
/* store_pages_test -- payload in large pages, if the kernel has any; tests */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/fill.h"
#include "reeld/segment.h"
#include "../../src/store/layout.h"
#include "../../src/store/pages.h"
#include "../../src/store/record.h"
#include "../helper/data.h"
#include "../helper/storetest.h"

#define SS	(8u << 20)
#define ARENA	(4 * SS)
#define INDEX	(256u << 10)	/* pages of it that may be touched meanwhile */
#define SIZE	(2 * SS + 3 * PAGES_LARGE / 2)

static struct storetest t;
static struct object_ref ref;

static void
begin(void)
{
	storetest_create_of(&t, ARENA, SS);
	ref = storetest_object(1, SIZE);
}

static void
end(void)
{
	cr_assert_eq(store_audit(stderr, 0), 0);
	object_unpin(&ref);
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_pages, .init = begin, .fini = end);

/* Bytes that the whole arena has. */
static uint64_t
resident(void)
{
	struct stat st;

	cr_assert_eq(fstat(t.fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* The large pages of the segment of that number, a bit each. */
static uint32_t
large(uint32_t number)
{
	struct segment_ref seg;
	uint32_t bits;

	cr_assert_eq(segment_find(ref, number, &seg), 0);
	bits = view.segments[seg.id].large;
	segment_unpin(&seg);
	return bits;
}

static void
bring(uint64_t from, uint32_t len)
{
	struct fill f;
	uint8_t *at;

	fill_init(&f, ref, from, SIZE);
	cr_assert_not_null(at = fill_claim(&f, len));
	data_fill(1, from, at, len);
	fill_publish(&f, len);
	fill_fini(&f);
}

/* A kernel that cannot makes all of this true with small ones. */
Test(store_pages, what_is_in_them_is_what_was_written)
{
	cr_assert_eq(storetest_fill(ref, 1, 0, 100000), 100000);
	cr_assert_eq(storetest_fill(ref, 1, 100000, SS), SS - 100000);
	bring(SS, PAGES_LARGE);
	bring(SS + PAGES_LARGE, SS - PAGES_LARGE);
	bring(2 * SS, SIZE - 2 * SS);
	cr_assert_eq(storetest_read(ref, 1, 0, SIZE), SIZE);
	cr_assert_eq(store_audit(stderr, 0), 0);
	cr_assert_eq(arena_room_used(), SIZE);
	cr_assert(large(0) == large(1));
	cr_assert(large(2) == (large(1) & 1), "not beyond its room");
	if (large(1) == 0)
		printf("SKIP: no large pages on this machine\n");
	else
		cr_assert_eq(large(1), 0xf);
}

Test(store_pages, little_that_is_waited_for_comes_without)
{
	bring(SS, PAGES_LARGE / 4);
	cr_assert_eq(large(1), 0);
	cr_assert_eq(storetest_fill(ref, 1, 0, 1000), 1000);
	cr_assert_eq(large(0), 0);
}

/* Given back as a whole, and in part: what is left says what it said. */
Test(store_pages, what_is_given_back_is_gone)
{
	uint64_t before = resident();
	struct segment_ref seg;

	bring(0, SS);
	cr_assert_geq(resident(), before + SS);
	segment_find(ref, 0, &seg);
	record_trim_segment(seg.id, PAGES_LARGE + 5000);
	segment_unpin(&seg);
	cr_assert_eq(large(0), 0);
	cr_assert_leq(resident(), before + PAGES_LARGE + INDEX);
	cr_assert_eq(storetest_read(ref, 1, 0, PAGES_LARGE), PAGES_LARGE);
}

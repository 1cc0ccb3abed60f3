/* SPDX-License-Identifier: ISC */
/* spooler_save_test -- what is said to be saved is on disk, whatever fails
 * beside it */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <stdio.h>

#include <criterion/criterion.h>

#include "reeld/counter.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "reeld/spool.h"
#include "../../src/spooler/batch.h"
#include "../../src/spooler/binding.h"
#include "../../src/spooler/health.h"
#include "../../src/spooler/load.h"
#include "../../src/spooler/room.h"
#include "../../src/spooler/save.h"
#include "../helper/spooled.h"
#include "../helper/spoolunit.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define SIZE	(64 * SS)
#define TURNS	5000

static struct spoolunit u;

static void
begin(void)
{
	spoolunit_begin(&u, MEGA, SIZE, NULL);
}

static void
end(void)
{
	spoolunit_limit(RLIM_INFINITY);
	spoolunit_end(&u);
}

TestSuite(spooler_save, .init = begin, .fini = end, .timeout = 60);

static void
touch(uint32_t number)
{
	struct segment_ref seg;

	spooled_age(u.object, number, -1);
	cr_assert_eq(segment_find(u.object, number, &seg), 0);
	segment_unpin(&seg);
}

/* Whoever reads it gets it from disk, and it was there. */
static void
comes_back(uint32_t number)
{
	uint64_t at = (uint64_t)number * SS;
	int row;

	if (spooled_record(u.object, number) != NULL)
		spooled_evict(u.object, number);
	cr_assert(spool_is_away(u.object, number), "%u is not on disk",
	    (unsigned)number);
	row = spooled_reader(u.object, at, 1, 0);
	while (spool_is_away(u.object, number) && load_turn(&u.disk, 1))
		continue;
	row_close(row);
	cr_assert_eq(counter_sum(COUNTER_SPOOL_BAD), 0);
	cr_assert_eq(storetest_read(u.object, 1, at, at + SS), SS);
}

/* What is on disk is what the catalogue has, and the arena says so. */
static void
agrees(uint32_t number)
{
	cr_assert_eq(spool_has(u.object, number),
	    spoolunit_has_row(&u, number));
}

/* Begins a save, and stops before it writes. */
static void
take_in_hand(void)
{
	cr_assert(save_turn(&u.disk, SPOOL_WHOLE, 0));
	cr_assert(save_is_busy());
}

static off_t
wal_size(void)
{
	struct stat st;
	char name[300];

	snprintf(name, sizeof(name), "%s/%s-wal", u.dir, CATALOGUE_NAME);
	cr_assert_eq(stat(name, &st), 0);
	return st.st_size;
}

/* ---- rows whose bytes are gone ---- */

/* Nothing can be written, so that bytes go before their rows, which stay. */
static void
punch_without_commit(void)
{
	spoolunit_limit((uint64_t)wal_size());
	health_bad(SPOOL_FULL, "the test");
	u.disk.rules.low = 1;
	while (room_relieve(&u.disk) == ROOM_MAKING)
		continue;
	cr_assert_neq(health_state(), SPOOL_WORKING);
	cr_assert(spoolunit_has_row(&u, 0), "its row was dropped");
	spoolunit_limit(RLIM_INFINITY);
	u.disk.rules.low = u.disk.rules.max;
	cr_assert(spoolunit_work(&u, SPOOL_WORKING, TURNS));
}

Test(spooler_save, punched_bytes_are_written_again)
{
	uint32_t i;

	for (i = 0; i < 4; i++)
		spooled_fill(u.object, i);
	spoolunit_save(&u, SPOOL_WHOLE);
	cr_assert_eq(spool_count(u.object), 4);
	punch_without_commit();
	for (i = 0; i < 4; i++)
		touch(i);
	spoolunit_save(&u, SPOOL_WHOLE);
	for (i = 0; i < 4; i++)
		comes_back(i);
}

/* The same, but the spooler dies before it can drop the rows, and the next one
 * marks what they name. */
Test(spooler_save, a_row_is_not_believed_by_the_next_spooler)
{
	spooled_fill(u.object, 0);
	spoolunit_save(&u, SPOOL_WHOLE);
	punch_without_commit();
	spool_mark(u.object, 0, 0);
	spool_mark(u.object, 0, 1);
	touch(0);
	spoolunit_save(&u, SPOOL_WHOLE);
	comes_back(0);
}

/* ---- a load beside a save ---- */

/* The row is bad, and all of it is in memory: the spooler that wrote it died
 * before it could say so. */
static void
know_no_more(uint32_t number)
{
	spool_mark(u.object, number, 0);
	spool_mark(u.object, number, 1);
	touch(number);
	cr_assert(spool_is_away(u.object, number));
}

Test(spooler_save, a_bad_load_does_not_meet_a_save_in_hand)
{
	int row;

	spooled_fill(u.object, 0);
	spoolunit_save(&u, SPOOL_WHOLE);
	spoolunit_damage(&u, 0);
	know_no_more(0);
	row = spooled_reader(u.object, 0, 1, 0);
	take_in_hand();
	load_turn(&u.disk, 1);
	spoolunit_save(&u, SPOOL_WHOLE);
	row_close(row);
	agrees(0);
	comes_back(0);
}

Test(spooler_save, a_bad_load_undoes_a_save_that_is_not_committed)
{
	int row;

	spooled_fill(u.object, 0);
	spoolunit_save(&u, SPOOL_WHOLE);
	know_no_more(0);
	take_in_hand();
	while (save_is_busy())
		save_turn(&u.disk, SPOOL_WHOLE, 0);
	cr_assert_neq(batch_due(), INT64_MAX);
	spoolunit_damage(&u, 0);
	row = spooled_reader(u.object, 0, 1, 0);
	while (spool_is_away(u.object, 0) && load_turn(&u.disk, 1))
		continue;
	row_close(row);
	batch_commit(&u.disk);
	cr_assert_eq(counter_sum(COUNTER_SPOOL_BAD), 1);
	agrees(0);
	spoolunit_save(&u, SPOOL_WHOLE);
	agrees(0);
	spooled_evict(u.object, 0);
}

/* ---- a file that is gone ---- */

Test(spooler_save, without_a_file_nothing_is_saved)
{
	spooled_fill(u.object, 0);
	take_in_hand();
	cr_assert_eq(catalogue_remove(u.disk.catalogue,
	    spool_bound(u.object)), CATALOGUE_OK);
	while (save_is_busy())
		save_turn(&u.disk, SPOOL_WHOLE, 0);
	batch_commit(&u.disk);
	cr_assert_eq(spool_bound(u.object), 0);
	cr_assert(!spool_has(u.object, 0));
	spoolunit_save(&u, SPOOL_WHOLE);
	agrees(0);
	comes_back(0);
}

/* ---- what is not whole on disk ---- */

/* Half of segment 0 is, and no more of it is anywhere. */
static void
have_half(void)
{
	cr_assert_eq(storetest_fill(u.object, 1, 0, SS / 2), SS / 2);
	spoolunit_save(&u, SPOOL_PRESSED);
	spooled_evict(u.object, 0);
}

static uint64_t
lacks(uint64_t *segments)
{
	struct coverage c = { .object = u.object, .size = SIZE };
	uint64_t n;

	cr_assert_eq(spool_cover_partial(&c, &n), 0);
	*segments = c.n == 0 ? 0 : c.extents[0].end - c.extents[0].begin;
	coverage_fini(&c);
	return n;
}

Test(spooler_save, a_part_counts_as_what_it_is)
{
	uint64_t segments;

	cr_assert_eq(storetest_fill(u.object, 1, 0, SS / 2), SS / 2);
	spooled_fill(u.object, 1);
	spoolunit_save(&u, SPOOL_PRESSED);
	cr_assert(spool_is_partial(u.object, 0));
	cr_assert(!spool_is_partial(u.object, 1));
	cr_assert_eq(spool_bytes(u.object), SS + SS / 2);
	cr_assert_eq(lacks(&segments), 0);
	spooled_evict(u.object, 0);
	spooled_evict(u.object, 1);
	cr_assert_eq(spool_bytes(u.object), SS + SS / 2);
	cr_assert_eq(lacks(&segments), SS / 2);
	cr_assert_eq(segments, SS);
}

Test(spooler_save, a_part_that_is_made_whole_is_none)
{
	uint64_t segments;

	have_half();
	storetest_fill(u.object, 1, SS / 2, SS);
	spoolunit_save(&u, SPOOL_WHOLE);
	while (load_turn(&u.disk, 0))	/* the first half is brought */
		continue;
	spoolunit_save(&u, SPOOL_WHOLE);
	cr_assert(!spool_is_partial(u.object, 0));
	cr_assert_eq(spool_bytes(u.object), SS);
	cr_assert_eq(lacks(&segments), 0);
	comes_back(0);
}

Test(spooler_save, a_part_that_is_dropped_is_none)
{
	uint64_t segments;
	int row;

	have_half();
	spooled_fill(u.object, 2);
	spoolunit_save(&u, SPOOL_WHOLE);
	spoolunit_damage(&u, 0);
	row = spooled_reader(u.object, 0, 1, 0);
	while (spool_is_away(u.object, 0) && load_turn(&u.disk, 1))
		continue;
	row_close(row);
	cr_assert_eq(lacks(&segments), 0);
	cr_assert_eq(spool_bytes(u.object), SS);
}

/* The next spooler counts again, the catalogue is asked. */
Test(spooler_save, a_part_outlives_the_spooler)
{
	static const uint64_t none[SPOOL_SEGMENTS / 64];
	uint64_t segments;

	have_half();
	spool_set_partial(u.object, none, 0);
	cr_assert_eq(spool_bytes(u.object), SS);
	cr_assert_eq(binding_check_all(&u.disk), 0);
	cr_assert_eq(spool_bytes(u.object), SS / 2);
	cr_assert_eq(lacks(&segments), SS / 2);
}

/* Neither does a row count that could not be dropped. */
Test(spooler_save, a_part_without_bytes_does_not_count)
{
	uint64_t segments;

	storetest_fill(u.object, 1, 0, SS / 2);
	spoolunit_save(&u, SPOOL_PRESSED);
	punch_without_commit();
	cr_assert_eq(spool_bytes(u.object), 0);
	spooled_fill(u.object, 1);
	spoolunit_save(&u, SPOOL_WHOLE);
	storetest_fill(u.object, 1, 2ULL * SS, 2ULL * SS + SS / 4);
	spoolunit_save(&u, SPOOL_PRESSED);
	spooled_evict(u.object, 1);
	spooled_evict(u.object, 2);
	cr_assert_eq(spool_bytes(u.object), SS + SS / 4);
	cr_assert_eq(lacks(&segments), SS - SS / 4);
}

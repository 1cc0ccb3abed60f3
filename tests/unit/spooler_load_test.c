/* SPDX-License-Identifier: ISC */
/* spooler_load_test -- whose segments are brought first; the spooler */
#include "config.h"

#include <sys/resource.h>

#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/counter.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "reeld/spool.h"
#include "../../src/spooler/health.h"
#include "../../src/spooler/load.h"
#include "../helper/spooled.h"
#include "../helper/spoolunit.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define SIZE	(40 * SS)
#define PLACES	8		/* loads at once */

static struct spoolunit u;

/* Sixteen segments that are on disk alone. */
static void
begin(void)
{
	uint32_t i;

	spoolunit_begin(&u, 2 * MEGA, SIZE, NULL);
	for (i = 0; i < 16; i++)
		spooled_fill(u.object, i);
	spoolunit_save(&u, SPOOL_WHOLE);
	for (i = 0; i < 16; i++)
		spooled_evict(u.object, i);
}

static void
end(void)
{
	spoolunit_end(&u);
}

TestSuite(spooler_load, .init = begin, .fini = end, .timeout = 60);

static void
hold_all_places(void)
{
	int64_t file = spool_bound(u.object);
	uint32_t i;

	for (i = 0; i < PLACES; i++)
		cr_assert_eq(load_begin(&u.disk, u.object, i), 0);
	cr_assert_eq(load_begin(&u.disk, u.object, PLACES), -1);
	for (i = 0; i < PLACES; i++)
		cr_assert(load_has(file, i));
}

static unsigned
loads(void)
{
	unsigned n = 0, i;

	for (i = 0; i < 16; i++)
		n += (unsigned)load_has(spool_bound(u.object), i);
	return n;
}

Test(spooler_load, who_waits_takes_a_place_of_nobody)
{
	uint64_t at = 12ULL * SS;
	int row;

	hold_all_places();
	row = spooled_reader(u.object, at, 1, 0);
	cr_assert(load_turn(&u.disk, 1), "he waits for loads of nobody");
	cr_assert(load_has(spool_bound(u.object), 12));
	cr_assert_eq(loads(), PLACES);
	while (spool_is_away(u.object, 12))
		cr_assert(load_turn(&u.disk, 1));
	cr_assert_eq(storetest_read(u.object, 1, at, at + SS), SS);
	row_close(row);
	while (load_turn(&u.disk, 0))
		continue;
	cr_assert_eq(loads(), 0);
}

/* What others wait for, or are about to read, goes on. */
Test(spooler_load, nobody_takes_a_place_of_a_reader)
{
	int rows[PLACES + 1], i;

	hold_all_places();
	for (i = 0; i < PLACES; i++)
		rows[i] = spooled_reader(u.object, (uint64_t)i * SS, i % 2,
		    i);
	rows[i] = spooled_reader(u.object, 14ULL * SS, 1, -1);
	for (i = 0; i < 40; i++)
		load_turn(&u.disk, 1);
	cr_assert(!load_has(spool_bound(u.object), 14));
	for (i = 0; i < PLACES; i += 2)
		cr_assert(load_has(spool_bound(u.object), (uint32_t)i));
	for (i = 0; i <= PLACES; i++)
		row_close(rows[i]);
}

/* One who only reads ahead waits until a place is free. */
Test(spooler_load, reading_ahead_ends_no_load)
{
	int row;

	hold_all_places();
	row = spooled_reader(u.object, 12ULL * SS, 0, 0);
	cr_assert(load_turn(&u.disk, 0));
	cr_assert(!load_has(spool_bound(u.object), 12));
	row_close(row);
}

/* The first to wait has no room, and all that there is is held by those who
 * wait behind him: they are served, or it would never be free. */
Test(spooler_load, who_has_room_does_not_wait_for_who_has_none)
{
	struct segment_ref held[40];
	uint32_t n = 0, i;
	int rows[2];

	for (i = 11; i < 40 && segment_obtain(u.object, i, SEGMENT_EVICT,
	    &held[n]) == 0; i++)
		n++;
	for (i = 0; i < 10 && segment_obtain(u.object, i, SEGMENT_EVICT,
	    &held[n]) == 0; i++)
		n++;
	cr_assert_lt(i, 10, "the arena has room for all");
	rows[0] = spooled_reader(u.object, 10ULL * SS, 1, 0);
	rows[1] = spooled_reader(u.object, 11ULL * SS, 1, 1);
	for (i = 0; i < 40; i++)
		load_turn(&u.disk, 1);
	cr_expect(spool_is_away(u.object, 10));
	cr_expect_not(spool_is_away(u.object, 11), "it waits for ever");
	while (n > 0)
		segment_unpin(&held[--n]);
	row_close(rows[0]);
	row_close(rows[1]);
}

/* From here on nothing can be opened, or again as before. */
static void
limit_descriptors(int on)
{
	static struct rlimit was;
	struct rlimit limit;
	int fd;

	if (on) {
		cr_assert_neq(fd = dup(u.disk.fd), -1);
		close(fd);
		cr_assert_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
		limit = was;
		limit.rlim_cur = (rlim_t)fd;
	}
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, on ? &limit : &was), 0);
}

/* It is good, but cannot be opened now: nobody waits for it meanwhile, and it
 * is there afterwards. */
Test(spooler_load, what_cannot_be_looked_at_is_not_bad)
{
	int row;

	data_destroy(u.disk.data);
	cr_assert_not_null(u.disk.data = data_create(u.disk.fd, SS));
	row = spooled_reader(u.object, 0, 1, 0);
	limit_descriptors(1);
	load_turn(&u.disk, 1);
	limit_descriptors(0);
	cr_assert_eq(counter_sum(COUNTER_SPOOL_BAD), 0, "it was dropped");
	cr_assert(spoolunit_has_row(&u, 0));
	cr_assert_eq(health_state(), SPOOL_BROKEN);
	cr_assert_eq(loads(), 0);
	health_good();
	while (spool_is_away(u.object, 0))
		cr_assert(load_turn(&u.disk, 1));
	cr_assert_eq(storetest_read(u.object, 1, 0, SS), SS);
	row_close(row);
}

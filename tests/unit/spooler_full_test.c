/* SPDX-License-Identifier: ISC */
/* spooler_full_test -- a disk without room, and how the spool gets out of it */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/row.h"
#include "reeld/spool.h"
#include "../../src/spooler/batch.h"
#include "../../src/spooler/health.h"
#include "../../src/spooler/janitor.h"
#include "../../src/spooler/load.h"
#include "../../src/spooler/room.h"
#include "../../src/spooler/save.h"
#include "../../src/spooler/trouble.h"
#include "../helper/spooled.h"
#include "../helper/spoolunit.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define SIZE	(64 * SS)
#define TURNS	5000

static struct spoolunit u;
static int there;

static void
begin(const char *mount)
{
	there = spoolunit_begin(&u, MEGA, SIZE, mount);
}

static void
end(void)
{
	spoolunit_limit(RLIM_INFINITY);
	if (there)
		spoolunit_end(&u);
}

TestSuite(spooler_full, .fini = end, .timeout = 60);

static void
fill_and_save(uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		spooled_fill(u.object, from);
	spoolunit_save(&u, SPOOL_WHOLE);
}

/* Somebody removes it, and others take what room there is. */
static void
lose_catalogue(void)
{
	char name[300];

	disk_close(&u.disk);
	spool_forget(u.object);
	snprintf(name, sizeof(name), "%s/%s", u.dir, CATALOGUE_NAME);
	cr_assert_eq(unlink(name), 0);
	spoolunit_write(&u, "others", INT64_MAX);
}

/* ---- one rule ---- */

Test(spooler_full, an_errno_means_the_same_everywhere)
{
	static const struct {
		int		 error;
		enum spool_state state;
	} rule[] = {
		{ ENOSPC, SPOOL_FULL }, { EDQUOT, SPOOL_FULL },
		{ EFBIG, SPOOL_UNWRITABLE }, { EROFS, SPOOL_UNWRITABLE },
		{ EIO, SPOOL_UNWRITABLE }, { EACCES, SPOOL_BROKEN },
		{ ENOENT, SPOOL_BROKEN }, { ENOMEM, SPOOL_BROKEN },
	};
	size_t i;

	for (i = 0; i < sizeof(rule) / sizeof(rule[0]); i++)
		cr_expect_eq(trouble_state(rule[i].error), rule[i].state,
		    "errno %d", rule[i].error);
}

Test(spooler_full, data_and_commit_that_fail_alike_say_the_same)
{
	begin(NULL);
	spooled_fill(u.object, 0);
	while (save_is_busy() || batch_due() == INT64_MAX)
		save_turn(&u.disk, SPOOL_WHOLE, 0);
	spoolunit_limit(512);
	cr_assert_eq(batch_commit(&u.disk), -1);
	cr_assert_eq(health_state(), SPOOL_UNWRITABLE);
	spoolunit_limit(RLIM_INFINITY);
	cr_assert(spoolunit_work(&u, SPOOL_WORKING, TURNS));
	spooled_fill(u.object, 1);
	spoolunit_limit(512);
	spoolunit_save(&u, SPOOL_WHOLE);
	cr_assert_eq(health_state(), SPOOL_UNWRITABLE);
	spoolunit_limit(RLIM_INFINITY);
	cr_assert(spoolunit_work(&u, SPOOL_WORKING, TURNS));
	spoolunit_save(&u, SPOOL_WHOLE);
	cr_assert_eq(spool_bytes(u.object), 2 * SS);
}

/* ---- without a catalogue ---- */

/* Nothing can be loaded: readers must not wait for it. */
Test(spooler_full, what_cannot_be_opened_is_broken)
{
	begin("2M");
	if (!there)
		return;
	lose_catalogue();
	cr_assert_eq(disk_open(&u.disk), -1);
	cr_assert_eq(health_state(), SPOOL_BROKEN);
	cr_assert(!spool_loads());
	cr_assert_not_null(strstr(catalogue_error(NULL), "full"), "%s",
	    catalogue_error(NULL));
}

/* What it named makes room for the next one. */
Test(spooler_full, a_lost_catalogue_is_no_deadlock)
{
	begin("2M");
	if (!there)
		return;
	fill_and_save(0, 16);
	cr_assert_eq(spool_bytes(u.object), 16 * SS);
	lose_catalogue();
	cr_assert_eq(disk_open(&u.disk), 0, "%s", catalogue_error(NULL));
	cr_assert(spoolunit_work(&u, SPOOL_WORKING, TURNS));
	spoolunit_save(&u, SPOOL_WHOLE);
	cr_assert_gt(spool_bytes(u.object), 0);
}

/* Files without a byte, `first` and on, as many as may be; the last. */
static int
fill_names(int first)
{
	char name[32];

	do
		snprintf(name, sizeof(name), "other%d", first++);
	while (first < 1000 && spoolunit_write(&u, name, 0) != -1);
	return first - 1;
}

/* A catalogue that is good names its files, though it cannot be opened: there
 * is no room for its WAL. */
Test(spooler_full, a_good_catalogue_keeps_its_files)
{
	char name[300];
	int last;

	begin("2M,nr_inodes=40");
	if (!there)
		return;
	fill_and_save(0, 16);
	disk_close(&u.disk);
	last = fill_names(0);
	cr_assert_eq(disk_open(&u.disk), -1);
	cr_assert_eq(health_state(), SPOOL_BROKEN);
	while (last-- > 0) {
		snprintf(name, sizeof(name), "%s/other%d", u.dir, last);
		unlink(name);
	}
	cr_assert_eq(disk_open(&u.disk), 0, "%s", catalogue_error(NULL));
	cr_assert(spoolunit_has_row(&u, 15));
	spoolunit_damage(&u, 15);	/* its file is there */
}

/* Nothing that is in the spool could go: only what no row names. */
Test(spooler_full, strays_make_room)
{
	begin("4M");
	if (!there)
		return;
	mkdirat(u.disk.fd, "data", 0700);
	mkdirat(u.disk.fd, "data/80", 0700);
	spoolunit_write(&u, "data/80/128", 3 * MEGA);
	spoolunit_write(&u, "others", INT64_MAX);
	fill_and_save(0, 8);
	cr_assert_eq(health_state(), SPOOL_FULL);
	cr_assert(spoolunit_work(&u, SPOOL_WORKING, TURNS));
	cr_assert_eq(faccessat(u.disk.fd, "data/80/128", F_OK, 0), -1);
	spoolunit_save(&u, SPOOL_WHOLE);
	cr_assert_eq(spool_bytes(u.object), 8 * SS);
}

/* Writes bytes into the object's file; how many of it take room, in halves
 * of a segment: what the file system takes besides is less. */
static int64_t
resident(uint64_t at, const void *bytes, size_t n)
{
	int64_t file = spool_bound(u.object);
	struct stat st;
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "%s/%02x/%lld", DATA_NAME,
	    (unsigned)(file & (DATA_FOLDERS - 1)), (long long)file);
	cr_assert_neq(fd = openat(u.disk.fd, name, O_WRONLY), -1);
	cr_assert_eq(pwrite(fd, bytes, n, (off_t)at), (ssize_t)n);
	cr_assert_eq(fsync(fd), 0);
	cr_assert_eq(fstat(fd, &st), 0);
	close(fd);
	return (int64_t)st.st_blocks * 512 / (SS / 2);
}

/* What others take of what is to stay free the spool gives back. */
Test(spooler_full, min_free_is_kept_though_others_write)
{
	unsigned i;

	begin("4M");
	if (!there)
		return;
	u.disk.rules.min_free = 25;
	u.disk.rules.low = u.disk.rules.max / 10 * 9;
	fill_and_save(0, 16);
	spoolunit_write(&u, "others", 2 * MEGA);
	cr_assert_lt(disk_spare(&u.disk), 0);
	janitor_begin(clock_ms());
	for (i = 0; i <= DATA_FOLDERS + 16; i++)
		janitor_turn(&u.disk, clock_ms());
	cr_expect_geq(disk_spare(&u.disk), 0);
	cr_expect_gt(spool_count(u.object), 0, "it gave back all");
	cr_expect_eq(health_state(), SPOOL_WORKING);
}

/* It lies in the directory, which may have no more for that. */
Test(spooler_full, a_catalogue_that_was_set_aside_counts)
{
	begin(NULL);
	cr_assert_eq(spoolunit_write(&u, CATALOGUE_NAME ".bad", 8 * SS),
	    8 * SS);
	fill_and_save(0, 12);
	u.disk.rules.max = 32 * SS;
	u.disk.rules.low = 32 * SS;
	while (room_make(&u.disk, 0) == ROOM_MAKING)
		continue;
	cr_assert_eq(health_state(), SPOOL_WORKING);
	cr_assert_leq(spool_count(u.object), 8);
	cr_assert_gt(spool_count(u.object), 2);
}

/* A spooler that dies writes what it has not told the catalogue: little beside
 * what is in the file, and more with each that dies. */
Test(spooler_full, strays_in_a_large_file_go)
{
	static const char noise[2 * SS] = { 'x' };
	uint32_t i;
	int row;

	begin(NULL);
	for (i = 0; i < 32; i++) {
		fill_and_save(i, i + 1);
		spooled_evict(u.object, i);
	}
	storetest_fill(u.object, 1, 32 * SS, 32 * SS + SS / 2);
	spoolunit_save(&u, SPOOL_PRESSED);
	cr_assert_eq(resident(0, NULL, 0), 65);
	resident(32 * SS + SS / 2, noise, SS / 2);
	cr_assert_eq(resident(40 * SS, noise, 2 * SS), 70);
	janitor_begin(clock_ms());
	for (i = 0; i <= DATA_FOLDERS + 2; i++)
		janitor_turn(&u.disk, clock_ms());
	cr_expect_eq(resident(0, NULL, 0), 65);
	row = spooled_reader(u.object, 31 * SS, 1, 0);
	while (spool_is_away(u.object, 31) && load_turn(&u.disk, 1))
		continue;
	cr_expect_eq(storetest_read(u.object, 1, 31 * SS, 32 * SS), SS);
	row_close(row);
}

/* ---- a bad row ---- */

Test(spooler_full, a_bad_row_goes_and_eviction_goes_on)
{
	struct catalogue_totals totals;
	enum room_result result;

	begin(NULL);
	fill_and_save(0, 8);
	spoolunit_change(&u, "UPDATE segment SET used = number;"
	    "UPDATE segment SET bytes = 77 WHERE number = 0");
	catalogue_totals(u.disk.catalogue, &totals);
	u.disk.rules.max = totals.own + 6 * SS;
	u.disk.rules.low = totals.own + 4 * SS;
	do
		result = room_make(&u.disk, 0);
	while (result == ROOM_MAKING);
	cr_assert_eq(result, ROOM_MADE);
	cr_assert_eq(health_state(), SPOOL_WORKING);
	cr_assert_eq(counter_sum(COUNTER_SPOOL_BAD), 1);
	cr_assert(!spool_has(u.object, 0));
	cr_assert(!spoolunit_has_row(&u, 0));
	cr_assert_eq(catalogue_check(u.disk.catalogue), CATALOGUE_OK, "%s",
	    catalogue_error(u.disk.catalogue));
}

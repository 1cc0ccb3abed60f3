/* SPDX-License-Identifier: ISC */
/* spooler_catalogue_test -- what the catalogue keeps, and when it says no */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <bsd/string.h>

#include "reeld/clock.h"
#include "src/spooler/catalogue.h"
#include "../helper/keeper.h"

#define SEGMENT		(64 << 10)
#define BLOCK		(SEGMENT / SEGMENT_BLOCKS)

static char dir[256], name[300], wal[320];
static struct catalogue *c;

static void
open_again(enum catalogue_result expect)
{
	catalogue_close(c);
	cr_assert_eq(catalogue_open(dir, SEGMENT, 0, &c), expect, "%s",
	    catalogue_error(NULL));
}

static void
init(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/catalogue.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/%s", dir, CATALOGUE_NAME);
	snprintf(wal, sizeof(wal), "%s-wal", name);
	c = NULL;
	open_again(CATALOGUE_OK);
}

static void
fini(void)
{
	catalogue_close(c);
	keeper_remove(dir);
}

TestSuite(spooler_catalogue, .init = init, .fini = fini);

static void
make_key(uint8_t key[HASH_LEN], unsigned n)
{
	memset(key, 0, HASH_LEN);
	memcpy(key, &n, sizeof(n));
}

static struct object_answer
answer_of(unsigned n)
{
	struct object_answer a = { .size = 1000000 + n, .mtime = -1,
	    .fresh = { 3900, 5000, 5010, INT64_MAX, CACHING_MUST },
	    .no_ranges = n % 2, .made_etag = 1, .control = "s-maxage=1100" };

	snprintf(a.etag, sizeof(a.etag), "\"e%u\"", n);
	strlcpy(a.source_etag, "W/\"x\"", sizeof(a.source_etag));
	strlcpy(a.type, "video/mp2t", sizeof(a.type));
	return a;
}

static int64_t
insert(unsigned n, int64_t *old)
{
	struct object_answer a = answer_of(n);
	uint8_t key[HASH_LEN];
	int64_t file = 0, none;

	make_key(key, n);
	cr_assert_eq(catalogue_insert(c, key, "films", "http://a/b", &a, 4000,
	    &file, old != NULL ? old : &none), CATALOGUE_OK, "%s",
	    catalogue_error(c));
	return file;
}

/* Blocks [from, to) of a segment, all whole but for `less` bytes. */
static struct catalogue_segment
segment_of(int64_t file, uint32_t number, unsigned from, unsigned to,
    unsigned less)
{
	struct catalogue_segment s = { .file = file, .number = number };
	unsigned i;

	for (i = from; i < to; i++)
		s.blocks[i / 64] |= 1ULL << i % 64;
	s.bytes = (to - from) * BLOCK - less;
	for (i = 0; i < CATALOGUE_PARTS; i++)
		s.sums[i] = UINT64_MAX - i - number;
	return s;
}

static void
save(int64_t file, uint32_t number, int64_t now)
{
	struct catalogue_segment s = segment_of(file, number, 0,
	    SEGMENT_BLOCKS, 0);

	cr_assert_eq(catalogue_save(c, &s, now), CATALOGUE_OK, "%s",
	    catalogue_error(c));
}

static void
check_totals(uint64_t files, uint64_t segments, uint64_t bytes)
{
	struct catalogue_totals t;

	catalogue_totals(c, &t);
	cr_assert_eq(t.files, files, "%" PRIu64, t.files);
	cr_assert_eq(t.segments, segments, "%" PRIu64, t.segments);
	cr_assert_eq(t.bytes, bytes, "%" PRIu64, t.bytes);
	cr_assert_gt(t.own, 0);
	cr_assert_eq(catalogue_check(c), CATALOGUE_OK, "%s",
	    catalogue_error(c));
}

static size_t
list_oldest(struct catalogue_segment *s, size_t max)
{
	size_t n;

	cr_assert_eq(catalogue_oldest(c, s, max, &n), CATALOGUE_OK, "%s",
	    catalogue_error(c));
	return n;
}

/* The files that `which` has: catalogue_empty, catalogue_purged. */
static size_t
list(enum catalogue_result (*which)(struct catalogue *, int64_t *, size_t,
    size_t *), int64_t *files, size_t max)
{
	size_t n;

	cr_assert_eq(which(c, files, max, &n), CATALOGUE_OK, "%s",
	    catalogue_error(c));
	return n;
}

static size_t
list_files(int64_t after, int64_t *files, size_t max)
{
	size_t n;

	cr_assert_eq(catalogue_files(c, after, files, max, &n), CATALOGUE_OK,
	    "%s", catalogue_error(c));
	return n;
}

Test(spooler_catalogue, what_a_source_said_comes_back)
{
	struct object_answer a, expect = answer_of(7);
	uint8_t key[HASH_LEN];
	int64_t file = insert(7, NULL), found, answered;

	open_again(CATALOGUE_OK);
	make_key(key, 7);
	cr_assert_eq(catalogue_find(c, key, &found, &a, &answered),
	    CATALOGUE_OK);
	cr_assert_eq(found, file);
	cr_assert_eq(answered, 4000);
	cr_assert_arr_eq(&a, &expect, sizeof(a));
	expect.fresh.fresh_until = 9000;
	strlcpy(expect.control, "max-age=1000", sizeof(expect.control));
	cr_assert_eq(catalogue_refresh(c, file, &expect, 8000), CATALOGUE_OK);
	catalogue_find(c, key, &found, &a, &answered);
	cr_assert_eq(answered, 8000);
	cr_assert_arr_eq(&a, &expect, sizeof(a));
	make_key(key, 8);
	cr_assert_eq(catalogue_find(c, key, &found, &a, &answered),
	    CATALOGUE_NONE);
	cr_assert_eq(catalogue_refresh(c, file + 1, &a, 1), CATALOGUE_NONE);
}

static unsigned seen;

static void
see(void *arg, const struct catalogue_segment *s)
{
	const struct catalogue_segment *expect = arg;

	cr_assert_arr_eq(s, &expect[seen], sizeof(*s));
	seen++;
}

Test(spooler_catalogue, segments_come_back_in_order)
{
	struct catalogue_segment s[3], got;
	int64_t file = insert(1, NULL), other = insert(2, NULL);

	s[0] = segment_of(file, 0, 0, 512, 0);
	s[1] = segment_of(file, 3, 17, 111, 0);
	s[2] = segment_of(file, 8191, 0, 200, BLOCK - 1);
	catalogue_save(c, &s[2], 1);
	catalogue_save(c, &s[0], 2);
	catalogue_save(c, &s[1], 3);
	save(other, 1, 4);
	open_again(CATALOGUE_OK);
	seen = 0;
	cr_assert_eq(catalogue_segments(c, file, see, s), CATALOGUE_OK);
	cr_assert_eq(seen, 3);
	cr_assert_eq(catalogue_segment(c, file, 3, &got), CATALOGUE_OK);
	cr_assert_arr_eq(&got, &s[1], sizeof(got));
	cr_assert_eq(catalogue_segment(c, file, 4, &got), CATALOGUE_NONE);
}

Test(spooler_catalogue, totals_follow_every_change)
{
	struct catalogue_segment s;
	int64_t file = insert(1, NULL), other = insert(2, NULL), old;

	check_totals(2, 0, 0);
	save(file, 0, 1);
	save(file, 1, 1);
	save(other, 0, 1);
	check_totals(2, 3, 3 * SEGMENT);
	s = segment_of(file, 1, 1, 2, 0);	/* one block: one page */
	cr_assert_eq(catalogue_save(c, &s, 2), CATALOGUE_OK);
	check_totals(2, 3, 2 * SEGMENT + 4096);
	s = segment_of(file, 1, 31, 33, 0);	/* two, over a page's edge */
	cr_assert_eq(catalogue_save(c, &s, 2), CATALOGUE_OK);
	check_totals(2, 3, 2 * SEGMENT + 8192);
	cr_assert_eq(catalogue_drop(c, file, 1), CATALOGUE_OK);
	cr_assert_eq(catalogue_drop(c, file, 1), CATALOGUE_NONE);
	check_totals(2, 2, 2 * SEGMENT);
	cr_assert_eq(insert(2, &old), other + 1);
	cr_assert_eq(old, other);
	check_totals(2, 1, SEGMENT);
	open_again(CATALOGUE_OK);
	check_totals(2, 1, SEGMENT);
	cr_assert_eq(catalogue_remove(c, file), CATALOGUE_OK);
	cr_assert_eq(catalogue_remove(c, file), CATALOGUE_NONE);
	check_totals(1, 0, 0);
	s = segment_of(file, 0, 0, 512, 0);
	cr_assert_eq(catalogue_save(c, &s, 1), CATALOGUE_NONE);
	check_totals(1, 0, 0);
}

/* What the WAL grows to is no reason to evict, in the middle of a life or at
 * the beginning of the next. */
Test(spooler_catalogue, the_wal_is_counted_before_it_grows)
{
	struct catalogue_totals first, t;
	int64_t file = insert(1, NULL);
	struct stat st;
	uint32_t i;

	catalogue_totals(c, &first);
	for (i = 0; i < 30; i++)
		save(file, i, 1);
	catalogue_totals(c, &t);
	cr_assert_eq(stat(wal, &st), 0);
	cr_assert_gt(st.st_size, 100000);
	cr_assert_eq(t.own, first.own);
	cr_assert_geq(t.own, (uint64_t)st.st_blocks * 512);
}

Test(spooler_catalogue, pages_are_those_of_the_blocks)
{
	struct catalogue_segment s = segment_of(1, 0, 0, 512, 5);

	cr_assert_eq(catalogue_pages(&s, SEGMENT), SEGMENT);
	cr_assert_eq(catalogue_end(&s, SEGMENT), SEGMENT - 5);
	s = segment_of(1, 0, 3, 4, BLOCK - 1);
	cr_assert_eq(s.bytes, 1);
	cr_assert_eq(catalogue_pages(&s, SEGMENT), 4096);
	cr_assert_eq(catalogue_end(&s, SEGMENT), 3 * BLOCK + 1);
	s = segment_of(1, 0, 5, 7, 0);
	s.bytes = 16384 + 4097;		/* blocks of 16 KiB */
	cr_assert_eq(catalogue_pages(&s, 8 << 20), 6 * 4096);
	memset(s.blocks, 0, sizeof(s.blocks));
	cr_assert_eq(catalogue_pages(&s, SEGMENT), 0);
}

Test(spooler_catalogue, oldest_first_and_a_touch_makes_young)
{
	struct catalogue_segment s[4];
	int64_t file = insert(1, NULL);
	unsigned i;

	for (i = 0; i < 5; i++)
		save(file, i, 100 - (int64_t)i);
	cr_assert_eq(catalogue_touch(c, file, 4, 200), CATALOGUE_OK);
	cr_assert_eq(catalogue_touch(c, file, 9, 200), CATALOGUE_NONE);
	cr_assert_eq(list_oldest(s, 4), 4);
	cr_assert_eq(s[0].number, 3);
	cr_assert_eq(s[1].number, 2);
	cr_assert_eq(s[3].number, 0);
	cr_assert_eq(list_oldest(s, 2), 2);
}

Test(spooler_catalogue, a_file_without_segments_is_empty)
{
	int64_t files[4], file = insert(1, NULL), other = insert(2, NULL);
	char url[64];

	cr_assert_eq(list(catalogue_empty, files, 4), 2);
	save(file, 0, 1);
	save(other, 0, 1);
	cr_assert_eq(list(catalogue_empty, files, 4), 0);
	save(other, 1, 1);
	catalogue_drop(c, other, 0);
	cr_assert_eq(list(catalogue_empty, files, 4), 0);
	catalogue_drop(c, other, 1);
	cr_assert_eq(list(catalogue_empty, files, 4), 1);
	cr_assert_eq(files[0], other);
	catalogue_remove(c, other);
	cr_assert_eq(list(catalogue_empty, files, 4), 0);
	cr_assert(catalogue_has(c, file));
	cr_assert_not(catalogue_has(c, other));
	insert(3, NULL);
	cr_assert_eq(list_files(0, files, 4), 2);
	cr_assert_eq(files[0], file);
	cr_assert_eq(list_files(file, files, 4), 1);
	catalogue_url(c, file, url, sizeof(url));
	cr_assert_str_eq(url, "http://a/b");
	catalogue_url(c, other, url, sizeof(url));
	cr_assert_str_eq(url, "");
}

/* What is purged can be read, but nobody finds it; another may have its key. */
Test(spooler_catalogue, a_purged_file_has_no_key)
{
	struct catalogue_segment s;
	struct catalogue_totals t;
	struct object_answer a;
	int64_t files[2], file = insert(1, NULL), other, found, answered;
	uint8_t key[HASH_LEN];

	make_key(key, 1);
	save(file, 0, 1);
	cr_assert_eq(catalogue_purge(c, file), CATALOGUE_OK);
	cr_assert_eq(catalogue_purge(c, file), CATALOGUE_NONE);
	cr_assert_eq(catalogue_find(c, key, &found, &a, &answered),
	    CATALOGUE_NONE);
	other = insert(1, &found);
	cr_assert_eq(found, 0);
	save(other, 3, 1);
	open_again(CATALOGUE_OK);
	cr_assert_eq(catalogue_segment(c, file, 0, &s), CATALOGUE_OK);
	cr_assert(catalogue_has(c, file));
	cr_assert_eq(list_files(0, files, 2), 2);
	cr_assert_eq(list(catalogue_purged, files, 2), 1);
	cr_assert_eq(files[0], file);
	catalogue_totals(c, &t);
	cr_assert_eq(t.files, 1);
	cr_assert_eq(t.segments, 2);
	cr_assert_eq(catalogue_check(c), CATALOGUE_OK, "%s",
	    catalogue_error(c));
	catalogue_drop(c, file, 0);
	cr_assert_eq(list(catalogue_empty, files, 2), 1);
	cr_assert_eq(catalogue_check(c), CATALOGUE_OK, "%s",
	    catalogue_error(c));
	cr_assert_eq(catalogue_remove(c, file), CATALOGUE_OK);
	cr_assert_eq(catalogue_remove(c, file), CATALOGUE_NONE);
	cr_assert_eq(list(catalogue_purged, files, 2), 0);
	cr_assert_not(catalogue_has(c, file));
	cr_assert_eq(catalogue_find(c, key, &found, &a, &answered),
	    CATALOGUE_OK);
	cr_assert_eq(found, other);
}

Test(spooler_catalogue, numbers_are_never_given_again)
{
	int64_t file = insert(1, NULL);

	catalogue_remove(c, file);
	open_again(CATALOGUE_OK);
	cr_assert_gt(insert(1, NULL), file);
	catalogue_close(c);
	c = NULL;
	usleep(1100000);
	cr_assert_eq(catalogue_set_aside(dir), 0);
	open_again(CATALOGUE_OK);
	cr_assert_gt(insert(1, NULL), file + 1);
}

Test(spooler_catalogue, another_segment_size_drops_all)
{
	int64_t file = insert(1, NULL);

	save(file, 0, 1);
	catalogue_close(c);
	cr_assert_eq(catalogue_open(dir, 2 * SEGMENT, 0, &c), CATALOGUE_OK);
	check_totals(0, 0, 0);
	cr_assert_eq(catalogue_segment_size(c), 2 * SEGMENT);
	cr_assert_gt(insert(1, NULL), file);
}

/* ---- transactions ---- */

Test(spooler_catalogue, what_was_not_committed_is_lost_and_no_more)
{
	int64_t file = insert(1, NULL);
	pid_t pid;

	save(file, 0, 1);
	catalogue_close(c);
	c = NULL;
	if ((pid = fork()) == 0) {
		catalogue_open(dir, SEGMENT, 0, &c);
		catalogue_begin(c);
		save(file, 1, 1);
		catalogue_commit(c);
		catalogue_begin(c);
		save(file, 2, 1);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
	open_again(CATALOGUE_OK);
	check_totals(1, 2, 2 * SEGMENT);
}

Test(spooler_catalogue, a_file_that_is_gone_is_noticed)
{
	struct catalogue_segment s;
	int64_t file = insert(1, NULL);

	save(file, 0, 1);
	unlink(name);
	s = segment_of(file, 1, 0, 512, 0);
	cr_assert_eq(catalogue_save(c, &s, 1), CATALOGUE_ERROR);
	cr_assert(strstr(catalogue_error(c), "not there") != NULL);
	cr_assert_eq(catalogue_begin(c), CATALOGUE_ERROR);
	unlink(wal);
	open_again(CATALOGUE_OK);
	check_totals(0, 0, 0);
}

/* Fills the file system: FULL, everything since begin undone, and all is as
 * before once there is room. */
Test(spooler_catalogue, a_full_disk_undoes_the_transaction)
{
	struct catalogue_segment s;
	char filler[300];
	int64_t file;
	unsigned i;
	int fd;

	catalogue_close(c);
	c = NULL;
	if (mount("tmpfs", dir, "tmpfs", 0, "size=1M") == -1) {
		printf("SKIP a full disk: no file system can be mounted\n");
		fflush(stdout);
		return;
	}
	open_again(CATALOGUE_OK);
	file = insert(1, NULL);
	save(file, 0, 1);
	snprintf(filler, sizeof(filler), "%s/filler", dir);
	fd = open(filler, O_WRONLY | O_CREAT, 0600);
	while (write(fd, filler, sizeof(filler)) > 0)
		;
	close(fd);
	cr_assert_eq(catalogue_begin(c), CATALOGUE_OK);
	for (i = 1; i < 2000; i++) {
		s = segment_of(file, i, 0, 512, 0);
		if (catalogue_save(c, &s, 1) != CATALOGUE_OK)
			break;
	}
	cr_assert_eq(catalogue_commit(c), CATALOGUE_FULL, "%s",
	    catalogue_error(c));
	unlink(filler);
	check_totals(1, 1, SEGMENT);
	save(file, 1, 1);
	check_totals(1, 2, 2 * SEGMENT);
	catalogue_close(c);
	c = NULL;
	umount2(dir, MNT_DETACH);
}

/* ---- corruption ---- */

static void
write_at(off_t at, const void *bytes, size_t len)
{
	int fd = open(name, O_WRONLY);

	cr_assert_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

Test(spooler_catalogue, garbage_is_corrupt)
{
	char noise[8192];

	catalogue_close(c);
	c = NULL;
	memset(noise, 'x', sizeof(noise));
	write_at(0, noise, sizeof(noise));
	open_again(CATALOGUE_CORRUPT);
	cr_assert_eq(catalogue_set_aside(dir), 0);
	open_again(CATALOGUE_OK);
	check_totals(0, 0, 0);
}

Test(spooler_catalogue, a_truncated_one_is_corrupt)
{
	struct stat st;
	unsigned i;

	for (i = 0; i < 400; i++)
		save(insert(i, NULL), 0, 1);
	catalogue_close(c);
	c = NULL;
	stat(name, &st);
	cr_assert_eq(truncate(name, st.st_size / 2), 0);
	if (catalogue_open(dir, SEGMENT, 0, &c) == CATALOGUE_OK)
		cr_assert_eq(catalogue_check(c), CATALOGUE_CORRUPT);
	catalogue_close(c);
	c = NULL;
	cr_assert_eq(truncate(name, 5000), 0);
	open_again(CATALOGUE_CORRUPT);
	cr_assert_eq(truncate(name, 0), 0);
	open_again(CATALOGUE_OK);
	check_totals(0, 0, 0);
}

/* Where `text` stands in the file. */
static off_t
find_text(const char *text)
{
	static char all[1 << 20];
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, all, sizeof(all));
	char *at = memmem(all, (size_t)n, text, strlen(text));

	close(fd);
	cr_assert_not_null(at);
	return at - all;
}

/* A row in which `text` begins otherwise is corrupt to whoever finds it. */
static void
check_changed(const char *text, const char *begin)
{
	struct object_answer a;
	uint8_t key[HASH_LEN];
	int64_t file, answered;

	insert(7, NULL);
	catalogue_close(c);
	c = NULL;
	write_at(find_text(text), begin, strlen(begin));
	open_again(CATALOGUE_OK);
	make_key(key, 7);
	cr_assert_eq(catalogue_find(c, key, &file, &a, &answered),
	    CATALOGUE_CORRUPT);
	cr_assert_eq(catalogue_check(c), CATALOGUE_CORRUPT);
}

Test(spooler_catalogue, a_row_that_was_changed_is_corrupt)
{
	check_changed("video/mp2t", "vides");
}

Test(spooler_catalogue, freshness_that_was_changed_is_corrupt)
{
	check_changed("s-maxage=1100", "s-maxage=9");
}

Test(spooler_catalogue, a_segment_that_does_not_add_up_is_corrupt)
{
	struct catalogue_segment s;
	int64_t file = insert(1, NULL);

	s = segment_of(file, 0, 0, 10, 0);
	s.bytes = 11 * BLOCK;
	cr_assert_eq(catalogue_save(c, &s, 1), CATALOGUE_OK);
	cr_assert_eq(catalogue_segment(c, file, 0, &s), CATALOGUE_CORRUPT);
	cr_assert_eq(catalogue_check(c), CATALOGUE_CORRUPT);
}

/* SQL, with which bits of rows are changed as damage would. */
static void
change(const char *text)
{
	sqlite3 *db;
	char *error = NULL;

	catalogue_close(c);
	c = NULL;
	cr_assert_eq(sqlite3_open(name, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, &error), SQLITE_OK,
	    "%s", error);
	sqlite3_close(db);
	open_again(CATALOGUE_OK);
}

/* It is listed with the others, and what it says of its pages is in no total
 * when it goes. */
Test(spooler_catalogue, a_bad_segment_is_listed_and_goes_alone)
{
	struct catalogue_segment s[4];
	int64_t file = insert(1, NULL);
	unsigned i;

	for (i = 0; i < 3; i++)
		save(file, i, i);
	change("UPDATE segment SET bytes = 77 WHERE number = 0;"
	    "UPDATE segment SET pages = 1 << 40 WHERE number = 1;");
	cr_assert_eq(list_oldest(s, 4), 3);
	for (i = 0; i < 3; i++)
		cr_assert_eq(s[i].number, i);
	cr_assert_eq(s[0].bytes + s[1].bytes, 0);
	cr_assert_eq(s[2].bytes, SEGMENT);
	cr_assert_eq(catalogue_drop_bad(c, file, 1), CATALOGUE_OK);
	cr_assert_eq(catalogue_drop_bad(c, file, 0), CATALOGUE_OK);
	check_totals(1, 1, SEGMENT);
	cr_assert_eq(list_oldest(s, 4), 1);
}

Test(spooler_catalogue, a_segment_of_nothing_is_corrupt)
{
	struct catalogue_segment s[4];
	int64_t file = insert(1, NULL);
	size_t n;

	save(file, 0, 1);
	change("UPDATE segment SET number = -1");
	cr_assert_eq(catalogue_oldest(c, s, 4, &n), CATALOGUE_CORRUPT);
	cr_assert_eq(catalogue_drop_bad(c, file, 5), CATALOGUE_CORRUPT);
}

Test(spooler_catalogue, an_error_is_not_the_end_of_a_list)
{
	struct catalogue_segment s[4];
	int64_t files[4];
	size_t n;

	save(insert(1, NULL), 0, 1);
	change("ALTER TABLE segment RENAME TO other; DROP TABLE hollow;"
	    "ALTER TABLE file RENAME TO another;");
	cr_assert_eq(catalogue_oldest(c, s, 4, &n), CATALOGUE_CORRUPT);
	cr_assert_eq(catalogue_empty(c, files, 4, &n), CATALOGUE_CORRUPT);
	cr_assert_eq(catalogue_files(c, 0, files, 4, &n), CATALOGUE_CORRUPT);
}

/* One bit anywhere: whatever is still answered is what was written. */
Test(spooler_catalogue, one_bit_never_makes_another_answer)
{
	struct object_answer a, expect;
	struct catalogue_segment s;
	uint8_t key[HASH_LEN], byte, was;
	int64_t file, answered;
	struct stat st;
	unsigned i, n;
	int fd;

	for (i = 0; i < 20; i++)
		save(insert(i, NULL), i, 1);
	catalogue_close(c);
	c = NULL;
	stat(name, &st);
	srandom(4);
	for (n = 0; n < 150; n++) {
		off_t at = random() % st.st_size;

		fd = open(name, O_RDWR);
		cr_assert_eq(pread(fd, &was, 1, at), 1);
		close(fd);
		byte = (uint8_t)(was ^ 1 << random() % 8);
		write_at(at, &byte, 1);
		if (catalogue_open(dir, 0, 1, &c) == CATALOGUE_OK) {
			for (i = 0; i < 20; i++) {
				make_key(key, i);
				if (catalogue_find(c, key, &file, &a,
				    &answered) != CATALOGUE_OK)
					continue;
				expect = answer_of(i);
				cr_assert_arr_eq(&a, &expect, sizeof(a));
				catalogue_segment(c, file, i, &s);
			}
		}
		catalogue_close(c);
		c = NULL;
		write_at(at, &was, 1);
	}
}

/* ---- reading alone ---- */

Test(spooler_catalogue, reading_alone_changes_nothing)
{
	struct stat before, after;
	int64_t file = insert(1, NULL);

	save(file, 0, 1);
	catalogue_close(c);
	stat(name, &before);
	cr_assert_eq(catalogue_open(dir, 0, 1, &c), CATALOGUE_OK);
	cr_assert_eq(catalogue_segment_size(c), SEGMENT);
	check_totals(1, 1, SEGMENT);
	cr_assert_eq(catalogue_drop(c, file, 0), CATALOGUE_UNWRITABLE);
	catalogue_close(c);
	c = NULL;
	stat(name, &after);
	cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	cr_assert_eq(access(wal, F_OK), -1);
	unlink(name);
	cr_assert_eq(catalogue_open(dir, 0, 1, &c), CATALOGUE_NONE);
	cr_assert_eq(catalogue_open(dir, 0, 0, &c), CATALOGUE_NONE);
	cr_assert_eq(access(name, F_OK), -1);
}

/* The WAL of one that was killed is read, and stays. */
Test(spooler_catalogue, reading_alone_sees_a_wal)
{
	int64_t file = insert(1, NULL);
	pid_t pid;

	catalogue_close(c);
	c = NULL;
	if ((pid = fork()) == 0) {
		catalogue_open(dir, SEGMENT, 0, &c);
		save(file, 0, 1);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
	cr_assert_eq(access(wal, F_OK), 0);
	cr_assert_eq(catalogue_open(dir, 0, 1, &c), CATALOGUE_OK);
	check_totals(1, 1, SEGMENT);
	catalogue_close(c);
	c = NULL;
	cr_assert_eq(access(wal, F_OK), 0);
}

/* ---- size ---- */

static long
resident_kib(void)
{
	long pages = 0, ignored;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert_eq(fscanf(f, "%ld %ld", &ignored, &pages), 2);
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

Test(spooler_catalogue, a_hundred_thousand_files_open_at_once, .timeout = 120)
{
	unsigned i, n = getenv("SHORT") != NULL ? 20000 : 100000;
	long before;
	int64_t begin, took;

	catalogue_begin(c);
	for (i = 0; i < n; i++)
		save(insert(i, NULL), 0, i);
	cr_assert_eq(catalogue_commit(c), CATALOGUE_OK);
	catalogue_close(c);
	c = NULL;
	before = resident_kib();
	begin = clock_us();
	open_again(CATALOGUE_OK);
	took = clock_us() - begin;
	printf("%u files: opened in %" PRId64 " us, %ld KiB more\n", n, took,
	    resident_kib() - before);
	fflush(stdout);
	cr_assert_lt(took, 200000);
	cr_assert_lt(resident_kib() - before, 8 << 10);
	check_totals(n, n, (uint64_t)n * SEGMENT);
}

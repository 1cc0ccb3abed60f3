/* SPDX-License-Identifier: ISC */
/* spooler_data_test -- data files: round trips, holes, damage; and fsck */
#include "config.h"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/fsck.h"
#include "src/spooler/catalogue.h"
#include "src/spooler/data.h"
#include "src/spooler/stray.h"
#include "../helper/keeper.h"

#define SEGMENT		(1 << 20)
#define BLOCK		(SEGMENT / SEGMENT_BLOCKS)
#define PART		(SEGMENT / CATALOGUE_PARTS)

static char dir[256];
static int fd;
static struct data *d;
static struct catalogue *c;
static uint8_t bytes[SEGMENT + 4096] __attribute__((aligned(4096)));
static uint8_t got[SEGMENT + 4096] __attribute__((aligned(4096)));

static void
init(void)
{
	const char *tmp = getenv("TMPDIR");
	unsigned i;

	snprintf(dir, sizeof(dir), "%s/data.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	d = data_create(fd, SEGMENT);
	c = NULL;
	srandom(1);
	for (i = 0; i < SEGMENT; i++)
		bytes[i] = (uint8_t)random();
}

static void
fini(void)
{
	catalogue_close(c);
	data_destroy(d);
	close(fd);
	keeper_remove(dir);
}

TestSuite(spooler_data, .init = init, .fini = fini);

static void
add_blocks(struct catalogue_segment *s, unsigned from, unsigned to)
{
	for (; from < to; from++)
		s->blocks[from / 64] |= 1ULL << from % 64;
}

static struct catalogue_segment
write_segment(int64_t file, uint32_t number, unsigned from, unsigned to)
{
	struct catalogue_segment s = { .file = file, .number = number };

	add_blocks(&s, from, to);
	cr_assert_eq(data_write(d, &s, bytes, SEGMENT), 0, "%s",
	    strerror(errno));
	return s;
}

static void
path_of(int64_t file, char *path, size_t size)
{
	snprintf(path, size, "%s/data/%02x/%" PRId64, dir,
	    (unsigned)(file & 255), file);
}

static uint64_t
resident(int64_t file)
{
	char path[400];
	struct stat st;

	path_of(file, path, sizeof(path));
	return stat(path, &st) == -1 ? 0 : (uint64_t)st.st_blocks * 512;
}

static void
put(int64_t file, off_t at, const void *what, size_t len)
{
	char path[400];
	int out;

	path_of(file, path, sizeof(path));
	out = open(path, O_WRONLY);
	cr_assert_eq(pwrite(out, what, len, at), (ssize_t)len);
	close(out);
}

/* Reads all parts: how many bytes, or -1 with errno of the first bad one. */
static int64_t
read_all(const struct catalogue_segment *s, uint32_t length)
{
	int64_t n, sum = 0;
	unsigned part;

	memset(got, 0, sizeof(got));
	for (part = 0; part < CATALOGUE_PARTS; part++) {
		if ((n = data_read(d, s, part, got, length)) == -1)
			return -1;
		sum += n;
	}
	return sum;
}

Test(spooler_data, a_segment_comes_back)
{
	struct catalogue_segment s = write_segment(300, 2, 0, SEGMENT_BLOCKS);

	cr_assert_eq(s.bytes, SEGMENT);
	data_read_ahead(d, &s);
	cr_assert_eq(read_all(&s, SEGMENT), SEGMENT);
	cr_assert_arr_eq(got, bytes, SEGMENT);
	data_destroy(d);
	d = data_create(fd, SEGMENT);
	cr_assert_eq(read_all(&s, SEGMENT), SEGMENT);
	cr_assert_eq(resident(300), catalogue_pages(&s, SEGMENT));
}

Test(spooler_data, only_the_blocks_that_are_there)
{
	struct catalogue_segment s = { .file = 1, .number = 7 };
	unsigned i;

	add_blocks(&s, 3, 5);
	add_blocks(&s, 31, 70);
	add_blocks(&s, 511, 512);
	cr_assert_eq(data_write(d, &s, bytes, SEGMENT - 100), 0);
	cr_assert_eq(s.bytes, 42 * BLOCK - 100);
	cr_assert_neq(s.sums[0], 0);
	cr_assert_eq(s.sums[5], 0);
	cr_assert_eq(read_all(&s, catalogue_end(&s, SEGMENT)), s.bytes);
	for (i = 0; i < SEGMENT - 100; i++)
		cr_assert_eq(got[i], s.blocks[i / BLOCK / 64] >>
		    i / BLOCK % 64 & 1 ? bytes[i] : 0);
	cr_assert_eq(resident(1), catalogue_pages(&s, SEGMENT));
}

Test(spooler_data, more_blocks_later_leave_the_older_row_right)
{
	struct catalogue_segment old = write_segment(1, 0, 0, 100);
	struct catalogue_segment s = write_segment(1, 0, 0, 300);

	cr_assert_eq(read_all(&old, SEGMENT), 100 * BLOCK);
	cr_assert_eq(read_all(&s, SEGMENT), 300 * BLOCK);
}

Test(spooler_data, a_part_at_a_time_is_the_same)
{
	struct catalogue_segment s = write_segment(1, 0, 10, 500), t = s;
	unsigned part;

	t.bytes = 0;
	memset(t.sums, 0, sizeof(t.sums));
	for (part = 0; part < CATALOGUE_PARTS; part++)
		data_write_parts(d, &t, part, 1, bytes, SEGMENT);
	cr_assert_arr_eq(&s, &t, sizeof(s));
}

/* ---- damage ---- */

Test(spooler_data, every_flipped_bit_is_seen)
{
	struct catalogue_segment s = write_segment(1, 1, 0, SEGMENT_BLOCKS);
	unsigned n;

	for (n = 0; n < 64; n++) {
		uint32_t at = (uint32_t)(random() % SEGMENT);
		uint8_t byte = (uint8_t)(bytes[at] ^ 1 << n % 8);

		put(1, SEGMENT + at, &byte, 1);
		errno = 0;
		cr_assert_eq(data_read(d, &s, at / PART, got, SEGMENT), -1);
		cr_assert_eq(errno, EBADMSG);
		put(1, SEGMENT + at, &bytes[at], 1);
	}
	cr_assert_eq(read_all(&s, SEGMENT), SEGMENT);
}

Test(spooler_data, a_truncated_file_is_bad)
{
	struct catalogue_segment s = write_segment(1, 1, 0, SEGMENT_BLOCKS);
	char path[400];

	path_of(1, path, sizeof(path));
	cr_assert_eq(truncate(path, 2 * SEGMENT - 1), 0);
	cr_assert_eq(data_read(d, &s, 0, got, SEGMENT), PART);
	cr_assert_eq(data_read(d, &s, 15, got, SEGMENT), -1);
	cr_assert_eq(errno, EBADMSG);
	cr_assert_eq(truncate(path, 0), 0);
	cr_assert_eq(data_read(d, &s, 0, got, SEGMENT), -1);
	cr_assert_eq(errno, EBADMSG);
}

Test(spooler_data, a_missing_file_is_not_there)
{
	struct catalogue_segment s = write_segment(1, 1, 0, SEGMENT_BLOCKS);
	char path[400];

	path_of(1, path, sizeof(path));
	unlink(path);
	cr_assert_eq(data_read(d, &s, 0, got, SEGMENT), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(data_punch(d, 1, 1), 0);
	cr_assert_eq(data_remove(d, 1), 0);
	s = write_segment(1, 1, 0, SEGMENT_BLOCKS);
	cr_assert_eq(access(path, F_OK), 0);
	cr_assert_eq(read_all(&s, SEGMENT), SEGMENT);
}

Test(spooler_data, a_hole_or_another_place_is_bad)
{
	struct catalogue_segment s = write_segment(1, 1, 0, SEGMENT_BLOCKS);
	struct catalogue_segment t = write_segment(2, 2, 0, SEGMENT_BLOCKS);

	t.file = 1;		/* same bytes, the sums of another */
	t.number = 1;
	cr_assert_eq(data_read(d, &t, 0, got, SEGMENT), -1);
	cr_assert_eq(errno, EBADMSG);
	cr_assert_eq(data_punch(d, 1, 1), 0);
	cr_assert_eq(resident(1), 0);
	cr_assert_eq(data_read(d, &s, 3, got, SEGMENT), -1);
	cr_assert_eq(errno, EBADMSG);
	s.sums[3] = 0;
	cr_assert_eq(data_read(d, &s, 3, got, SEGMENT), -1);
}

Test(spooler_data, a_full_disk_says_so)
{
	struct catalogue_segment s = { .file = 1 };
	int result, error;

	if (mount("tmpfs", dir, "tmpfs", 0, "size=512K") == -1) {
		printf("SKIP a full disk: no file system can be mounted\n");
		fflush(stdout);
		return;
	}
	close(fd);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	data_destroy(d);
	d = data_create(fd, SEGMENT);
	add_blocks(&s, 0, SEGMENT_BLOCKS);
	result = data_write(d, &s, bytes, SEGMENT);
	error = errno;
	data_destroy(d);
	d = NULL;
	umount2(dir, MNT_DETACH);
	cr_assert_eq(result, -1);
	cr_assert_eq(error, ENOSPC);
}

/* ---- files ---- */

static unsigned files_seen;
static uint64_t bytes_seen;

static void
see_file(void *arg, int64_t file, uint64_t n)
{
	(void)arg;
	cr_assert_gt(file, 0);
	files_seen++;
	bytes_seen += n;
}

Test(spooler_data, all_files_are_listed_with_what_they_take)
{
	char path[400];
	int64_t i;

	cr_assert_eq(data_each(d, see_file, NULL), 0);
	cr_assert_eq(files_seen, 0);
	for (i = 1; i <= 300; i++)
		write_segment(i, 0, 0, 2);
	snprintf(path, sizeof(path), "%s/data/01/2", dir);
	close(open(path, O_WRONLY | O_CREAT, 0600));	/* not its folder */
	snprintf(path, sizeof(path), "%s/data/01/x1", dir);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	cr_assert_eq(data_each(d, see_file, NULL), 0);
	cr_assert_eq(files_seen, 300);
	cr_assert_eq(bytes_seen, 300 * 4096);
	cr_assert_eq(data_remove(d, 7), 0);
	files_seen = 0;
	cr_assert_eq(data_each_in(d, 7, see_file, NULL), 0);
	cr_assert_eq(files_seen, 1);		/* 263 */
}

Test(spooler_data, many_files_are_open_in_turn)
{
	struct catalogue_segment s[80];
	unsigned i, round;

	for (i = 0; i < 80; i++)
		s[i] = write_segment(1000 + i, 0, 0, 8);
	for (round = 0; round < 2; round++)
		for (i = 0; i < 80; i++)
			cr_assert_eq(read_all(&s[i], SEGMENT), 8 * BLOCK);
}

/* Pages of a file that the kernel holds. */
static size_t
cached(int64_t file, size_t size)
{
	static unsigned char pages[64 * SEGMENT / 4096];
	size_t i, n = 0;
	char path[400];
	void *map;
	int in;

	path_of(file, path, sizeof(path));
	in = open(path, O_RDONLY);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, in, 0);
	close(in);
	cr_assert_eq(mincore(map, size, pages), 0);
	for (i = 0; i < size / 4096; i++)
		n += pages[i] & 1;
	munmap(map, size);
	return n;
}

/* Past the page cache, or (`odd`: memory that begins on no page) through it,
 * where 32 MiB of writes may be under way. */
static void
check_cache(unsigned odd)
{
	struct catalogue_segment s[64];
	unsigned i, part;

	memset(s, 0, sizeof(s));
	for (i = 0; i < 64; i++) {
		s[i].file = 1;
		s[i].number = i;
		add_blocks(&s[i], 0, SEGMENT_BLOCKS);
		cr_assert_eq(data_write(d, &s[i], bytes + odd, SEGMENT), 0);
	}
	cr_assert_leq(cached(1, 64 * SEGMENT),
	    odd ? (33 << 20) / 4096 : SEGMENT / 4096);
	data_destroy(d);
	d = data_create(fd, SEGMENT);
	cr_assert_leq(cached(1, 64 * SEGMENT), SEGMENT / 4096);
	for (i = 0; i < 64; i++)
		for (part = 0; part < CATALOGUE_PARTS; part++)
			cr_assert_eq(data_read(d, &s[i], part, got + odd,
			    SEGMENT), PART);
	cr_assert_arr_eq(got + odd, bytes + odd, SEGMENT);
	cr_assert_leq(cached(1, 64 * SEGMENT), SEGMENT / 4096, "%zu",
	    cached(1, 64 * SEGMENT));
}

Test(spooler_data, the_page_cache_is_left_to_others)
{
	struct statfs fs;

	fstatfs(fd, &fs);
	if (fs.f_type == TMPFS_MAGIC) {
		printf("SKIP the page cache: tmpfs is nothing else\n");
		fflush(stdout);
		return;
	}
	check_cache(0);
	data_remove(d, 1);
	check_cache(1);
}

/* ---- with a catalogue ---- */

static int64_t
insert(uint8_t n)
{
	struct object_answer a = { .size = 100 * SEGMENT };
	uint8_t key[HASH_LEN] = { n };
	int64_t file = 0, old;

	if (c == NULL)
		cr_assert_eq(catalogue_open(dir, SEGMENT, 0, &c),
		    CATALOGUE_OK, "%s", catalogue_error(NULL));
	cr_assert_eq(catalogue_insert(c, key, "o", "http://a/\033[m", &a, 0,
	    &file, &old), CATALOGUE_OK);
	return file;
}

static void
save(int64_t file, uint32_t number, unsigned from, unsigned to)
{
	struct catalogue_segment s = write_segment(file, number, from, to);

	cr_assert_eq(catalogue_save(c, &s, 1), CATALOGUE_OK, "%s",
	    catalogue_error(c));
}

static void
close_catalogue(void)
{
	catalogue_close(c);
	c = NULL;
}

Test(spooler_data, totals_are_what_the_disk_says)
{
	struct catalogue_totals t;
	int64_t file = insert(1), other = insert(2);

	save(file, 0, 0, 512);
	save(file, 5, 3, 200);
	save(other, 1, 511, 512);
	catalogue_totals(c, &t);
	cr_assert_eq(t.bytes, resident(file) + resident(other));
	catalogue_drop(c, file, 0);
	data_punch(d, file, 0);
	catalogue_totals(c, &t);
	cr_assert_eq(t.bytes, resident(file) + resident(other));
}

Test(spooler_data, strays_are_found_and_punched)
{
	int64_t file = insert(1);

	save(file, 0, 0, 100);
	save(file, 2, 0, 512);
	cr_assert_eq(stray_bytes(c, d, file, 0), 0);
	write_segment(file, 0, 0, 300);
	write_segment(file, 1, 7, 9);
	cr_assert_eq(stray_bytes(c, d, file, 0), 200 * BLOCK + 8192);
	cr_assert_eq(stray_bytes(c, d, file, 1), 200 * BLOCK + 8192);
	cr_assert_eq(stray_bytes(c, d, file, 0), 0);
	cr_assert_eq(resident(file), 100 * BLOCK + SEGMENT);
	cr_assert_eq(stray_bytes(c, d, 99, 0), 0);
}

static char *said;
static size_t said_len;

static enum fsck_verdict
check(int repair)
{
	enum fsck_verdict verdict;
	FILE *out;

	free(said);
	out = open_memstream(&said, &said_len);
	verdict = fsck_spool(dir, repair, out);
	fclose(out);
	return verdict;
}

/* Bad first, then repaired, then clean. */
static void
check_heals(enum fsck_verdict verdict, const char *expect)
{
	close_catalogue();
	cr_assert_eq(check(0), verdict, "%s", said);
	cr_assert_not_null(strstr(said, expect), "%s", said);
	cr_assert_eq(check(1), verdict, "%s", said);
	cr_assert_not_null(strstr(said, ", repaired\n"), "%s", said);
	cr_assert_eq(check(0), FSCK_CLEAN, "%s", said);
	cr_assert_not_null(strstr(said, " 0 bad, 0 left over\n"), "%s", said);
}

Test(spooler_data, fsck_says_that_all_is_well)
{
	int64_t file = insert(1);

	save(file, 0, 0, 512);
	save(file, 9, 5, 6);
	close_catalogue();
	cr_assert_eq(check(0), FSCK_CLEAN, "%s", said);
	cr_assert_str_eq(said,
	    "1 objects, 2 segments, 1052672 bytes: 0 bad, 0 left over\n");
}

Test(spooler_data, fsck_wants_a_spool_for_itself)
{
	int lock;

	cr_assert_eq(check(0), FSCK_FAILED);
	cr_assert_not_null(strstr(said, "no spool"), "%s", said);
	insert(1);
	close_catalogue();
	lock = openat(fd, "lock", O_RDWR | O_CREAT, 0600);
	cr_assert_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
	cr_assert_eq(check(1), FSCK_FAILED);
	cr_assert_not_null(strstr(said, "a reeld uses it"), "%s", said);
	close(lock);
	cr_assert_eq(check(0), FSCK_CLEAN);
}

/* A spooler that died in its first moments has left a lock, and a catalogue
 * without tables at most. */
Test(spooler_data, fsck_takes_what_is_just_begun)
{
	char path[400];
	sqlite3 *db;
	unsigned i;

	close(openat(fd, "lock", O_RDWR | O_CREAT, 0600));
	cr_assert_eq(check(0), FSCK_CLEAN, "%s", said);
	snprintf(path, sizeof(path), "%s/%s", dir, CATALOGUE_NAME);
	for (i = 0; i < 2; i++) {
		cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
		cr_assert_eq(sqlite3_exec(db, i == 0 ? "SELECT 1" :
		    "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		cr_assert_eq(check(0), FSCK_CLEAN, "%s", said);
		cr_assert_eq(check(1), FSCK_CLEAN, "%s", said);
	}
}

Test(spooler_data, fsck_finds_a_bad_byte)
{
	int64_t file = insert(1);

	save(file, 0, 0, 512);
	save(file, 1, 0, 512);
	put(file, SEGMENT + 12345, "x", 1);
	check_heals(FSCK_BAD, "segment 1 of http://a/\\^[[m: its bytes are");
	cr_assert_not_null(strstr(said, "1 objects, 1 segments"), "%s", said);
}

/* However few descriptors there are. */
Test(spooler_data, fsck_throws_away_nothing_that_it_could_not_look_at)
{
	struct rlimit was, limit;
	unsigned i, failed = 0;
	int first;

	for (i = 1; i < 9; i++)
		save(insert((int)i), 0, 0, 512);
	close_catalogue();
	cr_assert_neq(first = dup(fd), -1);
	close(first);
	getrlimit(RLIMIT_NOFILE, &was);
	limit = was;
	for (i = 1; i < 64; i++) {
		limit.rlim_cur = (rlim_t)first + i;
		cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		failed += check(1) == FSCK_FAILED;
	}
	setrlimit(RLIMIT_NOFILE, &was);
	cr_assert_gt(failed, 2);
	cr_assert_eq(check(0), FSCK_CLEAN, "%s", said);
	cr_assert_not_null(strstr(said, "8 objects, 8 segments"), "%s", said);
}

Test(spooler_data, fsck_finds_a_missing_file)
{
	int64_t file = insert(1);

	save(file, 0, 0, 512);
	save(file, 1, 0, 512);
	data_remove(d, file);
	check_heals(FSCK_BAD, "2 bad, 0 left over");
	cr_assert_not_null(strstr(said, "0 objects, 0 segments"), "%s", said);
}

Test(spooler_data, fsck_finds_what_is_left_over)
{
	int64_t file = insert(1);

	save(file, 0, 0, 512);
	write_segment(file, 1, 0, 512);		/* not committed */
	write_segment(5, 0, 0, 2);		/* no row */
	insert(2);				/* no segment */
	check_heals(FSCK_CLEAN, "0 bad, 3 left over");
	cr_assert_not_null(strstr(said, "1 objects, 1 segments"), "%s", said);
	cr_assert_eq(resident(5), 0);
	cr_assert_eq(resident(file), SEGMENT);
}

Test(spooler_data, fsck_finds_a_corrupt_catalogue)
{
	char path[400];
	int64_t file = insert(1);

	save(file, 0, 0, 512);
	close_catalogue();
	snprintf(path, sizeof(path), "%s/%s", dir, CATALOGUE_NAME);
	cr_assert_eq(truncate(path, 4096 + 77), 0);
	cr_assert_eq(check(0), FSCK_BAD, "%s", said);
	cr_assert_eq(check(1), FSCK_BAD, "%s", said);
	cr_assert_eq(resident(file), 0);
	cr_assert_eq(check(0), FSCK_CLEAN, "%s", said);
	snprintf(path, sizeof(path), "%s/%s.bad", dir, CATALOGUE_NAME);
	cr_assert_eq(access(path, F_OK), 0);
}

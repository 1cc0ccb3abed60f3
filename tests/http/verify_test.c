/* SPDX-License-Identifier: ISC */
/* verify_test -- pieces that are not what their names commit to */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/naive_piece.h"
#include "../helper/spooldir.h"

#define FILM		"/f/film"
#define SIZE		3000001
#define FILM_KNOBS	"as=/f/film&size=3000001"
#define SEGMENT		65536

static char cid[NAIVE_PIECE], path[128], source[128];
static char dir[] = "/tmp/reeld-verify.XXXXXX";

static void
start_reeld(const char *global, const char *rules)
{
	exam.reeld = reeld_start("segment_size = 64K\n%s\norigin \"b\" {\n"
	    "\tmatch = \"/video/\"\n\ttype = beam\n\tretries = 0\n"
	    "\turl = \"http://127.0.0.1:%d/f/\"\n\t%s\n}\norigin \"r\" {\n"
	    "\tmatch = \"/real/\"\n\ttype = beam\n"
	    "\turl = \"http://127.0.0.1:%d/real/\"\n}", global,
	    origin_port(exam.origin), rules, origin_port(exam.origin));
}

static void
start_with(const char *global, const char *rules)
{
	uint8_t *bytes = malloc(SIZE);

	data_fill(data_seed(FILM, 1), 0, bytes, SIZE);
	naive_piece_name(bytes, SIZE, 2, cid);
	free(bytes);
	snprintf(path, sizeof(path), "/video/%s", cid);
	snprintf(source, sizeof(source), "/f/%s", cid);
	exam.origin = origin_start("-r", dir, NULL);
	start_reeld(global, rules);
	origin_set(exam.origin, source, FILM_KNOBS);
}

static void
start(void)
{
	cr_assert_not_null(mkdtemp(dir));
	start_with("", "");
}

static void
clean(void)
{
	char command[128];

	exam_stop();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_expect_eq(system(command), 0);
}

TestSuite(verify, .init = start, .fini = clean, .timeout = 60);

/* A part of the film, as a viewer has it; all of what it gets is right. */
static void
get(const char *range, uint64_t from, uint64_t bytes)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .check = 1,
	    .url = reeld_url(exam.reeld, "%s", path), .range = range,
	    .seed = data_seed(FILM, 1), .offset = from,
	    .timeout_ms = 20000 });

	cr_expect_eq(res->wrong_at, -1, "wrong at %lld",
	    (long long)res->wrong_at);
	cr_expect_eq(res->bytes, bytes, "%llu bytes, status %d",
	    (unsigned long long)res->bytes, res->status);
	viewer_result_destroy(res);
}

static int64_t
metric(const char *name)
{
	return exam_metric(exam.reeld, name);
}

/* 1 when an object has the verdict. */
static int
has_verdict(const char *verdict)
{
	json_t *all = exam_json(reeld_url(exam.reeld, "/_reeld/objects")), *o;
	const char *said;
	int found = 0;
	size_t i;

	json_array_foreach(all, i, o) {
		said = json_string_value(json_object_get(o, "verified"));
		found |= said != NULL && strcmp(said, verdict) == 0;
	}
	json_decref(all);
	return found;
}

static void
check_map(const char *verdict)
{
	char *text = exam_page(reeld_url(exam.reeld, "/_reeld/map")), line[96];

	snprintf(line, sizeof(line), "f %s\n", verdict);
	cr_expect_not_null(strstr(text, line), "%s", text);
	free(text);
}

Test(verify, as_it_comes)
{
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
	check_map("verified");
	cr_expect_eq(metric("pieces_verified_total"), 1);
	cr_expect_eq(metric("pieces_bad_total"), 0);
}

/* Its segments come in any order, from nobody's beginning. */
Test(verify, any_order)
{
	static const struct row {
		const char	*range;
		uint64_t	 from, bytes;
	} rows[] = {
		{ "2500000-2999999", 2500000, 500000 },
		{ "1000001-1300000", 1000001, 300000 },
		{ "500-600", 500, 101 },
		{ "2000000-2100000", 2000000, 100001 },
	};
	size_t i;

	exam_stop();
	start_with("", "fill = none");
	for (i = 0; i < 4; i++) {
		get(rows[i].range, rows[i].from, rows[i].bytes);
		usleep(300000);
	}
	cr_expect(has_verdict("unverified"));
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
	cr_expect_eq(origin_stat(exam.origin, source, "bytes"), SIZE);
}

/* Other bytes of the right length: nobody finds them any more. */
Test(verify, another_content)
{
	struct viewer_result *res;

	origin_set(exam.origin, source, "as=/f/other&size=3000001");
	res = fetch(&(struct viewer_want){ .check = 1,
	    .url = reeld_url(exam.reeld, "%s", path),
	    .seed = data_seed("/f/other", 1) });
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	cr_assert(AWAIT(metric("pieces_bad_total") == 1, 5000));
	res = fetch(&(struct viewer_want){ .keep = 4096,
	    .url = reeld_url(exam.reeld, "%s", path) });
	cr_expect_eq(res->status, 502);
	cr_expect_not_null(strstr(res->body, "not those of the piece"));
	viewer_result_destroy(res);
	cr_expect_eq(reeld_log_count(exam.reeld, "are not those of the piece"),
	    1);
	cr_assert(AWAIT(!has_verdict("mismatch"), 5000), "it is not gone");
	origin_set(exam.origin, source, FILM_KNOBS);
	cr_assert(AWAIT(exam_status(reeld_url(exam.reeld, "%s", path)) == 200,
	    5000));
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
	get("70000-79999", 70000, 10000);
}

/* Writes a file for the source, as the piece that `bytes` are; then with one
 * byte of it changed. */
static void
write_file(const char *name, const uint8_t *bytes, size_t len)
{
	char file[160];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", dir, name);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	cr_assert(fd != -1 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static void
check_real(const char *name, const uint8_t *bytes, size_t len,
    const char *type)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "/real/%s", name),
	    .keep = len + 1 });

	cr_expect_eq(res->status, 200);
	cr_assert_eq(res->body_len, len);
	cr_expect_eq(memcmp(res->body, bytes, len), 0);
	cr_expect(exam_header_is(res, "Content-Type", type), "%s",
	    viewer_header(res, "Content-Type"));
	viewer_result_destroy(res);
}

/* A source that gave wrong bytes is not asked again at once, if there is no
 * other one. */
static void
await_asked_again(const char *name)
{
	cr_assert(AWAIT(exam_status(reeld_url(exam.reeld, "/real/%s", name)) ==
	    200, 5000));
}

/* One byte, in the first segment, at an edge, in the last quad. */
Test(verify, a_corrupt_byte)
{
	static const size_t places[] = { 9, SEGMENT - 1, SEGMENT, 199999 };
	uint8_t *bytes = malloc(200000);
	char name[NAIVE_PIECE];
	int64_t bad = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		data_fill(i, 0, bytes, 200000);
		memcpy(bytes, "\x1a\x45\xdf\xa3", 4);
		naive_piece_name(bytes, 200000, i % 2 ? 1 : 2, name);
		bytes[places[i]] ^= 1;
		write_file(name, bytes, 200000);
		/* Whoever asks first may have it before it was hashed. */
		viewer_result_destroy(fetch(&(struct viewer_want){
		    .url = reeld_url(exam.reeld, "/real/%s", name) }));
		bad++;
		cr_assert(AWAIT(metric("pieces_bad_total") == bad, 5000),
		    "byte %zu", places[i]);
		bytes[places[i]] ^= 1;
		write_file(name, bytes, 200000);
		await_asked_again(name);
		check_real(name, bytes, 200000, "video/x-matroska");
		cr_assert(AWAIT(metric("pieces_verified_total") == bad, 5000));
	}
	cr_expect_eq(metric("pieces_bad_total"), 4);
	free(bytes);
}

Test(verify, small_pieces)
{
	static const size_t sizes[] = { 1, 126, 127, 128, SEGMENT,
		SEGMENT + 1, 2 * SEGMENT + 60 };
	uint8_t *bytes = malloc(3 * SEGMENT);
	char name[NAIVE_PIECE];
	size_t i;

	data_fill(77, 0, bytes, 3 * SEGMENT);
	memcpy(bytes, "?", 1);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		naive_piece_name(bytes, sizes[i], i % 2 ? 1 : 2, name);
		write_file(name, bytes, sizes[i]);
		check_real(name, bytes, sizes[i], "application/octet-stream");
		cr_assert(AWAIT(metric("pieces_verified_total") ==
		    (int64_t)i + 1, 5000), "%zu bytes", sizes[i]);
	}
	free(bytes);
}

/* A player that plays what turns out to be wrong gets no more of it, and the
 * right bytes when it asks again. */
Test(verify, a_viewer_is_cut)
{
	struct viewer_result *res;
	struct viewer *slow;

	origin_set(exam.origin, source, "as=/f/other&size=3000001");
	slow = viewer_start(&(struct viewer_want){ .rate = 100000,
	    .url = reeld_url(exam.reeld, "%s", path) });
	cr_assert(AWAIT(metric("pieces_bad_total") == 1, 10000));
	origin_set(exam.origin, source, FILM_KNOBS);
	cr_assert(AWAIT(exam_status(reeld_url(exam.reeld, "%s", path)) == 200,
	    5000));
	get(NULL, 0, SIZE);
	viewer_stop(slow);
	res = viewer_wait(&slow);
	cr_expect_lt(res->bytes, SIZE);
	viewer_result_destroy(res);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
}

/* A fetcher that dies knows nothing of what was hashed; the next begins anew
 * with what is there. */
Test(verify, a_dead_fetcher)
{
	exam_stop();
	start_with("", "fill = none");
	get("0-1999999", 0, 2000000);
	cr_assert(AWAIT(has_verdict("unverified"), 5000));
	cr_assert_eq(reeld_kill(exam.reeld, "fetcher", SIGKILL), 1);
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
	cr_expect_eq(metric("pieces_bad_total"), 0);
}

Test(verify, not_where_it_is_off)
{
	exam_stop();
	start_with("", "verify = false");
	origin_set(exam.origin, source, "as=/f/other&size=3000001");
	exam_intact(reeld_url(exam.reeld, "%s", path), "/f/other", SIZE);
	usleep(1000000);
	cr_expect_eq(metric("pieces_bad_total"), 0);
	cr_expect(!has_verdict("unverified") && !has_verdict("verified"));
}

/* Starts anew, with a second provider, which it returns. */
static struct origin *
start_with_another(void)
{
	struct origin *other = origin_start(NULL, NULL);
	char backup[80];

	exam_stop();
	snprintf(backup, sizeof(backup), "backup = {\"%s\"}",
	    origin_url(other, "/f/"));
	start_with("", backup);
	return other;
}

/* Another provider has the right bytes: it goes first from then on. */
Test(verify, another_source)
{
	struct origin *other = start_with_another();

	origin_set(exam.origin, source, "as=/f/other&size=3000001");
	origin_set(other, source, FILM_KNOBS);
	viewer_result_destroy(fetch(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "%s", path) }));
	cr_assert(AWAIT(metric("pieces_bad_total") == 1, 5000));
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
	cr_expect_eq(origin_stat(other, source, "bytes"), SIZE);
	origin_stop(&other);
}

/* A provider without validators goes on where another one broke off. */
Test(verify, two_sources)
{
	struct origin *other = start_with_another();

	origin_set(exam.origin, source, FILM_KNOBS "&cutat=1500000");
	origin_set(other, source, FILM_KNOBS "&etag=none&lm=0");
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
	cr_expect_geq(origin_stat(other, source, "bytes"), 1500001);
	cr_expect_leq(origin_stat(other, source, "bytes"), 1500001 + 600000);
	origin_stop(&other);
}

/* What comes from the disk is hashed as what comes from the source is, and no
 * byte of it is asked for again. */
Test(verify, from_the_spool)
{
	struct spooldir disk;
	char spool[400];
	int64_t sent;

	exam_stop();
	spooldir_make(&disk);
	snprintf(spool, sizeof(spool), "spool \"%s\" { max = 64M }",
	    disk.path);
	start_with(spool, "");
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(metric("saved_bytes_total") >= SIZE, 10000));
	sent = origin_stat(exam.origin, source, "bytes");
	reeld_stop(&exam.reeld);
	origin_listen(exam.origin, 0);
	start_reeld(spool, "");
	cr_assert(AWAIT(exam_status(reeld_url(exam.reeld, "%s", path)) == 200,
	    15000), "the catalogue does not know it");
	get(NULL, 0, SIZE);
	cr_assert(AWAIT(has_verdict("verified"), 5000));
	cr_expect_eq(origin_stat(exam.origin, source, "bytes"), sent);
	cr_expect_geq(metric("loaded_bytes_total"), SIZE);
	exam_stop();
	spooldir_remove(&disk);
	start_with("", "");
}

/* An arena that holds a third of the piece: what is pulled again must be what
 * it was, and then all of it was seen. */
Test(verify, evicted_and_pulled_again)
{
	exam_stop();
	start_with("arena_size = 1M", "");
	get(NULL, 0, SIZE);
	AWAIT(has_verdict("verified"), 2000);
	cr_expect_eq(metric("pieces_bad_total"), 0);
	origin_set(exam.origin, source, "as=/f/other&size=3000001");
	viewer_result_destroy(fetch(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "%s", path) }));
	cr_expect(!has_verdict("verified"), "of other bytes");
}

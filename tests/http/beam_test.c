/* SPDX-License-Identifier: ISC */
/* beam_test -- pieces of Filecoin: names, types, sources that refuse */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/naive_piece.h"

#define FILM		"/f/film"	/* whose bytes the piece has */
#define SIZE		3000000
#define FILM_KNOBS	"as=/f/film&size=3000000"
#define IMMUTABLE	"public, max-age=31536000, immutable"

static char v1[NAIVE_PIECE], v2[NAIVE_PIECE];

/* What the source has under the path of a piece. */
static const char *
at_source(const char *cid)
{
	static char path[128];

	snprintf(path, sizeof(path), "/f/%s", cid);
	return path;
}

static void
start_with(const char *rules)
{
	uint8_t *bytes = malloc(SIZE);

	data_fill(data_seed(FILM, 1), 0, bytes, SIZE);
	naive_piece_name(bytes, SIZE, 1, v1);
	naive_piece_name(bytes, SIZE, 2, v2);
	free(bytes);
	exam.origin = origin_start(NULL, NULL);
	exam.reeld = reeld_start("segment_size = 64K\norigin \"b\" {\n"
	    "\tmatch = \"/video/\"\n\ttype = beam\n"
	    "\turl = \"http://127.0.0.1:%d/f/\"\n\t%s\n}",
	    origin_port(exam.origin), rules);
	origin_set(exam.origin, at_source(v1), FILM_KNOBS);
	origin_set(exam.origin, at_source(v2), FILM_KNOBS);
}

static void
start(void)
{
	start_with("retries = 0");
}

TestSuite(beam, .init = start, .fini = exam_stop, .timeout = 60);

/* A GET of some of the film; all that comes is right. */
static struct viewer_result *
get(const char *path, const char *range, uint64_t from)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .check = 1,
	    .url = reeld_url(exam.reeld, "%s", path), .range = range,
	    .seed = data_seed(FILM, 1), .offset = from,
	    .timeout_ms = 20000 });

	cr_expect_eq(res->wrong_at, -1, "%s: wrong at %lld", path,
	    (long long)res->wrong_at);
	return res;
}

static void
check_film(const char *cid)
{
	char path[128], etag[NAIVE_PIECE + 2];
	struct viewer_result *res;

	snprintf(path, sizeof(path), "/video/%s", cid);
	snprintf(etag, sizeof(etag), "\"%s\"", cid);
	res = get(path, NULL, 0);
	cr_expect_eq(res->status, 200);
	cr_expect_eq(res->bytes, SIZE);
	cr_expect(exam_header_is(res, "ETag", etag), "%s",
	    viewer_header(res, "ETag"));
	cr_expect(exam_header_is(res, "Cache-Control", IMMUTABLE));
	cr_expect(exam_header_is(res, "Accept-Ranges", "bytes"));
	cr_expect_null(viewer_header(res, "Content-Disposition"));
	cr_expect_null(viewer_header(res, "X-Content-Type-Options"));
	cr_expect_null(viewer_header(res, "Last-Modified"));
	viewer_result_destroy(res);
}

Test(beam, both_versions)
{
	check_film(v1);
	check_film(v2);
	check_film(v2);
	cr_expect_eq(origin_stat(exam.origin, at_source(v2), "bytes"), SIZE);
}

/* One piece is one object, whatever a player calls it and asks of it. */
Test(beam, names_and_queries)
{
	static const char *const forms[] = { "", "/", "/a%20film.mkv",
		"?x=1", "/film.webm?dl=1" };
	static const char *const types[] = { "application/octet-stream",
		"application/octet-stream", "video/x-matroska",
		"application/octet-stream", "video/webm" };
	struct viewer_result *res;
	char path[160];
	int i;

	for (i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "/video/%s%s", v2, forms[i]);
		res = get(path, "100-199", 100);
		cr_expect_eq(res->status, 206, "%s: %d", path, res->status);
		cr_expect_eq(res->bytes, 100);
		cr_expect(exam_header_is(res, "Content-Type", types[i]),
		    "%s: %s", path, viewer_header(res, "Content-Type"));
		viewer_result_destroy(res);
	}
	cr_assert(AWAIT(origin_stat(exam.origin, at_source(v2), "bytes") >=
	    SIZE, 5000));
	cr_expect_eq(origin_stat(exam.origin, at_source(v2), "bytes"), SIZE);
}

Test(beam, bad_names)
{
	static const char *const bad[] = { "/video/", "/video/film.mp4",
		("/video/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa"
		"4s52zy"), "/metadata/film.mp4", "/metadata/" };
	char path[160], *text;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(exam_status(reeld_url(exam.reeld, "%s", bad[i])),
		    400, "%s", bad[i]);
	snprintf(path, sizeof(path), "/video/%s/a/b.mp4", v2);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "%s", path)), 400);
	v2[20] ^= 1;	/* another piece, which the source does not have */
	snprintf(path, sizeof(path), "/video/%s", v2);
	origin_set(exam.origin, at_source(v2), "status=404");
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "%s", path)), 404);
	text = origin_last(exam.origin, "/f/film.mp4");
	cr_expect(text == NULL || text[0] == '\0', "the source was asked");
	free(text);
}

/* A piece has its name for a validator, and nobody is asked whether it is
 * fresh. */
Test(beam, validators)
{
	char path[128], line[160];
	const char *lines[2] = { line, NULL };
	struct viewer_result *res;
	int64_t asked;

	snprintf(path, sizeof(path), "/video/%s", v1);
	viewer_result_destroy(get(path, NULL, 0));
	asked = origin_stat(exam.origin, at_source(v1), "requests");
	snprintf(line, sizeof(line), "If-None-Match: \"%s\"", v1);
	res = fetch(&(struct viewer_want){ .headers = lines,
	    .url = reeld_url(exam.reeld, "%s", path) });
	cr_expect_eq(res->status, 304);
	cr_expect(exam_header_is(res, "Cache-Control", IMMUTABLE));
	viewer_result_destroy(res);
	snprintf(line, sizeof(line), "If-Range: \"%s\"", v1);
	res = fetch(&(struct viewer_want){ .headers = lines, .range = "5-9",
	    .check = 1, .seed = data_seed(FILM, 1), .offset = 5,
	    .url = reeld_url(exam.reeld, "%s", path) });
	cr_expect_eq(res->status, 206);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	cr_expect_eq(origin_stat(exam.origin, at_source(v1), "requests"),
	    asked);
}

/* Validators of a source, which may be one of several, mean nothing. */
Test(beam, other_validators)
{
	char path[128], knobs[128];
	struct viewer_result *res;
	int i;

	snprintf(path, sizeof(path), "/video/%s", v2);
	origin_reset(exam.origin);
	for (i = 0; i < 4; i++) {
		snprintf(knobs, sizeof(knobs), FILM_KNOBS "&rangemax=50000"
		    "&etag=%s&lm=%d", i % 2 ? "weak" : "none", i / 2);
		origin_set(exam.origin, at_source(v2), knobs);
		res = get(path, NULL, 0);
		cr_expect_eq(res->status, 200);
		cr_expect_eq(res->bytes, SIZE);
		viewer_result_destroy(res);
	}
	cr_expect_eq(origin_stat(exam.origin, at_source(v2), "bytes"), SIZE,
	    "%lld bytes", (long long)origin_stat(exam.origin, at_source(v2),
	    "bytes"));
}

/* Nor does it matter what a source says of caching, in its first answer or in a
 * later one. */
Test(beam, no_store)
{
	char path[128];
	int i;

	exam_stop();
	start_with("fill = none");
	origin_set(exam.origin, at_source(v1), FILM_KNOBS
	    "&hdr=Cache-Control:%20no-store");
	snprintf(path, sizeof(path), "/video/%s", v1);
	for (i = 0; i < 2; i++) {
		viewer_result_destroy(get(path, "0-99999", 0));
		viewer_result_destroy(get(path, "500000-599999", 500000));
	}
	check_film(v1);
	cr_expect_eq(origin_stat(exam.origin, at_source(v1), "bytes"), SIZE);
}

/* ---- sizes ---- */

/* A source whose length is not that of the name is not believed. */
Test(beam, another_size)
{
	struct viewer_result *res;
	char path[128];

	snprintf(path, sizeof(path), "/video/%s", v2);
	origin_set(exam.origin, at_source(v2), "as=/f/film&size=2999999");
	res = fetch(&(struct viewer_want){ .keep = 4096,
	    .url = reeld_url(exam.reeld, "%s", path) });
	cr_expect_eq(res->status, 502);
	cr_expect_not_null(strstr(res->body,
	    "it has another size than the piece"));
	viewer_result_destroy(res);
	origin_set(exam.origin, at_source(v2), FILM_KNOBS);
	cr_assert(AWAIT(exam_status(reeld_url(exam.reeld, "%s", path)) == 200,
	    5000));
	check_film(v2);
}

/* One that changes is not followed to another version. */
Test(beam, a_source_that_changes)
{
	struct viewer_result *res;
	char path[128];

	snprintf(path, sizeof(path), "/video/%s", v1);
	origin_set(exam.origin, at_source(v1), FILM_KNOBS
	    "&rangemax=65536");
	res = get(path, "0-9", 0);
	cr_expect_eq(res->status, 206);
	viewer_result_destroy(res);
	origin_set(exam.origin, at_source(v1), "size=3000001");
	res = get(path, "2000000-2000009", 2000000);
	cr_expect(res->status == 502 || res->bytes == 10, "status %d",
	    res->status);
	viewer_result_destroy(res);
	cr_expect_eq(reeld_log_count(exam.reeld, "changed at its source"), 0);
}

/* Without a length the name tells it. */
Test(beam, no_length)
{
	origin_set(exam.origin, at_source(v2), FILM_KNOBS
	    "&norange=1&chunked=1");
	check_film(v2);
}

/* ---- a source that has ranges now and then ---- */

/* Whole on a miss of Beam's cache, in ranges from then on. */
Test(beam, whole_on_a_miss)
{
	struct viewer_result *res;
	char path[128];

	exam_stop();
	start_with("fill = none");
	snprintf(path, sizeof(path), "/video/%s", v1);
	origin_set(exam.origin, at_source(v1), FILM_KNOBS
	    "&norange=1&rate=2000000");
	res = get(path, "500000-600000", 500000);
	cr_expect_eq(res->status, 206);
	cr_expect_eq(res->bytes, 100001);
	viewer_result_destroy(res);
	cr_expect(AWAIT(origin_stat(exam.origin, at_source(v1), "active") ==
	    0, 5000), "it is pulled for nobody");
	origin_set(exam.origin, at_source(v1), "norange=");
	res = get(path, "2900000-", 2900000);
	cr_expect_eq(res->status, 206);
	cr_expect_eq(res->bytes, 100000);
	viewer_result_destroy(res);
	cr_expect_eq(origin_stat(exam.origin, at_source(v1), "status.206"), 1);
	cr_expect_lt(origin_stat(exam.origin, at_source(v1), "bytes"), SIZE);
	check_film(v1);
}

/* A whole answer that breaks goes on by a range. */
Test(beam, whole_then_ranges)
{
	struct viewer_result *res;
	struct viewer *viewer;
	char path[128];

	exam_stop();
	start_with("retries = 3");
	snprintf(path, sizeof(path), "/video/%s", v2);
	origin_set(exam.origin, at_source(v2), FILM_KNOBS
	    "&norange=1&rate=1000000&cutat=1000000");
	viewer = viewer_start(&(struct viewer_want){ .check = 1,
	    .seed = data_seed(FILM, 1), .timeout_ms = 20000,
	    .url = reeld_url(exam.reeld, "%s", path) });
	cr_assert(AWAIT(viewer_progress(viewer) > 300000, 5000));
	origin_set(exam.origin, at_source(v2), "norange=&cutat=&rate=");
	res = viewer_wait(&viewer);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect_eq(res->bytes, SIZE);
	viewer_result_destroy(res);
	cr_expect_eq(origin_stat(exam.origin, at_source(v2), "bytes"), SIZE);
	cr_expect_geq(origin_stat(exam.origin, at_source(v2), "status.206"),
	    1);
}

/* ---- refusals ---- */

Test(beam, refusals)
{
	static const struct row {
		int		 source, client;
		const char	*words;
	} rows[] = {
		{ 400, 502, "malformed" },
		{ 402, 502, "nobody pays" },
		{ 403, 502, "barred" },
		{ 404, 404, "list of bad bits" },
		{ 410, 410, "deny list" },
		{ 451, 502, "legal reasons" },
		{ 502, 502, "storage provider" },
		{ 503, 503, "not available" },
	};
	struct viewer_result *res;
	char knobs[32], path[128];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		v1[20] = "abcdefgh"[i];		/* a piece for each */
		snprintf(knobs, sizeof(knobs), "status=%d", rows[i].source);
		snprintf(path, sizeof(path), "/video/%s", v1);
		origin_set(exam.origin, at_source(v1), knobs);
		res = fetch(&(struct viewer_want){ .keep = 4096,
		    .url = reeld_url(exam.reeld, "%s", path) });
		cr_expect_eq(res->status, rows[i].client, "%d: %d",
		    rows[i].source, res->status);
		cr_expect_not_null(strstr(res->body, rows[i].words), "%d: %s",
		    rows[i].source, res->body);
		viewer_result_destroy(res);
	}
}

/* ---- metadata ---- */

static void
check_metadata(const char *cid)
{
	json_t *o = exam_json(reeld_url(exam.reeld, "/metadata/%s", cid));

	cr_expect_str_eq(exam_string(o, "pieceCid"), cid);
	cr_expect_eq(exam_integer(o, "size"), SIZE);
	cr_expect_str_eq(exam_string(o, "sizeFormatted"), "2.86 MB");
	json_decref(o);
}

/* From the name, from the source, from the object. */
Test(beam, metadata)
{
	check_metadata(v2);
	cr_expect_eq(origin_stat(exam.origin, at_source(v2), "requests"), 0);
	check_metadata(v1);
	cr_expect_eq(origin_stat(exam.origin, at_source(v1), "requests"), 1);
	check_metadata(v1);
	cr_expect_eq(origin_stat(exam.origin, at_source(v1), "requests"), 1);
	check_film(v1);
}

Test(beam, metadata_errors)
{
	struct viewer_result *res;
	json_t *o;

	origin_set(exam.origin, at_source(v1), "status=402");
	res = fetch(&(struct viewer_want){ .keep = 4096,
	    .url = reeld_url(exam.reeld, "/metadata/%s", v1) });
	cr_expect_eq(res->status, 502);
	cr_assert_not_null(o = json_loads(res->body, 0, NULL));
	cr_expect_str_eq(exam_string(o, "error"), "Bad Gateway");
	cr_expect_not_null(strstr(exam_string(o, "message"), "nobody pays"));
	json_decref(o);
	viewer_result_destroy(res);
}

/* What a signature guards is not told of without one. */
Test(beam, metadata_signed)
{
	char path[128];

	exam_stop();
	start_with("secret = \"0123456789abcdef\"");
	snprintf(path, sizeof(path), "/metadata/%s", v1);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "%s", path)), 403);
	cr_expect_eq(origin_stat(exam.origin, at_source(v1), "requests"), 0);
}

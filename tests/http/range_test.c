/* SPDX-License-Identifier: ISC */
/* range_test -- one range or none: one table, four protocols, cold and warm */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		300000	/* four segments of 64K and a short one */
#define LAST		(SIZE - 1)

/* What a Range asks for and what must come; first and last are the content's,
 * -1 where nothing of it comes. */
static const struct row {
	const char	*range;		/* as in bytes=0-99; NULL: no Range */
	int		 status;
	int64_t		 first, last;
} rows[] = {
	{ NULL,			200, 0, LAST },
	/* An open start: players take a 200 for "cannot seek". */
	{ "0-",			206, 0, LAST },
	{ "0-1",		206, 0, 1 },
	{ "0-0",		206, 0, 0 },
	{ "100-199",		206, 100, 199 },
	{ "1000-",		206, 1000, LAST },
	{ "299999-",		206, LAST, LAST },
	{ "65535-65536",	206, 65535, 65536 },
	{ "65536-131071",	206, 65536, 131071 },
	{ "262143-",		206, 262143, LAST },
	/* A suffix, and one that is longer than all there is. */
	{ "-1",			206, LAST, LAST },
	{ "-70000",		206, SIZE - 70000, LAST },
	{ "-300000",		206, 0, LAST },
	{ "-999999999",		206, 0, LAST },
	/* An end behind the end. */
	{ "0-999999999999",	206, 0, LAST },
	{ "299000-300000",	206, 299000, LAST },
	/* Nothing of it is there. */
	{ "300000-",		416, -1, -1 },
	{ "300000-300001",	416, -1, -1 },
	{ "999999999999-",	416, -1, -1 },
	{ "-0",			416, -1, -1 },
	{ "300000-,400000-",	416, -1, -1 },
	/* What is no Range is none. */
	{ "",			200, 0, LAST },
	{ "-",			200, 0, LAST },
	{ "abc",		200, 0, LAST },
	{ "5-3",		200, 0, LAST },
	{ "1-2-3",		200, 0, LAST },
	{ "0x10-",		200, 0, LAST },
	{ "1 -2",		200, 0, LAST },
	{ "+1-2",		200, 0, LAST },
	{ "1-2;3-4",		200, 0, LAST },
	/* Several of which one is left. */
	{ "0-99,50-149",	206, 0, 149 },
	{ "100-199,0-149",	206, 0, 199 },
	{ "0-9,300000-",	206, 0, 9 },
	/* More than a server should bear. */
	{ "0-199999,100000-299999", 200, 0, LAST },
	{ "0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
	    "24-24,26-26,28-28,30-30,32-32", 200, 0, LAST },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
start(const char *segment_size)
{
	char global[64];

	snprintf(global, sizeof(global), "segment_size = %s", segment_size);
	exam_start(global, "retries = 0");
}

/* Every place has the same bytes, so that each may be a new object. */
static const char *
film(const char *name)
{
	return reeld_url(exam.reeld, "/f/%s?as=/f/film&size=%d", name, SIZE);
}

/* What every answer about a file of known size has, whatever was asked. */
static void
check_head(const struct viewer_result *res, const char *who)
{
	cr_expect_null(viewer_header(res, "Transfer-Encoding"), "%s", who);
	cr_expect_null(viewer_header(res, "Content-Encoding"), "%s", who);
	cr_expect(exam_header_is(res, "Accept-Ranges", "bytes"), "%s", who);
}

static void
check_content(const struct viewer_result *res, const struct row *row,
    const char *who)
{
	char range[128], length[32];
	uint64_t n = (uint64_t)(row->last - row->first + 1);

	snprintf(range, sizeof(range), "bytes %" PRId64 "-%" PRId64 "/%d",
	    row->first, row->last, SIZE);
	snprintf(length, sizeof(length), "%" PRIu64, n);
	if (row->status == 206)
		cr_expect(exam_header_is(res, "Content-Range", range),
		    "%s: Content-Range: %s", who,
		    viewer_header(res, "Content-Range"));
	else
		cr_expect_null(viewer_header(res, "Content-Range"), "%s", who);
	cr_expect(exam_header_is(res, "Content-Length", length),
	    "%s: Content-Length: %s", who,
	    viewer_header(res, "Content-Length"));
	cr_expect(exam_etag_strong(res), "%s: ETag: %s", who,
	    viewer_header(res, "ETag"));
	cr_expect_eq(res->bytes, n, "%s: %d bytes", who, (int)res->bytes);
	cr_expect_eq(res->wrong_at, -1, "%s: wrong byte at %d", who,
	    (int)res->wrong_at);
}

static void
check(const struct viewer_result *res, const struct row *row,
    const struct exam_protocol *proto, const char *state)
{
	char who[128];

	snprintf(who, sizeof(who), "%s, %s, %.40s", state, proto->name,
	    row->range != NULL ? row->range : "no Range");
	cr_expect_eq(res->curl, 0, "%s: %s", who, res->error);
	cr_expect_eq(res->http, proto->version, "%s: %d", who, res->http);
	cr_expect_eq(res->status, row->status, "%s: status %d", who,
	    res->status);
	if (res->status != row->status)
		return;
	check_head(res, who);
	if (row->first != -1)
		check_content(res, row, who);
	else
		cr_expect(exam_header_is(res, "Content-Range",
		    "bytes */300000"), "%s: Content-Range: %s", who,
		    viewer_header(res, "Content-Range"));
}

static void
ask(const struct row *row, const struct exam_protocol *proto, const char *url,
    const char *state)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .url = url,
	    .range = row->range, .http = proto->http, .check = 1,
	    .seed = data_seed("/f/film", 1), .timeout_ms = 10000,
	    .offset = row->first > 0 ? (uint64_t)row->first : 0 });

	check(res, row, proto, state);
	viewer_result_destroy(res);
}

/* Each question is the first that is asked about its object. */
static void
ask_cold(void)
{
	char name[32];
	size_t p, i;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ROWS; i++) {
			snprintf(name, sizeof(name), "cold-%zu-%zu", p, i);
			ask(&rows[i], &exam_protocols[p], film(name), "cold");
		}
	}
}

/* All is there, and nobody is asked any more. */
static void
ask_warm(void)
{
	size_t p, i;

	ask(&rows[0], &exam_protocols[0], film("warm"), "first");
	for (p = 0; p < EXAM_PROTOCOLS; p++)
		for (i = 0; i < ROWS; i++)
			ask(&rows[i], &exam_protocols[p], film("warm"),
			    "warm");
	cr_expect_eq(origin_stat(exam.origin, "/f/warm", "requests"), 1);
	cr_expect_eq(origin_stat(exam.origin, "/f/warm", "bytes"), SIZE);
}

TestSuite(range, .timeout = 60);

Test(range, small_segments)
{
	start("64K");
	ask_cold();
	ask_warm();
	exam_stop();
}

Test(range, large_segments)
{
	start("8M");
	ask_cold();
	ask_warm();
	exam_stop();
}

/* A unit that is not bytes, and a Range field given twice. */
Test(range, other_units_are_ignored)
{
	static const char *const lines[] = { "Range: seconds=0-1",
	    "Range: bytes 0-1", "Range: =0-1", "Range: items=0-5, bytes=0-1" };
	struct viewer_result *res;
	size_t i, p;

	start("64K");
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		for (p = 0; p < EXAM_PROTOCOLS; p++) {
			res = fetch(&(struct viewer_want){ .check = 1,
			    .seed = data_seed("/f/film", 1),
			    .http = exam_protocols[p].http,
			    .url = film("units"),
			    .headers = (const char *const []){ lines[i],
			    NULL } });
			check(res, &rows[0], &exam_protocols[p], lines[i]);
			viewer_result_destroy(res);
		}
	}
	exam_stop();
}

/* HEAD says what GET would, in the same words; its Range means nothing (RFC
 * 9110, 14.2). */
static void
compare_head(const char *url, const struct exam_protocol *proto,
    const char *range)
{
	static const char *const names[] = { "Content-Length", "Content-Type",
	    "ETag", "Last-Modified", "Accept-Ranges" };
	struct viewer_want want = { .url = url, .http = proto->http,
	    .head = 1, .range = range };
	struct viewer_result *head = fetch(&want), *get;
	const char *value;
	size_t i;

	want.head = 0;
	want.range = NULL;
	get = fetch(&want);
	cr_expect_eq(head->curl, 0, "%s: %s", proto->name, head->error);
	cr_expect_eq(head->status, 200, "%s: %d", proto->name, head->status);
	cr_expect_eq(head->bytes, 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = viewer_header(get, names[i]);
		cr_assert_not_null(value, "%s: no %s", proto->name, names[i]);
		cr_expect(exam_header_is(head, names[i], value),
		    "%s: %s: HEAD has %s, GET %s", proto->name, names[i],
		    viewer_header(head, names[i]), value);
	}
	viewer_result_destroy(head);
	viewer_result_destroy(get);
}

Test(range, head_is_get_without_a_body)
{
	char name[32];
	size_t p;

	start("64K");
	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		snprintf(name, sizeof(name), "head-%zu", p);
		compare_head(film(name), &exam_protocols[p], NULL);
		compare_head(film(name), &exam_protocols[p], NULL);
		compare_head(film(name), &exam_protocols[p], "0-1");
	}
	exam_stop();
}

/* Sources that refuse HEAD are asked by GET; what is known is not asked. */
Test(range, head_asks_once_and_by_get)
{
	struct viewer_want want = { .head = 1 };
	struct viewer_result *res;
	char *request;
	int i;

	start("64K");
	want.url = reeld_url(exam.reeld, "/f/big?size=50M&rate=20M&head405=1");
	for (i = 0; i < 3; i++) {
		res = fetch(&want);
		cr_expect_eq(res->status, 200);
		cr_expect(exam_header_is(res, "Content-Length", "52428800"));
		viewer_result_destroy(res);
	}
	cr_expect_eq(origin_stat(exam.origin, "/f/big", "requests"), 1);
	request = origin_last(exam.origin, "/f/big");
	cr_expect_eq(strncmp(request, "GET ", 4), 0, "%s", request);
	free(request);
	/* Nobody plays: no fill, and the pull is closed within a second. */
	cr_expect(AWAIT(origin_stat(exam.origin, "/f/big", "active") == 0,
	    2000));
	cr_expect_lt(origin_stat(exam.origin, "/f/big", "bytes"), 40000000);
	exam_stop();
}

/* An object without bytes: 200 and nothing, and no range of it. */
Test(range, an_empty_file)
{
	struct viewer_result *res;
	char name[32];
	size_t p;
	int warm;

	start("64K");
	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (warm = 0; warm < 2; warm++) {
			snprintf(name, sizeof(name), "empty-%zu", p);
			res = fetch(&(struct viewer_want){
			    .http = exam_protocols[p].http, .url =
			    reeld_url(exam.reeld, "/f/%s?size=0", name) });
			cr_expect_eq(res->status, 200, "%s: %d",
			    exam_protocols[p].name, res->status);
			cr_expect_eq(res->bytes, 0);
			cr_expect(exam_header_is(res, "Content-Length", "0"));
			viewer_result_destroy(res);
			res = fetch(&(struct viewer_want){ .range = "0-1",
			    .http = exam_protocols[p].http, .url =
			    reeld_url(exam.reeld, "/f/%s?size=0", name) });
			cr_expect_eq(res->status, 416, "%s: %d",
			    exam_protocols[p].name, res->status);
			cr_expect(exam_header_is(res, "Content-Range",
			    "bytes */0"));
			viewer_result_destroy(res);
		}
	}
	exam_stop();
}

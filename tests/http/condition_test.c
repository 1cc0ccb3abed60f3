/* SPDX-License-Identifier: ISC */
/* condition_test -- If-*: one table, four protocols, cold and warm */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		300000
#define FIRST		100	/* of the range that all rows ask for */
#define LAST		70000
#define MODIFIED	"Mon, 01 Jan 2024 01:00:00 GMT"	/* of version 1 */
#define EARLIER		"Mon, 01 Jan 2024 00:59:59 GMT"
#define LATER		"Mon, 01 Jan 2024 01:00:01 GMT"

/* Lines with `@` for the file's ETag; 206 is the range that was asked, 200 all
 * of it. */
static const struct row {
	const char	*line, *other;
	int		 status;
} rows[] = {
	{ "If-Range: @", NULL, 206 },
	{ "If-Range: " MODIFIED, NULL, 206 },
	{ "If-Range: \"other\"", NULL, 200 },
	{ "If-Range: W/@", NULL, 200 },
	{ "If-Range: " EARLIER, NULL, 200 },
	{ "If-Range: " LATER, NULL, 200 },
	{ "If-Range: today", NULL, 200 },

	{ "If-Match: @", NULL, 206 },
	{ "If-Match: *", NULL, 206 },
	{ "If-Match: \"other\", @", NULL, 206 },
	{ "If-Match: \"other\"", NULL, 412 },
	{ "If-Match: W/@", NULL, 412 },

	{ "If-None-Match: @", NULL, 304 },
	{ "If-None-Match: W/@", NULL, 304 },
	{ "If-None-Match: *", NULL, 304 },
	{ "If-None-Match: \"other\", @", NULL, 304 },
	{ "If-None-Match: \"other\"", NULL, 206 },

	{ "If-Modified-Since: " MODIFIED, NULL, 304 },
	{ "If-Modified-Since: " LATER, NULL, 304 },
	{ "If-Modified-Since: " EARLIER, NULL, 206 },
	{ "If-Modified-Since: Monday, 01-Jan-24 01:00:00 GMT", NULL, 304 },
	{ "If-Modified-Since: Mon Jan  1 01:00:00 2024", NULL, 304 },
	{ "If-Modified-Since: today", NULL, 206 },

	{ "If-Unmodified-Since: " MODIFIED, NULL, 206 },
	{ "If-Unmodified-Since: " LATER, NULL, 206 },
	{ "If-Unmodified-Since: " EARLIER, NULL, 412 },
	{ "If-Unmodified-Since: today", NULL, 206 },

	/* Tags outrank dates, 412 outranks 304, both outrank If-Range. */
	{ "If-Match: @", "If-Unmodified-Since: " EARLIER, 206 },
	{ "If-None-Match: \"other\"", "If-Modified-Since: " MODIFIED, 206 },
	{ "If-Match: \"other\"", "If-None-Match: @", 412 },
	{ "If-Match: @", "If-None-Match: @", 304 },
	{ "If-None-Match: @", "If-Range: \"other\"", 304 },
	{ "If-Unmodified-Since: " EARLIER, "If-Range: @", 412 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static char etag[128];

static const char *
film(const char *name)
{
	return reeld_url(exam.reeld, "/f/%s?as=/f/film&size=%d", name, SIZE);
}

/* The source's own: a strong tag is passed on as it is (FIELD 1.2, 4). */
static void
learn_etag(void)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .head = 1,
	    .url = origin_url(exam.origin, "/f/film?size=%d", SIZE) });

	strlcpy(etag, viewer_header(res, "ETag"), sizeof(etag));
	cr_assert(exam_header_is(res, "Last-Modified", MODIFIED));
	viewer_result_destroy(res);
}

static void
start(void)
{
	exam_start("segment_size = 64K", "retries = 0");
	learn_etag();
}

/* The line with the ETag in its place. */
static const char *
fill_in(const char *line, char *buf, size_t len)
{
	const char *at;

	if (line == NULL)
		return NULL;
	at = strchr(line, '@');
	if (at == NULL)
		snprintf(buf, len, "%s", line);
	else
		snprintf(buf, len, "%.*s%s%s", (int)(at - line), line, etag,
		    at + 1);
	return buf;
}

static void
check(const struct viewer_result *res, int status, int head, const char *who)
{
	uint64_t want = status == 200 ? SIZE : status == 206 ?
	    LAST - FIRST + 1 : 0;

	cr_expect_eq(res->curl, 0, "%s: %s", who, res->error);
	cr_expect_eq(res->status, status, "%s: status %d, not %d", who,
	    res->status, status);
	if (res->status != status)
		return;
	cr_expect(status == 412 || exam_header_is(res, "ETag", etag),
	    "%s: ETag: %s", who, viewer_header(res, "ETag"));
	cr_expect_null(viewer_header(res, "Transfer-Encoding"), "%s", who);
	if (head || status == 304)
		cr_expect_eq(res->bytes, 0, "%s", who);
	else if (status != 412)
		cr_expect_eq(res->bytes, want, "%s: %d bytes", who,
		    (int)res->bytes);
	cr_expect_eq(res->wrong_at, -1, "%s: wrong at %d", who,
	    (int)res->wrong_at);
}

static void
ask(const struct row *row, const struct exam_protocol *proto, const char *name,
    int head)
{
	char line[256], other[256], range[32], who[256];
	const char *headers[] = { fill_in(row->line, line, sizeof(line)),
	    fill_in(row->other, other, sizeof(other)), NULL };
	int status = head && row->status == 206 ? 200 : row->status;
	struct viewer_result *res;

	snprintf(range, sizeof(range), "%d-%d", FIRST, LAST);
	snprintf(who, sizeof(who), "%s %s, %s, %s%s%s", head ? "HEAD" : "GET",
	    name, proto->name, row->line, row->other != NULL ? ", " : "",
	    row->other != NULL ? row->other : "");
	res = fetch(&(struct viewer_want){ .url = film(name),
	    .range = head ? NULL : range, .headers = headers, .head = head,
	    .http = proto->http, .check = 1, .seed = data_seed("/f/film", 1),
	    .offset = status == 206 ? FIRST : 0, .timeout_ms = 10000 });
	check(res, status, head, who);
	viewer_result_destroy(res);
}

TestSuite(condition, .init = start, .fini = exam_stop, .timeout = 60);

Test(condition, cold)
{
	char name[32];
	size_t p, i;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ROWS; i++) {
			snprintf(name, sizeof(name), "cold-%zu-%zu", p, i);
			ask(&rows[i], &exam_protocols[p], name, 0);
		}
	}
}

Test(condition, warm)
{
	size_t p, i;

	cr_assert_eq(exam_status(film("warm")), 200);
	for (p = 0; p < EXAM_PROTOCOLS; p++)
		for (i = 0; i < ROWS; i++)
			ask(&rows[i], &exam_protocols[p], "warm", 0);
	cr_expect_eq(origin_stat(exam.origin, "/f/warm", "requests"), 1);
}

/* HEAD is judged as GET is, but its Range and If-Range mean nothing. */
Test(condition, head)
{
	char name[32];
	size_t p, i;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ROWS; i++) {
			snprintf(name, sizeof(name), "head-%zu-%zu", p, i % 2);
			ask(&rows[i], &exam_protocols[p], name, 1);
		}
	}
}

/* What a source says weakly, or not at all, reeld says strongly and stays
 * with: as long as the object lives, it is good for If-Range and If-Match. */
static void
made_etag(const char *knobs, const struct exam_protocol *proto)
{
	char range[160], match[160];
	const char *url = reeld_url(exam.reeld, "/f/made-%d?%s&size=%d",
	    (int)(proto - exam_protocols), knobs, SIZE);
	struct viewer_want want = { .url = url, .http = proto->http,
	    .head = 1 };
	struct viewer_result *res = fetch(&want);

	cr_assert_eq(res->status, 200, "%s: status %d", knobs, res->status);
	cr_assert(exam_etag_strong(res), "%s: ETag: %s", knobs,
	    viewer_header(res, "ETag"));
	snprintf(range, sizeof(range), "If-Range: %s",
	    viewer_header(res, "ETag"));
	snprintf(match, sizeof(match), "If-Match: %s",
	    viewer_header(res, "ETag"));
	viewer_result_destroy(res);
	want.head = 0;
	want.range = "1-2";
	want.headers = (const char *const []){ range, match, NULL };
	res = fetch(&want);
	cr_expect_eq(res->status, 206, "%s: status %d", knobs, res->status);
	cr_expect(exam_header_is(res, "ETag", range + strlen("If-Range: ")),
	    "%s: ETag: %s, not %s", knobs, viewer_header(res, "ETag"), range);
	viewer_result_destroy(res);
}

Test(condition, etags_that_reeld_makes)
{
	size_t p;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		made_etag("etag=weak", &exam_protocols[p]);
		made_etag("etag=none", &exam_protocols[p]);
		made_etag("etag=none&lm=0", &exam_protocols[p]);
	}
}

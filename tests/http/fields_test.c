/* SPDX-License-Identifier: ISC */
/* fields_test -- what the head of an answer says of cache and content */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

static void
start(void)
{
	exam_start("segment_size = 64K", "retries = 0");
}

/* The three fields by which a reader of the head knows where it came from. */
static void
check_cache(const struct viewer_result *res, const char *cache_status,
    const char *x_cache, const char *who)
{
	cr_expect(exam_header_has(res, "Cache-Status", cache_status),
	    "%s: Cache-Status: %s", who, viewer_header(res, "Cache-Status"));
	cr_expect(exam_header_is(res, "X-Cache", x_cache), "%s: X-Cache: %s",
	    who, viewer_header(res, "X-Cache"));
	cr_expect(exam_header_is(res, "Via", "1.1 reeld"), "%s: Via: %s", who,
	    viewer_header(res, "Via"));
}

TestSuite(fields, .init = start, .fini = exam_stop, .timeout = 30);

Test(fields, hit_follow_and_miss)
{
	struct viewer *first, *second;
	struct viewer_result *res;
	struct viewer_want want;
	char name[64];
	size_t p;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		snprintf(name, sizeof(name), "/f/three-%zu?rate=4000000", p);
		want = (struct viewer_want){ .http = exam_protocols[p].http,
		    .url = reeld_url(exam.reeld, "%s", name) };
		first = viewer_start(&want);
		cr_assert(AWAIT(viewer_progress(first) > 0, 5000));
		second = viewer_start(&want);
		res = viewer_wait(&second);
		check_cache(res, "reeld; fwd=miss; collapsed", "FOLLOW",
		    exam_protocols[p].name);
		viewer_result_destroy(res);
		res = viewer_wait(&first);
		check_cache(res, "reeld; fwd=miss; stored", "MISS",
		    exam_protocols[p].name);
		viewer_result_destroy(res);
		res = fetch(&want);
		check_cache(res, "reeld; hit; ttl=", "HIT",
		    exam_protocols[p].name);
		viewer_result_destroy(res);
	}
}

/* Of an object that is not whole a range that is there is a hit. */
Test(fields, a_range_that_is_there_is_a_hit)
{
	struct viewer *first = viewer_start(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "/f/part?size=10M&rate=2000000") });
	struct viewer_result *res;

	cr_assert(AWAIT(viewer_progress(first) > 500000, 5000));
	res = fetch(&(struct viewer_want){ .range = "0-1000",
	    .url = reeld_url(exam.reeld, "/f/part?size=10M&rate=2000000") });
	check_cache(res, "reeld; hit; ttl=", "HIT", "there");
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){ .range = "9000000-9000001",
	    .url = reeld_url(exam.reeld, "/f/part?size=10M&rate=2000000") });
	check_cache(res, "reeld; fwd=miss; collapsed", "FOLLOW", "not yet");
	viewer_result_destroy(res);
	viewer_stop(first);
	viewer_result_destroy(viewer_wait(&first));
}

Test(fields, age_grows)
{
	struct viewer_want want = { .head = 1,
	    .url = reeld_url(exam.reeld, "/f/aged?size=1000") };
	struct viewer_result *res = fetch(&want);
	const char *age = viewer_header(res, "Age");

	cr_assert_not_null(age);
	cr_expect_leq(atoi(age), 1, "Age: %s", age);
	viewer_result_destroy(res);
	sleep(2);
	res = fetch(&want);
	age = viewer_header(res, "Age");
	cr_assert_not_null(age);
	cr_expect(atoi(age) >= 2 && atoi(age) <= 4, "Age: %s", age);
	viewer_result_destroy(res);
}

/* One ETag for all answers about an object, as long as it lives, whatever the
 * source said in the first place. */
static void
stable_etag(const char *knobs)
{
	static const char *const ranges[] = { NULL, "0-1", "-5", "0-0,9-9",
	    "999999999-" };
	struct viewer_result *res;
	char etag[128] = "";
	size_t i, p;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		for (p = 0; p < EXAM_PROTOCOLS; p++) {
			res = fetch(&(struct viewer_want){ .range = ranges[i],
			    .http = exam_protocols[p].http, .head = i == 0 &&
			    p % 2 == 1, .url = reeld_url(exam.reeld,
			    "/f/etag?size=200000&%s", knobs) });
			cr_assert(exam_etag_strong(res), "%s: %s: ETag: %s",
			    knobs, ranges[i], viewer_header(res, "ETag"));
			if (etag[0] == '\0')
				strlcpy(etag, viewer_header(res, "ETag"),
				    sizeof(etag));
			cr_expect(exam_header_is(res, "ETag", etag),
			    "%s: ETag: %s, not %s", knobs,
			    viewer_header(res, "ETag"), etag);
			viewer_result_destroy(res);
		}
	}
}

Test(fields, etag_is_strong_and_stable)
{
	stable_etag("etag=strong");
	stable_etag("etag=weak");
	stable_etag("etag=none");
	stable_etag("etag=none&lm=0");
}

/* A type that says something is passed on; one that says nothing is told from
 * the name (FIELD 1.2, 7). */
Test(fields, content_type)
{
	static const struct {
		const char	*target, *type;
	} rows[] = {
		{ "/f/a?type=video/mp4", "video/mp4" },
		{ "/f/b.mkv?type=video/webm", "video/webm" },
		{ "/f/c.mp4", "video/mp4" },
		{ "/f/d.mkv", "video/x-matroska" },
		{ "/f/e.TS", "video/mp2t" },
		{ "/f/g.mp3", "audio/mpeg" },
		{ "/f/h.mp4?type=text/html", "text/html" },
		{ "/f/i", "application/octet-stream" },
	};
	struct viewer_result *res;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		res = fetch(&(struct viewer_want){ .range = "0-1",
		    .url = reeld_url(exam.reeld, "%s", rows[i].target) });
		cr_expect(exam_header_is(res, "Content-Type", rows[i].type),
		    "%s: Content-Type: %s", rows[i].target,
		    viewer_header(res, "Content-Type"));
		viewer_result_destroy(res);
	}
}

/* Headers of a source that are none of its content's are not passed on, nor
 * is what a source is asked with any business of the client's. */
Test(fields, nothing_of_the_source_leaks)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .url =
	    reeld_url(exam.reeld, "/f/leak?hdr=Set-Cookie:%%20id=1") });

	cr_expect_eq(res->status, 200);
	cr_expect_null(viewer_header(res, "Set-Cookie"));
	viewer_result_destroy(res);
}

/* What a source is asked: no client's words but the address, and never an
 * encoding. */
Test(fields, what_the_source_is_asked)
{
	static const char *const lines[] = { "Cookie: secret=1",
	    "Authorization: Basic c2VjcmV0", "Accept-Encoding: gzip, br",
	    "Referer: http://secret.example/", "X-Forwarded-For: 192.0.2.9",
	    NULL };
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .headers = lines, .url = reeld_url(exam.reeld,
	    "/f/asked?size=1000&b=%%20c") });
	char *request = origin_last(exam.origin, "/f/asked");

	cr_expect_eq(res->status, 200);
	viewer_result_destroy(res);
	cr_expect_eq(strncmp(request, "GET /f/asked?size=1000&b=%20c ", 30),
	    0, "%s", request);
	cr_expect_not_null(strcasestr(request,
	    "Accept-Encoding: identity\r\n"), "%s", request);
	cr_expect_not_null(strcasestr(request, "Range: bytes=0-\r\n"), "%s",
	    request);
	cr_expect_null(strcasestr(request, "secret"), "%s", request);
	cr_expect_null(strcasestr(request, "192.0.2.9"), "%s", request);
	cr_expect_null(strcasestr(request, "gzip"), "%s", request);
	free(request);
}

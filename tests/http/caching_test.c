/* SPDX-License-Identifier: ISC */
/* caching_test -- what sources and clients say of caching is done */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		100000
#define SOON		5000	/* ms: for what is sure to come */
#define PAST		2200000	/* us: a lifetime of 1 s is over */
#define PAST_LONG	5200000	/* ... of 4 s; that is fresh for 3 s at least */
#define CLIENTS		9
#define CC(text)	"hdr=Cache-Control:%20" text

TestSuite(caching, .fini = exam_stop, .timeout = 60);

static void
start(const char *rules)
{
	exam_start("", rules);
}

/* ---- requests ---- */

/* One GET of /f/NAME, whose bytes are compared; `more` are its query, `line`
 * one of its header or NULL. */
static struct viewer_want
want_of(const char *name, const char *more, const char *const *lines)
{
	char path[64];

	snprintf(path, sizeof(path), "/f/%s", name);
	return (struct viewer_want){ .check = 1, .headers = lines,
	    .seed = data_seed(path, 1), .timeout_ms = 20000,
	    .url = reeld_url(exam.reeld, "%s?size=%d&%s", path, SIZE, more) };
}

static struct viewer_result *
get(const char *name, const char *more, const char *line)
{
	const char *lines[] = { line, NULL };
	struct viewer_want want = want_of(name, more,
	    line == NULL ? NULL : lines);

	return fetch(&want);
}

/* Looks at a whole, right answer, and takes it.  `x_cache` NULL: any. */
static void
expect(struct viewer_result *res, const char *what, const char *x_cache,
    const char *cache_status)
{
	cr_expect_eq(res->status, 200, "%s: status %d", what, res->status);
	cr_expect_eq(res->bytes, SIZE, "%s: %d bytes", what, (int)res->bytes);
	cr_expect_eq(res->wrong_at, -1, "%s: wrong bytes", what);
	cr_expect(x_cache == NULL || exam_header_is(res, "X-Cache", x_cache),
	    "%s: X-Cache: %s", what, viewer_header(res, "X-Cache"));
	cr_expect(exam_header_has(res, "Cache-Status", cache_status),
	    "%s: Cache-Status: %s", what, viewer_header(res, "Cache-Status"));
	viewer_result_destroy(res);
}

static void
expect_error(struct viewer_result *res, const char *what, int status)
{
	cr_expect_eq(res->status, status, "%s: status %d", what, res->status);
	viewer_result_destroy(res);
}

static void
expect_count(const char *name, const char *counter, int64_t n)
{
	char path[64];
	int64_t is;

	snprintf(path, sizeof(path), "/f/%s", name);
	is = origin_stat(exam.origin, path, counter);
	cr_expect_eq(is, n, "%s: %s is %d, not %d", name, counter, (int)is,
	    (int)n);
}

static void
script(const char *name, const char *knobs)
{
	char path[64];

	snprintf(path, sizeof(path), "/f/%s", name);
	origin_set(exam.origin, path, knobs);
}

/* ---- what the source says ---- */

Test(caching, what_is_fresh_is_served_unasked)
{
	struct viewer_result *res;

	start("");
	expect(get("a", CC("max-age=60") "&hdr2=Age:%2020", NULL), "first",
	    "MISS", "reeld; fwd=miss; stored");
	res = get("a", CC("max-age=60") "&hdr2=Age:%2020", NULL);
	cr_expect(exam_header_is(res, "Cache-Control", "max-age=60"), "%s",
	    viewer_header(res, "Cache-Control"));
	cr_assert_not_null(viewer_header(res, "Age"));
	cr_expect(atoi(viewer_header(res, "Age")) >= 20 &&
	    atoi(viewer_header(res, "Age")) <= 25, "Age: %s",
	    viewer_header(res, "Age"));
	expect(res, "second", "HIT", "reeld; hit; ttl=");
	expect_count("a", "requests", 1);
}

Test(caching, an_expires_is_handed_on_as_max_age)
{
	struct viewer_result *res;

	start("");
	script("e", "hdr=Expires:%200");
	res = get("e", "", NULL);
	cr_expect(exam_header_is(res, "Cache-Control", "max-age=0"), "%s",
	    viewer_header(res, "Cache-Control"));
	expect(res, "first", "MISS", "reeld; fwd=miss; stored");
	expect(get("e", "", NULL), "second", "HIT", "reeld; fwd=stale");
	expect_count("e", "status.304", 1);
}

/* ... by a 304, whose fields count from then on. */
Test(caching, what_is_stale_is_asked_about)
{
	struct viewer_result *res;

	start("");
	script("s", CC("max-age=1"));
	expect(get("s", "", NULL), "first", "MISS", "stored");
	usleep(PAST);
	script("s", CC("max-age=60,%20public"));
	res = get("s", "", NULL);
	cr_expect(exam_header_is(res, "Cache-Control", "max-age=60, public"),
	    "%s", viewer_header(res, "Cache-Control"));
	expect(res, "second", "HIT", "reeld; fwd=stale");
	expect_count("s", "status.304", 1);
	usleep(PAST);
	expect(get("s", "", NULL), "third", "HIT", "reeld; hit; ttl=");
	expect_count("s", "requests", 2);
}

Test(caching, a_304_without_cache_control_renews_what_was_said)
{
	int i;

	start("");
	script("r", CC("max-age=4"));
	expect(get("r", "", NULL), "first", "MISS", "stored");
	script("r", "hdr=");
	for (i = 1; i <= 2; i++) {
		usleep(PAST_LONG);
		expect(get("r", "", NULL), "stale", "HIT", "fwd=stale");
		expect(get("r", "", NULL), "fresh", "HIT", "hit; ttl=");
		expect_count("r", "status.304", i);
	}
}

/* A 304 that names another version is no 304. */
Test(caching, a_304_of_another_version_renews_nothing)
{
	start("");
	script("o", CC("no-cache"));
	expect(get("o", "", NULL), "first", "MISS", "stored");
	script("o", CC("no-cache") "&hdr2=ETag:%20%22other%22");
	expect(get("o", "", NULL), "second", NULL, "reeld; fwd=stale");
	expect_count("o", "status.304", 1);
}

Test(caching, no_cache_is_asked_about_each_time)
{
	int i;

	start("");
	script("n", CC("no-cache,%20max-age=60"));
	expect(get("n", "", NULL), "first", "MISS", "stored");
	for (i = 1; i <= 4; i++) {
		expect(get("n", "", NULL), "again", "HIT", "fwd=");
		expect_count("n", "status.304", i);
	}
	expect_count("n", "requests", 5);
}

/* ... of a source without ranges too, which would send all of it. */
Test(caching, a_source_without_ranges_is_asked_with_its_validators)
{
	start("");
	script("d", CC("no-cache") "&norange=1");
	expect(get("d", "", NULL), "first", "MISS", "stored");
	expect(get("d", "", NULL), "again", "HIT", "fwd=stale");
	expect_count("d", "status.304", 1);
	expect_count("d", "bytes", SIZE);
}

/* Players of one moment share what the source said to any of them. */
Test(caching, one_question_is_for_all_who_wait)
{
	struct viewer_want want;
	struct viewer *v[CLIENTS];
	int i;

	start("");
	script("q", CC("no-cache"));
	expect(get("q", "", NULL), "first", "MISS", "stored");
	script("q", CC("no-cache") "&delay=1500ms");
	for (i = 0; i < CLIENTS; i++) {
		want = want_of("q", "", NULL);
		v[i] = viewer_start(&want);
	}
	for (i = 0; i < CLIENTS; i++)
		expect(viewer_wait(&v[i]), "one of many", "HIT", "fwd=");
	expect_count("q", "status.304", 1);
}

/* ---- where it says nothing ---- */

/* Bytes on their way are for all who come meanwhile; then each asks. */
Test(caching, what_nothing_is_said_of_is_kept_and_asked_about)
{
	struct viewer_want want;
	struct viewer *v;

	start("");
	script("u", "lm=0&rate=40000");
	want = want_of("u", "", NULL);
	v = viewer_start(&want);
	cr_assert(AWAIT(viewer_progress(v) > 0, SOON));
	expect(get("u", "", NULL), "second", "FOLLOW", "collapsed");
	expect(viewer_wait(&v), "first", "MISS", "stored");
	expect_count("u", "requests", 1);
	cr_assert(AWAIT(origin_stat(exam.origin, NULL, "open") >= 0, SOON));
	expect(get("u", "", NULL), "third", "HIT", "fwd=stale");
	expect(get("u", "", NULL), "fourth", "HIT", "fwd=stale");
	expect_count("u", "status.304", 2);
}

Test(caching, ttl_counts_where_nothing_is_said)
{
	start("ttl = 4s");
	script("t", "lm=0");
	expect(get("t", "", NULL), "first", "MISS", "stored");
	expect(get("t", "", NULL), "second", "HIT", "hit; ttl=");
	usleep(PAST_LONG);
	expect(get("t", "", NULL), "third", "HIT", "fwd=stale");
	expect_count("t", "status.304", 1);
}

Test(caching, force_cache_keeps_what_may_not_be_kept)
{
	start("force_cache = true ttl = 1h");
	expect(get("f", CC("no-store"), NULL), "first", "MISS", "stored");
	expect(get("f", CC("no-store"), NULL), "second", "HIT", "hit; ttl=");
	expect(get("p", CC("private,%20max-age=0"), NULL), "first", "MISS",
	    "stored");
	expect(get("p", CC("private,%20max-age=0"), NULL), "second", "HIT",
	    "hit; ttl=");
	expect_count("f", "requests", 1);
	expect_count("p", "requests", 1);
}

/* ---- a source that fails ---- */

static const struct failing {
	const char	*name, *control, *trouble;
	int		 status;	/* 200: what is stored */
} failing[] = {
	{ "plain", "max-age=1", "status=503", 200 },
	{ "broken", "max-age=1", "hangup=1", 200 },
	{ "bounded", "max-age=1,%20stale-if-error=60", "status=500", 200 },
	{ "refused", "max-age=1", "status=403", 200 },
	{ "over", "max-age=1,%20stale-if-error=0", "status=500", 502 },
	{ "must", "max-age=1,%20must-revalidate", "status=503", 503 },
	{ "proxy", "max-age=1,%20proxy-revalidate", "status=500", 502 },
	{ "shared", "s-maxage=1", "hangup=1", 502 },
	{ "asking", "no-cache", "status=500", 502 },
	{ "gone", "max-age=1", "status=404", 404 },
	{ "away", "max-age=1,%20stale-if-error=60", "status=410", 410 },
};
#define FAILING	(sizeof(failing) / sizeof(failing[0]))

Test(caching, what_is_stale_is_served_if_the_source_fails_unless_forbidden)
{
	const struct failing *f;
	struct viewer_result *res;
	char knobs[128];

	start("retries = 0");
	for (f = failing; f < failing + FAILING; f++) {
		snprintf(knobs, sizeof(knobs), "hdr=Cache-Control:%%20%s",
		    f->control);
		script(f->name, knobs);
		expect(get(f->name, "", NULL), f->name, "MISS", "stored");
	}
	usleep(PAST);
	for (f = failing; f < failing + FAILING; f++) {
		script(f->name, f->trouble);
		res = get(f->name, "", NULL);
		if (f->status == 200) {
			expect(res, f->name, "HIT", "reeld; fwd=stale; ttl=-");
			continue;
		}
		cr_expect_not_null(viewer_header(res, "Proxy-Status"), "%s",
		    f->name);
		expect_error(res, f->name, f->status);
	}
}

/* What was refused or gone is stored still, and served once that is over. */
Test(caching, a_source_that_comes_back_need_not_send_all_again)
{
	start("retries = 0");
	script("b", CC("no-cache"));
	expect(get("b", "", NULL), "first", "MISS", "stored");
	script("b", "status=404");
	expect_error(get("b", "", NULL), "gone", 404);
	script("b", "status=");
	sleep(11);
	expect(get("b", "", NULL), "back", "HIT", "fwd=");
	expect_count("b", "status.304", 1);
	expect_count("b", "bytes", SIZE);
}

/* ---- stale-while-revalidate ---- */

/* What cannot be asked about is not asked about again and again. */
Test(caching, what_is_asked_about_meanwhile_may_fail)
{
	int i;

	start("retries = 0");
	script("y", CC("max-age=1,%20stale-while-revalidate=60"));
	expect(get("y", "", NULL), "first", "MISS", "stored");
	usleep(PAST);
	script("y", "status=500");
	for (i = 0; i < 5; i++) {
		expect(get("y", "", NULL), "stale", "HIT", "ttl=-");
		usleep(300000);
	}
	expect_count("y", "status.500", 1);
}

static int
is_renewed(const char *name)
{
	struct viewer_result *res = get(name, "", NULL);
	int renewed = exam_header_is(res, "Cache-Control", "max-age=60");

	viewer_result_destroy(res);
	return renewed;
}

Test(caching, stale_while_revalidate_waits_for_nobody)
{
	struct viewer_result *res;

	start("");
	script("w", CC("max-age=1,%20stale-while-revalidate=60"));
	expect(get("w", "", NULL), "first", "MISS", "stored");
	usleep(PAST);
	script("w", CC("max-age=60") "&delay=2s");
	res = get("w", "", NULL);
	cr_expect_lt(res->total_us, 1500000, "%d us", (int)res->total_us);
	expect(res, "second", "HIT", "reeld; hit; ttl=-");
	expect(get("w", "", NULL), "third", "HIT", "reeld; hit; ttl=-");
	cr_expect(AWAIT(origin_stat(exam.origin, "/f/w", "status.304") == 1,
	    SOON), "nobody asked");
	cr_expect(AWAIT(is_renewed("w"), SOON), "it was not renewed");
	expect_count("w", "requests", 2);
}

/* ---- what may not be kept ---- */

static const struct kept {
	const char	*name, *header;
} unkept[] = {
	{ "no-store", "Cache-Control:%20no-store" },
	{ "private", "Cache-Control:%20private,%20max-age=60" },
	{ "vary", "Vary:%20*" },
};
#define UNKEPT	(sizeof(unkept) / sizeof(unkept[0]))

/* Each gets bytes that nobody else gets, and nobody waits for another. */
Test(caching, what_may_not_be_kept_is_never_shared)
{
	struct viewer *v[CLIENTS];
	struct viewer_want want;
	struct viewer_result *res;
	char knobs[128];
	size_t i, k;

	start("max_connections = 32");
	for (k = 0; k < UNKEPT; k++) {
		snprintf(knobs, sizeof(knobs), "hdr=%s&delay=300ms&rate=100000",
		    unkept[k].header);
		script(unkept[k].name, knobs);
		for (i = 0; i < CLIENTS; i++) {
			want = want_of(unkept[k].name, "", NULL);
			v[i] = viewer_start(&want);
		}
		for (i = 0; i < CLIENTS; i++)
			expect(viewer_wait(&v[i]), unkept[k].name, "PASS",
			    "reeld; fwd=miss");
		expect_count(unkept[k].name, "requests", CLIENTS);
		expect_count(unkept[k].name, "bytes", CLIENTS * SIZE);
		want = want_of(unkept[k].name, "", NULL);
		want.head = 1;
		res = fetch(&want);
		cr_expect_eq(res->status, 200);
		cr_expect(exam_header_is(res, "X-Cache", "PASS"));
		viewer_result_destroy(res);
		expect(get(unkept[k].name, "", NULL), "later", "PASS",
		    "reeld; fwd=miss");
		expect_count(unkept[k].name, "requests", CLIENTS + 2);
	}
}

/* A copy that may not be kept any more is not served any more either. */
Test(caching, what_may_not_be_kept_any_more_goes)
{
	start("");
	script("g", CC("no-cache"));
	expect(get("g", "", NULL), "first", "MISS", "stored");
	script("g", CC("no-store"));
	expect(get("g", "", NULL), "second", "PASS", "reeld; fwd=stale");
	expect(get("g", "", NULL), "third", "PASS", "reeld; fwd=miss");
	expect_count("g", "bytes", 3 * SIZE);
	script("g", CC("max-age=60"));
	expect(get("g", "", NULL), "fourth", "MISS", "stored");
	expect(get("g", "", NULL), "fifth", "HIT", "hit; ttl=");
}

/* Ranges of it are as right as ever. */
Test(caching, a_range_of_what_may_not_be_kept)
{
	struct viewer_want want;
	struct viewer_result *res;

	start("");
	script("x", CC("no-store"));
	want = want_of("x", "", NULL);
	want.range = "70000-79999";
	want.offset = 70000;
	res = fetch(&want);
	cr_expect_eq(res->status, 206);
	cr_expect_eq(res->bytes, 10000);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect(exam_header_is(res, "X-Cache", "PASS"));
	viewer_result_destroy(res);
}

/* ---- what the client says ---- */

Test(caching, a_client_may_want_it_fresher)
{
	start("");
	script("c", CC("max-age=60"));
	expect(get("c", "", NULL), "first", "MISS", "stored");
	expect(get("c", "", "Cache-Control: no-cache"), "no-cache", "HIT",
	    "reeld; fwd=request");
	expect(get("c", "", "Pragma: no-cache"), "pragma", "HIT",
	    "reeld; fwd=request");
	expect(get("c", "", "Cache-Control: min-fresh=90"), "min-fresh",
	    "HIT", "reeld; fwd=request");
	expect_count("c", "status.304", 3);
	usleep(PAST);
	expect(get("c", "", "Cache-Control: max-age=1"), "max-age", "HIT",
	    "reeld; fwd=request");
	expect(get("c", "", "Cache-Control: max-age=30"), "older", "HIT",
	    "reeld; hit");
	expect_count("c", "status.304", 4);
}

Test(caching, a_client_may_take_it_stale)
{
	start("");
	script("l", CC("max-age=1"));
	expect(get("l", "", NULL), "first", "MISS", "stored");
	usleep(PAST);
	expect(get("l", "", "Cache-Control: max-stale=30"), "stale", "HIT",
	    "reeld; hit; ttl=-");
	expect_count("l", "requests", 1);
}

Test(caching, only_if_cached_asks_no_source)
{
	static const char only[] = "Cache-Control: only-if-cached";
	struct viewer_want want;
	struct viewer_result *res;

	start("fill = none");
	script("i", CC("max-age=60"));
	expect_error(get("i", "", only), "unknown", 504);
	expect_count("i", "requests", 0);
	want = want_of("i", "", NULL);
	want.range = "0-9999";
	res = fetch(&want);
	cr_expect_eq(res->status, 206);
	viewer_result_destroy(res);
	expect_error(get("i", "", only), "in part", 504);
	expect(get("i", "", NULL), "all of it", "FOLLOW", "reeld");
	expect(get("i", "", only), "stored", "HIT", "reeld; hit");
}

/* ---- pass_headers ---- */

Test(caching, fields_that_are_passed_on_are_a_part_of_the_key)
{
	struct viewer_result *res;
	char *head;

	start("pass_headers = {\"X-User\", \"Cookie\"}");
	script("h", CC("max-age=60") "&hdr2=Vary:%20X-User");
	expect(get("h", "", "X-User: hidden-ann"), "ann", "MISS", "stored");
	head = origin_last(exam.origin, "/f/h");
	cr_expect_not_null(strstr(head, "hidden-ann"), "%s", head);
	free(head);
	res = get("h", "", "X-User: hidden-ann");
	cr_expect(exam_header_is(res, "Vary", "X-User, Cookie"), "%s",
	    viewer_header(res, "Vary"));
	expect(res, "ann again", "HIT", "reeld; hit");
	expect(get("h", "", "X-User: bob"), "bob", "MISS", "stored");
	expect(get("h", "", NULL), "nobody", "MISS", "stored");
	head = origin_last(exam.origin, "/f/h");
	cr_expect_null(strstr(head, "x-user"), "%s", head);
	free(head);
	expect(get("h", "", "X-Other: y"), "another", "HIT", "reeld; hit");
	expect(get("h", "", "Cookie: hidden-ann"), "cookie", "MISS", "stored");
	expect_count("h", "requests", 4);
	cr_expect_eq(reeld_log_count(exam.reeld, "hidden-ann"), 0);
}

Test(caching, an_address_is_purged_for_all_who_were_told_apart)
{
	char text[512];

	start("pass_headers = {\"X-User\"}");
	script("v", CC("max-age=60"));
	expect(get("v", "", "X-User: ann"), "ann", "MISS", "stored");
	expect(get("v", "", NULL), "nobody", "MISS", "stored");
	snprintf(text, sizeof(text), "purge /f/v?size=%d&", SIZE);
	cr_expect(exam_matches(exam_ctl(exam.reeld, text), "2 "));
	expect(get("v", "", "X-User: ann"), "ann", "MISS", "stored");
	expect(get("v", "", NULL), "nobody", "MISS", "stored");
}

/* RFC 9111, 3.5. */
Test(caching, what_credentials_brought_is_shared_if_the_source_says_so)
{
	static const char ann[] = "Authorization: Basic YW5uOg==";

	start("pass_headers = {\"Authorization\"}");
	script("k", CC("max-age=60"));
	expect(get("k", "", ann), "first", "PASS", "reeld; fwd=miss");
	expect(get("k", "", ann), "second", "PASS", "reeld; fwd=miss");
	expect(get("k", "", NULL), "nobody", "MISS", "stored");
	expect(get("k", "", NULL), "nobody again", "HIT", "reeld; hit");
	expect_count("k", "requests", 3);
	script("m", CC("max-age=60,%20public"));
	expect(get("m", "", ann), "public", "MISS", "stored");
	expect(get("m", "", ann), "public again", "HIT", "reeld; hit");
	expect_count("m", "requests", 1);
}

Test(caching, the_token_of_reeld_is_not_passed_on)
{
	char *head;

	exam_start("api_token = \"swordfish\"",
	    "pass_headers = {\"Authorization\"}");
	script("z", CC("max-age=60"));
	expect(get("z", "", "Authorization: Bearer swordfish"), "token",
	    "MISS", "stored");
	head = origin_last(exam.origin, "/f/z");
	cr_expect_null(strcasestr(head, "authorization"), "%s", head);
	free(head);
	expect(get("z", "", NULL), "without", "HIT", "reeld; hit");
}

/* Nor is what a client says to its source told to another server. */
Test(caching, fields_do_not_follow_to_another_server)
{
	struct origin *other = origin_start(NULL, NULL);
	char knobs[128], *head;

	start("pass_headers = {\"X-User\"}");
	snprintf(knobs, sizeof(knobs), "to=http://127.0.0.1:%d/f/j",
	    origin_port(other));
	script("j", knobs);
	origin_set(other, "/f/j", "size=100000");
	expect(get("j", "", "X-User: ann"), "elsewhere", "MISS", "stored");
	head = origin_last(exam.origin, "/f/j");
	cr_expect_not_null(strcasestr(head, "x-user: ann"), "%s", head);
	free(head);
	head = origin_last(other, "/f/j");
	cr_expect_null(strcasestr(head, "x-user"), "%s", head);
	free(head);
	origin_stop(&other);
}

Test(caching, fields_that_cannot_be_passed_on_are_refused)
{
	char line[4096];

	start("pass_headers = {\"X-User\"}");
	memset(line, 'x', sizeof(line));
	memcpy(line, "X-User: ", 8);
	line[2500] = '\0';
	expect_error(get("y", "", line), "too long", 431);
	expect_count("y", "requests", 0);
}

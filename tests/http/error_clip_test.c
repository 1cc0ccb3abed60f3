/* SPDX-License-Identifier: ISC */
/* error_clip_test -- errors that are films: who gets which, byte by byte */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/wire.h"

#define CLIP_MAX	150000		/* what the largest may have */
#define TEXT		8192

static struct origin *origin;
static struct reeld *reeld;

static const char *const no_headers[] = { NULL };
static const char *const as_mpeg[] = { "Accept: video/mp4;q=0.5, Video/MP2T",
    NULL };
static const char *const as_any[] = { "Accept: */*", NULL };
static const char *const as_page[] = {
    "Accept: text/html,application/xhtml+xml,*/*;q=0.8", NULL };
static const char *const as_json[] = { "Accept: application/json", NULL };
static const char *const as_json_too[] = {
    "Accept: video/mp2t, application/json;q=0.1", NULL };
static const char *const as_lookalike[] = { "Accept: video/mp2tx, xvideo/mp2t",
    NULL };
static const char *const with_part[] = { "If-Range: \"x\"", NULL };

/* What a source does, what is told of it, and the clip for that. */
static const struct error {
	const char	*knobs;
	int		 status, received;
	const char	*clip;
} errors[] = {
	{ "status=404", 404, 404, "not_found" },
	{ "status=410", 410, 410, "not_found" },
	{ "status=401", 502, 401, "refused" },
	{ "status=402", 502, 402, "refused" },
	{ "status=403", 502, 403, "refused" },
	{ "status=451", 502, 451, "refused" },
	{ "status=429", 503, 429, "limit" },
	{ "status=503", 503, 503, "limit" },
	{ "status=500", 502, 500, "neutral" },
	{ "gzip=1", 502, 206, "neutral" },
	{ "hangup=1", 502, 0, "neutral" },
	{ "delay=20s", 504, 0, "timed_out" },
};
#define ERRORS (sizeof(errors) / sizeof(errors[0]))

/* Who asks for what fails: for a clip, or for words? */
static const struct asker {
	const char	*path;
	const char *const *headers;
	const char	*range;
	int		 clip;
} askers[] = {
	{ "/f/%d.ts", no_headers, NULL, 1 },
	{ "/f/%d.TS", as_any, NULL, 1 },
	{ "/f/%d.ts", as_any, "0-", 1 },
	{ "/f/%d.ts", as_any, "0-99", 1 },
	{ "/f/%d.mkv", as_mpeg, NULL, 1 },
	{ "/f/%d.mkv", as_any, NULL, 0 },
	{ "/f/%d.mkv", as_lookalike, NULL, 0 },
	{ "/f/%dts", no_headers, NULL, 0 },
	{ "/f/%d.ts", as_page, NULL, 0 },
	{ "/f/%d.ts", as_json, NULL, 0 },
	{ "/f/%d.ts", as_json_too, NULL, 0 },
	{ "/f/%d.ts", as_any, "1000-", 0 },
	{ "/f/%d.ts", as_any, "-500", 0 },
	{ "/f/%d.ts", with_part, "0-", 0 },
	/* an origin that has no error_clip */
	{ "/g/%d.ts", as_mpeg, NULL, 0 },
};
#define ASKERS (sizeof(askers) / sizeof(askers[0]))

static void
start(void)
{
	const char *rules = "retries = 0 connect_timeout = 1s"
	    " stall_timeout = 1s max_connections = 100";

	origin = origin_start(NULL, NULL);
	reeld = reeld_start("origin \"f\" { match = \"/f/\" %s"
	    " error_clip = true url = \"http://127.0.0.1:%d/f/\" }\n"
	    "origin \"g\" { match = \"/g/\" %s"
	    " url = \"http://127.0.0.1:%d/f/\" }\n"
	    "origin \"dead\" { match = \"/dead/\" %s error_clip = true"
	    " pass_methods = {\"POST\"} url = \"http://127.0.0.1:%d/\" }\n",
	    rules, origin_port(origin), rules, origin_port(origin), rules,
	    free_port());
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
}

/* A source that takes one at a time, and a reeld with little patience. */
static void
start_full(void)
{
	origin = origin_start(NULL, NULL);
	reeld = reeld_start("wait_max = 2s\norigin \"f\" { match = \"/f/\""
	    " error_clip = true max_connections = 1"
	    " url = \"http://127.0.0.1:%d/f/\" }\n", origin_port(origin));
}

TestSuite(error_clip, .init = start, .fini = stop, .timeout = 60);

/* The clip's file; good until the next call. */
static size_t
read_clip(const char *name, char buf[CLIP_MAX + 1])
{
	char path[64];
	size_t n;
	FILE *fp;

	snprintf(path, sizeof(path), "contrib/clips/%s.ts", name);
	fp = fopen(path, "re");
	cr_assert_not_null(fp, "%s", path);
	n = fread(buf, 1, CLIP_MAX + 1, fp);
	fclose(fp);
	cr_expect(n > 10000 && n <= CLIP_MAX, "%s: %zu bytes", path, n);
	return n;
}

/* It is this clip to the last byte, and says what it stands for. */
static void
expect_clip(const struct viewer_result *res, const struct error *e,
    const char *who)
{
	static char clip[CLIP_MAX + 1];
	size_t n = read_clip(e->clip, clip);
	char status[16], received[32];

	cr_expect_eq(res->status, 200, "%s: status %d", who, res->status);
	cr_expect_eq(res->curl, 0, "%s: %s", who, res->error);
	cr_expect_eq(res->bytes, n, "%s: %d bytes", who, (int)res->bytes);
	cr_expect(res->body_len == n && memcmp(res->body, clip, n) == 0,
	    "%s: is not %s", who, e->clip);
	snprintf(status, sizeof(status), "%d", e->status);
	cr_expect(exam_header_is(res, "X-Reeld-Error", status), "%s: %s", who,
	    viewer_header(res, "X-Reeld-Error"));
	cr_expect(exam_header_is(res, "Content-Type", "video/mp2t"), "%s",
	    who);
	cr_expect(exam_header_is(res, "Cache-Control", "no-store"), "%s",
	    who);
	cr_expect(exam_header_is(res, "Accept-Ranges", "none"), "%s", who);
	cr_expect_null(viewer_header(res, "Content-Range"), "%s", who);
	cr_expect_null(viewer_header(res, "ETag"), "%s", who);
	cr_expect(exam_header_has(res, "Proxy-Status", "attempt 1 of 1"),
	    "%s: %s", who, viewer_header(res, "Proxy-Status"));
	snprintf(received, sizeof(received), "received-status=%d;",
	    e->received);
	cr_expect_eq(exam_header_has(res, "Proxy-Status", received),
	    e->received != 0, "%s: %s", who,
	    viewer_header(res, "Proxy-Status"));
}

static void
expect_words(const struct viewer_result *res, int status, const char *who)
{
	cr_expect_eq(res->status, status, "%s: status %d", who, res->status);
	cr_expect(exam_header_has(res, "Content-Type", "text/html") ||
	    exam_header_has(res, "Content-Type", "application/json"), "%s: %s",
	    who, viewer_header(res, "Content-Type"));
	cr_expect_null(viewer_header(res, "X-Reeld-Error"), "%s", who);
}

/* Each error has its clip, however the player speaks. */
Test(error_clip, each_error)
{
	struct viewer *v[EXAM_PROTOCOLS][ERRORS];
	struct viewer_result *res;
	char path[64], who[96];
	size_t p, i;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ERRORS; i++) {
			snprintf(path, sizeof(path), "/f/e%zu-%zu.ts", p, i);
			origin_set(origin, path, errors[i].knobs);
			v[p][i] = viewer_start(&(struct viewer_want){
			    .url = reeld_url(reeld, "%s", path),
			    .http = exam_protocols[p].http,
			    .keep = CLIP_MAX + 1 });
		}
	}
	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ERRORS; i++) {
			snprintf(who, sizeof(who), "%s, %s", errors[i].knobs,
			    exam_protocols[p].name);
			res = viewer_wait(&v[p][i]);
			expect_clip(res, &errors[i], who);
			viewer_result_destroy(res);
		}
	}
}

/* Who asks for a film gets one; who can read, or has a part, reads. */
Test(error_clip, each_asker)
{
	struct viewer_result *res;
	char path[64], knobs[80], who[160];
	size_t i;

	for (i = 0; i < ASKERS; i++) {
		snprintf(path, sizeof(path), askers[i].path, (int)i);
		snprintf(knobs, sizeof(knobs), "/f/%s", path + 3);
		origin_set(origin, knobs, "status=403");
		res = fetch(&(struct viewer_want){ .keep = CLIP_MAX + 1,
		    .url = reeld_url(reeld, "%s", path),
		    .headers = askers[i].headers, .range = askers[i].range });
		snprintf(who, sizeof(who), "%s %s range %s", path,
		    askers[i].headers[0], askers[i].range);
		if (askers[i].clip)
			expect_clip(res, &errors[4], who);
		else
			expect_words(res, 502, who);
		viewer_result_destroy(res);
	}
}

/* HEAD gets the head of the clip. */
Test(error_clip, head)
{
	static char clip[CLIP_MAX + 1];
	struct viewer_result *res;
	char length[32];
	size_t p;

	snprintf(length, sizeof(length), "%zu", read_clip("not_found", clip));
	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		res = fetch(&(struct viewer_want){ .head = 1,
		    .http = exam_protocols[p].http,
		    .url = reeld_url(reeld, "/f/h%zu.ts?status=404", p) });
		cr_expect_eq(res->curl, 0, "%s", res->error);
		cr_expect_eq(res->status, 200, "status %d", res->status);
		cr_expect_eq(res->bytes, 0);
		cr_expect(exam_header_is(res, "Content-Length", length));
		cr_expect(exam_header_is(res, "X-Reeld-Error", "404"));
		viewer_result_destroy(res);
	}
}

/* What is wrong with the request, or with what it wants of a good file, is
 * never told by a film. */
Test(error_clip, errors_of_the_request)
{
	const char *film = reeld_url(reeld, "/f/good.ts?size=100000");
	struct viewer_result *res;

	cr_expect_eq(exam_status(film), 200);
	res = fetch(&(struct viewer_want){ .url = film, .range = "200000-" });
	expect_words(res, 416, "beyond the end");
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){ .url = film,
	    .headers = (const char *const[]){ "If-Match: \"y\"", NULL } });
	expect_words(res, 412, "another version");
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){ .url = film, .method = "POST" });
	expect_words(res, 405, "POST");
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){
	    .url = reeld_url(reeld, "/nowhere/x.ts") });
	expect_words(res, 404, "no origin");
	viewer_result_destroy(res);
}

/* What was to change something has failed, and is not told that it is done. */
Test(error_clip, methods_that_pass)
{
	struct viewer_result *res;
	size_t p;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		res = fetch(&(struct viewer_want){ .method = "POST",
		    .http = exam_protocols[p].http,
		    .url = reeld_url(reeld, "/dead/x.ts") });
		expect_words(res, 502, exam_protocols[p].name);
		viewer_result_destroy(res);
	}
}

/* A film that breaks off in the middle is cut: its bytes are never followed by
 * those of a clip.  Who comes then for the rest is told in words. */
Test(error_clip, never_inside_a_film)
{
	struct viewer_result *res;
	const char *film = reeld_url(reeld,
	    "/f/mid.ts?size=1M&cut=300000&status=404&statusafter=1");

	res = fetch(&(struct viewer_want){ .url = film, .check = 1,
	    .seed = data_seed("/f/mid.ts", 1), .timeout_ms = 10000 });
	cr_expect_eq(res->bytes, 300000, "%d bytes", (int)res->bytes);
	cr_expect_neq(res->curl, 0, "as if it were whole");
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){ .url = film, .range = "300000-",
	    .keep = TEXT });
	expect_words(res, 404, "the rest");
	viewer_result_destroy(res);
}

/* A player who leaves in the middle of a clip, or does not read on, keeps
 * nothing: no pull goes on for it. */
Test(error_clip, slow_and_gone)
{
	char head[4096];
	int slow = wire_connect(reeld_port(reeld), 4096), gone;

	origin_set(origin, "/f/slow.ts", "status=404");
	cr_assert_eq(wire_say(slow, "GET /f/slow.ts HTTP/1.1\r\nHost: x\r\n"
	    "\r\n"), 0);
	cr_expect_eq(wire_head(slow, head, sizeof(head), 5000), 200);
	gone = wire_connect(reeld_port(reeld), 4096);
	cr_assert_eq(wire_say(gone, "GET /f/slow.ts HTTP/1.1\r\nHost: x\r\n"
	    "\r\n"), 0);
	cr_expect_eq(wire_head(gone, head, sizeof(head), 5000), 200);
	wire_reset(gone);
	cr_expect(AWAIT(strstr(exam_ctl(reeld, "pulls"), "slow.ts") == NULL,
	    5000), "%s", exam_ctl(reeld, "pulls"));
	cr_expect_eq(exam_status(reeld_url(reeld, "/f/good.ts?size=1000")),
	    200);
	close(slow);
}

/* Who waited in vain for a connection sees that. */
Test(error_clip_full, account, .init = start_full, .fini = stop,
    .timeout = 60)
{
	static char clip[CLIP_MAX + 1];
	size_t n = read_clip("limit", clip);
	struct viewer *first = viewer_start(&(struct viewer_want){
	    .check = 1, .seed = data_seed("/f/first.ts", 1),
	    .url = reeld_url(reeld, "/f/first.ts?size=20M&rate=200K") });
	struct viewer_result *res;

	cr_assert(AWAIT(viewer_progress(first) > 0, 5000));
	res = fetch(&(struct viewer_want){ .keep = CLIP_MAX + 1,
	    .url = reeld_url(reeld, "/f/second.ts") });
	cr_expect_eq(res->status, 200, "status %d", res->status);
	cr_expect(exam_header_is(res, "X-Reeld-Error", "503"), "%s",
	    viewer_header(res, "X-Reeld-Error"));
	cr_expect(exam_header_has(res, "Proxy-Status",
	    "error=connection_limit_reached"), "%s",
	    viewer_header(res, "Proxy-Status"));
	cr_expect(res->body_len == n && memcmp(res->body, clip, n) == 0);
	viewer_result_destroy(res);
	viewer_stop(first);
	res = viewer_wait(&first);
	cr_expect_eq(res->status, 200);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
}

/* SPDX-License-Identifier: ISC */
/* access_test -- who may look at what, and what is written down of it */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define TEXT_MAX	65536

/* ---- the access log ---- */

/* A file of reeld's directory, whole; the caller frees it. */
static char *
file(const char *name)
{
	char path[512], *text = calloc(1, TEXT_MAX);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", reeld_dir(exam.reeld), name);
	if ((f = fopen(path, "re")) != NULL) {
		cr_assert_lt(fread(text, 1, TEXT_MAX - 1, f), TEXT_MAX - 1);
		fclose(f);
	}
	return text;
}

/* 1 when the file has a line that the expression describes whole. */
static int
has_line(const char *name, const char *pattern)
{
	char *text = file(name);
	int found = exam_matches(text, pattern);

	free(text);
	return found;
}

#define CLIENT	"^127\\.0\\.0\\.1 - - "
#define WHEN	"\\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:" \
    "[0-9]{2} [+-][0-9]{4}\\] "

static void
expect_line(const char *name, const char *rest)
{
	char pattern[512], *text;

	snprintf(pattern, sizeof(pattern), "%s%s%s$", CLIENT, WHEN, rest);
	if (AWAIT(has_line(name, pattern), 2000))
		return;
	text = file(name);
	cr_expect(0, "%s has no line like %s:\n%s", name, rest, text);
	free(text);
}

static void
start(void)
{
	exam_start("", "retries = 0");
}

TestSuite(access_log, .init = start, .fini = exam_stop, .timeout = 30);

Test(access_log, is_in_combined_format)
{
	static const char *const lines[] = { "Referer: http://x.example/a",
	    "User-Agent: VLC/3.0.20 LibVLC/3.0.20", NULL };
	struct viewer_want want = { .headers = lines, .url =
	    reeld_url(exam.reeld, "/f/a.mkv?size=1000") };

	viewer_result_destroy(fetch(&want));
	expect_line("access.log", "\"GET /f/a\\.mkv\\?size=1000 HTTP/1\\.1\" "
	    "200 1000 \"http://x\\.example/a\" \"VLC/3\\.0\\.20 "
	    "LibVLC/3\\.0\\.20\"");
	want.range = "10-19";
	viewer_result_destroy(fetch(&want));
	expect_line("access.log", "\"GET /f/a\\.mkv\\?size=1000 HTTP/1\\.1\" "
	    "206 10 .*");
	want.http = VIEWER_H2C;
	want.head = 1;
	viewer_result_destroy(fetch(&want));
	expect_line("access.log", "\"HEAD /f/a\\.mkv\\?size=1000 "
	    "HTTP/2(\\.0)?\" 200 0 .*");
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/nowhere")), 404);
	expect_line("access.log", "\"GET /nowhere HTTP/1\\.1\" 404 [0-9]+ "
	    "\"-\" \"-\"");
}

/* What a client says cannot end a line or a quoted field. */
Test(access_log, has_no_holes)
{
	static const char *const lines[] = {
	    "User-Agent: a\" 200 5 \"b\\\xc3\xa9", NULL };

	viewer_result_destroy(fetch(&(struct viewer_want){ .headers = lines,
	    .url = reeld_url(exam.reeld, "/f/\"q\"") }));
	expect_line("access.log", "\"GET /f/\\\\x22q\\\\x22 HTTP/1\\.1\" 200 "
	    "1048576 \"-\" \"a\\\\x22 200 5 \\\\x22b\\\\x5c\\\\xc3"
	    "\\\\xa9\"");
}

/* To a proxy, clients may name the whole URL (RFC 9112, 3.2.2): it is the path
 * that is served and written down, whatever the host. */
Test(access_log, has_the_path_of_a_whole_url)
{
	static const struct {
		const char	*target, *line;
		int		 status;
	} rows[] = {
		{ "http://media.example/f/whole?size=10",
		    "\"GET /f/whole\\?size=10 HTTP/1\\.1\" 200 10 .*", 200 },
		{ "HTTPS://[::1]:1/f/whole?size=11",
		    "\"GET /f/whole\\?size=11 HTTP/1\\.1\" 200 11 .*", 200 },
		{ "http://media.example", "\"GET / HTTP/1\\.1\" 404 .*",
		    404 },
		{ "http://media.example?x=1",
		    "\"GET /\\?x=1 HTTP/1\\.1\" 404 .*", 404 },
	};
	char text[512], buf[4096];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: b\r\n"
		    "Connection: close\r\n\r\n", rows[i].target);
		cr_assert_gt(raw_exchange(reeld_port(exam.reeld), text, buf,
		    sizeof(buf)), 0, "%s", rows[i].target);
		cr_expect_eq(atoi(buf + strlen("HTTP/1.1 ")), rows[i].status,
		    "%s: %s", rows[i].target, buf);
		expect_line("access.log", rows[i].line);
	}
}

/* A client that leaves is written down with what it got. */
Test(access_log, has_those_that_left)
{
	struct viewer *v = viewer_start(&(struct viewer_want){
	    .stop_after = 300000,
	    .url = reeld_url(exam.reeld, "/f/left?size=50M&rate=5000000") });

	viewer_result_destroy(viewer_wait(&v));
	expect_line("access.log", "\"GET /f/left.* 200 [3-9][0-9]{5} .*");
}

/* As logrotate does it: nothing is lost, nothing twice. */
Test(access_log, is_opened_anew_on_usr1)
{
	char from[512], to[600], *old, *text;

	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/f/one?size=1")),
	    200);
	expect_line("access.log", "\"GET /f/one.*");
	snprintf(from, sizeof(from), "%s/access.log", reeld_dir(exam.reeld));
	snprintf(to, sizeof(to), "%s.1", from);
	cr_assert_eq(rename(from, to), 0);
	/* Until it is told, reeld writes where it wrote. */
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/f/two?size=1")),
	    200);
	expect_line("access.log.1", "\"GET /f/two.*");
	kill(reeld_pid(exam.reeld), SIGUSR1);
	cr_assert(AWAIT(access(from, F_OK) == 0, 2000));
	usleep(200000);		/* the workers get it one after the other */
	old = file("access.log.1");
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/f/three?size=1")),
	    200);
	expect_line("access.log", "\"GET /f/three.*");
	text = file("access.log.1");
	cr_expect_str_eq(text, old);
	free(old);
	free(text);
}

/* ---- who may ask ---- */

static struct origin *origin;

static void
start_with_token(void)
{
	exam_start("api_token = \"s3cret+/=\"", "retries = 0");
}

static int
status_with(const char *target, const char *line)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "%s", target),
	    .headers = (const char *const []){ line, NULL } });
	int status = res->status;

	viewer_result_destroy(res);
	return status;
}

/* 401 or 403: nothing is shown. */
static int
refused(const char *target, const char *line)
{
	int status = status_with(target, line);

	return status == 401 || status == 403;
}

TestSuite(api_token, .init = start_with_token, .fini = exam_stop,
    .timeout = 30);

Test(api_token, opens_in_three_ways)
{
	static const char *const pages[] = { "/_reeld/objects",
	    "/_reeld/map" };
	char target[128];
	size_t i;

	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		cr_expect_eq(status_with(pages[i],
		    "X-API-Token: s3cret+/="), 200);
		cr_expect_eq(status_with(pages[i],
		    "Authorization: Bearer s3cret+/="), 200);
		snprintf(target, sizeof(target),
		    "%s?api_token=s3cret%%2B%%2F%%3D", pages[i]);
		cr_expect_eq(status_with(target, NULL), 200, "%s", target);
	}
}

Test(api_token, is_needed)
{
	static const char page[] = "/_reeld/objects";

	cr_expect(refused(page, NULL));
	cr_expect(refused(page, "X-API-Token: s3cret"));
	cr_expect(refused(page, "X-API-Token;"));
	cr_expect(refused(page, "X-API-Token: s3cret+/=="));
	cr_expect(refused(page, "Authorization: Bearer wrong"));
	cr_expect(refused(page, "Authorization: Basic s3cret+/="));
	cr_expect(refused("/_reeld/objects?api_token=s3cret", NULL));
	cr_expect(refused("/_reeld/objects?api_token=", NULL));
	/* Media and health are for everybody. */
	cr_expect_eq(status_with("/f/a?size=1", NULL), 200);
	cr_expect_eq(status_with("/health", NULL), 200);
}

/* In the address of a film it is taken out before source, key and log. */
Test(api_token, goes_nowhere_else)
{
	char *request, *log;

	cr_expect_eq(status_with("/f/b?size=1000&api_token=s3cret%2B%2F%3D",
	    NULL), 200);
	cr_expect_eq(status_with("/f/b?api_token=x&size=1000", NULL), 200);
	cr_expect_eq(status_with("/f/b?size=1000", NULL), 200);
	cr_expect_eq(origin_stat(exam.origin, "/f/b", "requests"), 1);
	request = origin_last(exam.origin, "/f/b");
	cr_expect_null(strstr(request, "api_token"), "%s", request);
	free(request);
	status_with("/_reeld/map?api_token=s3cret%2B%2F%3D", NULL);
	expect_line("access.log", "\"GET /_reeld/map HTTP.*");
	log = file("access.log");
	cr_expect_null(strstr(log, "s3cret"), "%s", log);
	free(log);
}

/* ---- what a listener serves ---- */

static const char *
at_port(int port, const char *target)
{
	static char url[256];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", port, target);
	return url;
}

Test(listeners, serve_what_they_are_told, .timeout = 30)
{
	static const struct {
		const char	*target;
		int		 status[3];
	} rows[] = {
		/* media; status and metrics; what a bare listener has */
		{ "/health",		{ 200, 200, 200 } },
		{ "/f/a?size=10",	{ 200, 404, 200 } },
		{ "/metrics",		{ 404, 200, 404 } },
		{ "/_reeld/objects",	{ 404, 200, 404 } },
		{ "/_reeld/map",	{ 404, 200, 404 } },
	};
	int port[3] = { free_port(), free_port(), free_port() }, k;
	struct reeld *r;
	size_t i;

	origin = origin_start(NULL, NULL);
	r = reeld_start("listen \"127.0.0.1:%d\" { serve = {\"media\"} }\n"
	    "listen \"127.0.0.1:%d\" { serve = {\"status\", \"metrics\"} }\n"
	    "listen \"127.0.0.1:%d\" { }\n"
	    "origin \"f\" { match = \"/f/\" url = \"http://127.0.0.1:%d/f/\" "
	    "retries = 0 }", port[0], port[1], port[2], origin_port(origin));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (k = 0; k < 3; k++)
			cr_expect_eq(exam_status(at_port(port[k],
			    rows[i].target)), rows[i].status[k],
			    "%s on listener %d", rows[i].target, k);
	exam_audit(r);
	reeld_stop(&r);
	origin_stop(&origin);
}

/* SPDX-License-Identifier: ISC */
/* source_error_test -- a source that fails: what clients are told of it */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define TEXT_MAX	8192
#define SIZE		200000
#define JOINED		5	/* viewers of one failing object */

/* A script of the source, and what INTERFACE makes of it. */
static const struct row {
	const char	*knobs;
	int		 status;
	const char	*error;		/* of Proxy-Status; NULL: any */
	const char	*retry_after;	/* "": any value; NULL: need not be */
} rows[] = {
	{ "status=404", 404, NULL, NULL },
	{ "status=410", 410, NULL, NULL },
	{ "status=401", 502, NULL, NULL },
	{ "status=403", 502, NULL, NULL },
	{ "status=400", 502, NULL, NULL },
	{ "status=451", 502, NULL, NULL },
	{ "status=429", 503, NULL, "" },
	{ "status=429&retryafter=9", 503, NULL, "9" },
	{ "status=503", 503, NULL, "" },
	{ "status=503&retryafter=7", 503, NULL, "7" },
	{ "status=500", 502, NULL, NULL },
	{ "status=502", 502, NULL, NULL },
	{ "status=504", 502, NULL, NULL },
	{ "status=599", 502, NULL, NULL },
	{ "status=204", 502, NULL, NULL },
	{ "hangup=1", 502, "http_response_incomplete", NULL },
	{ "hangup=1&rst=1", 502, "connection_terminated", NULL },
	{ "delay=20s", 504, "http_response_timeout", NULL },
	{ "dribble=3s", 504, "http_response_timeout", NULL },
	{ "redirect=50", 502, NULL, NULL },
	{ "gzip=1", 502, NULL, NULL },
	{ "multipart=1", 502, NULL, NULL },
	{ "badcr=text", 502, NULL, NULL },
	{ "badcr=missing", 502, NULL, NULL },
	{ "badcr=reversed", 502, NULL, NULL },
	{ "badcr=total", 502, NULL, NULL },
	{ "crshift=100", 502, NULL, NULL },
	{ "wronglen=+5", 502, NULL, NULL },
	{ "wronglen=-5", 502, NULL, NULL },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The types that RFC 9209, 2.3 registers. */
static const char *const error_types[] = { "dns_timeout", "dns_error",
    "destination_not_found", "destination_unavailable",
    "destination_ip_prohibited", "destination_ip_unroutable",
    "connection_refused", "connection_terminated", "connection_timeout",
    "connection_read_timeout", "connection_write_timeout",
    "connection_limit_reached", "tls_protocol_error", "tls_certificate_error",
    "tls_alert_received", "http_request_error", "http_request_denied",
    "http_response_incomplete", "http_response_header_section_size",
    "http_response_header_size", "http_response_body_size",
    "http_response_trailer_section_size", "http_response_trailer_size",
    "http_response_transfer_coding", "http_response_content_coding",
    "http_response_timeout", "http_upgrade_failed", "http_protocol_error",
    "proxy_internal_response", "proxy_internal_error",
    "proxy_configuration_error", "proxy_loop_detected", NULL };

static const char *const as_json[] = { "Accept: application/json", NULL };

static void
start(void)
{
	exam_start("", "retries = 0 connect_timeout = 1s"
	    " stall_timeout = 1s max_connections = 200");
}

/* `reeld; error=TYPE...` of a registered type: 1, and the type. */
static int
proxy_error(const struct viewer_result *res, char *type, size_t len)
{
	const char *value = viewer_header(res, "Proxy-Status"), *error;
	int i;

	*type = '\0';
	if (value == NULL || strncmp(value, "reeld;", 6) != 0 ||
	    (error = strstr(value, "error=")) == NULL)
		return 0;
	error += strlen("error=");
	snprintf(type, len, "%.*s", (int)strcspn(error, "; "), error);
	for (i = 0; error_types[i] != NULL; i++)
		if (strcmp(error_types[i], type) == 0)
			return 1;
	return 0;
}

/* The page says which source, which attempt and why. */
static void
check_page(const struct viewer_result *res, const char *source, int json,
    const char *who)
{
	exam_says(res, json, source, who);
	cr_expect_not_null(strstr(res->body, "attempt 1 of 1"), "%s: %s", who,
	    res->body);
	cr_expect(exam_header_has(res, "Cache-Control", "no-store"), "%s",
	    who);
}

static void
check(const struct viewer_result *res, const struct row *row, int json,
    const char *source, const char *who)
{
	const char *after = viewer_header(res, "Retry-After");
	char type[64];

	cr_expect_eq(res->status, row->status, "%s: status %d, not %d (%s)",
	    who, res->status, row->status, res->error);
	if (res->status != row->status)
		return;
	cr_expect(proxy_error(res, type, sizeof(type)),
	    "%s: Proxy-Status: %s", who, viewer_header(res, "Proxy-Status"));
	if (row->error != NULL)
		cr_expect_str_eq(type, row->error, "%s: error=%s", who, type);
	if (row->retry_after != NULL) {
		cr_expect_not_null(after, "%s: no Retry-After", who);
		cr_expect(after != NULL && (row->retry_after[0] == '\0' ||
		    strcmp(after, row->retry_after) == 0),
		    "%s: Retry-After: %s", who, after);
	}
	check_page(res, source, json, who);
}

static const char *
film(size_t row, size_t proto)
{
	return reeld_url(exam.reeld, "/f/e-%zu-%zu?size=%d", row, proto,
	    SIZE);
}

static void
script(size_t row, size_t proto)
{
	char path[64];

	snprintf(path, sizeof(path), "/f/e-%zu-%zu", row, proto);
	origin_set(exam.origin, path, rows[row].knobs);
}

static struct viewer *
ask(size_t row, size_t proto)
{
	return viewer_start(&(struct viewer_want){ .url = film(row, proto),
	    .http = exam_protocols[proto].http, .keep = TEXT_MAX,
	    .headers = (row + proto) % 2 ? as_json : NULL,
	    .timeout_ms = 15000 });
}

static void
expect_errors(void)
{
	struct viewer *v[EXAM_PROTOCOLS][ROWS];
	struct viewer_result *res;
	char who[128], source[32];
	size_t p, i;

	for (p = 0; p < EXAM_PROTOCOLS; p++)
		for (i = 0; i < ROWS; i++)
			v[p][i] = ask(i, p);
	snprintf(source, sizeof(source), "127.0.0.1:%d",
	    origin_port(exam.origin));
	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ROWS; i++) {
			snprintf(who, sizeof(who), "%s, %s", rows[i].knobs,
			    exam_protocols[p].name);
			res = viewer_wait(&v[p][i]);
			check(res, &rows[i], (int)(i + p) % 2, source, who);
			viewer_result_destroy(res);
		}
	}
}

/* 1 when the whole file comes, and is right. */
static int
intact(const char *url, const char *path, uint64_t size)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .url = url,
	    .check = 1, .seed = data_seed(path, 1), .timeout_ms = 10000 });
	int ok = res->status == 200 && res->curl == 0 && res->bytes == size;

	cr_expect_eq(res->wrong_at, -1, "%s: wrong byte at %d", path,
	    (int)res->wrong_at);
	viewer_result_destroy(res);
	return ok;
}

TestSuite(source_error, .init = start, .fini = exam_stop, .timeout = 60);

/* Each fails once; a source that is well again is asked again, and what comes
 * then has nothing of the failure in it. */
Test(source_error, told_and_not_kept)
{
	char path[64];
	size_t p, i;

	for (p = 0; p < EXAM_PROTOCOLS; p++)
		for (i = 0; i < ROWS; i++)
			script(i, p);
	expect_errors();
	origin_reset(exam.origin);
	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ROWS; i++) {
			snprintf(path, sizeof(path), "/f/e-%zu-%zu", i, p);
			cr_expect(AWAIT(intact(film(i, p), path, SIZE), 4000),
			    "%s, %s: does not come back", rows[i].knobs,
			    exam_protocols[p].name);
		}
	}
}

/* Whoever waits with the first hears of its failure: one request for all. */
Test(source_error, shared_by_all_who_wait)
{
	struct viewer *v[JOINED];
	struct viewer_result *res;
	int i;

	for (i = 0; i < JOINED; i++)
		v[i] = viewer_start(&(struct viewer_want){
		    .url = reeld_url(exam.reeld,
		    "/f/shared?status=404&delay=500ms") });
	for (i = 0; i < JOINED; i++) {
		res = viewer_wait(&v[i]);
		cr_expect_eq(res->status, 404, "status %d", res->status);
		viewer_result_destroy(res);
	}
	cr_expect_eq(origin_stat(exam.origin, "/f/shared", "requests"), 1);
}

/* HEAD gets the status, and no page. */
Test(source_error, head)
{
	struct viewer_result *res;
	size_t p;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		res = fetch(&(struct viewer_want){ .head = 1,
		    .http = exam_protocols[p].http,
		    .url = reeld_url(exam.reeld, "/f/h-%zu?status=403", p) });
		cr_expect_eq(res->curl, 0, "%s", res->error);
		cr_expect_eq(res->status, 502, "status %d", res->status);
		cr_expect_eq(res->bytes, 0);
		cr_expect_not_null(viewer_header(res, "Proxy-Status"));
		viewer_result_destroy(res);
	}
}

/* A source that breaks off while its file is known: never a page inside of a
 * film, the answer is cut after right bytes. */
Test(source_error, in_the_middle)
{
	struct viewer_result *res;
	size_t p;
	char path[32];

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		snprintf(path, sizeof(path), "/f/mid-%zu", p);
		res = fetch(&(struct viewer_want){ .check = 1,
		    .http = exam_protocols[p].http,
		    .seed = data_seed(path, 1), .timeout_ms = 10000,
		    .url = reeld_url(exam.reeld, "%s?size=1M&cut=300000"
		    "&status=404&statusafter=1", path) });
		cr_expect_eq(res->status, 200, "status %d", res->status);
		cr_expect_neq(res->curl, 0, "%s: as if it were whole",
		    exam_protocols[p].name);
		/* RST_STREAM overtakes what is still to be sent. */
		cr_expect(res->bytes == 300000 || (res->bytes < 300000 &&
		    exam_protocols[p].version == 20), "%s: %d bytes",
		    exam_protocols[p].name, (int)res->bytes);
		cr_expect_eq(res->wrong_at, -1);
		viewer_result_destroy(res);
	}
}

/* A file that is known and cannot be had: its filling, and a viewer who plays
 * what is there before the hole, do not ask for it all the time. */
Test(source_error, left_in_peace)
{
	struct viewer_result *res;
	struct viewer *slow;
	int64_t before;
	const char *url = reeld_url(exam.reeld,
	    "/f/peace?size=1M&cut=500000&status=404&statusafter=1");

	res = fetch(&(struct viewer_want){ .url = url, .timeout_ms = 10000 });
	cr_expect_eq(res->status, 200);
	viewer_result_destroy(res);
	slow = viewer_start(&(struct viewer_want){ .url = url,
	    .rate = 100000, .timeout_ms = 4000 });
	before = origin_stat(exam.origin, "/f/peace", "requests");
	cr_expect_leq(before, 4, "%d requests", (int)before);
	sleep(3);
	cr_expect_leq(origin_stat(exam.origin, "/f/peace", "requests"),
	    before + 3, "%d requests, then %d", (int)before,
	    (int)origin_stat(exam.origin, "/f/peace", "requests"));
	res = viewer_wait(&slow);
	viewer_result_destroy(res);
}

/* Who asks beyond the end first learns of the file nothing but its size. */
Test(source_error, beyond_the_end_at_first)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "/f/past?size=1000&type=video/mp4"),
	    .range = "5000-" });

	cr_expect_eq(res->status, 416, "status %d", res->status);
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){ .check = 1,
	    .seed = data_seed("/f/past", 1),
	    .url = reeld_url(exam.reeld, "/f/past?size=1000&type=video/mp4")});
	cr_expect_eq(res->status, 200);
	cr_expect_eq(res->bytes, 1000);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect(exam_header_has(res, "Content-Type", "video/mp4"), "%s",
	    viewer_header(res, "Content-Type"));
	viewer_result_destroy(res);
}

/* ---- sources that cannot even be reached ---- */

/* A port that listens, and n - 1 connections in its queue: with a few of them
 * that is full, and connecting hangs. */
static int
deaf_port(int *fds, int n)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int i;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(fds[0], (struct sockaddr *)&sin, sizeof(sin)), 0);
	cr_assert_eq(listen(fds[0], 0), 0);
	getsockname(fds[0], (struct sockaddr *)&sin, &len);
	for (i = 1; i < n; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		connect(fds[i], (struct sockaddr *)&sin, sizeof(sin));
	}
	return ntohs(sin.sin_port);
}

/* One origin, at `url`, and what a client hears of it. */
static void
unreachable(const char *url, int status, const char *error,
    const char *source)
{
	const struct row row = { url, status, error, NULL };
	struct reeld *r = reeld_start("origin \"x\" { match = \"/x/\" retries"
	    " = 0 connect_timeout = 1s stall_timeout = 1s url = \"%s\" }",
	    url);
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = reeld_url(r, "/x/film.mkv"), .keep = TEXT_MAX });

	check(res, &row, 0, source, url);
	viewer_result_destroy(res);
	exam_audit(r);
	reeld_stop(&r);
}

Test(source_unreachable, refused, .timeout = 30)
{
	int port = free_port();
	char url[64], source[32];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	snprintf(source, sizeof(source), "127.0.0.1:%d", port);
	unreachable(url, 502, "connection_refused", source);
}

Test(source_unreachable, name_that_does_not_resolve, .timeout = 30)
{
	unreachable("http://no-such-host.invalid/", 502, "dns_error",
	    "no-such-host.invalid");
}

Test(source_unreachable, connect_timeout, .timeout = 30)
{
	int fds[4], i, port = deaf_port(fds, 4);
	char url[64], source[32];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	snprintf(source, sizeof(source), "127.0.0.1:%d", port);
	unreachable(url, 504, "connection_timeout", source);
	for (i = 0; i < 4; i++)
		close(fds[i]);
}

/* Answers whatever comes on its first connection with a line of HTTP. */
static void *
plain_server(void *arg)
{
	static const char line[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	int fd = accept4(*(int *)arg, NULL, NULL, SOCK_CLOEXEC);

	send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

Test(source_unreachable, tls_to_a_port_without, .timeout = 30)
{
	pthread_t thread;
	int fd, port = deaf_port(&fd, 1);
	char url[64], source[32];

	cr_assert_eq(pthread_create(&thread, NULL, plain_server, &fd), 0);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", port);
	snprintf(source, sizeof(source), "127.0.0.1:%d", port);
	unreachable(url, 502, "tls_protocol_error", source);
	pthread_join(thread, NULL);
	close(fd);
}

/* ---- trying again ---- */

Test(source_retry, a_failure_that_passes, .timeout = 30)
{
	struct viewer_result *res;

	exam_start("", "retries = 1");
	cr_expect(intact(reeld_url(exam.reeld,
	    "/f/once?status=500&statusonce=1&size=1000"), "/f/once", 1000));
	cr_expect_eq(origin_stat(exam.origin, "/f/once", "requests"), 2);

	res = fetch(&(struct viewer_want){ .keep = TEXT_MAX,
	    .url = reeld_url(exam.reeld, "/f/always?status=500") });
	cr_expect_eq(res->status, 502);
	cr_expect_not_null(strstr(res->body, "attempt 2 of 2"), "%s",
	    res->body);
	viewer_result_destroy(res);
	cr_expect_eq(origin_stat(exam.origin, "/f/always", "requests"), 2);
	exam_stop();
}

/* It was away and comes back on the same port. */
Test(source_retry, a_source_that_was_away, .timeout = 30)
{
	exam_start("", "retries = 0");
	origin_listen(exam.origin, 0);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/f/away?size=1000")),
	    502);
	origin_listen(exam.origin, 1);
	cr_expect(AWAIT(intact(reeld_url(exam.reeld, "/f/away?size=1000"),
	    "/f/away", 1000), 4000));
	exam_stop();
}

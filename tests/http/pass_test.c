/* SPDX-License-Identifier: ISC */
/* pass_test -- methods that pass: contents, fields, and what they invalidate */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/echo.h"
#include "../helper/exam.h"
#include "../helper/sender.h"
#include "../helper/wire.h"

#define LIMIT	(1 << 20)	/* reeld.conf(5), pass_methods */

static struct echo *echo;
static struct reeld *reeld;

static void
start(void)
{
	echo = echo_start();
	reeld = reeld_start("api_token = \"token\"\norigin \"e\" { match ="
	    " \"/e/\" url = \"http://127.0.0.1:%d/e/\" ttl = 1h retries = 0"
	    " set_header = {\"X-Set: ours\"}"
	    " pass_methods = {\"POST\", \"PUT\", \"DELETE\", \"OPTIONS\"} }\n"
	    "origin \"all\" { match = \"/\" url = \"http://127.0.0.1:%d/a/\""
	    " pass_methods = {\"*\"} }\n"
	    "origin \"none\" { match = \"/n/\" url = \"http://127.0.0.1:%d/\" }"
	    "\norigin \"u\" { match = \"/u/\" type = open allow ="
	    " {\"127.0.0.1:%d\"} pass_methods = {\"POST\"} }",
	    echo_port(echo), echo_port(echo), echo_port(echo),
	    echo_port(echo));
}

static void
stop(void)
{
	char text[8192];

	cr_expect_eq(reeld_ctl(reeld, "audit", text, sizeof(text)), 0, "%s",
	    text);
	reeld_stop(&reeld);
	echo_stop(&echo);
}

TestSuite(pass, .init = start, .fini = stop, .timeout = 60);

static char *
content(size_t len)
{
	char *bytes = malloc(len + 1);

	data_fill(data_seed("content", len), 0, bytes, len);
	return bytes;
}

/* ---- contents ---- */

static const size_t sizes[] = { 0, 1, 2, 16384, 65535, 65536, 65537, 300001,
	LIMIT - 1, LIMIT };

static void
send_back(size_t len, enum viewer_http http, int chunked)
{
	struct sender_answer a;
	char *bytes = content(len);

	sender_send(&(struct sender_want){ .url = reeld_url(reeld, "/e/x"),
	    .body = bytes, .len = len, .http = http, .chunked = chunked }, &a);
	cr_expect_eq(a.status, 200, "%zu bytes: %d, curl %d", len, a.status,
	    a.curl);
	cr_expect(a.len == len && (len == 0 || memcmp(a.body, bytes, len) ==
	    0), "%zu bytes came back as %zu", len, a.len);
	sender_fini(&a);
	free(bytes);
}

Test(pass, contents)
{
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		send_back(sizes[i], VIEWER_HTTP11, 0);
		send_back(sizes[i], VIEWER_HTTP11, 1);
		send_back(sizes[i], VIEWER_HTTP10, 0);
		send_back(sizes[i], VIEWER_H2C, 0);
	}
}

static int
status_of(const char *path, size_t len, enum viewer_http http, int chunked)
{
	char *bytes = content(len);
	int status = sender_status(&(struct sender_want){ .body = bytes,
	    .url = reeld_url(reeld, "%s", path), .len = len, .http = http,
	    .chunked = chunked });

	free(bytes);
	return status;
}

/* Whoever does not pass keeps the small limit. */
Test(pass, too_large)
{
	cr_expect_eq(status_of("/e/x", LIMIT + 1, VIEWER_HTTP11, 0), 413);
	cr_expect_eq(status_of("/e/x", LIMIT + 1, VIEWER_HTTP11, 1), 413);
	cr_expect_eq(status_of("/e/x", LIMIT + 1, VIEWER_H2C, 0), 413);
	cr_expect_eq(status_of("/n/x", 65536, VIEWER_HTTP11, 0), 405);
	cr_expect_eq(status_of("/n/x", 65537, VIEWER_HTTP11, 0), 413);
	cr_expect_eq(status_of("/n/x", 65537, VIEWER_HTTP11, 1), 413);
	cr_expect_eq(echo_count(echo).requests, 0);
}

/* Larger than what any socket on the way takes, read slowly. */
Test(pass, large_answers)
{
	static const char *const how[] = { "", "&chunked=1", "&nolen=1" };
	struct viewer_result *res;
	size_t i;

	for (i = 0; i < 6; i++) {
		res = fetch(&(struct viewer_want){ .method = "DELETE",
		    .check = 1, .seed = data_seed("/e/big", 1), .rate =
		    20000000, .http = i < 3 ? VIEWER_HTTP11 : VIEWER_H2C,
		    .url = reeld_url(reeld, "/e/big?reply=9000001%s",
		    how[i % 3]) });
		cr_expect_eq(res->status, 200, "%d", res->status);
		cr_expect_eq(res->wrong_at, -1);
		cr_expect_eq(res->bytes, 9000001, "%s: %s", how[i % 3],
		    res->error);
		viewer_result_destroy(res);
	}
}

/* RFC 9110, 10.1.1: it is told to go on before it sends anything, unless it
 * would send too much. */
Test(pass, expectation)
{
	char head[4096], back[5];
	int fd = wire_connect(reeld_port(reeld), 0);

	wire_say(fd, "POST /e/x HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n"
	    "Expect: 100-continue\r\n\r\n");
	cr_assert_eq(wire_head(fd, head, sizeof(head), 5000), 100);
	wire_say(fd, "hello");
	cr_assert_eq(wire_head(fd, head, sizeof(head), 5000), 200);
	cr_assert_eq(wire_read_all(fd, back, 5, 5000), 0);
	cr_assert_eq(memcmp(back, "hello", 5), 0);
	wire_say(fd, "POST /e/x HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n"
	    "Expect: 100-continue\r\n\r\n", LIMIT + 1);
	cr_assert_eq(wire_head(fd, head, sizeof(head), 5000), 413);
	close(fd);
	echo_last(echo, head, sizeof(head));
	cr_expect_null(strcasestr(head, "\r\nexpect"), "%s", head);
	cr_expect_null(strcasestr(head, "\r\nx-done"), "%s", head);
}

/* ---- methods ---- */

static const struct {
	const char	*method, *path;
	int		 status;
	const char	*allow;
} methods[] = {
	{ "POST", "/e/x", 200, NULL },
	{ "PUT", "/e/x", 200, NULL },
	{ "DELETE", "/e/x", 200, NULL },
	{ "OPTIONS", "/e/x", 200, NULL },
	{ "PATCH", "/e/x", 405, "GET, HEAD, POST, PUT, DELETE, OPTIONS" },
	{ "post", "/e/x", 405, "GET, HEAD, POST, PUT, DELETE, OPTIONS" },
	{ "POST", "/n/x", 405, "GET, HEAD" },
	{ "PATCH", "/any", 200, NULL },
	{ "M-SEARCH", "/any", 200, NULL },
	{ "TRACE", "/any", 405, "GET, HEAD" },
	{ "POST", "/health", 405, "GET, HEAD" },
	{ "POST", "/metrics", 405, "GET, HEAD" },
	{ "DELETE", "/_reeld/objects", 405, "GET, HEAD" },
};

Test(pass, methods)
{
	struct sender_answer a;
	char line[128];
	size_t i;
	int h2;

	for (i = 0; i < 2 * sizeof(methods) / sizeof(methods[0]); i++) {
		h2 = i % 2 == 1;
		sender_send(&(struct sender_want){ .method =
		    methods[i / 2].method, .url = reeld_url(reeld, "%s",
		    methods[i / 2].path), .http = h2 ? VIEWER_H2C :
		    VIEWER_HTTP11 }, &a);
		cr_expect_eq(a.status, methods[i / 2].status, "%s %s: %d",
		    methods[i / 2].method, methods[i / 2].path, a.status);
		snprintf(line, sizeof(line), "allow: %s",
		    methods[i / 2].allow);
		cr_expect(methods[i / 2].allow == NULL || sender_has(&a, line),
		    "%s", a.head);
		sender_fini(&a);
	}
}

/* A method that means content says that there is none (RFC 9110, 8.6). */
Test(pass, no_content)
{
	char head[4096];

	cr_expect_eq(sender_status(&(struct sender_want){ .url =
	    reeld_url(reeld, "/e/x") }), 200);
	echo_last(echo, head, sizeof(head));
	cr_expect_not_null(strcasestr(head, "\r\ncontent-length: 0\r\n"));
	cr_expect_eq(sender_status(&(struct sender_want){ .method = "DELETE",
	    .url = reeld_url(reeld, "/e/x") }), 200);
	echo_last(echo, head, sizeof(head));
	cr_expect_null(strcasestr(head, "\r\ncontent-length"));
	cr_expect_null(strcasestr(head, "\r\ntransfer-encoding"));
}

/* Addresses that clients name are held to `allow`, as for GET. */
Test(pass, open_origin)
{
	char source[64];

	snprintf(source, sizeof(source), "http://127.0.0.1:%d/x",
	    echo_port(echo));
	cr_expect_eq(status_of("/u/", 1, VIEWER_HTTP11, 0), 400);
	cr_expect_eq(sender_status(&(struct sender_want){ .body = "x",
	    .len = 1, .url = reeld_url(reeld, "/u/%s", exam_base64(reeld_url(
	    reeld, "/e/x"))) }), 403);
	cr_expect_eq(sender_status(&(struct sender_want){ .body = "x",
	    .len = 1, .url = reeld_url(reeld, "/u/%s", exam_base64(
	    "http://127.0.0.1:1/x")) }), 403);
	cr_expect_eq(echo_count(echo).requests, 0);
	cr_expect_eq(sender_status(&(struct sender_want){ .body = "x",
	    .len = 1, .url = reeld_url(reeld, "/u/%s", exam_base64(source))
	    }), 200);
}

/* ---- fields ---- */

static const char *const sent[] = { "X-Mine: 1", "Cookie: a=b; c=d",
	"Authorization: Basic eDp5", "Content-Type: text/x-test",
	"Connection: X-Near", "X-Near: 1", "Keep-Alive: 5", "TE: trailers",
	"Proxy-Authorization: Basic z", "X-API-Token: token", "X-Set: client",
	"X-Empty;", "User-Agent: client/1", "Accept: text/y",
	"Via: 1.0 before", NULL };
static const char *const passed[] = { "x-mine: 1", "cookie: a=b; c=d",
	"authorization: Basic eDp5", "content-type: text/x-test",
	"x-set: ours", "x-empty:", "accept: text/y", "via: 1.0 before",
	"via: 1.1 reeld" };
static const char *const kept[] = { "x-near:", "keep-alive:", "te:",
	"proxy-authorization:", "x-api-token:", "x-set: client", "client/1",
	"expect:" };

static int
has_line(const char *head, const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "\r\n%s", text);
	return strcasestr(head, line) != NULL;
}

Test(pass, fields_there)
{
	char head[8192];
	size_t i;

	cr_assert_eq(sender_status(&(struct sender_want){ .headers = sent,
	    .body = "x", .len = 1, .url = reeld_url(reeld,
	    "/e/x?a=b&api_token=token") }), 200);
	echo_last(echo, head, sizeof(head));
	cr_expect_eq(strncmp(head, "POST /e/x?a=b HTTP/1.1\r\n", 24), 0, "%s",
	    head);
	for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		cr_expect(has_line(head, passed[i]), "no %s in %s", passed[i],
		    head);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		cr_expect(!has_line(head, kept[i]), "%s in %s", kept[i], head);
}

/* reeld's token is for reeld; HTTP/2 may send cookies in pieces. */
Test(pass, fields_there_h2)
{
	static const char *const lines[] = { "Authorization: Bearer token",
		"Cookie: a=1", "Cookie: b=2", NULL };
	char head[8192];

	cr_assert_eq(sender_status(&(struct sender_want){ .headers = lines,
	    .body = "x", .len = 1, .http = VIEWER_H2C, .url =
	    reeld_url(reeld, "/e/x") }), 200);
	echo_last(echo, head, sizeof(head));
	cr_expect(!has_line(head, "authorization:"), "%s", head);
	cr_expect(has_line(head, "cookie: a=1; b=2\r\n"), "%s", head);
	cr_expect(has_line(head, "via: 2 reeld"), "%s", head);
}

Test(pass, fields_back)
{
	static const char *const there[] = { "x-end: 2", "x-cache: PASS",
		"cache-status: reeld; fwd=method", "via: 1.1 reeld",
		"set-cookie:a=b" };
	static const char *const not_there[] = { "x-hop:", "x-trailer:",
		"connection: x-hop" };
	struct sender_answer a;
	size_t i;

	sender_send(&(struct sender_want){ .body = "x", .len = 1, .url =
	    reeld_url(reeld, "/e/x?chunked=1&field=Set-Cookie:a=b") }, &a);
	cr_expect_eq(a.status, 200);
	for (i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		cr_expect(sender_has(&a, there[i]) || (i == 4 &&
		    sender_has(&a, "set-cookie: a=b")), "no %s in %s",
		    there[i], a.head);
	for (i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		cr_expect_null(strcasestr(a.head, not_there[i]), "%s",
		    a.head);
	sender_fini(&a);
	cr_expect(AWAIT(reeld_access_has(reeld, "\"POST /e/x?chunked=1"),
	    2000));
}

/* RFC 9110, 7.6.2: of OPTIONS alone. */
Test(pass, max_forwards)
{
	static const char *const none[] = { "Max-Forwards: 0", NULL };
	static const char *const two[] = { "Max-Forwards: 2", NULL };
	struct sender_answer a;
	char head[4096];

	sender_send(&(struct sender_want){ .method = "OPTIONS", .headers =
	    none, .url = reeld_url(reeld, "/e/x") }, &a);
	cr_expect_eq(a.status, 204);
	cr_expect(sender_has(&a, "allow: GET, HEAD, POST, PUT, DELETE, "
	    "OPTIONS"), "%s", a.head);
	sender_fini(&a);
	cr_expect_eq(echo_count(echo).requests, 0);
	cr_expect_eq(sender_status(&(struct sender_want){ .method = "OPTIONS",
	    .headers = two, .url = reeld_url(reeld, "/e/x") }), 200);
	echo_last(echo, head, sizeof(head));
	cr_expect(has_line(head, "max-forwards: 1\r\n"), "%s", head);
	cr_expect_eq(sender_status(&(struct sender_want){ .method = "DELETE",
	    .headers = none, .url = reeld_url(reeld, "/e/x") }), 200);
	echo_last(echo, head, sizeof(head));
	cr_expect(has_line(head, "max-forwards: 0\r\n"), "%s", head);
}

/* Whatever its status; what names the source's own address names ours. */
Test(pass, statuses)
{
	static const int all[] = { 200, 201, 202, 204, 299, 301, 303, 304,
		307, 400, 401, 403, 404, 409, 418, 429, 500, 503, 599 };
	struct sender_answer a;
	char line[128];
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		sender_send(&(struct sender_want){ .url = reeld_url(reeld,
		    "/e/x?status=%d", all[i]) }, &a);
		cr_expect_eq(a.status, all[i], "%d: %d", all[i], a.status);
		sender_fini(&a);
	}
	sender_send(&(struct sender_want){ .url = reeld_url(reeld,
	    "/e/x?status=303&field=Location:http://127.0.0.1:%d/e/made/1",
	    echo_port(echo)) }, &a);
	snprintf(line, sizeof(line), "location: /e/made/1");
	cr_expect(sender_has(&a, line), "%s", a.head);
	sender_fini(&a);
}

/* ---- what is stored ---- */

static int
version_of(const char *path)
{
	struct sender_answer a;
	int version;

	sender_send(&(struct sender_want){ .method = "GET",
	    .url = reeld_url(reeld, "%s", path) }, &a);
	version = a.status == 200 && a.body != NULL ? atoi(a.body) : -1;
	sender_fini(&a);
	return version;
}

static const struct {
	const char	*method, *ask, *stored;
	int		 goes;
} invalidations[] = {
	{ "POST", "/e/doc", "/e/doc", 1 },
	{ "DELETE", "/e/doc", "/e/doc", 1 },
	{ "PUT", "/e/x?status=204&field=Location:/e/doc", "/e/doc", 1 },
	{ "POST", "/e/doc?status=302", "/e/doc", 0 },
	{ "OPTIONS", "/e/doc", "/e/doc", 0 },
	{ "POST", "/e/other", "/e/doc", 0 },
	{ "POST", "/e/x?field=Location:/e/doc", "/e/doc", 1 },
	{ "POST", "/e/x?field=Location:doc", "/e/doc", 1 },
	{ "POST", "/e/x?field=Content-Location:/e/doc", "/e/doc", 1 },
	{ "POST", "/e/x?field=Content-Location:http://127.0.0.1:1/e/doc",
	    "/e/doc", 0 },
	{ "POST", "/e/x?status=404&field=Location:/e/doc", "/e/doc", 0 },
	{ "POST", "/e/doc?status=500", "/e/doc", 0 },
};

/* RFC 9111, 4.4. */
Test(pass, invalidation)
{
	struct sender_answer a;
	size_t i;
	int version = 1;

	for (i = 0; i < sizeof(invalidations) / sizeof(invalidations[0]);
	    i++) {
		echo_set_version(echo, ++version);
		reeld_ctl(reeld, "purge /e/doc", a.head, sizeof(a.head));
		cr_expect_eq(version_of(invalidations[i].stored), version);
		echo_set_version(echo, ++version);
		sender_send(&(struct sender_want){ .method =
		    invalidations[i].method, .url = reeld_url(reeld, "%s",
		    invalidations[i].ask) }, &a);
		sender_fini(&a);
		cr_expect_eq(version_of(invalidations[i].stored),
		    version - !invalidations[i].goes, "%s %s",
		    invalidations[i].method, invalidations[i].ask);
	}
}

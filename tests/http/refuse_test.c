/* SPDX-License-Identifier: ISC */
/* refuse_test -- what clients ask wrongly is refused with the reason */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define TEXT_MAX	8192

/* An address below the origins of start(); `open` is what /u/ gets in base64,
 * `path` an address as it is, `name` behind either. */
static const struct row {
	const char	*path, *open, *name;
	int		 status;
	const char	*reason;	/* must stand in the body */
} rows[] = {
	/* What /u/ takes. */
	{ "/u/!!!!", NULL, "", 400, "base64" },
	{ "/u/aHR0cDovLw===", NULL, "", 400, "base64" },
	{ "/u/aHR0cDov=Lw", NULL, "", 400, "base64" },
	{ "/u/", NULL, "", 400, "base64" },
	{ "/u/", NULL, "film.mkv", 400, "base64" },
	{ NULL, "ftp://127.0.0.1/x", "", 403, "http" },
	{ NULL, "file:///etc/passwd", "", 403, "http" },
	{ NULL, "gopher://127.0.0.1:70/x", "/film.mkv", 403, "http" },
	{ NULL, "javascript:alert(1)", "", 403, "http" },
	{ NULL, "127.0.0.1/x", "", 403, "http" },
	{ NULL, "http://", "", 403, "" },
	{ NULL, "http:///x", "", 403, "" },
	{ NULL, "http://127.0.0.1:99999/x", "", 403, "" },
	{ NULL, "http://127.0.0.1/a b", "", 403, "" },
	{ NULL, "http://127.0.0.1/a\nHost: b", "", 403, "" },
	{ NULL, "http://192.0.2.1/x", "", 403, "allowed" },
	{ NULL, "http://other.example/x", "", 403, "allowed" },
	{ NULL, "http://127.0.0.1:1/x", "/film.mkv", 403, "allowed" },
	{ NULL, "http://localhost/x", "", 403, "allowed" },
	{ NULL, "http://[::1]/x", "", 403, "allowed" },
	/* Other spellings of the loopback address. */
	{ NULL, "http://2130706433/x", "", 403, "" },
	{ NULL, "http://0x7f.1/x", "", 403, "" },
	{ NULL, "http://[::ffff:127.0.0.1]/x", "", 403, "" },
	/* Paths. */
	{ "/f/../secret", NULL, "", 400, "dot segment" },
	{ "/f/./a", NULL, "", 400, "dot segment" },
	{ "/f/a/..", NULL, "", 400, "dot segment" },
	{ "/f/%2e%2e/secret", NULL, "", 400, "dot segment" },
	{ "/f/%2E./secret", NULL, "", 400, "dot segment" },
	{ "/f/..%2fsecret", NULL, "", 400, "dot segment" },
	{ "/f/..%5csecret", NULL, "", 400, "dot segment" },
	{ "/f/a%00b", NULL, "", 400, "%00" },
	{ "/f/a%zzb", NULL, "", 400, "escape" },
	{ "/f/a%4", NULL, "", 400, "escape" },
	{ "/nowhere", NULL, "", 404, "origin" },
	{ "/", NULL, "", 404, "" },
	{ "/favicon.ico", NULL, "", 404, "" },
	{ "/f", NULL, "", 404, "" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct origin *origin;
static struct reeld *reeld;

static void
start(void)
{
	origin = origin_start(NULL, NULL);
	reeld = reeld_start("origin \"f\" { match = \"/f/\""
	    " url = \"http://127.0.0.1:%d/f/\" retries = 0 }\n"
	    "origin \"open\" { match = \"/u/\" type = open retries = 0"
	    " allow = {\"127.0.0.1:%d\"} }", origin_port(origin),
	    origin_port(origin));
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
}

static const char *
address(const struct row *row)
{
	if (row->path != NULL)
		return reeld_url(reeld, "%s%s", row->path, row->name);
	return reeld_url(reeld, "/u/%s%s", exam_base64(row->open), row->name);
}

static void
check(const struct viewer_result *res, const struct row *row, int json,
    const struct exam_protocol *proto)
{
	char who[256];

	snprintf(who, sizeof(who), "%s %s%s", proto->name,
	    row->path != NULL ? row->path : row->open, row->name);
	cr_expect_eq(res->status, row->status, "%s: status %d, not %d", who,
	    res->status, row->status);
	cr_expect_null(viewer_header(res, "Transfer-Encoding"), "%s", who);
	exam_says(res, json, row->reason, who);
}

TestSuite(refuse, .init = start, .fini = stop, .timeout = 60);

Test(refuse, addresses)
{
	static const char *const accept[] = { "Accept: application/json",
	    NULL };
	struct viewer_want want;
	struct viewer_result *res;
	size_t p, i;
	int json;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < ROWS; i++) {
			json = (int)(i + p) % 2;
			want = (struct viewer_want){ .url = address(&rows[i]),
			    .headers = json ? accept : NULL,
			    .http = exam_protocols[p].http,
			    .keep = TEXT_MAX, .timeout_ms = 10000 };
			res = fetch(&want);
			check(res, &rows[i], json, &exam_protocols[p]);
			viewer_result_destroy(res);
		}
	}
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 0);
}

/* In a page of ours a client's words are text, whatever they are. */
Test(refuse, nothing_of_a_client_is_markup)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .keep = TEXT_MAX, .url = reeld_url(reeld,
	    "/u/<script>alert(1)</script>?<b>") });

	cr_expect_eq(res->status / 100, 4);
	cr_expect_null(strstr(res->body, "<script>"), "%s", res->body);
	cr_expect_null(strstr(res->body, "<b>"), "%s", res->body);
	viewer_result_destroy(res);
}

Test(refuse, paths_that_are_too_long)
{
	struct viewer_result *res;
	char url[8400];
	int n;
	size_t p;

	n = snprintf(url, sizeof(url), "%s", reeld_url(reeld, "/f/"));
	memset(url + n, 'a', sizeof(url) - (size_t)n - 1);
	url[sizeof(url) - 1] = '\0';
	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		res = fetch(&(struct viewer_want){ .url = url,
		    .http = exam_protocols[p].http, .keep = TEXT_MAX });
		cr_expect_eq(res->status, 414, "%s: status %d",
		    exam_protocols[p].name, res->status);
		viewer_result_destroy(res);
	}
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 0);
}

Test(refuse, methods)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE",
	    "OPTIONS", "PATCH", "PROPFIND", "TRACE" };
	struct viewer_result *res;
	size_t p, i;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
			res = fetch(&(struct viewer_want){
			    .method = methods[i], .keep = TEXT_MAX,
			    .http = exam_protocols[p].http,
			    .url = reeld_url(reeld, "/f/film") });
			cr_expect_eq(res->status, 405, "%s, %s: status %d",
			    methods[i], exam_protocols[p].name, res->status);
			cr_expect(exam_header_is(res, "Allow", "GET, HEAD"),
			    "%s: Allow: %s", methods[i],
			    viewer_header(res, "Allow"));
			viewer_result_destroy(res);
		}
	}
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 0);
}

/* The status line's status of a raw request; 0 when the connection was closed
 * without an answer. */
static int
raw_status(const char *text)
{
	char buf[4096];
	int status = 0;

	cr_assert_geq(raw_exchange(reeld_port(reeld), text, buf, sizeof(buf)),
	    0);
	sscanf(buf, "HTTP/1.%*d %d", &status);
	return status;
}

/* What is no HTTP, or of two minds about where a request ends, is refused and
 * its connection closed. */
Test(refuse, malformed_requests)
{
	static const char *const texts[] = {
		"GET\r\n\r\n",
		"GET /f/a\r\n\r\n",
		"GET /f/a b HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /f/a HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
		"GET /f/a HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
		"GET /f/a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"\r\n\r\n\r\n\x16\x03\x01\x02",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff",
	};
	size_t i;
	int status;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		status = raw_status(texts[i]);
		cr_expect(status == 0 || status / 100 == 4, "%s: status %d",
		    texts[i], status);
	}
	cr_expect_eq(exam_status(reeld_url(reeld, "/f/a")), 200);
}

/* A request behind a refused one is another request. */
Test(refuse, pipelined_requests)
{
	char buf[8192], *second;

	cr_assert_gt(raw_exchange(reeld_port(reeld),
	    "GET /f/../x HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /f/a?size=10 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "\r\n", buf, sizeof(buf)), 0);
	cr_expect_eq(strncmp(buf, "HTTP/1.1 400", 12), 0, "%s", buf);
	second = strstr(buf + 1, "HTTP/1.1 ");
	cr_assert_not_null(second, "%s", buf);
	cr_expect_eq(strncmp(second, "HTTP/1.1 200", 12), 0, "%s", second);
	second = strstr(second, "\r\n\r\n");
	cr_assert_not_null(second);
	cr_expect_eq(data_check(data_seed("/f/a", 1), 0, second + 4, 10), -1);
}

/* The same address in all spellings that /u/ takes is one object. */
static void
spelled(const char *code, const char *name)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .check = 1,
	    .seed = data_seed("/f/film", 1),
	    .url = reeld_url(reeld, "/u/%s%s", code, name) });

	cr_expect_eq(res->status, 200, "%s%s: status %d", code, name,
	    res->status);
	cr_expect_eq(res->bytes, 1000);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
}

static void
replace(char *text, char from, const char *to)
{
	char copy[512], *p;

	strlcpy(copy, text, sizeof(copy));
	for (p = copy, *text = '\0'; *p != '\0'; p++)
		if (*p == from)
			strlcat(text, to, sizeof(copy));
		else
			strlcat(text, (char[]){ *p, '\0' }, sizeof(copy));
}

Test(refuse, spellings_of_an_open_address)
{
	char code[512], padded[512];

	/* Its tail brings out the two digits in which the alphabets differ. */
	snprintf(code, sizeof(code), "%s", exam_base64(origin_url(origin,
	    "/f/film?size=1000&tail=~~~?o?o?o")));
	cr_assert(strchr(code, '-') != NULL && strchr(code, '_') != NULL);
	spelled(code, "");
	spelled(code, "/film.mkv");
	spelled(code, "/a%20film.with%2Fslash.mkv");
	strlcpy(padded, code, sizeof(padded));
	while (strlen(padded) % 4 != 0)
		strlcat(padded, "=", sizeof(padded));
	spelled(padded, "");
	spelled(padded, "/film.mkv");
	replace(code, '-', "+");
	spelled(code, "");
	replace(code, '_', "/");
	spelled(code, "");
	spelled(code, "/film.mkv");
	replace(code, '/', "%2F");
	spelled(code, "/film.mkv");
	/* A query of the outer address is not the source's. */
	spelled(code, "?size=5");
	cr_expect_eq(origin_stat(origin, "/f/film", "requests"), 1);
}

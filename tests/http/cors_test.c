/* SPDX-License-Identifier: ISC */
/* cors_test -- what answers tell browsers of which pages may read them */
#include "config.h"

#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/sender.h"

#define MINE	"https://a.example"
#define OTHER	"https://b.example"

static struct origin *origin;
static struct reeld *reeld;

static void
start(void)
{
	int port;

	origin = origin_start(NULL, NULL);
	port = origin_port(origin);
	reeld = reeld_start("origin \"one\" { match = \"/one/\" url ="
	    " \"http://127.0.0.1:%d/f/\" cors = {\"http://x.example:3000\","
	    " \"" MINE "\"} }\norigin \"all\" { match = \"/\" url ="
	    " \"http://127.0.0.1:%d/f/\" cors = {\"*\"} pass_methods ="
	    " {\"POST\"} }\norigin \"none\" { match = \"/none/\" url ="
	    " \"http://127.0.0.1:%d/f/\" }\norigin \"sig\" { match = \"/sig/\""
	    " url = \"http://127.0.0.1:%d/f/\" secret = \"secret\" cors ="
	    " {\"*\"} }\norigin \"dead\" { match = \"/dead/\" url ="
	    " \"http://127.0.0.1:%d/\" retries = 0 cors = {\"*\"} }", port,
	    port, port, port, free_port());
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
}

TestSuite(cors, .init = start, .fini = stop, .timeout = 60);

#define NOTHING	NULL

/* What a GET (or HEAD, or POST) with these fields is told. */
static const struct row {
	const char	*method, *path, *origin, *field;
	int		 status;
	const char	*allowed;	/* Access-Control-Allow-Origin */
	int		 varies;
} rows[] = {
	{ "GET", "/x", OTHER, NULL, 200, "*", 0 },
	{ "GET", "/x", NULL, NULL, 200, "*", 0 },
	{ "GET", "/x", "null", NULL, 200, "*", 0 },
	{ "HEAD", "/x", OTHER, NULL, 200, "*", 0 },
	{ "GET", "/x", OTHER, "Range: bytes=5-9", 206, "*", 0 },
	{ "GET", "/x", OTHER, "Range: bytes=1-2,5-9", 206, "*", 0 },
	{ "GET", "/x", OTHER, "Range: bytes=9999999-", 416, "*", 0 },
	{ "GET", "/x", OTHER, "If-Match: \"z\"", 412, "*", 0 },
	{ "GET", "/x", OTHER, "If-None-Match: *", 304, "*", 0 },
	{ "GET", "/x?status=404", OTHER, NULL, 404, "*", 0 },
	{ "GET", "/dead/x", OTHER, NULL, 502, "*", 0 },
	{ "GET", "/sig/x", OTHER, NULL, 403, "*", 0 },
	{ "PUT", "/x", OTHER, NULL, 405, NOTHING, 0 },
	{ "POST", "/x", OTHER, NULL, 405, "*", 0 },	/* the source's */
	{ "GET", "/one/x", MINE, NULL, 200, MINE, 1 },
	{ "GET", "/one/x", "http://x.example:3000", NULL, 200,
	    "http://x.example:3000", 1 },
	{ "GET", "/one/x", OTHER, NULL, 200, NOTHING, 1 },
	{ "GET", "/one/x", "null", NULL, 200, NOTHING, 1 },
	{ "GET", "/one/x", NULL, NULL, 200, NOTHING, 1 },
	{ "GET", "/one/x?status=404", MINE, NULL, 404, MINE, 1 },
	{ "GET", "/one/x", MINE, "If-None-Match: *", 304, MINE, 1 },
	{ "GET", "/none/x", MINE, NULL, 200, NOTHING, 0 },
	{ "GET", "/x?hdr=Access-Control-Allow-Origin:%20evil", OTHER, NULL,
	    200, "*", 0 },
	{ "GET", "/none/x?hdr=Access-Control-Allow-Origin:%20evil", OTHER,
	    NULL, 200, NOTHING, 0 },
	{ "GET", "/health", OTHER, NULL, 200, NOTHING, 0 },
	{ "GET", "/metrics", OTHER, NULL, 200, NOTHING, 0 },
	{ "GET", "/_reeld/objects", OTHER, NULL, 200, NOTHING, 0 },
};

static void
ask(const struct row *r, enum viewer_http http, struct sender_answer *a)
{
	const char *lines[4] = { NULL }, **next = lines;
	char from[128];

	snprintf(from, sizeof(from), "Origin: %s", r->origin == NULL ? "" :
	    r->origin);
	if (r->origin != NULL)
		*next++ = from;
	if (r->field != NULL)
		*next++ = r->field;
	sender_send(&(struct sender_want){ .method = r->method, .url =
	    reeld_url(reeld, "%s", r->path), .http = http, .headers = lines,
	    .timeout_ms = strcmp(r->method, "HEAD") == 0 ? 500 : 0 }, a);
}

static void
judge(const struct row *r, const struct sender_answer *a)
{
	char line[256];

	cr_expect_eq(a->status, r->status, "%s %s: %d", r->method, r->path,
	    a->status);
	snprintf(line, sizeof(line), "access-control-allow-origin: %s",
	    r->allowed);
	if (r->allowed != NOTHING)
		cr_expect(sender_has(a, line) && strcasestr(a->head,
		    "\r\naccess-control-expose-headers: Accept-Ranges,") !=
		    NULL, "%s %s %s: %s", r->path, r->origin, line, a->head);
	else
		cr_expect_null(strcasestr(a->head, "access-control-"),
		    "%s %s: %s", r->path, r->origin, a->head);
	cr_expect_eq(sender_has(a, "vary: Origin"), r->varies, "%s %s: %s",
	    r->path, r->origin, a->head);
	cr_expect_null(strstr(a->head, "evil"), "%s", a->head);
}

Test(cors, answers)
{
	struct sender_answer a;
	size_t i;

	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		ask(&rows[i / 2], i % 2 == 0 ? VIEWER_HTTP11 : VIEWER_H2C,
		    &a);
		judge(&rows[i / 2], &a);
		sender_fini(&a);
	}
}

/* ---- preflights (Fetch, 4.8) ---- */

static const struct {
	const char	*path, *origin, *method, *names;
	int		 status;
	const char	*methods, *headers;	/* NULL: none */
} preflights[] = {
	{ "/x", OTHER, "GET", "range", 204, "GET, HEAD, POST", "range" },
	{ "/x", "null", "POST", "content-type", 204, "GET, HEAD, POST",
	    "range, content-type" },
	{ "/x", OTHER, "POST", NULL, 204, "GET, HEAD, POST", "range" },
	{ "/one/x", MINE, "GET", "range, x-y", 204, "GET, HEAD",
	    "range, x-y" },
	{ "/one/x", OTHER, "GET", "range", 403, NULL, NULL },
	{ "/none/x", OTHER, "GET", "range", 405, NULL, NULL },
	{ "/sig/x", OTHER, "GET", "range", 204, "GET, HEAD", "range" },
	{ "/health", OTHER, "GET", "range", 405, NULL, NULL },
	{ "/one/x", MINE, NULL, NULL, 405, NULL, NULL },
	{ "/one/x", NULL, "GET", NULL, 405, NULL, NULL },
};

static void
preflight(size_t i, enum viewer_http http)
{
	const char *lines[4] = { NULL }, **next = lines;
	char from[128], method[128], names[128], line[256];
	struct sender_answer a;

	snprintf(from, sizeof(from), "Origin: %s", preflights[i].origin);
	snprintf(method, sizeof(method), "Access-Control-Request-Method: %s",
	    preflights[i].method);
	snprintf(names, sizeof(names), "Access-Control-Request-Headers: %s",
	    preflights[i].names);
	if (preflights[i].origin != NULL)
		*next++ = from;
	if (preflights[i].method != NULL)
		*next++ = method;
	if (preflights[i].names != NULL)
		*next++ = names;
	sender_send(&(struct sender_want){ .method = "OPTIONS", .http = http,
	    .url = reeld_url(reeld, "%s", preflights[i].path), .headers =
	    lines }, &a);
	cr_expect_eq(a.status, preflights[i].status, "%zu: %d", i, a.status);
	snprintf(line, sizeof(line), "access-control-allow-methods: %s",
	    preflights[i].methods);
	cr_expect_eq(sender_has(&a, line), preflights[i].methods != NULL,
	    "%zu: %s", i, a.head);
	snprintf(line, sizeof(line), "access-control-allow-headers: %s",
	    preflights[i].headers);
	cr_expect_eq(sender_has(&a, line), preflights[i].headers != NULL,
	    "%zu: %s", i, a.head);
	cr_expect_eq(sender_has(&a, "access-control-max-age: 7200"),
	    preflights[i].methods != NULL);
	sender_fini(&a);
}

Test(cors, preflights)
{
	size_t i;

	for (i = 0; i < sizeof(preflights) / sizeof(preflights[0]); i++) {
		preflight(i, VIEWER_HTTP11);
		preflight(i, VIEWER_H2C);
	}
	cr_expect_eq(origin_stat(origin, "/f/x", "requests"), 0);
}

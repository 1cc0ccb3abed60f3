/* SPDX-License-Identifier: ISC */
/* access -- the access log; worker */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "access.h"
#include "client.h"
#include "conn.h"
#include "request.h"

#define BUFFER	(64u << 10)
#define LINE	2048

static char buffer[BUFFER];
static size_t used;

/* A text that came from outside: quotes and what is not printable escaped, as
 * Apache and nginx do. */
static size_t
put(char *out, size_t max, const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len && n + 5 < max; i++) {
		if (s[i] >= 0x20 && s[i] <= 0x7e && s[i] != '"' &&
		    s[i] != '\\')
			out[n++] = s[i];
		else
			n += (size_t)snprintf(out + n, 5, "\\x%02x",
			    (unsigned char)s[i]);
	}
	out[n] = '\0';
	return n;
}

static const char *
stamp(void)
{
	static char text[40];
	static int64_t when;
	int64_t now = clock_wall();
	time_t t = (time_t)now;
	struct tm tm;

	if (now != when) {
		localtime_r(&t, &tm);
		strftime(text, sizeof(text), "%d/%b/%Y:%H:%M:%S %z", &tm);
		when = now;
	}
	return text;
}

/* The address as it was asked for, without what only reeld uses. */
static void
put_address(char *out, size_t max, const h2o_req_t *req)
{
	const h2o_iovec_t *address = &req->input.path;
	char query[LINE];
	struct request r;
	size_t n, len = 0;

	request_parse((struct span){ address->base, address->len }, &r);
	n = put(out, max, r.path.base, r.path.len);
	if (r.query.base != NULL && r.query.len <= sizeof(query))
		len = request_strip(&r, query);
	if (len > 0 && n + 1 < max) {
		out[n++] = '?';
		put(out + n, max - n, query, len);
	}
}

static void
put_header(char *out, size_t max, h2o_req_t *req, const char *name)
{
	h2o_iovec_t v = worker_header(req, name);

	if (v.base == NULL)
		snprintf(out, max, "-");
	else
		put(out, max, v.base, v.len);
}

static void
count(const h2o_req_t *req)
{
	static const enum counter classes[] = { COUNTER_RESPONSES_2XX,
		COUNTER_RESPONSES_3XX, COUNTER_RESPONSES_4XX,
		COUNTER_RESPONSES_5XX };
	int class = req->res.status / 100 - 2;

	counter_add(COUNTER_REQUESTS, 1);
	if (class >= 0 && class < 4)
		counter_add(classes[class], 1);
}

static void
on_log(h2o_logger_t *self, h2o_req_t *req)
{
	char path[LINE], referer[512], agent[512], method[32];
	int n;

	(void)self;
	conn_end_request(worker_conn(req), req->http1_is_persistent);
	count(req);
	if (worker.child->access_log == -1)
		return;
	if (used > BUFFER - 2 * LINE)
		access_flush();
	put_address(path, sizeof(path), req);
	put(method, sizeof(method), req->input.method.base,
	    req->input.method.len);
	put_header(referer, sizeof(referer), req, "referer");
	put_header(agent, sizeof(agent), req, "user-agent");
	n = snprintf(buffer + used, BUFFER - used,
	    "%s - - [%s] \"%s %s HTTP/%d.%d\" %d %zu \"%s\" \"%s\"\n",
	    client_of(req)->name, stamp(), method, path, req->version >> 8,
	    req->version & 255, req->res.status, req->bytes_sent, referer,
	    agent);
	if (n > 0 && (size_t)n < BUFFER - used)
		used += (size_t)n;
}

void
access_init(h2o_pathconf_t *path)
{
	h2o_create_logger(path, sizeof(h2o_logger_t))->log_access = on_log;
}

void
access_flush(void)
{
	size_t n = used;

	used = 0;
	if (n > 0 && worker.child->access_log != -1 &&
	    write(worker.child->access_log, buffer, n) == -1)
		return;		/* a full disk must not stop serving */
}

/* SPDX-License-Identifier: ISC */
/* pass_field -- which fields pass, there and back; worker */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <bsd/string.h>

#include "reeld/header.h"
#include "reeld/hop.h"
#include "reeld/url.h"
#include "page.h"
#include "pass_part.h"
#include "purge.h"
#include "refuse.h"

#define LISTS		8	/* lines of Connection that count */

static struct span
span_from(h2o_iovec_t v)
{
	return (struct span){ v.base, v.len };
}

/* ---- what passes at all ---- */

int
pass_takes(const struct request *r, struct span method)
{
	return r->origin != NULL && !page_is_ours(r) &&
	    conf_passes(r->origin, method.base, method.len);
}

const char *
pass_allow(h2o_req_t *req, const struct request *r)
{
	static char text[1024];
	const struct conf_strings *m;
	size_t i, n;

	strlcpy(text, "GET, HEAD", sizeof(text));
	if (r->origin == NULL || page_is_ours(r))
		return text;
	m = &r->origin->pass_methods;
	for (i = 0; i < m->n; i++) {
		n = strlen(text);
		if (strcmp(m->v[i], "*") != 0)
			snprintf(text + n, sizeof(text) - n, ", %s", m->v[i]);
		else if (pass_takes(r, span_from(req->method)))
			snprintf(text + n, sizeof(text) - n, ", %.*s",
			    (int)req->method.len, req->method.base);
	}
	return text;
}

/* ---- the request ---- */

/* Every value of Connection; RFC 9110, 7.6.1 has them name what ends here. */
static size_t
connection_of(const h2o_req_t *req, struct span lists[LISTS])
{
	const h2o_header_t *h = req->headers.entries;
	size_t i, n = 0;

	for (i = 0; i < req->headers.size && n < LISTS; i++)
		if (header_is(span_from(*h[i].name), "connection"))
			lists[n++] = span_from(h[i].value);
	return n;
}

/* What is for reeld alone: its token, and in the place of Expect: what
 * http1.c has put there. */
static int
is_ours(struct span name, struct span value)
{
	const char *token = worker.conf->api_token;

	if (header_is(name, "x-api-token") || header_is(name, "x-done"))
		return 1;
	return header_is(name, "authorization") && token[0] != '\0' &&
	    value.len == strlen("Bearer ") + strlen(token) &&
	    strncasecmp(value.base, "Bearer ", 7) == 0 &&
	    memcmp(value.base + 7, token, strlen(token)) == 0;
}

static void
put_field(struct passage_text *t, struct span name, struct span value)
{
	char line[PASSAGE_MAX];
	int n = snprintf(line, sizeof(line), "%.*s: %.*s", (int)name.len,
	    name.base, (int)value.len, value.base);

	if (n < 0 || (size_t)n >= sizeof(line))
		t->full = 1;
	else
		passage_put(t, (struct span){ line, (size_t)n });
}

/* HTTP/2 may have cut them in pieces (RFC 9113, 8.2.3). */
static void
put_cookies(struct passage_text *t, h2o_req_t *req)
{
	const h2o_header_t *h = req->headers.entries;
	char text[PASSAGE_MAX];
	size_t i, n = 0;
	int len;

	for (i = 0; i < req->headers.size; i++) {
		if (!header_is(span_from(*h[i].name), "cookie"))
			continue;
		len = snprintf(text + n, sizeof(text) - n, "%s%.*s",
		    n > 0 ? "; " : "", (int)h[i].value.len, h[i].value.base);
		if (len < 0 || (size_t)len >= sizeof(text) - n) {
			t->full = 1;
			return;
		}
		n += (size_t)len;
	}
	if (n > 0)
		put_field(t, span_of("Cookie"), (struct span){ text, n });
}

/* One hop less (RFC 9110, 7.6.2). */
static void
put_hops(struct passage_text *t, int64_t hops)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)hops - 1);
	put_field(t, span_of("Max-Forwards"), span_of(text));
}

int64_t
passing_hops(h2o_req_t *req)
{
	h2o_iovec_t v = worker_header(req, "max-forwards");
	int64_t hops = -1;

	if (v.base != NULL && h2o_memis(req->method.base, req->method.len,
	    H2O_STRLIT("OPTIONS")))
		header_length(span_from(v), &hops);
	return hops;
}

static void
put_fields(struct passage_text *t, h2o_req_t *req)
{
	const h2o_header_t *h = req->headers.entries;
	struct span lists[LISTS], name, value;
	size_t i, n = connection_of(req, lists);
	int64_t hops = passing_hops(req);

	for (i = 0; i < req->headers.size; i++) {
		name = span_from(*h[i].name);
		value = span_from(h[i].value);
		if (!hop_ends(name, lists, n) && !is_ours(name, value) &&
		    !header_is(name, "cookie") && (hops == -1 ||
		    !header_is(name, "max-forwards")))
			put_field(t, name, value);
	}
	if (hops > 0)
		put_hops(t, hops);
	put_cookies(t, req);
	put_field(t, span_of("Via"), span_of(req->version >= 0x200 ?
	    "2 reeld" : req->version == 0x101 ? "1.1 reeld" : "1.0 reeld"));
}

/* RFC 9110, 8.6: a method that means content says so, even if there is none. */
static int64_t
length_of(const h2o_req_t *req)
{
	static const char *const with[] = { "PATCH", "POST", "PUT" };
	size_t i;

	if (req->entity.base != NULL && req->entity.len > 0)
		return (int64_t)req->entity.len;
	for (i = 0; i < sizeof(with) / sizeof(with[0]); i++)
		if (h2o_memis(req->method.base, req->method.len, with[i],
		    strlen(with[i])))
			return 0;
	return -1;
}

h2o_iovec_t
passing_ask(struct passing *p)
{
	static struct passage_text t;
	h2o_req_t *req = p->req;

	passage_begin(&t, PASSAGE_ASK);
	passage_put(&t, span_of(p->origin));
	passage_put(&t, span_from(req->method));
	passage_put(&t, span_of(p->url));
	passage_put_number(&t, length_of(req));
	put_fields(&t, req);
	return t.full ? h2o_iovec_init(NULL, 0) : h2o_strdup(&req->pool,
	    (char *)&t, sizeof(t.frame) + t.frame.len);
}

/* ---- the answer ---- */

/* libh2o writes these itself, and reeld the others: its own, and what pages may
 * see (cors.c). */
static int
is_made_here(const struct conf_origin *o, struct span name)
{
	return header_is(name, "content-length") || header_is(name, "date") ||
	    header_is(name, "server") || header_is(name, "x-cache") ||
	    (o != NULL && o->cors.n > 0 && name.len > 15 &&
	    strncasecmp(name.base, "access-control-", 15) == 0);
}

/* An address of the source as one of reeld, where it has one that needs no
 * signature: what a Location names is asked of reeld too. */
static struct span
local_address(h2o_req_t *req, const struct conf_origin *o, struct span value)
{
	size_t n = o == NULL || o->url == NULL ? 0 : strlen(o->url);
	h2o_iovec_t text;

	if (n == 0 || value.len < n || o->secret != NULL ||
	    strchr(o->url, '?') != NULL || o->url[n - 1] != '/' ||
	    o->match[strlen(o->match) - 1] != '/' ||
	    memcmp(value.base, o->url, n) != 0)
		return value;
	text = h2o_concat(&req->pool, h2o_iovec_init(o->match,
	    strlen(o->match)), h2o_iovec_init(value.base + n, value.len - n));
	return span_from(text);
}

static void
add_field(h2o_req_t *req, struct span name, struct span value)
{
	h2o_iovec_t n = h2o_strdup(&req->pool, name.base, name.len);
	h2o_iovec_t v = h2o_strdup(&req->pool, value.base, value.len);

	h2o_strtolower(n.base, n.len);
	h2o_add_header_by_str(&req->pool, &req->res.headers, n.base, n.len, 1,
	    NULL, v.base, v.len);
}

/* What was changed there is not served from here any more (RFC 9111, 4.4).
 * Others than the request's own address count if they are of its server. */
static void
invalidate(struct passing *p, const struct conf_origin *o, struct span ref)
{
	char url[URL_MAX + 1];
	const char *why;

	if (o == NULL || p->req->res.status >= 400 ||
	    hop_safe(span_from(p->req->method)))
		return;
	if (ref.base == NULL)
		purge_object(o, p->url);
	else if (url_resolve(p->url, ref, url, sizeof(url), &why) != -1 &&
	    url_same_server(p->url, url))
		purge_object(o, url);
}

static void
take_field(struct passing *p, const struct conf_origin *o, struct span name,
    struct span value)
{
	int location = header_is(name, "location");

	if (location || header_is(name, "content-location"))
		invalidate(p, o, value);
	if (!is_made_here(o, name))
		add_field(p->req, name, location ? local_address(p->req, o,
		    value) : value);
}

/* What frames it; RFC 9112, 6.3: a coding overrides a length. */
static void
note_length(struct span name, struct span value, int64_t *length, int *coded)
{
	if (header_is(name, "transfer-encoding"))
		*coded = 1;
	else if (header_is(name, "content-length"))
		header_length(value, length);
}

static size_t
connections_in(struct span payload, struct span lists[LISTS])
{
	struct span name, value;
	const char *line;
	size_t n = 0;

	while ((line = passage_word(&payload)) != NULL)
		if (n < LISTS && header_split(line, strlen(line), &name,
		    &value) == 0 && header_is(name, "connection"))
			lists[n++] = value;
	return n;
}

static void
take_fields(struct passing *p, const struct conf_origin *o,
    struct span payload)
{
	struct span lists[LISTS], name, value;
	size_t n = connections_in(payload, lists);
	int64_t length = -1;
	const char *line;
	int coded = 0;

	while ((line = passage_word(&payload)) != NULL) {
		if (header_split(line, strlen(line), &name, &value) == -1)
			continue;
		note_length(name, value, &length, &coded);
		if (!hop_ends(name, lists, n))
			take_field(p, o, name, value);
	}
	if (length >= 0 && !coded && p->req->res.status != 204 &&
	    p->req->res.status != 304)
		p->req->res.content_length = (size_t)length;
	/* Only its end tells the end of the body. */
	else if (p->req->version < 0x101)
		p->req->http1_is_persistent = 0;
}

int
passing_head(struct passing *p, struct span payload)
{
	const struct conf_origin *o = conf_origin(worker.conf, p->origin);
	h2o_req_t *req = p->req;
	int64_t status;

	if (passage_number(&payload, &status) == -1 || status < 200 ||
	    status > 599)
		return -1;
	req->res.status = (int)status;
	req->res.reason = refuse_phrase((int)status);
	invalidate(p, o, (struct span){ NULL, 0 });
	take_fields(p, o, payload);
	worker_add(req, "via", "1.1 reeld");
	worker_add(req, "x-cache", "PASS");
	worker_add(req, "cache-status", "reeld; fwd=method");
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* request -- what a request asks for; worker */
#include "config.h"

#include <string.h>

#include "reeld/address.h"
#include "reeld/allow.h"
#include "reeld/passage.h"
#include "reeld/path.h"
#include "reeld/query.h"
#include "reeld/signature.h"
#include "reeld/url.h"
#include "beam.h"
#include "client.h"
#include "conn.h"
#include "cors.h"
#include "page.h"
#include "pass.h"
#include "passed.h"
#include "permit.h"
#include "reader.h"
#include "refuse.h"
#include "request.h"

/* ---- the address ---- */

/* The form for players that lose the query.  A match that begins with /t/ wins
 * over it, but for one that matches all. */
static void
cut_signature(struct request *r)
{
	const struct conf_origin *o = r->origin;
	struct span expires, sig, rest;

	if ((o != NULL && strcmp(o->match, "/") != 0) ||
	    signature_split(r->path, &expires, &sig, &rest) == -1)
		return;
	o = conf_route(worker.conf, rest.base, rest.len);
	if (o == NULL || o->secret == NULL)
		return;
	r->path = rest;
	r->expires = expires;
	r->sig = sig;
	r->origin = o;
}

/* A whole URL: whatever its host, it came to us.  It has no fragment (RFC 9112,
 * 3.2.2) and no userinfo (RFC 9110, 4.2.4). */
static int
cut_authority(struct span address, struct request *r)
{
	struct url url;

	if (memchr(address.base, '#', address.len) != NULL ||
	    url_parse(address.base, address.len, &url, NULL) == -1 ||
	    url.credentials)
		return 0;
	r->path = url.path.len > 0 ? url.path : span_of("/");
	r->query = url.query;
	return 1;
}

void
request_parse(struct span address, struct request *r)
{
	const char *mark;

	memset(r, 0, sizeof(*r));
	if (!cut_authority(address, r)) {
		r->path = address;
		mark = memchr(address.base, '?', address.len);
		if (mark != NULL) {
			r->path.len = (size_t)(mark - address.base);
			r->query.base = mark + 1;
			r->query.len = address.len - r->path.len - 1;
		}
	}
	r->origin = conf_route(worker.conf, r->path.base, r->path.len);
	cut_signature(r);
	if (r->sig.base == NULL && r->origin != NULL &&
	    r->origin->secret != NULL) {
		r->expires = query_find(r->query.base, r->query.len,
		    "expires");
		r->sig = query_find(r->query.base, r->query.len, "sig");
	}
}

size_t
request_strip(const struct request *r, char *out)
{
	const char *ours[3];
	size_t n = 0;

	if (worker.conf->api_token[0] != '\0')
		ours[n++] = "api_token";
	if (r->origin != NULL && r->origin->secret != NULL) {
		ours[n++] = "expires";
		ours[n++] = "sig";
	}
	return query_strip(r->query.base, r->query.len, ours, n, out);
}

/* ---- the source's address ---- */

/* What can be read as an address but may not be asked is refused, whatever is
 * wrong with it. */
static int
open_status(enum address_verdict verdict)
{
	switch (verdict) {
	case ADDRESS_BAD_BASE64:
		return 400;
	case ADDRESS_TOO_LONG:
		return 414;
	case ADDRESS_OK:
	case ADDRESS_BAD_URL:
	case ADDRESS_BAD_SCHEME:
		break;
	}
	return 403;
}

/* One that the client names itself. */
static int
open_source(const struct request *r, struct span rest, char *url,
    size_t urllen, int *status, const char **why)
{
	const struct conf_origin *o = r->origin;
	char name[ADDRESS_NAME_MAX + 1], host[URL_HOST_MAX + 1];
	enum address_verdict verdict;
	struct url u;

	verdict = address_decode(rest.base, rest.len, url, urllen, name,
	    sizeof(name), why);
	*status = open_status(verdict);
	if (verdict != ADDRESS_OK ||
	    url_parse(url, strlen(url), &u, why) == -1)
		return -1;
	url_host(&u, host);
	*why = "credentials are not allowed in an address";
	if (u.credentials)
		return -1;
	*why = "the host is not allowed";
	return allow_name(o->allow.v, o->allow.n, host, u.port) ? 0 : -1;
}

int
request_source(const struct request *r, char *url, size_t urllen, int *status,
    const char **why)
{
	char stripped[PATH_LEN_MAX + 1];
	struct span rest, query = { NULL, 0 };
	size_t n;

	*status = 404;
	*why = "no origin has this path";
	if (r->origin == NULL)
		return -1;
	n = strlen(r->origin->match);
	rest = (struct span){ r->path.base + n, r->path.len - n };
	if (r->origin->type == CONF_OPEN)
		return open_source(r, rest, url, urllen, status, why);
	*status = 400;
	if (r->origin->type == CONF_BEAM)
		return beam_source(r->origin, rest, url, urllen, why);
	if (r->query.base != NULL && r->query.len < sizeof(stripped))
		query.len = request_strip(r, stripped);
	if (query.len > 0)
		query.base = stripped;
	return url_join(r->origin->url, rest, query, url, urllen, why) == -1 ?
	    -1 : 0;
}

void
request_key(const struct conf_origin *o, const char *url,
    const char *fields, uint8_t key[HASH_LEN])
{
	struct hash_piece pieces[3] = {
		{ o->name, strlen(o->name) },
		{ url, strlen(url) },
		{ fields, strlen(fields) },
	};

	hash_key(pieces, fields[0] == '\0' ? 2 : 3, key);
}

/* ---- requests ---- */

int
request_reads(const h2o_req_t *req)
{
	return h2o_memis(req->method.base, req->method.len,
	    H2O_STRLIT("GET")) || h2o_memis(req->method.base,
	    req->method.len, H2O_STRLIT("HEAD"));
}

static void
serve_object(h2o_req_t *req, const struct request *r)
{
	uint8_t key[HASH_LEN];
	char url[URL_MAX + 1], fields[OBJECT_FIELDS];
	const char *why;
	int status;

	if (!permit_check(req, r))
		return;
	if (request_source(r, url, sizeof(url), &status, &why) == -1) {
		refuse(req, status, 0, NULL, why);
		return;
	}
	if (!request_reads(req)) {
		pass_begin(req, r, url);
		return;
	}
	if (passed_take(req, r->origin, fields) == -1)
		return;
	request_key(r->origin, url, fields, key);
	reader_begin(req, r->origin, key, url, fields);
}

/* 1 when the address may be looked for; else the client was told why not. */
static int
well_formed(h2o_req_t *req, const struct request *r)
{
	const char *why;

	if (r->path.len > PATH_LEN_MAX || r->query.len > PATH_LEN_MAX) {
		refuse(req, 414, 0, NULL, "the address is too long");
		return 0;
	}
	/* On HTTP/2 the path is not a whole URL (RFC 9113, 8.3.1). */
	if (r->path.len == 0 || r->path.base[0] != '/' ||
	    (req->version >= 0x200 && req->input.path.base[0] != '/')) {
		refuse(req, 400, 0, NULL, "the path does not begin with /");
		return 0;
	}
	if (path_check(r->path.base, r->path.len, &why) == -1) {
		refuse(req, 400, 0, NULL, why);
		return 0;
	}
	return 1;
}

/* 1 when the method is one that the address has, and the content is not larger
 * than that may bring; else the client was told. */
static int
is_served(h2o_req_t *req, const struct request *r)
{
	int passes = pass_takes(r, (struct span){ req->method.base,
	    req->method.len });

	if (!passes && !request_reads(req) && !cors_is_preflight(req, r)) {
		worker_add(req, "allow", pass_allow(req, r));
		refuse(req, 405, 0, NULL, r->origin != NULL &&
		    r->origin->pass_methods.n > 0 && !page_is_ours(r) ?
		    "this method does not pass" :
		    "only GET and HEAD are served");
		return 0;
	}
	if (req->entity.len > (passes ? PASSAGE_CONTENT_MAX :
	    WORKER_ENTITY_MAX)) {
		refuse(req, 413, 0, NULL, "the content is too large");
		return 0;
	}
	return 1;
}

int
request_on(h2o_handler_t *self, h2o_req_t *req)
{
	struct request r;

	(void)self;
	if (client_enter(req) == -1)
		return 0;
	request_parse((struct span){ req->input.path.base,
	    req->input.path.len }, &r);
	if (!is_served(req, &r) || !well_formed(req, &r) ||
	    page_serve(req, &r))
		return 0;
	if ((worker_conn(req)->serve & CONF_SERVE_MEDIA) == 0) {
		refuse(req, 404, 0, NULL, "this listener serves no media");
		return 0;
	}
	if (!beam_metadata(req, &r) && !cors_begin(req, &r))
		serve_object(req, &r);
	return 0;
}

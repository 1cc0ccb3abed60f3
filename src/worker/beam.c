/* SPDX-License-Identifier: ISC */
/* beam -- pieces of Filecoin, as clients see them; worker */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/media.h"
#include "reeld/path.h"
#include "reeld/piece.h"
#include "reeld/query.h"
#include "reeld/sniff.h"
#include "reeld/url.h"
#include "beam.h"
#include "page.h"
#include "permit.h"
#include "refuse.h"

#define METADATA	"/metadata/"

/* What stands before the next slash. */
static struct span
component(struct span path)
{
	const char *slash = memchr(path.base, '/', path.len);

	if (slash != NULL)
		path.len = (size_t)(slash - path.base);
	return path;
}

int
beam_source(const struct conf_origin *o, struct span rest, char *url,
    size_t urllen, const char **why)
{
	struct span cid, name, query = { NULL, 0 };
	struct piece piece;

	/* of a prefix that is written without it */
	if (rest.len > 0 && rest.base[0] == '/')
		rest = (struct span){ rest.base + 1, rest.len - 1 };
	cid = component(rest);
	if (piece_parse(cid.base, cid.len, &piece, why) == -1)
		return -1;
	name = (struct span){ cid.base + cid.len, rest.len - cid.len };
	if (name.len > 0 &&
	    memchr(name.base + 1, '/', name.len - 1) != NULL) {
		*why = "a piece CID is followed by one name at most";
		return -1;
	}
	return url_join(o->url, cid, query, url, urllen, why) == -1 ? -1 : 0;
}

/* ---- Content-Type ---- */

/* The type by the first bytes, if they are in the arena. */
static const char *
sniffed(const struct reader *r)
{
	struct segment_ref seg;
	const char *type;

	if (segment_find(r->object, 0, &seg) == -1)
		return NULL;
	type = sniff_type(segment_bytes(seg), segment_ready(seg, 0,
	    SNIFF_BYTES));
	segment_unpin(&seg);
	return type;
}

void
beam_type(const struct reader *r, struct object_answer *a)
{
	char path[PATH_LEN_MAX + 1], said[sizeof(a->type)];
	const char *type, *slash;

	if (!media_is_vague(a->type))
		return;
	strlcpy(said, a->type, sizeof(said));
	snprintf(path, sizeof(path), "%.*s", (int)r->req->input.path.len,
	    r->req->input.path.base);
	path[strcspn(path, "?")] = '\0';
	slash = strrchr(path, '/');
	if ((type = sniffed(r)) == NULL)
		type = media_type(said, slash == NULL ? "" : slash + 1);
	strlcpy(a->type, type, sizeof(a->type));
}

/* ---- /metadata/ ---- */

static void
answer_size(h2o_req_t *req, struct span cid, int64_t size)
{
	char text[32];

	/* as the range proxy writes it, which this address is from */
	snprintf(text, sizeof(text), "%.2f MB", (double)size / 1024 / 1024);
	page_json(req, 200, json_pack("{s:s%, s:I, s:s}", "pieceCid", cid.base,
	    cid.len, "size", (json_int_t)size, "sizeFormatted", text));
}

static struct span
cid_of(struct span path)
{
	const size_t prefix = strlen(METADATA);

	return (struct span){ path.base + prefix, path.len - prefix };
}

void
beam_size(struct reader *r, int64_t size)
{
	struct request request;

	request_parse((struct span){ r->req->input.path.base,
	    r->req->input.path.len }, &request);
	if (size < 0)
		refuse_instead(r->req, 502, 0, "http_protocol_error",
		    "the source does not tell the size");
	else
		answer_size(r->req, cid_of(request.path), size);
}

/* The first origin of pieces from `o` on; NULL: none. */
static const struct conf_origin *
origin_from(const struct conf_origin *o)
{
	for (; o < worker.conf->origins + worker.conf->norigins; o++)
		if (o->type == CONF_BEAM)
			return o;
	return NULL;
}

/* 1 when an origin of pieces knows the size already. */
static int
is_known(struct span cid, int64_t *size)
{
	const struct conf_origin *o = origin_from(worker.conf->origins);
	char url[URL_MAX + 1];
	uint8_t key[HASH_LEN];
	struct object_ref object;
	const char *why;

	for (*size = -1; o != NULL && *size < 0; o = origin_from(o + 1)) {
		if (beam_source(o, cid, url, sizeof(url), &why) == -1)
			continue;
		request_key(o, url, "", key);
		if (object_find(key, &object) == -1)
			continue;
		object_state(object, size);
		object_unpin(&object);
	}
	return *size >= 0;
}

/* The piece is the origin's: who may not have it is not told its size. */
static int
may_ask(h2o_req_t *req, struct request *r, const struct conf_origin *o)
{
	r->origin = o;
	if (o->secret != NULL && r->sig.base == NULL) {
		r->expires = query_find(r->query.base, r->query.len,
		    "expires");
		r->sig = query_find(r->query.base, r->query.len, "sig");
	}
	return permit_check(req, r);
}

static void
metadata(h2o_req_t *req, const struct request *r)
{
	struct span cid = cid_of(r->path);
	char url[URL_MAX + 1];
	uint8_t key[HASH_LEN];
	struct piece piece;
	const char *why;
	int64_t size;

	if (piece_parse(cid.base, cid.len, &piece, &why) == -1 ||
	    beam_source(r->origin, cid, url, sizeof(url), &why) == -1) {
		refuse(req, 400, 0, NULL, why);
	} else if ((size = piece_size(&piece)) >= 0 || is_known(cid, &size)) {
		answer_size(req, cid, size);
	} else {
		request_key(r->origin, url, "", key);
		reader_ask_size(req, r->origin, key, url);
	}
}

int
beam_metadata(h2o_req_t *req, struct request *r)
{
	const struct conf_origin *o = origin_from(worker.conf->origins);

	if (o == NULL || r->path.len < strlen(METADATA) ||
	    memcmp(r->path.base, METADATA, strlen(METADATA)) != 0 ||
	    (r->origin != NULL && strlen(r->origin->match) >=
	    strlen(METADATA)))
		return 0;
	/* Errors too are JSON here, whatever the client takes. */
	h2o_set_header(&req->pool, &req->headers, H2O_TOKEN_ACCEPT,
	    H2O_STRLIT("application/json"), 1);
	if (may_ask(req, r, o))
		metadata(req, r);
	return 1;
}

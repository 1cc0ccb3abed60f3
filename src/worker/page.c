/* SPDX-License-Identifier: ISC */
/* page -- reeld's own addresses; worker */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "reeld/query.h"
#include "reeld/url.h"
#include "client.h"
#include "conn.h"
#include "vitals.h"
#include "page.h"
#include "refuse.h"
#include "report.h"

static int
is(struct span path, const char *name)
{
	return h2o_memis(path.base, path.len, name, strlen(name));
}

static int
begins(struct span path, const char *prefix)
{
	size_t n = strlen(prefix);

	return path.len >= n && memcmp(path.base, prefix, n) == 0;
}

static void
answer(h2o_req_t *req, int status, const char *type, const char *text,
    size_t len)
{
	h2o_iovec_t body = h2o_strdup(&req->pool, text, len);

	req->res.status = status;
	req->res.reason = refuse_phrase(status);
	req->res.content_length = body.len;
	worker_add(req, "content-type", type);
	worker_add(req, "cache-control", "no-store");
	h2o_send_inline(req, body.base, body.len);
}

void
page_json(h2o_req_t *req, int status, json_t *o)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);

	answer(req, status, "application/json", text == NULL ? "null" : text,
	    text == NULL ? 4 : strlen(text));
	free(text);
	json_decref(o);
}

/* ---- who may look ---- */

static int
same_token(struct span given)
{
	const char *token = worker.conf->api_token;

	return given.base != NULL && given.len == strlen(token) &&
	    CRYPTO_memcmp(given.base, token, given.len) == 0;
}

/* The token of a query, unescaped; base NULL when there is none. */
static struct span
query_token(h2o_req_t *req, struct span query)
{
	struct span raw = query_find(query.base, query.len, "api_token");
	char *text;

	if (raw.base == NULL)
		return raw;
	text = h2o_mem_alloc_pool(&req->pool, raw.len + 1);
	return (struct span){ text, query_unescape(raw.base, raw.len, text) };
}

/* 1 when the client may manage; else it was told why not. */
static int
may_manage(h2o_req_t *req, struct span query)
{
	h2o_iovec_t key = worker_header(req, "x-api-token");
	h2o_iovec_t bearer = worker_header(req, "authorization");
	struct span given = { key.base, key.len };

	if (worker.conf->api_token[0] == '\0') {
		if (client_of(req)->local)
			return 1;
		refuse(req, 403, 0, NULL,
		    "only this machine may look, unless api_token is set");
		return 0;
	}
	if (given.base == NULL && bearer.len > 7 &&
	    strncasecmp(bearer.base, "Bearer ", 7) == 0)
		given = (struct span){ bearer.base + 7, bearer.len - 7 };
	if (given.base == NULL)
		given = query_token(req, query);
	if (same_token(given))
		return 1;
	worker_add(req, "www-authenticate", "Bearer");
	refuse(req, given.base == NULL ? 401 : 403, 0, NULL,
	    given.base == NULL ? "an API token is needed" :
	    "the API token is wrong");
	return 0;
}

/* ---- pages ---- */

static void
serve_health(h2o_req_t *req)
{
	json_t *health;
	int serves;

	health = vitals_json(&serves);
	page_json(req, serves ? 200 : 503, health);
}

static void
serve_metrics(h2o_req_t *req)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out != NULL) {
		vitals_metrics(out);
		fclose(out);
	}
	answer(req, 200, "text/plain; version=0.0.4; charset=utf-8",
	    text == NULL ? "" : text, len);
	free(text);
}

/* What `url=` of a map asks for: an address of ours is looked up as a request
 * for it would be. */
static const char *
map_pattern(struct span query, char *buf, size_t len)
{
	struct span value = query_find(query.base, query.len, "url");
	struct request r;
	const char *why;
	char *text;
	int status;
	size_t n;

	if (value.base == NULL || value.len == 0)
		return NULL;
	n = value.len < URL_MAX ? value.len : URL_MAX;
	if ((text = malloc(n + 1)) == NULL)
		return NULL;
	n = query_unescape(value.base, n, text);
	text[n] = '\0';
	request_parse((struct span){ text, n }, &r);
	if (text[0] != '/' ||
	    request_source(&r, buf, len, &status, &why) == -1)
		snprintf(buf, len, "%s", text);
	free(text);
	return buf;
}

static void
serve_map(h2o_req_t *req, struct span query)
{
	char buf[URL_MAX + 1], *text = NULL;
	const char *pattern = map_pattern(query, buf, sizeof(buf));
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	unsigned n = 0;

	if (out != NULL) {
		n = report_map(pattern, out);
		fclose(out);
	}
	if (n == 0 && pattern != NULL)
		refuse(req, 404, 0, NULL, "no such object is in the arena");
	else
		answer(req, 200, "text/plain; charset=utf-8",
		    text == NULL ? "" : text, len);
	free(text);
}

static void
serve_object(h2o_req_t *req, struct span path)
{
	const size_t prefix = strlen("/_reeld/objects/");
	char key[2 * HASH_LEN + 1];
	json_t *array;

	if (path.len - prefix != 2 * HASH_LEN) {
		refuse(req, 404, 0, NULL, "this is no key of an object");
		return;
	}
	memcpy(key, path.base + prefix, 2 * HASH_LEN);
	key[2 * HASH_LEN] = '\0';
	array = report_objects(key);
	if (json_array_size(array) == 0)
		refuse(req, 404, 0, NULL, "no such object is in the arena");
	else
		page_json(req, 200, json_incref(json_array_get(array, 0)));
	json_decref(array);
}

static void
serve_status(h2o_req_t *req, const struct request *r)
{
	if (!may_manage(req, r->query))
		return;
	if (is(r->path, "/_reeld/objects"))
		page_json(req, 200, report_objects(NULL));
	else if (begins(r->path, "/_reeld/objects/"))
		serve_object(req, r->path);
	else if (is(r->path, "/_reeld/map"))
		serve_map(req, r->query);
	else
		refuse(req, 404, 0, NULL, "there is no such page");
}

int
page_is_ours(const struct request *r)
{
	return is(r->path, "/health") || is(r->path, "/metrics") ||
	    begins(r->path, "/_reeld/");
}

int
page_serve(h2o_req_t *req, const struct request *r)
{
	unsigned serve = worker_conn(req)->serve;

	if (is(r->path, "/health"))
		serve_health(req);
	else if (is(r->path, "/metrics") && (serve & CONF_SERVE_METRICS) != 0)
		serve_metrics(req);
	else if (begins(r->path, "/_reeld/") &&
	    (serve & CONF_SERVE_STATUS) != 0)
		serve_status(req, r);
	else if (is(r->path, "/metrics") || begins(r->path, "/_reeld/"))
		refuse(req, 404, 0, NULL, "this listener does not serve it");
	else
		return 0;
	return 1;
}

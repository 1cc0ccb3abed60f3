/* SPDX-License-Identifier: ISC */
/* request -- what a request asks for; worker */
#include "config.h"

#include <string.h>

#include "reeld/address.h"
#include "reeld/allow.h"
#include "reeld/hash.h"
#include "reeld/path.h"
#include "reeld/query.h"
#include "reeld/url.h"
#include "page.h"
#include "reader.h"
#include "refuse.h"
#include "request.h"

size_t
request_strip(const char *query, size_t len, char *out)
{
	static const char *const ours[] = { "api_token" };

	return query_strip(query, len, ours,
	    worker.conf->api_token[0] != '\0' ? 1 : 0, out);
}

/* An address that the client names itself. */
static const struct conf_origin *
resolve_open(const struct conf_origin *o, const char *rest, size_t len,
    char *url, size_t urllen, int *status, const char **why)
{
	char name[ADDRESS_NAME_MAX + 1], host[URL_HOST_MAX + 1];
	struct url u;

	*status = 400;
	if (address_decode(rest, len, url, urllen, name, sizeof(name), why) !=
	    ADDRESS_OK || url_parse(url, strlen(url), &u, why) == -1)
		return NULL;
	*status = 403;
	url_host(&u, host);
	*why = "credentials are not allowed in an address";
	if (u.credentials)
		return NULL;
	*why = "the host is not allowed";
	if (!allow_name(o->allow.v, o->allow.n, host, u.port))
		return NULL;
	return o;
}

const struct conf_origin *
request_resolve(const char *path, size_t len, h2o_iovec_t query, char *url,
    size_t urllen, int *status, const char **why)
{
	const struct conf_origin *o;
	struct span rest, search = { query.base, query.len };
	size_t n;

	*status = 404;
	*why = "no origin has this path";
	if ((o = conf_route(worker.conf, path, len)) == NULL)
		return NULL;
	n = strlen(o->match);
	rest.base = path + n;
	rest.len = len - n;
	if (o->type == CONF_OPEN)
		return resolve_open(o, rest.base, rest.len, url, urllen,
		    status, why);
	*status = 400;
	if (url_join(o->url, rest, search, url, urllen, why) == -1)
		return NULL;
	return o;
}

static void
serve_object(h2o_req_t *req, h2o_iovec_t path, h2o_iovec_t query)
{
	const struct conf_origin *o;
	struct hash_piece pieces[2];
	uint8_t key[HASH_LEN];
	char url[URL_MAX + 1], stripped[PATH_LEN_MAX + 1];
	const char *why;
	int status;

	if (query.base != NULL && query.len <= PATH_LEN_MAX) {
		query.len = request_strip(query.base, query.len, stripped);
		query.base = query.len == 0 ? NULL : stripped;
	}
	o = request_resolve(path.base, path.len, query, url, sizeof(url),
	    &status, &why);
	if (o == NULL) {
		refuse(req, status, 0, NULL, why);
		return;
	}
	pieces[0].data = o->name;
	pieces[0].len = strlen(o->name);
	pieces[1].data = url;
	pieces[1].len = strlen(url);
	hash_key(pieces, 2, key);
	reader_begin(req, o, key, url);
}

static int
is_get_or_head(const h2o_req_t *req)
{
	return h2o_memis(req->method.base, req->method.len,
	    H2O_STRLIT("GET")) || h2o_memis(req->method.base,
	    req->method.len, H2O_STRLIT("HEAD"));
}

int
request_on(h2o_handler_t *self, h2o_req_t *req)
{
	h2o_iovec_t path = req->path, query = { NULL, 0 };
	const char *why;

	(void)self;
	worker_conn(req)->requests++;
	if (req->query_at != SIZE_MAX) {
		path.len = req->query_at;
		query = h2o_iovec_init(req->path.base + req->query_at + 1,
		    req->path.len - req->query_at - 1);
	}
	if (path.len > PATH_LEN_MAX || query.len > PATH_LEN_MAX) {
		refuse(req, 414, 0, NULL, "the address is too long");
		return 0;
	}
	if (path_check(path.base, path.len, &why) == -1) {
		refuse(req, 400, 0, NULL, why);
		return 0;
	}
	if (!is_get_or_head(req)) {
		worker_add(req, "allow", "GET, HEAD");
		refuse(req, 405, 0, NULL, "only GET and HEAD are served");
		return 0;
	}
	if (page_serve(req, path, query))
		return 0;
	if ((worker_conn(req)->serve & CONF_SERVE_MEDIA) == 0) {
		refuse(req, 404, 0, NULL, "this listener serves no media");
		return 0;
	}
	serve_object(req, path, query);
	return 0;
}

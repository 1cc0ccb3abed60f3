/* SPDX-License-Identifier: ISC */
/* cors -- tells browsers which pages may read an answer; worker */
#include "config.h"

#include <string.h>

#include "reeld/cors.h"
#include "cors.h"
#include "page.h"
#include "pass.h"
#include "refuse.h"

/* What an answer says, in the request's pool. */
struct grant {
	const char	*origin;	/* Access-Control-Allow-Origin; NULL */
	int		 varies;	/* with the page that asks */
};

static struct grant **
place_of(h2o_req_t *req)
{
	h2o_iovec_t *kept = h2o_req_getenv(req, H2O_STRLIT("cors"), 1);

	return (struct grant **)&kept->base;
}

static void
make_grant(h2o_req_t *req, const struct conf_strings *list)
{
	h2o_iovec_t origin = worker_header(req, "origin");
	struct grant *g;

	g = h2o_mem_alloc_pool(&req->pool, sizeof(*g));
	g->origin = NULL;
	g->varies = !cors_all(list->v, list->n);
	if (!g->varies)
		g->origin = "*";
	else if (origin.base != NULL && cors_allows(list->v, list->n,
	    (struct span){ origin.base, origin.len }))
		g->origin = h2o_strdup(&req->pool, origin.base,
		    origin.len).base;
	*place_of(req) = g;
}

/* Whatever the answer is, before its head goes out. */
static void
on_setup(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot)
{
	const struct grant *g = *place_of(req);

	(void)self;
	if (g != NULL && g->varies)
		worker_add(req, "vary", "Origin");
	if (g != NULL && g->origin != NULL) {
		worker_add(req, "access-control-allow-origin", g->origin);
		worker_add(req, "access-control-expose-headers",
		    CORS_EXPOSED);
	}
	h2o_setup_next_ostream(req, slot);
}

void
cors_init(h2o_pathconf_t *path)
{
	h2o_create_filter(path, sizeof(h2o_filter_t))->on_setup_ostream =
	    on_setup;
}

int
cors_is_preflight(h2o_req_t *req, const struct request *r)
{
	return r->origin != NULL && r->origin->cors.n > 0 &&
	    !page_is_ours(r) && h2o_memis(req->method.base, req->method.len,
	    H2O_STRLIT("OPTIONS")) && worker_header(req, "origin").base !=
	    NULL && worker_header(req,
	    "access-control-request-method").base != NULL;
}

/* The methods of the address, and all fields that were asked for: what they say
 * is judged when they come. */
static void
answer_preflight(h2o_req_t *req, const struct request *r)
{
	h2o_iovec_t method = worker_header(req,
	    "access-control-request-method");
	h2o_iovec_t names = worker_header(req,
	    "access-control-request-headers");
	char granted[CORS_ASKED_MAX];

	cors_headers((struct span){ names.base, names.len }, granted);
	req->method = method;	/* which "*" may stand for */
	worker_add(req, "access-control-allow-methods", pass_allow(req, r));
	worker_add(req, "access-control-allow-headers", granted);
	worker_add(req, "access-control-max-age", CORS_MAX_AGE);
	worker_add(req, "via", "1.1 reeld");
	req->method = req->input.method;
	req->res.status = 204;
	req->res.reason = refuse_phrase(204);
	h2o_send_inline(req, "", 0);
}

int
cors_begin(h2o_req_t *req, const struct request *r)
{
	if (r->origin == NULL || r->origin->cors.n == 0)
		return 0;
	make_grant(req, &r->origin->cors);
	if (!cors_is_preflight(req, r))
		return 0;
	if ((*place_of(req))->origin != NULL)
		answer_preflight(req, r);
	else
		refuse(req, 403, 0, NULL, "pages of this origin may not look");
	return 1;
}

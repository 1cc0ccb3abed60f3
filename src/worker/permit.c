/* SPDX-License-Identifier: ISC */
/* permit -- addresses that carry their permission; worker */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reeld/clock.h"
#include "reeld/path.h"
#include "reeld/signature.h"
#include "client.h"
#include "permit.h"
#include "refuse.h"

/* Another spelling of a path that wants a signature: /%76ip/ for /vip/. */
static int
is_disguised(const struct request *r)
{
	char path[PATH_LEN_MAX + 1];
	const struct conf_origin *o;
	size_t len = path_plain(r->path.base, r->path.len, path);

	if (len == r->path.len)
		return 0;		/* whatever is changed gets shorter */
	o = conf_route(worker.conf, path, len);
	return o != NULL && o != r->origin && o->secret != NULL;
}

int
permit_check(h2o_req_t *req, const struct request *r)
{
	enum signature_verdict verdict;

	if (is_disguised(r)) {
		refuse(req, 403, 0, NULL, "this is another spelling of an "
		    "address that must be signed");
		return 0;
	}
	if (r->origin == NULL || r->origin->secret == NULL)
		return 1;
	verdict = signature_check(r->origin->secret, r->path, r->expires,
	    r->sig, client_of(req)->name, clock_wall());
	if (verdict == SIGNATURE_GOOD)
		return 1;
	refuse(req, 403, 0, NULL, signature_words(verdict));
	return 0;
}

/* What one player sends as it is and the next one escaped: a signature would
 * fit one of the two. */
static int
is_ambiguous(struct span path)
{
	size_t i;

	for (i = 0; i < path.len; i++)
		if ((unsigned char)path.base[i] >= 0x80 ||
		    strchr("\"<>\\^`{|}", path.base[i]) != NULL)
			return 1;
	return 0;
}

static const char *
fault(const struct request *r)
{
	const char *why;

	if (r->path.len == 0 || r->path.base[0] != '/')
		return "this is neither a path nor an http or https URL";
	if (path_check(r->path.base, r->path.len, &why) == -1)
		return why;
	if (is_ambiguous(r->path))
		return "the path has characters that must be escaped (%XX)";
	if (r->origin == NULL)
		return "no origin has this path";
	if (r->origin->secret == NULL)
		return "the origin of this path has no secret";
	return NULL;
}

/* How much of an address stands before its path. */
static size_t
front_len(const char *address)
{
	const char *host = strstr(address, "://");

	if (address[0] == '/' || host == NULL)
		return 0;
	host += strlen("://");
	return (size_t)(host - address) + strcspn(host, "/?");
}

const char *
permit_print(const struct permit *p, const char *address, char *out,
    size_t len)
{
	char query[PERMIT_LEN], sig[SIGNATURE_LEN + 1];
	int front = (int)front_len(address), path, kept, n;
	struct request r;
	const char *why;

	if (strlen(address) > sizeof(query))
		return "the address is too long";
	request_parse(span_of(address), &r);
	if ((why = fault(&r)) != NULL)
		return why;
	signature_make(r.origin->secret, r.path, p->expires, p->client, sig);
	path = (int)r.path.len;
	kept = (int)request_strip(&r, query);
	if (p->in_path)
		n = snprintf(out, len, "%.*s/t/%" PRId64 ".%s%.*s%s%.*s",
		    front, address, p->expires, sig, path, r.path.base,
		    kept > 0 ? "?" : "", kept, query);
	else
		n = snprintf(out, len, "%.*s%.*s?%.*s%sexpires=%" PRId64
		    "&sig=%s", front, address, path, r.path.base, kept, query,
		    kept > 0 ? "&" : "", p->expires, sig);
	return (size_t)n < len ? NULL : "the address is too long";
}

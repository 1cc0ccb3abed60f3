/* SPDX-License-Identifier: ISC */
/* aim -- the object that an administrator names by an address; worker */
#include "config.h"

#include <string.h>

#include <bsd/string.h>

#include "reeld/allow.h"
#include "reeld/path.h"
#include "aim.h"
#include "request.h"

int
aim_is_address(const char *text)
{
	return text[0] == '/' || url_scheme(text, strlen(text));
}

/* Whether the address is below that of an origin. */
static int
is_below(const char *address, const char *url)
{
	size_t n = strlen(url);

	return n > 0 && strchr(url, '?') == NULL &&
	    strncmp(url, address, n) == 0 &&
	    (url[n - 1] == '/' || address[n] == '/');
}

/* The origin whose url is the longest that the address begins with. */
static const struct conf_origin *
origin_above(const char *address)
{
	const struct conf_origin *o, *best = NULL;
	size_t i, n, longest = 0;

	for (i = 0; i < worker.conf->norigins; i++) {
		o = &worker.conf->origins[i];
		if (o->url == NULL || (n = strlen(o->url)) <= longest ||
		    !is_below(address, o->url))
			continue;
		best = o;
		longest = n;
	}
	return best;
}

/* The address as a request of that origin would have it. */
static int
below_origin(const char *address, struct aim *a, const char **why)
{
	struct span rest = span_of(address + strlen(a->origin->url));
	struct span query = { NULL, 0 };
	const char *mark = memchr(rest.base, '?', rest.len);

	if (mark != NULL) {
		query = span_of(mark + 1);
		rest.len = (size_t)(mark - rest.base);
	}
	return url_join(a->origin->url, rest, query, a->url, sizeof(a->url),
	    why) == -1 ? -1 : 0;
}

/* The origin that lets its clients name this address; NULL: none does. */
static const struct conf_origin *
origin_open(const char *address)
{
	const struct conf_origin *o;
	char host[URL_HOST_MAX + 1];
	struct url u;
	size_t i;

	if (url_parse(address, strlen(address), &u, NULL) == -1 ||
	    u.credentials)
		return NULL;
	url_host(&u, host);
	for (i = 0; i < worker.conf->norigins; i++) {
		o = &worker.conf->origins[i];
		if (o->type == CONF_OPEN && allow_name(o->allow.v, o->allow.n,
		    host, u.port))
			return o;
	}
	return NULL;
}

/* As a client of reeld would have it. */
static int
at_reeld(const char *address, struct aim *a, const char **why)
{
	struct request r;
	int status;

	request_parse(span_of(address), &r);
	a->origin = r.origin;
	if (path_check(r.path.base, r.path.len, why) == -1)
		return -1;
	return request_source(&r, a->url, sizeof(a->url), &status, why);
}

int
aim_take(const char *address, struct aim *a, const char **why)
{
	int taken;

	*why = "this is no address";
	if (!aim_is_address(address) || strlen(address) > URL_MAX)
		return -1;
	if ((a->origin = origin_above(address)) != NULL) {
		taken = below_origin(address, a, why);
	} else if ((a->origin = origin_open(address)) != NULL) {
		strlcpy(a->url, address, sizeof(a->url));
		taken = 0;
	} else {
		taken = at_reeld(address, a, why);
	}
	if (taken == 0)
		request_key(a->origin, a->url, "", a->key);
	return taken;
}

/* SPDX-License-Identifier: ISC */
/* cors -- which pages may read what reeld serves; worker */
#include "config.h"

#include <string.h>

#include "reeld/cors.h"
#include "reeld/header.h"
#include "reeld/url.h"

#include "octet.h"
#include "scan.h"

/* The tuple of RFC 6454, 4; what has more than that is no origin. */
static int
take_origin(struct span text, struct url *u, char host[URL_HOST_MAX + 1])
{
	if (url_parse(text.base, text.len, u, NULL) == -1 || u->credentials ||
	    u->path.len > 0 || u->query.base != NULL ||
	    memchr(text.base, '#', text.len) != NULL)
		return -1;
	url_host(u, host);
	return 0;
}

static int
same_origin(struct span a, struct span b)
{
	char host_a[URL_HOST_MAX + 1], host_b[URL_HOST_MAX + 1];
	struct url x, y;

	return take_origin(a, &x, host_a) == 0 &&
	    take_origin(b, &y, host_b) == 0 && x.https == y.https &&
	    x.port == y.port && strcmp(host_a, host_b) == 0;
}

int
cors_all(char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], "*") == 0)
			return 1;
	return 0;
}

int
cors_allows(char *const *list, size_t n, struct span origin)
{
	size_t i;

	if (cors_all(list, n))
		return 1;
	for (i = 0; i < n; i++)
		if (same_origin(span_of(list[i]), origin))
			return 1;
	return 0;
}

static int
is_token(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!octet_token((unsigned char)s.base[i]))
			return 0;
	return s.len > 0;
}

void
cors_headers(struct span asked, char out[CORS_ASKED_MAX])
{
	struct span name;
	size_t n = strlen("range");

	memcpy(out, "range", n);
	while (scan_member(&asked, &name)) {
		if (!is_token(name) || header_is(name, "range") ||
		    n + name.len + 3 > CORS_ASKED_MAX)
			continue;
		memcpy(out + n, ", ", 2);
		memcpy(out + n + 2, name.base, name.len);
		n += 2 + name.len;
	}
	out[n] = '\0';
}

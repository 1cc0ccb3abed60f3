/* SPDX-License-Identifier: ISC */
/* url_resolve -- what a reference means at an address; every process */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "reeld/url.h"

/* Bytes of `base` in front of what a reference replaces (RFC 3986, 5.2.2). */
static size_t
kept_of(const char *base, struct span ref)
{
	size_t host = strcspn(base, ":") + strlen("://");
	size_t path = host + strcspn(base + host, "/?#");
	size_t query = path + strcspn(base + path, "?#");

	if (ref.len >= 2 && memcmp(ref.base, "//", 2) == 0)
		return host - strlen("//");
	if (ref.len >= 1 && ref.base[0] == '/')
		return path;
	if (ref.len == 0 || ref.base[0] == '?' || ref.base[0] == '#')
		return ref.len > 0 && ref.base[0] == '?' ? query :
		    strcspn(base, "#");
	while (query > path && base[query - 1] != '/')
		query--;
	return query;
}

/* `scheme:` comes before anything that ends the first component. */
static int
has_scheme(struct span ref)
{
	size_t i;

	for (i = 0; i < ref.len && strchr("/?#", ref.base[i]) == NULL; i++)
		if (ref.base[i] == ':')
			return 1;
	return 0;
}

int
url_resolve(const char *base, struct span ref, char *out, size_t outlen,
    const char **why)
{
	char text[2 * URL_MAX + 2];
	size_t kept;
	int n;

	if (has_scheme(ref))
		return url_normalize(ref.base, ref.len, out, outlen, why);
	kept = kept_of(base, ref);
	/* A base without a path has the root. */
	n = snprintf(text, sizeof(text), "%.*s%s%.*s", (int)kept, base,
	    ref.len > 0 && strchr("/?#", ref.base[0]) == NULL &&
	    base[kept - 1] != '/' ? "/" : "", (int)ref.len, ref.base);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		*why = "the address is too long";
		return -1;
	}
	return url_normalize(text, (size_t)n, out, outlen, why);
}

int
url_same_server(const char *a, const char *b)
{
	char host_a[URL_HOST_MAX + 1], host_b[URL_HOST_MAX + 1];
	struct url x, y;

	if (url_parse(a, strlen(a), &x, NULL) == -1 ||
	    url_parse(b, strlen(b), &y, NULL) == -1)
		return 0;
	url_host(&x, host_a);
	url_host(&y, host_b);
	return x.https == y.https && x.port == y.port &&
	    strcmp(host_a, host_b) == 0;
}

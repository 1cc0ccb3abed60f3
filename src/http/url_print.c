/* SPDX-License-Identifier: ISC */
/* url_print -- the one spelling of an address; every process */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "reeld/path.h"
#include "reeld/url.h"

#include "octet.h"

/* Text that grows in the caller's storage; `full` when something is missing.
 * One byte is kept for the NUL. */
struct text {
	char		*base;
	size_t		 len, room;
	int		 full;
};

static void
put(struct text *t, const char *s, size_t len)
{
	if (len > t->room - t->len) {
		t->full = 1;
		return;
	}
	memcpy(t->base + t->len, s, len);
	t->len += len;
}

static void
put_string(struct text *t, const char *s)
{
	put(t, s, strlen(s));
}

static void
put_char(struct text *t, char c)
{
	put(t, &c, 1);
}

/* Bytes that RFC 3986 has no place for, but that people write: the same
 * address, escaped. */
static int
must_escape(unsigned char c)
{
	return c >= 0x80 || strchr("\"<>\\^`{|}", c) != NULL;
}

static void
put_byte(struct text *t, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	const char escape[3] = { '%', hex[c >> 4], hex[c & 15] };

	put(t, escape, sizeof(escape));
}

/* Escapes in upper case, none where none is needed (6.2.2.1, 6.2.2.2). */
static void
put_escaped(struct text *t, struct span s)
{
	size_t i;
	int byte;

	for (i = 0; i < s.len; i++) {
		byte = octet_escape(s.base + i, s.len - i);
		if (byte != -1) {
			i += 2;
			if (octet_unreserved((unsigned char)byte))
				put_char(t, (char)byte);
			else
				put_byte(t, (unsigned char)byte);
		} else if (must_escape((unsigned char)s.base[i])) {
			put_byte(t, (unsigned char)s.base[i]);
		} else {
			put_char(t, s.base[i]);
		}
	}
}

/* Removes dot segments in place (5.2.4); the path begins with a slash. */
static size_t
collapse(char *path, size_t len)
{
	size_t begin, end, out = 0;

	for (begin = 0; begin < len; begin = end) {
		for (end = begin + 1; end < len && path[end] != '/'; end++)
			continue;
		if (end - begin == 2 && path[begin + 1] == '.') {
			/* "/.": nothing to keep but a final slash */
		} else if (end - begin == 3 && path[begin + 1] == '.' &&
		    path[begin + 2] == '.') {
			while (out > 0 && path[--out] != '/')
				continue;
		} else {
			memmove(path + out, path + begin, end - begin);
			out += end - begin;
			continue;
		}
		if (end == len)
			path[out++] = '/';
	}
	return out;
}

static void
put_host(struct text *t, const struct url *url)
{
	char host[URL_HOST_MAX + 1], canonical[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	url_host(url, host);
	if (!url->literal6) {
		put_string(t, host);
		return;
	}
	if (inet_pton(AF_INET6, host, &in6) == 1 &&
	    inet_ntop(AF_INET6, &in6, canonical, sizeof(canonical)) != NULL) {
		put_char(t, '[');
		put_string(t, canonical);
		put_char(t, ']');
	}
}

static void
put_authority(struct text *t, const struct url *url)
{
	char port[8];

	put_string(t, url->https ? "https://" : "http://");
	if (url->credentials) {
		put_escaped(t, url->userinfo);
		put_char(t, '@');
	}
	put_host(t, url);
	if (url->port != (url->https ? 443 : 80)) {
		snprintf(port, sizeof(port), ":%u", url->port);
		put_string(t, port);
	}
}

static void
put_path(struct text *t, const struct url *url)
{
	size_t begin = t->len;

	if (url->path.len == 0)
		put_char(t, '/');
	put_escaped(t, url->path);
	if (!t->full)
		t->len = begin + collapse(t->base + begin, t->len - begin);
}

/* Ends the text; its length, or -1 when it did not fit. */
static int
text_end(struct text *t, const char **why)
{
	if (t->full || t->len > URL_MAX) {
		if (why != NULL)
			*why = "the address is too long";
		return -1;
	}
	t->base[t->len] = '\0';
	return (int)t->len;
}

int
url_normalize(const char *s, size_t len, char *out, size_t outlen,
    const char **why)
{
	struct text t = { out, 0, outlen == 0 ? 0 : outlen - 1, outlen == 0 };
	struct url url;

	if (url_parse(s, len, &url, why) == -1)
		return -1;
	put_authority(&t, &url);
	put_path(&t, &url);
	if (url.query.base != NULL) {
		put_char(&t, '?');
		put_escaped(&t, url.query);
	}
	return text_end(&t, why);
}

/* The queries of the configured url and of the request, in this order. */
static void
put_queries(struct text *t, struct span base, struct span query)
{
	if (base.base == NULL && query.base == NULL)
		return;
	put_char(t, '?');
	put(t, base.base == NULL ? "" : base.base, base.len);
	if (base.len > 0 && query.len > 0)
		put_char(t, '&');
	put(t, query.base == NULL ? "" : query.base, query.len);
}

int
url_join(const char *base, struct span rest, struct span query, char *out,
    size_t outlen, const char **why)
{
	char raw[URL_MAX + 1];
	struct text t = { raw, 0, URL_MAX, 0 };
	struct url url;
	int slashes, n;

	if (url_parse(base, strlen(base), &url, why) == -1 ||
	    path_check(rest.base, rest.len, why) == -1)
		return -1;
	if (query.base != NULL && memchr(query.base, '#', query.len) != NULL) {
		if (why != NULL)
			*why = "`#` in the query";
		return -1;
	}
	put(&t, base, (size_t)(url.path.base - base) + url.path.len);
	if (rest.len > 0) {
		slashes = (url.path.len > 0 &&
		    url.path.base[url.path.len - 1] == '/') +
		    (rest.base[0] == '/');
		if (slashes == 0)
			put_char(&t, '/');
		put(&t, rest.base + (slashes == 2),
		    rest.len - (slashes == 2));
	}
	put_queries(&t, url.query, query);
	n = text_end(&t, why);
	return n == -1 ? -1 : url_normalize(raw, (size_t)n, out, outlen, why);
}

/* What a normalized address has behind the path of `base`, and behind its
 * query.  0, or -1 where it is of another base. */
static int
behind(const char *url, const char *base, struct span *rest,
    struct span *query)
{
	char plain[URL_MAX + 1];
	const char *base_query, *mark;
	size_t path, len;

	if (url_normalize(base, strlen(base), plain, sizeof(plain), NULL) == -1)
		return -1;
	path = strcspn(plain, "?");
	base_query = plain[path] == '?' ? plain + path + 1 : NULL;
	if (strncmp(url, plain, path) != 0 || (plain[path - 1] != '/' &&
	    strchr("/?", url[path]) == NULL))
		return -1;
	mark = url + path + strcspn(url + path, "?");
	*rest = (struct span){ url + path, (size_t)(mark - url) - path };
	*query = (struct span){ NULL, 0 };
	if (*mark == '\0')
		return base_query == NULL ? 0 : -1;
	*query = span_of(mark + 1);
	if (base_query == NULL)
		return 0;
	len = strlen(base_query);
	if (strncmp(query->base, base_query, len) != 0 ||
	    (len > 0 && strchr("&", query->base[len]) == NULL))
		return -1;
	*query = span_of(query->base[len] == '\0' ? NULL :
	    query->base + len + (len > 0));
	return 0;
}

int
url_rebase(const char *url, const char *from, const char *to, char *out,
    size_t outlen)
{
	struct span rest, query;

	if (behind(url, from, &rest, &query) == -1)
		return -1;
	return url_join(to, rest, query, out, outlen, NULL);
}

void
url_public(const char *url, char *out, size_t outlen)
{
	struct url u;
	size_t before;

	if (url_parse(url, strlen(url), &u, NULL) == -1 || !u.credentials) {
		snprintf(out, outlen, "%s", url);
		return;
	}
	before = (size_t)(u.userinfo.base - url);
	snprintf(out, outlen, "%.*s%s", (int)before, url,
	    u.userinfo.base + u.userinfo.len + 1);
}

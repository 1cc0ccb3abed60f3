/* SPDX-License-Identifier: ISC */
/*
 * url -- absolute http and https addresses (RFC 3986)
 *
 * Runs in:  every process.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; struct url points into the text that was parsed.
 * Fails:    -1, and `*why` is a static reason fit for a client to read.
 */
#ifndef REELD_URL_H
#define REELD_URL_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/span.h"

#define URL_MAX		8192	/* bytes of an address, without its NUL */
#define URL_HOST_MAX	253	/* bytes of a host, without its NUL */

struct url {
	int		 https;
	int		 credentials;	/* `user:pass@` was there */
	int		 literal6;	/* host is an IPv6 address */
	uint16_t	 port;		/* the scheme's default if not said */
	struct span	 userinfo;
	struct span	 host;		/* as written, without brackets */
	struct span	 path;		/* may be empty */
	struct span	 query;		/* without `?`; base NULL: none */
};

/* 1 when the text begins with http:// or https://, in any case. */
int url_scheme(const char *s, size_t len);

/*
 * Takes `len` bytes apart and checks them: scheme http or https, a host of
 * letters, digits, `-`, `_` and `.` or an IPv6 literal without zone, port 1
 * to 65535, escapes whole, no control character, no space.  A fragment is
 * dropped.  0 or -1; `why` may be NULL.
 */
int url_parse(const char *s, size_t len, struct url *, const char **why);

/* The parsed host in lower case, without brackets, with its NUL. */
void url_host(const struct url *, char out[URL_HOST_MAX + 1]);

/*
 * The one spelling of an address (RFC 3986, 6.2.2 and 6.2.3): scheme and host
 * in lower case, default port and fragment dropped, empty path `/`, escapes
 * in upper case, unreserved characters unescaped, bytes that may not stand in
 * an address escaped, dot segments removed.  Normalizing twice changes
 * nothing.  Returns the length without the NUL, or -1.
 */
int url_normalize(const char *s, size_t len, char *out, size_t outlen,
    const char **why);

/*
 * The address behind a request: an origin's configured url, the raw rest of
 * the request's path and its raw query (base NULL: none), normalized.  One
 * slash stands between url and rest; a query in `base` comes first.  `rest` is
 * held to path_check(), so that it cannot leave `base`.  Returns the length
 * without the NUL, or -1.
 */
int url_join(const char *base, struct span rest, struct span query, char *out,
    size_t outlen, const char **why);

/*
 * The same file under another configured url: `url` as url_join() made it with
 * `from`, made with `to` instead.  Returns the length without the NUL, or -1
 * where it does not begin with `from`.
 */
int url_rebase(const char *url, const char *from, const char *to, char *out,
    size_t outlen);

/*
 * What a reference means at `base`, an absolute address (RFC 3986, 5.2),
 * normalized: Location and Content-Location.  Returns the length without the
 * NUL, or -1.
 */
int url_resolve(const char *base, struct span ref, char *out, size_t outlen,
    const char **why);

/* What stands behind the last slash: of a path, or of an address without its
 * query. */
struct span url_last(struct span path);

/* 1 when both addresses are of one server: scheme, host and port. */
int url_same_server(const char *a, const char *b);

/* A copy for people to see: without credentials.  What is no address is copied
 * as it is; cut at `outlen`. */
void url_public(const char *url, char *out, size_t outlen);

#endif /* REELD_URL_H */

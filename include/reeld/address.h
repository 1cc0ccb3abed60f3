/* SPDX-License-Identifier: ISC */
/*
 * address -- /u/<base64 of a URL>[/name.ext]
 *
 * Runs in:  worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    says what is wrong by its verdict and `*why`, a static reason fit
 *           for a client to read.
 */
#ifndef REELD_ADDRESS_H
#define REELD_ADDRESS_H

#include <stddef.h>

#define ADDRESS_NAME_MAX 255	/* bytes of the player's name, without NUL */

enum address_verdict {
	ADDRESS_OK,
	ADDRESS_BAD_BASE64,
	ADDRESS_TOO_LONG,	/* the URL or the name */
	ADDRESS_BAD_URL,
	ADDRESS_BAD_SCHEME	/* neither http nor https */
};

/*
 * Reads what follows the origin's prefix in the raw path, without the query.
 * The last component is the player's name when it holds a `.`; all before it,
 * slashes included, is base64 (RFC 4648, either alphabet or both, padded or
 * not, `/`, `+` and `=` perhaps escaped) and must be canonical.  `url` gets
 * the normalized address (room for URL_MAX + 1), `name` the raw name or ""
 * (room for ADDRESS_NAME_MAX + 1).  `why` may be NULL.
 */
enum address_verdict address_decode(const char *rest, size_t len, char *url,
    size_t urllen, char *name, size_t namelen, const char **why);

#endif /* REELD_ADDRESS_H */

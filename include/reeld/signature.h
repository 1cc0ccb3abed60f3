/* SPDX-License-Identifier: ISC */
/*
 * signature -- addresses that carry their own permission
 *
 * Runs in:  worker.
 * Touches:  nothing but its arguments; OpenSSL's HMAC, fetched once.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    SIGNATURE_WRONG for what cannot be read; a missing HMAC-SHA256 is
 *           fatal.
 */
#ifndef REELD_SIGNATURE_H
#define REELD_SIGNATURE_H

#include <stdint.h>

#include "reeld/span.h"

#define SIGNATURE_LEN	43	/* unpadded base64url of 32 bytes */

enum signature_verdict {
	SIGNATURE_GOOD,
	SIGNATURE_MISSING,	/* no expires, or no sig */
	SIGNATURE_EXPIRED,	/* it was good once */
	SIGNATURE_WRONG
};

/* base64url(HMAC-SHA256(secret, path LF expires [LF client])) and a NUL (RFC
 * 2104; RFC 4648, 5); the path is raw, without query; `client` is NULL where
 * any may come. */
void signature_make(const char *secret, struct span path, int64_t expires,
    const char *client, char out[SIGNATURE_LEN + 1]);

/* Compares in constant time, first without, then with the client's address;
 * `expires` and `sig` as they stand in the address, `now` in unix seconds.
 * What expires at a second is good until that second is over. */
enum signature_verdict signature_check(const char *secret, struct span path,
    struct span expires, struct span sig, const char *client, int64_t now);

/* Takes "/t/<expires>.<sig>/rest" apart, without a look at what the two are;
 * `rest` begins with its slash.  0, or -1 for a path of another form. */
int signature_split(struct span path, struct span *expires, struct span *sig,
    struct span *rest);

/* "the address has expired", for the answer. */
const char *signature_words(enum signature_verdict);

#endif /* REELD_SIGNATURE_H */

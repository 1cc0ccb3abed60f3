/* SPDX-License-Identifier: ISC */
/*
 * cors -- which pages may read what reeld serves (Fetch, 3.2 and 3.3)
 *
 * Runs in:  worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    a predicate says 0.
 */
#ifndef REELD_CORS_H
#define REELD_CORS_H

#include <stddef.h>

#include "reeld/span.h"

#define CORS_EXPOSED	"Accept-Ranges, Age, Cache-Status, Content-Length, " \
    "Content-Range, Date, ETag, Proxy-Status, Retry-After, Via, X-Cache"
#define CORS_MAX_AGE	"7200"		/* s; no browser keeps it longer */
#define CORS_ASKED_MAX	1024		/* bytes of names that are granted */

/* 1 when the list has "*", so that no answer depends on who asks. */
int cors_all(char *const *list, size_t n);

/* 1 when the value of an Origin field is allowed by one of `n` origins
 * (scheme://host[:port]; RFC 6454, 5); the opaque "null" by "*" alone. */
int cors_allows(char *const *list, size_t n, struct span origin);

/* Prints the names of Access-Control-Request-Headers that are to be granted:
 * those of `asked` (base NULL: none) that are tokens, and Range.  As many as
 * fit. */
void cors_headers(struct span asked, char out[CORS_ASKED_MAX]);

#endif /* REELD_CORS_H */

/* SPDX-License-Identifier: ISC */
/*
 * etag -- entity tags and how they compare (RFC 9110, 8.8.3)
 *
 * Runs in:  worker, fetcher, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; what is not an entity tag equals nothing.
 */
#ifndef REELD_ETAG_H
#define REELD_ETAG_H

#include <stddef.h>

/* 1 for `"..."` and `W/"..."` with legal bytes between the quotes. */
int etag_valid(const char *s, size_t len);

/* 1 for a valid tag that is not marked weak: fit for If-Range. */
int etag_strong(const char *s, size_t len);

/* Strong comparison: both strong, same bytes.  Weak comparison: same bytes
 * between the quotes.  "" and malformed tags equal nothing, not even
 * themselves. */
int etag_equal_strong(const char *a, const char *b);
int etag_equal_weak(const char *a, const char *b);

enum etag_compare { ETAG_STRONG, ETAG_WEAK };

/* 1 when the list of If-Match or If-None-Match (`len` bytes) is `*` or holds
 * `etag`.  Reading stops at the first malformed member. */
int etag_listed(const char *list, size_t len, const char *etag,
    enum etag_compare);

#endif /* REELD_ETAG_H */

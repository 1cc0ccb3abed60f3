/* SPDX-License-Identifier: ISC */
/*
 * header -- header lines of a source, and fields that need judgement
 *
 * Runs in:  fetcher, worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; spans point into the line that was given.
 * Fails:    -1 for what the grammar of RFC 9110 does not allow.
 */
#ifndef REELD_HEADER_H
#define REELD_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/span.h"

#define HEADER_TYPE_MAX		127		/* bytes of a Content-Type */
#define HEADER_RETRY_MAX	31536000	/* seconds: a year */

/* Takes `Name: value`, with or without its line end, apart; the value is
 * trimmed.  -1 for status lines, the empty line, folded lines, blanks before
 * the colon and control characters (RFC 9110, 5.1 and 5.5; RFC 9112, 5). */
int header_split(const char *line, size_t len, struct span *name,
    struct span *value);

/* 1 when the two are the same but for case. */
int header_is(struct span text, const char *name);

/* 1 when a comma-separated list has the member `token`, whatever the case
 * (Connection, Accept-Ranges). */
int header_listed(struct span list, const char *token);

/* Content-Length: digits only, or a list of the same number.  `*length` is -1
 * before the first such line; a later one must agree (RFC 9110, 8.6).
 * 0, or -1 and `*length` as it was. */
int header_length(struct span value, int64_t *length);

/* 1 when a Content-Type can be passed on: `type/subtype`, then printable
 * ASCII, at most HEADER_TYPE_MAX bytes. */
int header_type_valid(struct span value);

/* 1 when a Content-Type is multipart/byteranges, with or without
 * parameters. */
int header_multipart(struct span value);

/* 1 for an absent or empty Content-Encoding and for one that is `identity`. */
int header_identity(struct span value);

/* Retry-After (RFC 9110, 10.2.3), seconds or a date, as seconds from `now`:
 * 0 to HEADER_RETRY_MAX, or -1. */
int64_t header_retry(struct span value, int64_t now);

#endif /* REELD_HEADER_H */

/* SPDX-License-Identifier: ISC */
/*
 * content_range -- the Content-Range field (RFC 9110, 14.4)
 *
 * Runs in:  fetcher (parse), worker (print), tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 for anything but the three forms of the RFC.
 */
#ifndef REELD_CONTENT_RANGE_H
#define REELD_CONTENT_RANGE_H

#include <stddef.h>
#include <stdint.h>

#define CONTENT_RANGE_LEN 80	/* room for any printed value and its NUL */

enum content_range_kind {
	CONTENT_RANGE_ABSENT,
	CONTENT_RANGE_BAD,		/* there, but not understood */
	CONTENT_RANGE_PART,		/* bytes first-last/size or /star */
	CONTENT_RANGE_UNSATISFIED	/* bytes star/size */
};

struct content_range {
	enum content_range_kind kind;
	uint64_t	 first, last;	/* inclusive */
	int64_t		 size;		/* -1: not said */
};

/* Reads a field value of `len` bytes (NULL: CONTENT_RANGE_ABSENT).  0, or -1
 * and CONTENT_RANGE_BAD: other unit, first > last, last >= size, a number of
 * 2^63 - 1 or more, anything before or after. */
int content_range_parse(const char *value, size_t len, struct content_range *);

/* Prints a PART or an UNSATISFIED.  Returns the length, or -1 when the value
 * is of another kind or does not fit into `outlen`. */
int content_range_print(const struct content_range *, char *out, size_t outlen);

#endif /* REELD_CONTENT_RANGE_H */

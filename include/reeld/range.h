/* SPDX-License-Identifier: ISC */
/*
 * range -- the Range field of a request (RFC 9110, 14.1 and 14.2)
 *
 * Runs in:  worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: what cannot be understood is RANGE_NONE, the whole object.
 */
#ifndef REELD_RANGE_H
#define REELD_RANGE_H

#include <stddef.h>
#include <stdint.h>

#define RANGE_MAX	16		/* more in one request: RANGE_NONE */
#define RANGE_OPEN	UINT64_MAX	/* range_wish.last of `bytes=5-` */

enum range_verdict {
	RANGE_NONE,		/* absent, malformed, too many: 200 */
	RANGE_ONE,		/* 206 with out[0] */
	RANGE_MANY,		/* 206 multipart/byteranges */
	RANGE_UNSATISFIABLE	/* 416 */
};

struct range {
	uint64_t	 first, last;	/* inclusive, last < size */
};

/*
 * Reads the field value (`len` bytes, may be NULL) for an object of `size`
 * bytes.  Up to `max` ranges go to `out`, their number to `n`: in the order
 * asked, overlapping and touching ones merged into the place of the first, all
 * inside the object.  A list of more than `max` or RANGE_MAX ranges, or whose
 * ranges add up to more than the object, is RANGE_NONE.
 */
enum range_verdict range_parse(const char *value, size_t len, uint64_t size,
    struct range *out, size_t max, size_t *n);

enum range_wish_kind {
	RANGE_WISH_NONE,	/* no usable Range: all of it, from 0 */
	RANGE_WISH_FROM,	/* from `first` to `last` or RANGE_OPEN */
	RANGE_WISH_SUFFIX,	/* the last `suffix` bytes */
	RANGE_WISH_MANY		/* a list that begins at `first` */
};

struct range_wish {
	enum range_wish_kind kind;
	uint64_t	 first;		/* where to start pulling */
	uint64_t	 last;
	uint64_t	 suffix;
};

/*
 * The same for an object whose size nobody knows yet: what the client wants
 * and where to start pulling.  The answer itself needs range_parse() as soon
 * as the size is there.
 */
void range_first(const char *value, size_t len, struct range_wish *);

#endif /* REELD_RANGE_H */

/* SPDX-License-Identifier: ISC */
/*
 * condition -- the preconditions of a request (RFC 9110, 13)
 *
 * Runs in:  worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; struct condition points into the request.
 * Fails:    never; a field that cannot be read is ignored as the RFC says.
 */
#ifndef REELD_CONDITION_H
#define REELD_CONDITION_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/span.h"

enum condition_verdict {
	CONDITION_PASS,
	CONDITION_NOT_MODIFIED,		/* 304 */
	CONDITION_FAILED		/* 412 */
};

/* The field values as received; base NULL: not sent. */
struct condition {
	struct span	 if_match, if_none_match;
	struct span	 if_modified_since, if_unmodified_since;
	int64_t		 now;	/* seconds since 1970, for RFC 850 dates */
};

/*
 * Judges the preconditions of an object that exists, in the order of 13.2.2,
 * with its `etag` ("" none) and Last-Modified (`mtime`, -1 none).
 */
enum condition_verdict condition_check(const struct condition *,
    const char *etag, int64_t mtime, int is_get_or_head);

/*
 * If-Range (13.1.5): 1 when the Range is to be honoured.  A tag is compared
 * strongly; a date must be the very Last-Modified, and that must be strong by
 * the answer's Date (`date`, -1 none).  An absent If-Range is 1.
 */
int condition_range(const char *value, size_t len, const char *etag,
    int64_t mtime, int64_t date);

#endif /* REELD_CONDITION_H */

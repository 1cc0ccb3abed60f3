/* SPDX-License-Identifier: ISC */
/*
 * multipart -- reads a multipart/byteranges body and compares its parts
 *
 * Runs in:  test programs.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 when the body is not what RFC 9110 14.6 describes.
 */
#ifndef TEST_MULTIPART_H
#define TEST_MULTIPART_H

#include <stdint.h>

#include "viewer.h"

struct multipart_part {
	int64_t		 first, last;	/* of its Content-Range */
	int64_t		 total;		/* -1: an asterisk */
	int64_t		 wrong_at;	/* first wrong byte's offset, or -1 */
};

/*
 * Takes apart the answer `res`, whose body was kept whole, and compares every
 * part with the content of `seed`: how many parts, the first `max` of them in
 * `parts`; -1 when header, boundary, a part's head or its length is wrong.
 */
int multipart_parse(const struct viewer_result *res, uint64_t seed,
    struct multipart_part *parts, int max);

#endif /* TEST_MULTIPART_H */

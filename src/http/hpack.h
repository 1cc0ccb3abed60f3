/* SPDX-License-Identifier: ISC */
/*
 * hpack -- how many fields a field block has, without decoding one
 *
 * Nothing is looked up in a table and no string is read, so Huffman codes and
 * indexes out of range are for the real decoder to refuse; where a field ends
 * does not depend on them.
 *
 * Runs in:  worker; see frame.h.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; struct hpack is in frame.h.
 * Fails:    with a verdict.
 */
#ifndef REELD_HTTP_HPACK_H
#define REELD_HTTP_HPACK_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/frame.h"

enum hpack_verdict {
	HPACK_PASS,
	HPACK_BROKEN,		/* libh2o says COMPRESSION_ERROR itself */
	HPACK_FORBIDDEN		/* libh2o would let it pass */
};

/* Begins a field block. */
void hpack_init(struct hpack *);

/* Reads the next bytes of the block; they may end anywhere.  Once it is
 * HPACK_BROKEN nothing more is read of this block, as libh2o does. */
enum hpack_verdict hpack_read(struct hpack *, const uint8_t *, size_t);

/* The block ends here: HPACK_BROKEN if that is within a field. */
enum hpack_verdict hpack_end(const struct hpack *);

#endif /* REELD_HTTP_HPACK_H */

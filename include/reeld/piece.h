/* SPDX-License-Identifier: ISC */
/*
 * piece -- the names of Filecoin pieces: piece CIDs of both versions
 *
 * Runs in:  worker, fetcher, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1, and `*why` is a static reason fit for a client to read.
 */
#ifndef REELD_PIECE_H
#define REELD_PIECE_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/commp.h"

#define PIECE_TEXT	80	/* of the longest name, with its NUL */

struct piece {
	int		 version;	/* 1, or 2: padding and height known */
	unsigned	 height;	/* of the tree over 32-byte leaves */
	uint64_t	 padding;	/* bytes of zeros behind the payload */
	uint8_t		 root[COMMP_ROOT];
};

/*
 * Reads `len` bytes as a piece CID in lower-case base32: version 1 (codec
 * fil-commitment-unsealed, sha2-256-trunc254-padded) or 2 (FRC-0069).  Only
 * the one spelling that piece_print() gives is taken, so that a piece has one
 * name per version.  0 or -1; `why` may be NULL.
 */
int piece_parse(const char *s, size_t len, struct piece *, const char **why);

/* The name, with its NUL. */
void piece_print(const struct piece *, char out[PIECE_TEXT]);

/* Bytes of the payload; -1 where the name does not tell (version 1). */
int64_t piece_size(const struct piece *);

/* 1 when the stretch is the whole payload of the piece.  A name of version 1
 * tells no height: any tree will do that zeros complete. */
int piece_is(const struct piece *, const struct commp *);

#endif /* REELD_PIECE_H */

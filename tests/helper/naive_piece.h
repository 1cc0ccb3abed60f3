/* SPDX-License-Identifier: ISC */
/*
 * naive_piece -- piece CIDs by the book, bit by bit and all at once, to
 * compare reeld's with
 *
 * Runs in:  test programs.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    the test, when OpenSSL has no SHA-256.
 */
#ifndef TEST_NAIVE_PIECE_H
#define TEST_NAIVE_PIECE_H

#include <stdint.h>

#define NAIVE_PIECE	80	/* bytes of a name, with its NUL */

/* The root over the payload; returns the height of its tree. */
unsigned naive_piece_root(const uint8_t *payload, uint64_t size,
    uint8_t root[32]);

/* The name of the piece, in version 1 or 2. */
void naive_piece_name(const uint8_t *payload, uint64_t size, int version,
    char out[NAIVE_PIECE]);

#endif /* TEST_NAIVE_PIECE_H */

/* SPDX-License-Identifier: ISC */
/*
 * commp -- the commitment to a Filecoin piece, computed from its stretches
 *
 * Runs in:  fetcher, tests.
 * Touches:  its own memory.
 * Locks:    none.
 * Owns:     what commp_create() returned, until commp_destroy().
 * Fails:    fatal without memory; commp_append() and commp_root() as they say.
 *
 * A piece is padded with zeros to quads of 127 bytes; a quad becomes four
 * leaves of 32 bytes (Fr32: 254 bits each), and the leaves are those of a
 * binary tree whose root is the commitment.  A stretch of the payload may
 * begin and end anywhere: of the quads that lie in it whole it keeps the roots
 * of the largest subtrees (32 bytes each, some dozens at most), of those that
 * it shares with its neighbours the bytes.  So stretches are hashed in any
 * order, each once, and put together when all are there.
 */
#ifndef REELD_COMMP_H
#define REELD_COMMP_H

#include <stddef.h>
#include <stdint.h>

#define COMMP_ROOT	32	/* bytes of a tree's root */
#define COMMP_HEIGHT	56	/* of the tallest tree: 2 EiB and more */

struct commp;

/* A stretch that begins at byte `begin` of the payload, empty so far. */
struct commp *commp_create(uint64_t begin);
void commp_destroy(struct commp *);

/* Adds the next `len` bytes of the payload to it. */
void commp_add(struct commp *, const uint8_t *bytes, size_t len);

/* Adds the next stretch.  0, or -1 when it does not begin where this ends. */
int commp_append(struct commp *, const struct commp *next);

/* Where it ends: the first byte that was not added. */
uint64_t commp_end(const struct commp *);

/* 1 when both are of the same bytes in the same place. */
int commp_equal(const struct commp *, const struct commp *);

/* The height of the smallest tree for a payload of `size` bytes. */
unsigned commp_height(uint64_t size);

/*
 * The root of the tree of `height` over a stretch that begins at 0, zeros
 * behind it.  0, or -1 when it begins elsewhere or does not fit.
 */
int commp_root(const struct commp *, unsigned height,
    uint8_t root[COMMP_ROOT]);

#endif /* REELD_COMMP_H */

/* SPDX-License-Identifier: ISC */
/*
 * part -- sixteenths of a segment, and bitmaps of its blocks
 *
 * Runs in:  spooler.
 * Touches:  reads what of a segment is whole.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef PART_H
#define PART_H

#include <stdint.h>

#include "catalogue.h"

#define PART_BLOCKS	(SEGMENT_BLOCKS / CATALOGUE_PARTS)

/* Bytes of a part; bytes that segment `number` has in an object of `size`. */
uint32_t part_bytes(void);
uint32_t part_length(int64_t size, uint32_t number);
/* How many parts are read, or written, together: larger requests cost less,
 * smaller ones come back sooner. */
unsigned part_together(void);

/* 1 when a block of part `part` is in the map. */
int part_has(const uint64_t blocks[SPOOL_WORDS], unsigned part);
/* 1 when all its blocks are that a segment of `length` bytes has there, and it
 * has some. */
int part_is_full(const uint64_t blocks[SPOOL_WORDS], unsigned part,
    uint32_t length);
void part_and(uint64_t to[SPOOL_WORDS], const uint64_t with[SPOOL_WORDS]);
void part_or(uint64_t to[SPOOL_WORDS], const uint64_t with[SPOOL_WORDS]);
/* Takes away what is in `less`; 1 when something is left. */
int part_subtract(uint64_t to[SPOOL_WORDS], const uint64_t less[SPOOL_WORDS]);

/* The next run of blocks from `*block` on and before `last`, as offsets in
 * the segment; `*block` moves behind it.  0: there is none. */
int part_next_run(const uint64_t blocks[SPOOL_WORDS], uint32_t *block,
    uint32_t last, uint32_t *from, uint32_t *to);

/* Bytes of the blocks in the map, in a segment of `length` bytes. */
uint32_t part_sum(const uint64_t blocks[SPOOL_WORDS], uint32_t length);
/* The blocks of a pinned segment of `length` bytes that are whole now. */
void part_whole(struct segment_ref, uint32_t length,
    uint64_t blocks[SPOOL_WORDS]);

#endif /* PART_H */

/* SPDX-License-Identifier: ISC */
/*
 * coverage_part -- how extents are put together
 *
 * Runs in:  fetcher, worker.
 * Touches:  nothing shared but the words it is given.
 * Locks:    none.
 * Owns:     nothing; the extents are the caller's (coverage_fini()).
 * Fails:    -1 when there is no memory.
 */
#ifndef COVERAGE_PART_H
#define COVERAGE_PART_H

#include "reeld/segment.h"

/* Adds [begin, end), clipped at the size. */
int coverage_add(struct coverage *, uint64_t begin, uint64_t end);
/* Adds the blocks that have a bit in `words`, of the segment that begins at
 * `start`. */
int coverage_add_blocks(struct coverage *,
    const uint64_t words[SEGMENT_BLOCKS / 64], uint64_t start);
/* Sorts, and joins what overlaps or touches. */
void coverage_tidy(struct coverage *);

#endif /* COVERAGE_PART_H */

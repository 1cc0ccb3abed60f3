/* SPDX-License-Identifier: ISC */
/*
 * proof -- bytes that are known of an object, to compare another source's with
 * (rule P10)
 *
 * Runs in:  fetcher.
 * Touches:  segments in the arena, through the store.
 * Locks:    none but those the store takes.
 * Owns:     a copy of the bytes, until proof_destroy().
 * Fails:    NULL where there are not enough bytes in memory.
 */
#ifndef PROOF_H
#define PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/segment.h"

#define PROOF_BYTES	(64u << 10)

struct proof {
	uint64_t	 at;			/* of the object */
	uint32_t	 n, seen;		/* bytes; compared so far */
	uint8_t		 bytes[PROOF_BYTES];
};

/*
 * PROOF_BYTES of the object that the coverage describes, or all of a smaller
 * one: those before `near` if they are there, else any; the first ones if
 * `whole`, for a source that can send no others.
 */
struct proof *proof_create(const struct coverage *, uint64_t near, int whole);
void proof_destroy(struct proof *);

/* Compares what came next: -1 it differs, 1 all of it is equal, 0 so far. */
int proof_compare(struct proof *, const void *bytes, size_t len);

#endif /* PROOF_H */

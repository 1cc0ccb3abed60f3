/* SPDX-License-Identifier: ISC */
/*
 * hash -- digests for keys, mixing for buckets
 *
 * Runs in:  every process.
 * Touches:  nothing shared; OpenSSL's digest, fetched once.
 * Locks:    none.
 * Owns:     one digest context per process.
 * Fails:    never; a missing SHA-256 is fatal.
 */
#ifndef REELD_HASH_H
#define REELD_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_LEN 32

/* SHA-256 (FIPS 180-4) of the `n` pieces, one after the other, each preceded
 * by its length so that no two lists of pieces collide. */
struct hash_piece {
	const void	*data;
	size_t		 len;
};
void hash_key(const struct hash_piece *pieces, size_t n, uint8_t out[HASH_LEN]);

/* A good mix of one 64-bit value (for buckets). */
uint64_t hash_mix(uint64_t);

#endif /* REELD_HASH_H */

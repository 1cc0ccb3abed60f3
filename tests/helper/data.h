/* SPDX-License-Identifier: ISC */
/*
 * data -- bytes that know where they belong
 *
 * Runs in:  the scripted source, test programs.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef TEST_DATA_H
#define TEST_DATA_H

#include <stddef.h>
#include <stdint.h>

/* The seed of what the source serves under `path` (without its query) in
 * `version`, 1 being the first. */
uint64_t data_seed(const char *path, uint64_t version);

/*
 * Fills `buf` with the `len` bytes that stand at `offset` of the content that
 * `seed` names.  Any range can be made without what lies before it; a byte
 * that is shifted, repeated or of another seed differs.
 */
void data_fill(uint64_t seed, uint64_t offset, void *buf, size_t len);

/* Compares `len` bytes that should stand at `offset`: the offset of the first
 * wrong one, or -1. */
int64_t data_check(uint64_t seed, uint64_t offset, const void *buf,
    size_t len);

#endif /* TEST_DATA_H */

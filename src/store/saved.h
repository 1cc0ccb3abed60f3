/* SPDX-License-Identifier: ISC */
/*
 * saved -- what of a segment is on disk, and what should be
 *
 * Runs in:  worker, fetcher, spooler.
 * Touches:  reads one segment and its object.
 * Locks:    none; under their stripe the answer holds as long as it is held.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef SAVED_H
#define SAVED_H

#include <stdint.h>

struct object;
struct segment;

/* 1 when something of segment `number` is on disk. */
int saved_on_disk(const struct object *, uint32_t number);
/* 1 when no block of the segment is known to be on disk. */
int saved_is_none(const struct segment *);
/* 1 when whatever can be read of it is on disk. */
int saved_is_all(const struct segment *);
/* 1 when a whole block of it is not known to be on disk and would be saved: not
 * if the disk had no room for it and nobody has used it since. */
int saved_is_dirty(const struct segment *);
/* 1 when something of it is on disk that was not brought, and something was
 * pulled meanwhile, and nobody writes in it now. */
int saved_is_mixed(const struct segment *);
/* Bytes that segment `number` has in the object; 0 behind its end. */
uint32_t saved_length(const struct object *, uint32_t number);

#endif /* SAVED_H */

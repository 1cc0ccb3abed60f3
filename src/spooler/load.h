/* SPDX-License-Identifier: ISC */
/*
 * load -- brings segments from disk, a sixteenth at a time
 *
 * Runs in:  spooler.
 * Touches:  data files (reads); payload, through fill.h.
 * Locks:    none.
 * Owns:     a pin per object and segment that is being brought.
 * Fails:    never: what is damaged is dropped, and asked of its source.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

#include "disk.h"

/* Brings one part of what is wanted, first of what a reader waits for; those
 * alone when `waiting` is set.  0 when there was nothing to do. */
int load_turn(struct disk *, int waiting);
/* 1 when a segment could not be brought for want of room; rung when there may
 * be some. */
int load_is_blocked(void);
/* 1 while this segment, or with UINT32_MAX any of this file, is being
 * brought. */
int load_has(int64_t file, uint32_t number);
/* Begins to bring a segment that nobody waits for, since what is to be saved
 * of it stands beside what is on disk.  0, or -1 when that is not possible. */
int load_begin(struct disk *, struct object_ref, uint32_t number);
/* Leaves what is brought of a file, or all, where it is. */
void load_leave(int64_t file);
void load_abandon(void);

#endif /* LOAD_H */

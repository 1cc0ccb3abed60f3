/* SPDX-License-Identifier: ISC */
/*
 * save -- writes segments to disk, about a MiB at a time
 *
 * Runs in:  spooler.
 * Touches:  payload (reads); data files and catalogue.
 * Locks:    none.
 * Owns:     the pins of the segment that is being saved.
 * Fails:    never: what cannot be saved stays dirty, and health.h is told.
 */
#ifndef SAVE_H
#define SAVE_H

#include <stdint.h>

#include "disk.h"

/* Goes on with the segment at hand, or begins the next one that there is a
 * reason for.  0 when there is none. */
int save_turn(struct disk *, enum spool_why, int64_t idle);
/* 1 while a segment is at hand; this one; any of this file. */
int save_is_busy(void);
int save_has(int64_t file, uint32_t number);
/* Lets go of it. */
void save_abandon(void);
/* Bytes written so far. */
uint64_t save_written(void);

#endif /* SAVE_H */

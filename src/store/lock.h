/* SPDX-License-Identifier: ISC */
/*
 * lock -- the robust mutexes of the arena
 *
 * Runs in:  worker, fetcher.  Never master.
 * Touches:  stripe locks and the ARENA lock; slot.holding of this process.
 * Locks:    one at a time: taking a second one is a PANIC.
 * Owns:     nothing.
 * Fails:    -1 with EDEADLK once the arena is condemned: a repair failed, or a
 *           lock was not had in 2 x 5 s although the master was told.
 */
#ifndef LOCK_H
#define LOCK_H

#include <stdint.h>

/* Lock numbers for the master: stripes 0 .. STRIPES-1, then ARENA. */
#define LOCK_ARENA	STRIPES

int lock_stripe(uint32_t stripe);
void unlock_stripe(uint32_t stripe);
/* Also sweeps what dead processes held, when something is loose (A3). */
int lock_arena(void);
void unlock_arena(void);

#endif /* LOCK_H */

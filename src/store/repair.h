/* SPDX-License-Identifier: ISC */
/*
 * repair -- makes a lock's data whole again after its holder died
 *
 * Runs in:  worker, fetcher: whoever gets the lock next.
 * Touches:  a stripe's chains, or the free lists, rooms and cells.
 * Locks:    the lock being repaired is held by the caller.
 * Owns:     nothing.
 * Fails:    -1 when the records contradict each other: condemn the arena.
 */
#ifndef REPAIR_H
#define REPAIR_H

#include <stdint.h>

int repair_stripe(uint32_t stripe);
int repair_arena(uint32_t lock);

/* Under ARENA: frees every held record and cell whose holder is dead (A3). */
void repair_sweep(void);

/* 1 when a record's holder is a process that lives. */
int repair_alive(uint32_t holder);

#endif /* REPAIR_H */

/* SPDX-License-Identifier: ISC */
/*
 * bell -- who is to be rung when a word of waiters' bits is due
 *
 * Runs in:  worker, fetcher.
 * Touches:  one word of slot bits, the bells of its slots.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; who takes the bits and dies before it rings them is made
 *           good by slot_reap(), which rings all.
 */
#ifndef BELL_H
#define BELL_H

#include <stdint.h>

/* Announces this process among `waiters`.  It looks again after it. */
void bell_wait(uint64_t *waiters);
/* Rings those who announced themselves, after something was published. */
void bell_ring(uint64_t *waiters);

#endif /* BELL_H */

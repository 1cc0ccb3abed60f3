/* SPDX-License-Identifier: ISC */
/*
 * tally -- how many connections an address has, over all workers
 *
 * Runs in:  worker.
 * Touches:  its own table of the arena; reads those of the others.
 * Locks:    none: each count has one writer.
 * Owns:     the counts of this process, cleared by slot_reap().
 * Fails:    a table without room counts nothing: the address is let in.
 */
#ifndef REELD_TALLY_H
#define REELD_TALLY_H

#include <stdint.h>

/* `address` is an in6_addr in network order, an IPv4 address mapped into it.
 * All of an IPv6 /64 count as one: that is what one household has. */

/* One connection more: returns how many there are now. */
uint32_t tally_enter(const uint64_t address[2]);
/* One less; what was never entered is ignored. */
void tally_leave(const uint64_t address[2]);

#endif /* REELD_TALLY_H */

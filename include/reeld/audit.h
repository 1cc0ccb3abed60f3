/* SPDX-License-Identifier: ISC */
/*
 * audit -- checks every numbered invariant of the store
 *
 * Runs in:  worker (for reelctl audit), tests.
 * Touches:  every record; reads fstat(2) of the memfd.
 * Locks:    each STRIPE in turn, then ARENA.
 * Owns:     nothing.
 * Fails:    returns how many invariants do not hold, each printed to `out`.
 */
#ifndef REELD_AUDIT_H
#define REELD_AUDIT_H

#include <stdio.h>

/* `idle`: nothing is running, so that no pin, pen, row, region, waiter or held
 * record may be left either.  `out` may be NULL. */
unsigned store_audit(FILE *out, int idle);

#endif /* REELD_AUDIT_H */

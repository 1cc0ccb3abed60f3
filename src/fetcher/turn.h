/* SPDX-License-Identifier: ISC */
/*
 * turn -- draws the planner's picture of the world and takes its steps
 *
 * Runs in:  fetcher.
 * Touches:  reader rows (reads), coverage (reads), pulls.
 * Locks:    none but those the store takes.
 * Owns:     the arrays of the picture, reused.
 * Fails:    what cannot be had this time is tried in the next turn.
 */
#ifndef TURN_H
#define TURN_H

#include "reeld/conf.h"

/* One turn.  Returns 1 while there is anything to watch (readers or pulls). */
int turn_take(const struct conf *);

#endif /* TURN_H */

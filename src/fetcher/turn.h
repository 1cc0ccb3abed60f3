/* SPDX-License-Identifier: ISC */
/*
 * turn -- draws the planner's picture of the world and takes its steps
 *
 * Runs in:  fetcher.
 * Touches:  pulls; what picture.h looks at.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    what cannot be had this time is tried in the next turn.
 */
#ifndef TURN_H
#define TURN_H

#include <stdint.h>

#include "reeld/conf.h"

#define TURN_TICK	100	/* ms between turns while anything happens */
#define TURN_REST	1000	/* ms while nothing does */

/* One turn.  Returns when the next one is due, in ms of clock_ms(): sooner
 * while there is anything to watch (readers or pulls). */
int64_t turn_take(const struct conf *);

#endif /* TURN_H */

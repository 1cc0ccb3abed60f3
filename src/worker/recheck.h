/* SPDX-License-Identifier: ISC */
/*
 * recheck -- asks whether an object has changed while it is served as it is
 *
 * Runs in:  worker.
 * Touches:  a reader row each, which the planner takes for a reader who waits
 *           to hear that; it wants no byte.
 * Locks:    none but those the store takes.
 * Owns:     its row and a pin on the object, until the source has answered.
 * Fails:    by not asking: the next request tries again.
 */
#ifndef RECHECK_H
#define RECHECK_H

#include "reeld/object.h"

#define RECHECK_MAX	64	/* at once in one worker */

/* Asks, unless somebody here does already. */
void recheck_start(struct object_ref);

/* The bell rang: ends those whose source has answered. */
void recheck_look_all(void);
/* Ends those that wait longer than wait_max. */
void recheck_expire(int64_t now);

#endif /* RECHECK_H */

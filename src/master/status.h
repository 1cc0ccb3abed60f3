/* SPDX-License-Identifier: ISC */
/*
 * status -- what `reelctl status` prints
 *
 * Runs in:  master.
 * Touches:  reads the arena's head, slots and counters.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef MASTER_STATUS_H
#define MASTER_STATUS_H

#include <stdint.h>
#include <stdio.h>

#include "crew.h"

struct status {
	const struct crew *crew;
	const char	*state;		/* of reeld: "running", "draining" */
	int64_t		 began;		/* ms, when reeld did */
	int64_t		 now;		/* ms */
};

/* A table for people. */
void status_print(const struct status *, FILE *);
/* The same and every counter, as one JSON object. */
void status_print_json(const struct status *, FILE *);

#endif /* MASTER_STATUS_H */

/* SPDX-License-Identifier: ISC */
/*
 * throttle -- how long a process that died is waited with
 *
 * Runs in:  master.
 * Touches:  nothing: pure arithmetic.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef MASTER_THROTTLE_H
#define MASTER_THROTTLE_H

#include <stdint.h>

#define THROTTLE_FIRST	100		/* ms */
#define THROTTLE_MOST	60000		/* ms */
#define THROTTLE_WORKED	1000		/* ms of life that count as work */
#define THROTTLE_FORGET	10000		/* ms of life that redeem the past */

struct throttle {
	int64_t		 delay;		/* ms, the last one; 0 none yet */
};

/* The process lived for `lived` ms and had said that it was ready, or not.
 * Returns how many ms to wait: 0 after work was done, else 100 ms, doubled
 * each time, up to a minute. */
int64_t throttle_next(struct throttle *, int ready, int64_t lived);

#endif /* MASTER_THROTTLE_H */

/* SPDX-License-Identifier: ISC */
/*
 * clock -- the two clocks that reeld reads
 *
 * Runs in:  every process.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef REELD_CLOCK_H
#define REELD_CLOCK_H

#include <stdint.h>

/* Monotonic time since boot, the same in all processes of a machine: for
 * timeouts, rates and last use. */
int64_t clock_us(void);
int64_t clock_ms(void);

/* Seconds since 1970: for dates, ages and log lines. */
int64_t clock_wall(void);

#endif /* REELD_CLOCK_H */

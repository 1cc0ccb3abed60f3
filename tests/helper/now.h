/* SPDX-License-Identifier: ISC */
/*
 * now -- the clock of the tests, which shares no code with what they test
 *
 * Runs in:  the scripted source, test programs.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef TEST_NOW_H
#define TEST_NOW_H

#include <stdint.h>
#include <time.h>

/* Monotonic time in nanoseconds and in microseconds. */
static inline int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline int64_t
now_us(void)
{
	return now_ns() / 1000;
}

/* Sleeps until now_us() would return `due`; at once if that is past. */
static inline void
now_sleep_until(int64_t due)
{
	struct timespec ts = { due / 1000000, due % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
		continue;
}

#endif /* TEST_NOW_H */

/* SPDX-License-Identifier: ISC */
/*
 * race -- the first bytes of requests through reeld beside direct ones
 *
 * Medians of requests made in turns, so that what else the machine does falls
 * on both.  They are printed; judged is only what cannot come from a busy
 * machine, for the fine difference is a row of the bench.
 *
 * Runs in:  test programs.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    the test, when reeld is late beyond doubt.
 */
#ifndef TEST_RACE_H
#define TEST_RACE_H

#include <stdint.h>

#define RACE_MAX	64
#define RACE_LEAST	5	/* runs that a median is made of */
#define RACE_LATE_US	250000	/* beyond doubt */

struct race {
	const char	*title;
	int		 n;
	int64_t		 through[RACE_MAX], direct[RACE_MAX];	/* us */
};

/* One run of each; a first byte that never came is -1 and fails the test. */
void race_add(struct race *, int64_t through_us, int64_t direct_us);

/* Prints both medians and compares them. */
void race_judge(struct race *);

#endif /* TEST_RACE_H */

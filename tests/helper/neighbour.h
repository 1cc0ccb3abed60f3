/* SPDX-License-Identifier: ISC */
/*
 * neighbour -- somebody who asks for little, often, and notes how long it took
 *
 * A request was due at its time even if those before it were late: who waits a
 * second has a second's worth of late answers, not one.
 *
 * Runs in:  test programs; the neighbour is a thread.
 * Touches:  one connection of HTTP/1.1, kept alive.
 * Locks:    none.
 * Owns:     the thread and its samples, until neighbour_stop().
 * Fails:    in the report; the test, when there is no thread.
 */
#ifndef TEST_NEIGHBOUR_H
#define TEST_NEIGHBOUR_H

#include <stdint.h>

struct neighbour;

struct neighbour_report {
	int		 asked;
	int		 failed;	/* no answer, or a wrong one */
	int64_t		 p50, p99, worst;	/* us from due to the end */
};

/* Asks 127.0.0.1:`port` for `path` every `pace_ms`, and compares what comes
 * with the content of `seed`. */
struct neighbour *neighbour_start(int port, const char *path, uint64_t seed,
    int pace_ms);
struct neighbour_report neighbour_stop(struct neighbour **);

#endif /* TEST_NEIGHBOUR_H */

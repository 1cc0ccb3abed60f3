/* SPDX-License-Identifier: ISC */
/*
 * counter -- what happened how often, one table for all who print it
 *
 * Runs in:  every process.
 * Touches:  the counters of its own slot (the master: those of the arena's
 *           head); reads all.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef REELD_COUNTER_H
#define REELD_COUNTER_H

#include <stdint.h>

enum counter {
#define COUNTER(name, metric, help) COUNTER_##name,
#include "reeld/counter.def"
#undef COUNTER
	COUNTERS
};

struct counter_def {
	const char	*metric, *help;
};
extern const struct counter_def counter_table[COUNTERS];

void counter_add(enum counter, uint64_t n);
/* The sum over all processes, dead ones included; never goes back. */
uint64_t counter_sum(enum counter);

#endif /* REELD_COUNTER_H */

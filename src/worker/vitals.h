/* SPDX-License-Identifier: ISC */
/*
 * vitals -- how reeld is: counters, gauges, and what is wrong
 *
 * Runs in:  worker.
 * Touches:  counters, slots, the state of the spool (reads).
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef VITALS_H
#define VITALS_H

#include <jansson.h>
#include <stdio.h>

/* Prometheus text exposition format, version 0.0.4. */
void vitals_metrics(FILE *);

/* m3u-proxy's fields, and `problems`: empty when all is well.  `*serves`: 0
 * when clients had better go elsewhere; without its spool reeld still serves
 * them. */
json_t *vitals_json(int *serves);

#endif /* VITALS_H */

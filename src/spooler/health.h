/* SPDX-License-Identifier: ISC */
/*
 * health -- whether the spool works, and what is wrong with it
 *
 * Runs in:  spooler.
 * Touches:  the spool's state in the arena; the log.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 *
 * A trouble is told once: in the log when it begins and when it is over, in
 * the state for as long as it lasts.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdint.h>

#include "catalogue.h"

/* The spooler takes its place in the arena, in the state that it is in. */
void health_here(void);
enum spool_state health_state(void);

void health_good(void);
/* FULL, UNWRITABLE: loads, saves nothing; BROKEN: neither.  A lighter trouble
 * does not hide a worse one. */
void health_bad(enum spool_state, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Nothing is open any more, so nothing can be loaded: what was FULL is BROKEN,
 * or readers would wait for what nobody brings. */
void health_closed(void);
/* What the errno of a write to `what` makes of it (trouble.h). */
void health_errno(const char *what, int error);
/* What the catalogue has answered: 0 when that was OK or NONE. */
int health_check(const struct catalogue *, enum catalogue_result);

/* 1 when it is time to try again. */
int health_is_due(int64_t now);
/* Tries again at once, or only after the usual time from now on. */
void health_retry(int64_t now);
void health_postpone(int64_t now);

/* 1 when the catalogue was found corrupt; taken: only once. */
int health_is_corrupt(void);
int health_take_corrupt(void);

#endif /* HEALTH_H */

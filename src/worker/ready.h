/* SPDX-License-Identifier: ISC */
/*
 * ready -- readers that go on in the next turn of the event loop
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     an eventfd, from ready_init() to ready_fini().
 * Fails:    without the eventfd the process ends.
 */
#ifndef READY_H
#define READY_H

#include "reader.h"

/* Once, before the first request. */
void ready_init(void);
void ready_fini(void);

void ready_insert(struct reader *);
/* Leaves the queue, if it is there. */
void ready_remove(struct reader *);

#endif /* READY_H */

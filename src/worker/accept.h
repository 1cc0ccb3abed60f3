/* SPDX-License-Identifier: ISC */
/*
 * accept -- clients' connections, from the listener to libh2o
 *
 * Runs in:  worker.
 * Touches:  its own SO_REUSEPORT listeners, which the master holds too.
 * Locks:    none.
 * Owns:     a struct conn per connection, freed when its socket closes.
 * Fails:    a connection that cannot be taken is closed.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "worker.h"

/* Wraps the listeners of the child. */
void accept_init(void);
/* The client takes `rate` bytes/s: how much may wait for it in the kernel.  A
 * fast one is sent to in whole pieces, a slow one costs little memory. */
void accept_tune(struct conn *, uint64_t rate);
/* Accepts nothing more, ends connections without a request. */
void accept_drain(void);

#endif /* ACCEPT_H */

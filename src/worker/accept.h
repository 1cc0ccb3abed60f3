/* SPDX-License-Identifier: ISC */
/*
 * accept -- the listeners of a worker, and what it takes from them
 *
 * Runs in:  worker.
 * Touches:  its own SO_REUSEPORT listeners, which the master holds too.
 * Locks:    none.
 * Owns:     the listeners, by the text of their addresses.
 * Fails:    a listener that wants TLS and has no certificate takes nobody.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "worker.h"

/* Makes the listeners what the configuration says: takes the new sockets and
 * identities of the child, closes what is gone.  Connections go on. */
void accept_conf(void);
/* A connection has closed: there may be room for another. */
void accept_go_on(void);
/* Takes what waits in the queues, then accepts nothing more. */
void accept_drain(void);

#endif /* ACCEPT_H */

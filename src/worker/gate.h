/* SPDX-License-Identifier: ISC */
/*
 * gate -- from an accepted socket to HTTP: PROXY header, TLS, which version
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     a connection until libh2o has it, for GATE_TIME at most.
 * Fails:    closes what sends no valid PROXY header where one must be, fails
 *           its handshake, or sends nothing in time.
 */
#ifndef GATE_H
#define GATE_H

#include "conn.h"

#define GATE_TIME	10000	/* ms */

/* Once, before the first connection. */
void gate_init(void);
/* Lets a connection through as soon as it has sent what it takes; `proxied`
 * when a PROXY header must come first. */
void gate_open(struct conn *, int proxied);

#endif /* GATE_H */

/* SPDX-License-Identifier: ISC */
/*
 * trust -- the proxies whose word on their clients is taken
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     the networks of trusted_proxies, as of the last trust_read().
 * Fails:    never: the configuration was checked.
 */
#ifndef TRUST_H
#define TRUST_H

#include <sys/socket.h>

#include "reeld/network.h"

/* Once, and after each change of the configuration. */
void trust_read(void);
/* 1 for a peer in trusted_proxies; and for one on a unix socket, which needs
 * a right to its path. */
int trust_holds(const struct sockaddr *);
/* The networks themselves. */
const struct network *trust_networks(size_t *n);

#endif /* TRUST_H */

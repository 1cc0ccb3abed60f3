/* SPDX-License-Identifier: ISC */
/*
 * identity -- the certificates and keys by which TLS listeners are known
 *
 * Runs in:  master.
 * Touches:  the files that the configuration names, as who started reeld.
 * Locks:    none.
 * Owns:     the memfds of struct identities.
 * Fails:    -1 after every one that is no good was told, at its listener's
 *           line.  What is in a key is never told.
 */
#ifndef MASTER_IDENTITY_H
#define MASTER_IDENTITY_H

#include <stdio.h>

#include "reeld/child.h"
#include "reeld/conf.h"
#include "reeld/msg.h"

/* What MSG_IDENTITY brings, numbered as the listeners; -1: one without TLS. */
struct identities {
	int		 fds[CHILD_LISTENS];
};

/*
 * Reads certificate and key of each listener with TLS and makes sure, as the
 * workers will, that OpenSSL takes them and that they belong together.  Warns
 * of those that have expired or are not valid yet.  At most CHILD_LISTENS.
 */
int identity_load(struct identities *, const struct conf *,
    const unsigned char ticket_keys[MSG_TICKET_KEYS], FILE *errors);
void identity_close(struct identities *);

/* The same, only to see whether they are good: 0, or -1. */
int identity_check(const struct conf *, FILE *errors);

#endif /* MASTER_IDENTITY_H */

/* SPDX-License-Identifier: ISC */
/*
 * supply -- what a configuration has the master hand to the roles
 *
 * Runs in:  master.
 * Touches:  listening sockets, certificates, keys; memfds.
 * Locks:    none.
 * Owns:     all that struct supply has.
 * Fails:    -1 after every error was told; what is in force stays whole.
 */
#ifndef MASTER_SUPPLY_H
#define MASTER_SUPPLY_H

#include <stdio.h>

#include "reeld/conf.h"
#include "reeld/msg.h"
#include "identity.h"
#include "listen.h"

struct supply {
	int		 conf;		/* memfd: its text, secrets and all */
	struct listens	 listens;
	struct identities identities;
	int		 trust;		/* memfd: see MSG_TRUST */
	/* the same for as long as reeld runs */
	unsigned char	 ticket_keys[MSG_TICKET_KEYS];
};

/* One without anything but fresh ticket keys. */
void supply_init(struct supply *);

/* Makes what `conf` says and puts it in the place of what there is: all of it,
 * or nothing. */
int supply_replace(struct supply *, const struct conf *, FILE *errors);

/* Gives all of it back. */
void supply_fini(struct supply *);

#endif /* MASTER_SUPPLY_H */

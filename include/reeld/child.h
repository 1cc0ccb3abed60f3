/* SPDX-License-Identifier: ISC */
/*
 * child -- what a role is given by the master, and hears from it
 *
 * Runs in:  every role, never master.
 * Touches:  fd 3 (the socket to the master); attaches the arena.
 * Locks:    none.
 * Owns:     struct child with its descriptors and configuration.
 * Fails:    child_start() is fatal when it cannot; a dead master ends the role.
 */
#ifndef REELD_CHILD_H
#define REELD_CHILD_H

#include "reeld/arena.h"
#include "reeld/conf.h"

#define CHILD_SOCK	3
#define CHILD_LISTENS	64

struct child {
	enum arena_role	 role;
	unsigned	 slot, index;
	int		 sock;
	int		 arena_fd;
	int		 bells[ARENA_SLOTS];
	struct conf	*conf;
	struct conf	*coming;	/* told since, in force with GO */
	/* New since the last CHILD_CONF, numbered as in conf, or -1; the role
	 * takes them out.  What it has under an address that is still in conf
	 * goes on. */
	int		 listens[CHILD_LISTENS];	/* sockets */
	int		 identities[CHILD_LISTENS];	/* see MSG_IDENTITY */
	int		 trust;		/* see MSG_TRUST; likewise */
	int		 access_log;	/* -1: none */
	int		 passages;	/* our end of passage.h; -1: none */
	int		 control;	/* of CHILD_CONTROL, the role's own */
	char		 line[1024];	/* of CHILD_CONTROL */
};

enum child_event {
	CHILD_NOTHING,		/* no message waits */
	CHILD_CONF,		/* conf was replaced, the old one is freed;
				   listens, identities, trust may be new */
	CHILD_LOG,		/* access_log was, and the old one is closed */
	CHILD_DRAIN,
	CHILD_STOP,
	CHILD_CONTROL
};

/* Receives everything up to GO, takes the slot, attaches the arena with the
 * payload its role may have, drops to the configured user, sets the process
 * title.  The bell of this process is bells[slot]. */
void child_start(struct child *, enum arena_role);
/* Tells the master that the role works now. */
void child_ready(struct child *);
/* Reads one message, without waiting.  A master that is gone: exits. */
enum child_event child_read(struct child *);
/* Frees what belongs to a role that is done; the process ends next. */
void child_finish(struct child *);

#endif /* REELD_CHILD_H */

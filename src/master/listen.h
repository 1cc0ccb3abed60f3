/* SPDX-License-Identifier: ISC */
/*
 * listen -- the sockets that workers accept on
 *
 * Runs in:  master.
 * Touches:  sockets; the paths of unix sockets.
 * Locks:    none.
 * Owns:     struct listens: every listening socket for as long as its address
 *           is configured, so that a respawned worker takes over the queue of
 *           the dead one.
 * Fails:    listen_prepare() -1 after every address that cannot be had was
 *           told; nothing has changed then.
 */
#ifndef MASTER_LISTEN_H
#define MASTER_LISTEN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "reeld/child.h"
#include "reeld/conf.h"
#include "reeld/roles.h"

/*
 * One address.  TCP: a SO_REUSEPORT socket for each worker that there is or
 * ever was; the kernel numbers them in the order in which they began to
 * listen, which is why none is closed before all are.  Unix: fds[0] for all
 * workers.
 */
struct listen {
	uint64_t	 id;		/* higher than any that was before */
	char		*address;	/* as configured */
	char		*path;		/* to unlink; NULL for TCP */
	unsigned	 bound, open;	/* fds[0..bound); fds[0..open) listen */
	int		 steered;	/* see steer() */
	int		 fds[ROLE_WORKERS];
};

/* As in the configuration, in its order. */
struct listens {
	size_t		 n;
	uint64_t	 newest;	/* id */
	unsigned	 workers;
	struct listen	*v[CHILD_LISTENS];
};

/*
 * Makes `fresh` by `conf`: what `old` has of the same address goes on in it,
 * the rest is opened, with a socket for every worker.  Nothing that `old` has
 * is changed; `old` of all zeroes is none.  0, or -1 with nothing made.
 *
 * listen_commit() then makes `fresh` the one in force: `old` becomes it,
 * addresses that are no longer there are closed, and connections go to the
 * workers that there are now alone, whatever waits in the sockets of others
 * being theirs to take.
 */
int listen_prepare(struct listens *fresh, const struct listens *old,
    const struct conf *, FILE *errors);
void listen_commit(struct listens *old, const struct listens *fresh);

void listen_close(struct listens *);

/* The socket of the listener numbered `i` for the worker `index`; -1 for one
 * that is leaving. */
int listen_socket(const struct listens *, size_t i, unsigned index);

#endif /* MASTER_LISTEN_H */

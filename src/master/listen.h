/* SPDX-License-Identifier: ISC */
/*
 * listen -- the sockets that workers accept on, and the control socket
 *
 * Runs in:  master.
 * Touches:  sockets; the paths of unix sockets.
 * Locks:    none.
 * Owns:     struct listens: every listening socket for as long as reeld runs,
 *           so that a respawned worker takes over the queue of the dead one.
 * Fails:    -1 with errno and, where it says so, the reason in words.
 */
#ifndef MASTER_LISTEN_H
#define MASTER_LISTEN_H

#include <sys/socket.h>
#include <sys/types.h>

#include "reeld/conf.h"
#include "reeld/roles.h"

struct listen_address {
	struct sockaddr_storage	 ss;
	socklen_t		 len;
};

/* One listener of the configuration.  TCP: a SO_REUSEPORT socket for each
 * worker.  Unix: fds[0] for all. */
struct listen {
	int		 shared;
	int		 fds[ROLE_WORKERS];
	char		*path;		/* to unlink; NULL for TCP */
};

struct listens {
	size_t		 n;
	unsigned	 workers;
	struct listen	*v;
};

/* "host:port", "[v6]:port", "unix:/path" as configured.  0, or -1 with `*why`
 * in words. */
int listen_parse(const char *address, struct listen_address *,
    const char **why);

/* Opens the listeners of `conf` for its workers.  -1 after the address and the
 * reason were logged. */
int listen_open(const struct conf *, struct listens *);
void listen_close(struct listens *);
/* The socket of listener `i` for the worker `index`. */
int listen_socket(const struct listens *, size_t i, unsigned index);

/* A listening unix socket at `path` with `mode`, in the place of one that
 * nobody listens on any more.  EADDRINUSE: somebody does; EEXIST: the path is
 * no socket. */
int listen_unix(const char *path, mode_t mode);

#endif /* MASTER_LISTEN_H */

/* SPDX-License-Identifier: ISC */
/*
 * socket -- one listening socket, by the address that the configuration has
 *
 * Runs in:  master.
 * Touches:  sockets; the paths of unix sockets; the name service.
 * Locks:    none.
 * Owns:     nothing: a socket is the caller's to close.
 * Fails:    -1 with errno and, where it says so, the reason in words.
 */
#ifndef MASTER_SOCKET_H
#define MASTER_SOCKET_H

#include <sys/socket.h>
#include <sys/types.h>

struct socket_address {
	struct sockaddr_storage	 ss;
	socklen_t		 len;
};

/* "host:port", "[v6]:port", "unix:/path" as configured.  0, or -1 with `*why`
 * in words. */
int socket_parse(const char *address, struct socket_address *,
    const char **why);

/* The path in "unix:/path", or NULL. */
const char *socket_path(const char *address);

/* The address that a socket is bound to: 0, or -1. */
int socket_address(int fd, struct socket_address *);

/* The port of a TCP address, else 0. */
unsigned socket_port(const struct socket_address *);

/* 1 when two TCP addresses are the same; when a connection to one could be one
 * to the other, because one of them is any address. */
int socket_same(const struct socket_address *, const struct socket_address *);
int socket_overlap(const struct socket_address *,
    const struct socket_address *);

/* Who may be bound to the address already: nobody at all, or another one with
 * SO_REUSEPORT, among whom the kernel divides the connections. */
enum socket_company { SOCKET_ALONE, SOCKET_SHARED };

/* A TCP socket bound to the address, open to others that are SOCKET_SHARED,
 * and not listening yet. */
int socket_bind(const struct socket_address *, enum socket_company);

/* Lets clients in. */
int socket_listen(int fd);

/* A listening unix socket at `path` with `mode`, in the place of one that
 * nobody listens on any more.  EADDRINUSE: somebody does; EEXIST: the path is
 * no socket. */
int socket_unix(const char *path, mode_t mode);

#endif /* MASTER_SOCKET_H */

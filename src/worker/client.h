/* SPDX-License-Identifier: ISC */
/*
 * client -- who a request comes from: its connection's peer, or whom a trusted
 * proxy tells
 *
 * Runs in:  worker.
 * Touches:  the fields of the request; the counts of tally.h.
 * Locks:    none.
 * Owns:     one count for a request that a proxy brings, given back with the
 *           request's pool.
 * Fails:    where nothing is told that can be read, the peer is the client.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <netinet/in.h>

#include "worker.h"

#define CLIENT_NAME	INET6_ADDRSTRLEN

struct client {
	char		 name[CLIENT_NAME];	/* as the log prints it */
	uint64_t	 address[2];	/* its in6_addr; 0: unix */
	int		 local;		/* a user of this machine */
};

/*
 * The client of a request, good as long as the request.  X-Forwarded-* and
 * Forwarded count where the peer is a trusted proxy or has a unix socket.  Such
 * fields from anybody else change nothing, but that he is not `local`: somebody
 * in front of reeld writes them.
 */
const struct client *client_of(h2o_req_t *);

/* A request that a proxy brings counts as a connection of its client while it
 * lasts; of the proxy, if that does not say whose it is.  0, or -1 after 429
 * was answered (RFC 6585, 4): client_connections are under way. */
int client_enter(h2o_req_t *);

/* The in6_addr of a socket address, an IPv4 address mapped into it; 0 for any
 * other family. */
void client_address(const struct sockaddr *, uint64_t address[2]);

/* 1 for loopback and unix. */
int client_is_local(const uint64_t address[2]);

/* Prints an in6_addr: an IPv4 address that is mapped into it as such, 0 as
 * "unix:". */
void client_print(const uint64_t address[2], char name[CLIENT_NAME]);

/* The name that the log would have for an IP address as people write it.  0 or
 * -1. */
int client_parse(const char *address, char name[CLIENT_NAME]);

#endif /* CLIENT_H */

/* SPDX-License-Identifier: ISC */
/*
 * worker -- what the parts of a worker share: context, loop, configuration
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     the one struct worker of the process.
 * Fails:    never.
 */
#ifndef WORKER_H
#define WORKER_H

#include <h2o.h>

#include <stdint.h>

#include <bsd/sys/queue.h>

#include "reeld/child.h"

struct worker {
	struct child		*child;
	const struct conf	*conf;
	h2o_globalconf_t	 config;
	h2o_context_t		 context;
	uint64_t		 turn;		/* of the event loop */
	unsigned		 senders;	/* that sent in it */
	unsigned		 senders_before;	/* ... before it */
	int			 draining;
	unsigned		 connections;
};
extern struct worker worker;

/* What reeld keeps of a client's connection, at the socket's on_close.data. */
struct conn {
	TAILQ_ENTRY(conn)	 next;
	unsigned		 listen;	/* index into conf->listens */
	unsigned		 serve;		/* CONF_SERVE_ bits */
	int			 local;		/* loopback or unix peer */
	char			 peer[64];	/* as the log prints it */
	uint64_t		 address[2];	/* its in6_addr; 0: unix */
	unsigned		 requests;	/* under way */
	h2o_socket_t		*sock;
	uint64_t		 turn;		/* of `sent` */
	size_t			 sent;		/* bytes in that turn */
	int			 fast;		/* see accept_tune() */
};

/* The connection of a request. */
struct conn *worker_conn(h2o_req_t *);

/* The value of a request header, or base NULL. */
h2o_iovec_t worker_header(h2o_req_t *, const char *name);

/* Adds a response header; `value` is copied. */
void worker_add(h2o_req_t *, const char *name, const char *value);

#endif /* WORKER_H */

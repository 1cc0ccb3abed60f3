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

#include "reeld/child.h"

#define WORKER_ENTITY_MAX	(64u << 10)	/* bytes of a request's body */

struct worker {
	struct child		*child;
	const struct conf	*conf;
	h2o_globalconf_t	 config;
	h2o_context_t		 context;
	h2o_accept_ctx_t	 accept;	/* for libh2o's connections */
	uint64_t		 turn;		/* of the event loop */
	unsigned		 senders;	/* that sent in it */
	unsigned		 senders_before;	/* ... before it */
	int			 draining;
	unsigned		 connections;
	unsigned		 upgrading;	/* to HTTP/2; see drain() */
};
extern struct worker worker;

struct conn;

/* The connection of a request. */
struct conn *worker_conn(h2o_req_t *);

/* The value of a request header, or base NULL. */
h2o_iovec_t worker_header(h2o_req_t *, const char *name);

/* Adds a response header; `value` is copied. */
void worker_add(h2o_req_t *, const char *name, const char *value);

#endif /* WORKER_H */

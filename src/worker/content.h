/* SPDX-License-Identifier: ISC */
/*
 * content -- how much of the bodies of requests a worker keeps in memory
 *
 * Runs in:  worker.
 * Touches:  what libh2o takes at most; one sum.
 * Locks:    none.
 * Owns:     the sum: who has taken a share gives it back.
 * Fails:    -1 when there is no more of it.
 *
 * WORKER_ENTITY_MAX bytes are anybody's.  PASSAGE_CONTENT_MAX are for requests
 * that pass; what such hold above the first bound comes out of CONTENT_SUM_MAX,
 * whichever protocol brings it.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include "conn.h"

#define CONTENT_SUM_MAX	(64u << 20)	/* bytes, of one worker */

/* The configuration is another one. */
void content_conf(void);

/* HTTP/1: the head of a request is complete.  0 when a body of c->message.body
 * bytes so far may come; else c->message has status and reason. */
int content_admit(struct conn *);
/* That request is over. */
void content_release(struct conn *);

/* A share of the sum: 0 or -1. */
int content_take(size_t bytes);
void content_give(size_t bytes);

#endif /* CONTENT_H */

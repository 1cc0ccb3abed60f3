/* SPDX-License-Identifier: ISC */
/*
 * http1 -- hands libh2o one checked HTTP/1 request at a time
 *
 * libh2o 2.2.5 accepts heads that others read differently (no Host or two, two
 * lengths, obs-fold); so it gets a request only when all of it is there and
 * message_walk() has passed it, and what is pipelined behind it waits here.
 * What did not pass becomes a request that request.c refuses.
 *
 * Runs in:  worker.
 * Touches:  the input of the connection.
 * Locks:    none.
 * Owns:     conn.ahead, conn.message.
 * Fails:    never.
 */
#ifndef HTTP1_H
#define HTTP1_H

#include "conn.h"

#define HTTP1_CONTENT_TIME 60000 /* ms, of a request of content.h */

/* Once, after all clocks that may end a request: before libh2o reads again, we
 * must stand before it. */
void http1_init(void);
/* Gives a connection, with what it has sent so far, to libh2o. */
void http1_begin(struct conn *);
/* The request under way has ended: the next may come, or libh2o closes. */
void http1_done(struct conn *, int persistent);
/* The answer that upgrades a connection is out, or will never be. */
void http1_end_upgrade(struct conn *);
/* The connection was upgraded to HTTP/2; see http2_upgrade().  What came
 * behind the request is in its input again. */
void http1_leave(struct conn *);
/* Cuts who takes too long to bring a request. */
void http1_expire(struct conn *, int64_t now);
/* The connection closes. */
void http1_forget(struct conn *);

#endif /* HTTP1_H */

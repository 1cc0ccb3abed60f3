/* SPDX-License-Identifier: ISC */
/*
 * http2 -- stands between HTTP/2 clients and libh2o
 *
 * libh2o 2.2.5 knows no limit to resets, to control frames or to the fields of
 * a request; so its read callback is wrapped, and frame_walk() sees every frame
 * first.  A connection that it finds at fault is cut before libh2o parses it.
 *
 * Runs in:  worker.
 * Touches:  the input of the connection.
 * Locks:    none.
 * Owns:     conn.frames, conn.walked.
 * Fails:    never.
 */
#ifndef HTTP2_H
#define HTTP2_H

#include "conn.h"

/* Gives a connection, with what it has sent so far, to libh2o. */
void http2_begin(struct conn *);
/* The first request of a connection that began as HTTP/1 and was upgraded. */
void http2_upgrade(struct conn *);
/* What in the head of a request RFC 9113 does not allow and libh2o lets pass,
 * in words, or NULL. */
const char *http2_fault(const h2o_req_t *);
/* A stream ended early, by whatever means. */
void http2_aborted(struct conn *);
/* Stands before libh2o again where it began to read again.  After each turn of
 * the event loop. */
void http2_look_again(void);
/* Cuts who completes no request for too long. */
void http2_expire(struct conn *, int64_t now);
/* The connection closes. */
void http2_forget(struct conn *);

#endif /* HTTP2_H */

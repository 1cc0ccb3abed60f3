/* SPDX-License-Identifier: ISC */
/*
 * cors -- tells browsers which pages may read an answer (Fetch, 3.2)
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    answers a preflight that is refused with 403.
 */
#ifndef CORS_H
#define CORS_H

#include "request.h"

/* Adds the fields to every answer of the path, errors too, whose request
 * cors_begin() was told of. */
void cors_init(h2o_pathconf_t *);

/* 1 when a request asks, for a page, whether another may be made. */
int cors_is_preflight(h2o_req_t *, const struct request *);

/* A request for an origin's object begins: notes what its answer is to say.  1
 * when it was a preflight and is answered. */
int cors_begin(h2o_req_t *, const struct request *);

#endif /* CORS_H */

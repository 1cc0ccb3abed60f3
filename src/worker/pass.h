/* SPDX-License-Identifier: ISC */
/*
 * pass -- a request that passes to its source, and the answer that comes back
 *
 * Runs in:  worker.
 * Touches:  the socket of a passage (passage.h); objects that it invalidates.
 * Locks:    none but those the store takes.
 * Owns:     that socket, its share of worker.held; both go in the dispose
 *           callback of the request's pool.
 * Fails:    answers an error, or cuts the client where an answer has begun.
 */
#ifndef PASS_H
#define PASS_H

#include "request.h"

/* 1 when a request of this method passes: its origin lets it, and the path is
 * none of reeld's own pages. */
int pass_takes(const struct request *, struct span method);

/* Takes the request over: an answer will be given, now or later. */
void pass_begin(h2o_req_t *, const struct request *, const char *url);

/* The methods that an address has (RFC 9110, 10.2.1), for Allow. */
const char *pass_allow(h2o_req_t *, const struct request *);

/* Looks at the clocks of all, and whether their clients are still there.
 * Before conn_expire() of the same moment. */
void pass_expire(int64_t now);

#endif /* PASS_H */

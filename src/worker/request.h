/* SPDX-License-Identifier: ISC */
/*
 * request -- what a request asks for: an object of an origin, or a page of ours
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    answers 4xx with the reason.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "worker.h"

/* The handler of every path. */
int request_on(h2o_handler_t *, h2o_req_t *);

/* The source address behind a path of ours ("/films/a.mkv"), as requests find
 * it; its origin, or NULL with the status and the reason. */
const struct conf_origin *request_resolve(const char *path, size_t len,
    h2o_iovec_t query, char *url, size_t urllen, int *status,
    const char **why);

/* Removes the query parameters that reeld uses itself; the new length. */
size_t request_strip(const char *query, size_t len, char *out);

#endif /* REQUEST_H */

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

#include "reeld/hash.h"
#include "reeld/span.h"
#include "worker.h"

/* The address that a request has, in parts of it. */
struct request {
	struct span	 path;		/* raw: routed, signed, logged */
	struct span	 query;		/* raw; base NULL: none */
	struct span	 expires, sig;	/* of its signature; base NULL: none */
	const struct conf_origin *origin;	/* NULL: none has the path */
};

/* The handler of every path. */
int request_on(h2o_handler_t *, h2o_req_t *);

/* 1 for GET and HEAD: it changes nothing, and is answered with bytes. */
int request_reads(const h2o_req_t *);

/*
 * Takes an address apart: a path with its query, or a whole URL (absolute-form,
 * RFC 9112, 3.2.2).  Of "/t/<expires>.<sig>/rest" for an origin with a secret,
 * the path is "/rest".  What is neither has all of it as its path.
 */
void request_parse(struct span address, struct request *);

/* The source's address behind it; -1 with the status and the reason. */
int request_source(const struct request *, char *url, size_t urllen,
    int *status, const char **why);

/* The key of the object that an origin has at that address, for those who send
 * these fields for its source (passed.h; "": none). */
void request_key(const struct conf_origin *, const char *url,
    const char *fields, uint8_t key[HASH_LEN]);

/* Copies the query without the parameters that reeld uses itself, and returns
 * its length; `out` needs room for the whole query. */
size_t request_strip(const struct request *, char *out);

#endif /* REQUEST_H */

/* SPDX-License-Identifier: ISC */
/*
 * passed -- fields of a client's header that go to the source (pass_headers)
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    answers 400 or 431 where they cannot be passed on.
 */
#ifndef PASSED_H
#define PASSED_H

#include "reeld/object.h"
#include "worker.h"

/* The lines for the source, each with its newline; "" where the client sends
 * none of those fields, or its origin passes none on.  0, or -1 when the client
 * was told what is wrong. */
int passed_take(h2o_req_t *, const struct conf_origin *,
    char lines[OBJECT_FIELDS]);

/* Their names, as Vary has them; NULL: none are passed on. */
char *passed_names(h2o_mem_pool_t *, const struct conf_origin *);

#endif /* PASSED_H */

/* SPDX-License-Identifier: ISC */
/*
 * page -- reeld's own addresses: /health, /metrics, /_reeld/...
 *
 * Runs in:  worker.
 * Touches:  what report.h looks at.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    401, 403 and 404 where an address is not for this client or
 *           listener.
 */
#ifndef PAGE_H
#define PAGE_H

#include <jansson.h>

#include "request.h"

/* 1 when the address is one of ours and was answered. */
int page_serve(h2o_req_t *, const struct request *);

/* Answers with a JSON value, whose reference it takes. */
void page_json(h2o_req_t *, int status, json_t *);
/* 1 when the path is one of those, on some listener; no origin has it. */
int page_is_ours(const struct request *);

#endif /* PAGE_H */

/* SPDX-License-Identifier: ISC */
/*
 * report -- what reeld says of itself: objects, map, pulls, clients
 *
 * Runs in:  worker.
 * Touches:  reads all records, each object pinned while it is looked at.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    leaves out what is gone by the time it is looked at.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "reeld/object.h"

/* An array of all objects, or of the one with `key` (hex; NULL: all). */
json_t *report_objects(const char *key);

/* The maps of the objects that match: a glob on the name, or a part of the
 * address (NULL: all).  How many were printed. */
unsigned report_map(const char *pattern, FILE *);
/* 1 when an address is one of those that match. */
int report_fits(const char *pattern, const char *url);

/* Arrays of {id, object, begin, end, position, rate, state, source} and of
 * {id, address, url, start, position, end, waiting, rate}: every request that
 * has a row. */
json_t *report_pulls(void);
json_t *report_clients(void);
/* [{account, limit, open, waiting}], see reeld/seats.h. */
json_t *report_accounts(void);

#endif /* REPORT_H */

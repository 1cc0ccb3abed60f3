/* SPDX-License-Identifier: ISC */
/*
 * fresh -- how long an object is good for, read and written as a whole
 *
 * Runs in:  fetcher and spooler (write), worker (reads).
 * Touches:  the freshness and the Cache-Control of one object record.
 * Locks:    none; a sequence word, odd while they are written.
 * Owns:     nothing.
 * Fails:    never: what a dead writer left half is stale and may not be served,
 *           until the next one has written.
 */
#ifndef FRESH_H
#define FRESH_H

#include "reeld/caching.h"

struct object;

/* `control` has CACHING_TEXT bytes; NULL: it is not wanted. */
void fresh_read(const struct object *, struct freshness *, char *control);
void fresh_write(struct object *, const struct freshness *,
    const char *control);

#endif /* FRESH_H */

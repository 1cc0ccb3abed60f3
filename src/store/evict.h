/* SPDX-License-Identifier: ISC */
/*
 * evict -- chooses what goes when room is needed (planner rule P7)
 *
 * Runs in:  worker, fetcher.
 * Touches:  reads all records and rows without a lock, then one stripe.
 * Locks:    one STRIPE, then ARENA, never both.
 * Owns:     nothing.
 * Fails:    -1 with ENOSPC when all is pinned or in some reader's window.
 */
#ifndef EVICT_H
#define EVICT_H

#include <stdint.h>

#include "reeld/object.h"

struct object;

/* Frees one segment for the sake of segment `number` of the object, which must
 * be worth more; `idle_only`: one that no reader stands before. */
int evict_segment(struct object_ref, uint32_t number, int idle_only);
/* Frees one object record nobody uses. */
int evict_object(void);
/* 1 for a failure that is to be forgotten. */
int evict_is_stale(const struct object *);
/* Frees the object if it is past, stale or was never answered, and nobody uses
 * it any more. */
void evict_if_done(struct object_ref);

#endif /* EVICT_H */

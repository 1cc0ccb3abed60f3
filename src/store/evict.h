/* SPDX-License-Identifier: ISC */
/*
 * evict -- chooses what goes when room is needed (planner rule P7)
 *
 * Runs in:  worker, fetcher, spooler.
 * Touches:  reads all records and rows without a lock, then one stripe.
 * Locks:    one STRIPE, then ARENA, never both.
 * Owns:     nothing.
 * Fails:    -1 with ENOSPC when all is pinned or in some reader's window.
 */
#ifndef EVICT_H
#define EVICT_H

#include <stdint.h>

#include "reeld/object.h"
#include "reeld/row.h"

struct object;

/* Looks where the readers stand: what the next two go by.  The rows, sorted by
 * object, are good until the next look. */
const struct row_state *evict_look(size_t *n);
/* How much segment `number` of the object, unused for `idle` ms, is worth to be
 * kept.  What is in no reader's window is worth less than evict_outside(). */
int64_t evict_worth(struct object_ref, uint32_t number, int64_t idle);
int64_t evict_outside(void);

/* Frees one segment for the sake of segment `number` of the object, which must
 * be worth more; `idle_only`: one that no reader stands before. */
int evict_segment(struct object_ref, uint32_t number, int idle_only);
/* Frees that one if nobody uses it and all of it is on disk, or it is of no use
 * any more.  1 when it did. */
int evict_unused(uint32_t segment);
/* Frees one object record nobody uses. */
int evict_object(void);
/* 1 when nobody finds it any more: past or purged. */
int evict_is_over(const struct object *);
/* 1 when it is over and the spooler has a file of it still, or may have. */
int evict_is_owed(const struct object *);
/* 1 for a failure that is to be forgotten. */
int evict_is_stale(const struct object *);
/* Frees the object if it is past, purged, stale or was never answered, and
 * nobody uses it any more; but not before the spooler has dropped its file. */
void evict_if_done(struct object_ref);

#endif /* EVICT_H */

/* SPDX-License-Identifier: ISC */
/*
 * ground -- an arena and its bells, which all processes stand on
 *
 * Runs in:  master.
 * Touches:  the arena's head.
 * Locks:    none.
 * Owns:     the arena and the bells of a struct kit.  They belong together:
 *           with the bells of another arena, processes of the one would take
 *           the rings meant for the other.
 * Fails:    -1 with errno.
 */
#ifndef MASTER_GROUND_H
#define MASTER_GROUND_H

#include "reeld/conf.h"
#include "place.h"

/* Makes both by `conf` and attaches them, as the master. */
int ground_create(struct kit *, const struct conf *);
/* Makes new ones into `fresh` beside those in use, without prefault: while the
 * old ones live on there may not be memory for both. */
int ground_prepare(struct kit *fresh, const struct conf *);
/* Gives up what `kit` has and attaches what was prepared, which is its from
 * here on.  -1: `kit` is attached to nothing. */
int ground_replace(struct kit *, const struct kit *fresh);
/* Detaches and gives up both; those who were handed them keep them. */
void ground_destroy(struct kit *);

#endif /* MASTER_GROUND_H */

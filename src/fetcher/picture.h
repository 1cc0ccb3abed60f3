/* SPDX-License-Identifier: ISC */
/*
 * picture -- the world as a turn of the planner sees it
 *
 * Runs in:  fetcher.
 * Touches:  reader rows (reads), coverage (reads), what is on disk (reads).
 * Locks:    none but those the store takes.
 * Owns:     the arrays of the picture, reused; targets that nobody needs any
 *           more are destroyed while it is drawn.
 * Fails:    never; without memory the process ends.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include "reeld/conf.h"
#include "reeld/row.h"
#include "planner.h"
#include "target.h"

/* Good until the next one is drawn, as all below is. */
struct plan_picture picture_draw(const struct conf *);

/* The target that an object of the picture is. */
struct target *picture_target(uint32_t index);

/* Every row there was, of whatever object. */
const struct row_state *picture_rows(size_t *n);

/* When the next one has to be drawn, in ms of clock_ms(), though nobody rings:
 * a reader counts from then on.  INT64_MAX: never. */
int64_t picture_due(void);

#endif /* PICTURE_H */

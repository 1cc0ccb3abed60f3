/* SPDX-License-Identifier: ISC */
/*
 * yield -- who has waited longer for room goes first
 *
 * Runs in:  every role.
 * Touches:  reads objects and rows; looks for segments.
 * Locks:    one STRIPE at a time.
 * Owns:     nothing.
 * Fails:    never.
 *
 * With fewer segments than readers each of them plays the one that it has and
 * lets it go.  Who comes to his next one would find that room first, every
 * time, for the others have yet to be rung: they would never get any.
 */
#ifndef YIELD_H
#define YIELD_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/row.h"

/* 1 when somebody has waited longer for room than those who stand in segment
 * `number` of the object, and these have not waited for long: no room is made
 * for it now, and they are rung when the other has his.  `rows` are all
 * readers. */
int yield_to_others(const struct row_state *rows, size_t n,
    struct object_ref, uint32_t number);

#endif /* YIELD_H */

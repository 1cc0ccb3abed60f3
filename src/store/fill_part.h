/* SPDX-License-Identifier: ISC */
/*
 * fill_part -- what fill.c and fill_claim.c have in common
 *
 * Runs in:  fetcher, spooler.
 * Touches:  pens of the segment that the fill stands in.
 * Locks:    none but what segment_obtain() takes.
 * Owns:     nothing; the fill does.
 * Fails:    -1, with errno where segment_obtain() set it.
 */
#ifndef FILL_PART_H
#define FILL_PART_H

#include "reeld/fill.h"
#include "layout.h"

/* Pins segment `number` and stands in it; what it stood in is left. */
int fill_enter_segment(struct fill *, uint32_t number);
/* Leaves the block: an orphan if it is begun and not whole. */
void fill_drop_pen(struct fill *);
/* Makes some free pen, or one left in a block that is whole by now, `as`;
 * which, or -1: there is none. */
int fill_take_pen(struct segment *, uint64_t as);

#endif /* FILL_PART_H */

/* SPDX-License-Identifier: ISC */
/*
 * region -- a contiguous range that one pull owns, as others see it
 *
 * Runs in:  fetcher (writes), worker (reads for the map and for status).
 * Touches:  region records, written by the fetcher only.
 * Locks:    none; a record has a sequence word, odd while it is written.
 * Owns:     a record number until region_close().
 * Fails:    -1 with EAGAIN when all records are taken.
 */
#ifndef REELD_REGION_H
#define REELD_REGION_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/object.h"

#define REGION_MAX	512

enum region_state {
	REGION_ASKING,		/* no answer yet */
	REGION_PULLING,
	REGION_PAUSED,		/* no room, or far enough ahead */
	REGION_RESTING		/* broke, will be tried again */
};

extern const char *const region_state_names[];

struct region_info {
	uint32_t	 id;		/* unique while reeld runs */
	struct object_ref object;
	uint64_t	 begin, end, position;
	uint32_t	 pull;		/* its number within the object */
	uint64_t	 rate;		/* bytes/s */
	enum region_state state;
	uint32_t	 source;	/* 0: the origin's url */
};

int region_open(const struct region_info *);
void region_write(int region, const struct region_info *);
void region_close(int region);

size_t region_take(struct region_info *, size_t max);

#endif /* REELD_REGION_H */

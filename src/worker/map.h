/* SPDX-License-Identifier: ISC */
/*
 * map -- an object in 60 cells: what is there, and who pulled it
 *
 * Runs in:  worker, tests; pure but for printing.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef MAP_H
#define MAP_H

#include <stdint.h>
#include <stdio.h>

#include "reeld/object.h"
#include "reeld/segment.h"

struct map {
	char		 name[96];
	unsigned	 pulls, viewers, on_disk;
	const char	*verdict;	/* NULL: none to tell */
	int		 cells;		/* 0: unknown size, no rows */
	char		 fill[OBJECT_CELLS + 1];
	char		 owner[OBJECT_CELLS + 1];
};

/* What there is in all, and in memory.  Of the segments `partial`, which `have`
 * has whole, `lacks` bytes are not there: nobody in memory knows which. */
struct map_cover {
	struct coverage	 have, memory, partial;
	uint64_t	 lacks;
};

/* How many bytes of [from, to) are there: what partial segments lack is taken
 * to be all over them. */
uint64_t map_there(const struct map_cover *, uint64_t from, uint64_t to);

/* Draws the rows: `fill` in tenths (at least 1 where anything is, `f` only
 * where all is, `s` where all is and none of it in memory), `owner` the pull of
 * each cell (0-9a-z, then +, . for none). */
void map_draw(struct map *, const struct map_cover *,
    const uint8_t owner[OBJECT_CELLS]);

/* The object's name for people: the last component of its address. */
void map_name(struct map *, const char *url);

/* Prints it in two lines, or one without cells, with the verdict behind the
 * first. */
void map_print(const struct map *, FILE *);

#endif /* MAP_H */

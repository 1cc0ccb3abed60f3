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

/* Draws the rows of what there is in all (`have`) and in memory: `fill` in
 * tenths (at least 1 where anything is, `f` only where all is, `s` where all is
 * and none of it in memory), `owner` the pull of each cell (0-9a-z, then +, .
 * for none). */
void map_draw(struct map *, const struct coverage *have,
    const struct coverage *memory, const uint8_t owner[OBJECT_CELLS]);

/* The object's name for people: the last component of its address. */
void map_name(struct map *, const char *url);

/* Prints it in two lines, or one without cells, with the verdict behind the
 * first. */
void map_print(const struct map *, FILE *);

#endif /* MAP_H */

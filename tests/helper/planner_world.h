/* SPDX-License-Identifier: ISC */
/*
 * planner_world -- a simulated world for the planner to plan
 *
 * Runs in:  a test.
 * Touches:  its own memory.
 * Locks:    none.
 * Owns:     the arrays of struct world, until world_fini().
 * Fails:    by abort, without memory.
 *
 * Objects with blocks that are filled, left half and evicted; readers that
 * come, read, pause, seek and leave; sources that answer after a while, with a
 * rate, that break and come back.  Everything follows from one seed.
 *
 * `valid` bytes of each block are there, from its start on, as pens leave them;
 * a region without a pen shows whole blocks only.
 */
#ifndef PLANNER_WORLD_H
#define PLANNER_WORLD_H

#include "../../src/fetcher/planner.h"

#define WORLD_ACCOUNTS	2
#define WORLD_OBJECTS	3
#define WORLD_BLOCKS	97
#define WORLD_READERS	8
#define WORLD_REGIONS	64

struct world_object {
	struct plan_object p;
	uint64_t	 size;		/* the truth */
	uint64_t	 rate;		/* bytes/ms of one connection */
	int		 hides_size;	/* until its end */
	int		 hides_ranges;	/* until its first answer */
	uint32_t	 valid[WORLD_BLOCKS];
	uint8_t		 away[WORLD_BLOCKS];	/* on disk alone */
	uint64_t	 pulled[WORLD_BLOCKS];	/* bytes, ever */
	struct extent	 have[WORLD_BLOCKS];
};

struct world_reader {
	int		 here;
	int		 paused;
	uint64_t	 rate;		/* bytes/ms */
	struct plan_reader p;
};

struct world_region {
	struct plan_region p;
	int64_t		 asked;		/* ms */
	int		 no_pen;
};

struct world {
	uint64_t	 random;
	int64_t		 now;
	/* what may happen */
	int		 breaks, evicts, pens_lack;
	int		 spools;	/* what is evicted is on disk then */
	uint64_t	 capacity, resident;	/* blocks */
	uint64_t	 block;
	size_t		 nobjects, nregions;
	uint32_t	 next_id;
	struct plan_account accounts[WORLD_ACCOUNTS];
	struct world_object objects[WORLD_OBJECTS];
	struct world_reader readers[WORLD_READERS];
	struct world_region regions[WORLD_REGIONS];
	/* how it went */
	uint64_t	 pulled;	/* bytes */
	unsigned	 starts, pauses;
	/* as the planner saw it last */
	struct plan_picture picture;
	struct plan_object p_objects[WORLD_OBJECTS];
	struct plan_region p_regions[WORLD_REGIONS];
	struct plan_reader p_readers[WORLD_READERS];
};

void world_init(struct world *, uint64_t seed);
/* A random number below `n`. */
uint64_t world_random(struct world *, uint64_t n);

/* Somebody comes, seeks, pauses or leaves; something is evicted or breaks. */
void world_happen(struct world *);
/* Time passes: sources send, readers read. */
void world_pass(struct world *, int64_t ms);
/* From now on nothing happens but this: everybody reads to his end. */
void world_calm(struct world *);
/* Whether a reader is there. */
int world_watched(const struct world *);

/* What the planner gets to see. */
const struct plan_picture *world_picture(struct world *);
/* Takes one of its steps; NULL, or what is wrong with it. */
const char *world_take(struct world *, const struct plan_step *);

struct world_region *world_region(struct world *, uint32_t id);
/* The first byte that a region still owns. */
uint64_t world_owned_from(const struct world *, const struct plan_region *);
/* The first missing byte at or after `at`, at most the size. */
uint64_t world_missing(const struct world_object *, uint64_t at);
/* Bytes of one block. */
uint64_t world_block_len(const struct world_object *, size_t block);

#endif /* PLANNER_WORLD_H */

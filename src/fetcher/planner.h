/* SPDX-License-Identifier: ISC */
/*
 * planner -- who is pulled for, from where to where (rules P1 to P7, P9)
 *
 * Runs in:  fetcher; a pure function, property-tested.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; what does not fit into `steps` waits for the next turn.
 *
 * A turn gets a picture of the world and answers with steps, to be taken in
 * their order: what is stopped is closed before anything is opened (P4).  No
 * turn remembers another; what must last is in the picture.  Only START, CHECK
 * and the RESUME of a RESTING region open connections; nobody else may.
 */
#ifndef PLANNER_H
#define PLANNER_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/segment.h"

#define PLAN_REGIONS	512	/* in one picture, those it starts included */
#define PLAN_NONE	UINT32_MAX

enum plan_fill { PLAN_FILL_ALL, PLAN_FILL_AHEAD, PLAN_FILL_NONE };

struct plan_account {
	unsigned	 limit;		/* connections at once */
};

struct plan_object {
	uint32_t	 account;	/* index */
	int		 known;		/* the source has answered */
	int		 no_ranges;	/* the source ignores Range (P9) */
	int		 filling;	/* a whole fill was begun (P5) */
	int		 may_fill;	/* it fits: goes on without a reader */
	int		 spooled;	/* ... though not at once: what was
					 * saved makes room for the rest */
	int64_t		 size;		/* bytes; -1 unknown */
	uint32_t	 block, segment;	/* bytes */
	enum plan_fill	 fill;
	uint64_t	 fill_ahead, tee_window;	/* bytes */
	unsigned	 split;
	int64_t		 answer;	/* ms until a new request has one */
	uint64_t	 window;	/* bytes that fit per reader; 0: all */
	const struct extent *have;	/* in order, not touching (P1) */
	size_t		 nhave;
};

enum plan_state {
	PLAN_ASKING,			/* no answer yet */
	PLAN_PULLING,
	PLAN_PAUSED,			/* far enough ahead */
	PLAN_NO_ROOM,			/* the arena is full */
	PLAN_RESTING			/* broke; holds no place (P4, P10) */
};

struct plan_region {
	uint32_t	 id;		/* the caller's */
	uint32_t	 object;	/* index */
	uint64_t	 begin, end;	/* end UINT64_MAX: size unknown */
	uint64_t	 position;	/* owns [position, end) */
	uint64_t	 pulled;	/* bytes so far */
	uint64_t	 rate;		/* bytes/s; 0 not known */
	int64_t		 since;		/* ms: started */
	int64_t		 rest;		/* ms: RESTING until then; 0: ever */
	enum plan_state	 state;
	int		 check;		/* only looks whether it changed */
};

struct plan_reader {
	uint32_t	 object;	/* index */
	uint64_t	 start, position, end;	/* end exclusive */
	uint64_t	 rate;		/* bytes/s taken; 0 not known */
	int64_t		 since;		/* ms: waiting, or sending, since */
	int		 waiting;
	int		 head;		/* a HEAD: starts no fill */
	int		 prefetch;	/* wants what it asked for, no more */
	int		 check;		/* wants to know whether it changed */
};

struct plan_picture {
	int64_t		 now;		/* ms */
	uint64_t	 room;		/* bytes to be had without evicting */
	const struct plan_account *accounts;
	size_t		 naccounts;
	const struct plan_object *objects;
	size_t		 nobjects;
	const struct plan_region *regions;
	size_t		 nregions;
	const struct plan_reader *readers;
	size_t		 nreaders;
};

enum plan_verb {
	PLAN_STOP,		/* region: nobody needs it */
	PLAN_PREEMPT,		/* region: its place goes to somebody else */
	PLAN_PAUSE,		/* region: far enough ahead */
	PLAN_RESUME,		/* region: goes on, connects if RESTING */
	PLAN_CUT,		/* region ends at `end` from now on */
	PLAN_START,		/* object, [begin, end) */
	PLAN_CHECK,		/* object: ask whether it changed */
	PLAN_FILL,		/* object: a whole fill begins */
	PLAN_QUEUE		/* object: waits for a place, which `begin`
				   others of its account get before it */
};

struct plan_step {
	enum plan_verb	 verb;
	uint32_t	 object;	/* index */
	uint32_t	 region;	/* id; PLAN_NONE */
	uint64_t	 begin, end;
	int		 reader;	/* START: for one, so it may evict */
};

/* Fills in at most `max` steps; returns how many. */
size_t plan(const struct plan_picture *, struct plan_step *steps, size_t max);

#endif /* PLANNER_H */

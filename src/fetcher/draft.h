/* SPDX-License-Identifier: ISC */
/*
 * draft -- the regions, as a turn of the planner leaves them
 *
 * Runs in:  fetcher; pure, used by the planner (and by turn, to look).
 * Touches:  its own memory.
 * Locks:    none.
 * Owns:     a copy of the picture's regions; the picture must outlive it.
 * Fails:    draft_create() with NULL; draft_insert() with NULL when there are
 *           PLAN_REGIONS regions.
 *
 * The planner decides on this copy; draft_print() says what that means as
 * steps: all that closes first, then all that opens.
 *
 * D1  A region owns [owned_from, end): its block from the start on, since a
 *     writer without a pen publishes whole blocks only.
 * D2  No byte is owned by two regions that are alive, nor by one and `have`,
 *     except by the region of an object without ranges (P9).
 */
#ifndef DRAFT_H
#define DRAFT_H

#include "planner.h"

/* Who stands behind a region; the first go first when places are short. */
enum stake {
	STAKE_NOBODY,
	STAKE_INDIRECT,			/* the reader of one beside it */
	STAKE_READER
};

struct work {
	struct plan_region r;		/* as this turn leaves it */
	uint64_t	 end;		/* as it was */
	enum stake	 stake;
	int		 hungry;	/* a reader waits for it */
	uint64_t	 wanted;	/* the last byte that a reader lacks */
	int		 fresh;		/* of this turn */
	int		 verb;		/* enum plan_verb, or -1 */
	uint64_t	 lead;		/* bytes from its first reader to it */
	int64_t		 front;		/* ms that its poorest reader has */
};

/* A reader that lacks a byte which it asked for. */
struct need {
	const struct plan_reader *r;
	uint64_t	 missing;	/* the first such byte */
	int64_t		 front;		/* ms until it has used up the rest */
	struct work	*behind;	/* whom it waits for; NULL: nobody */
};

/* An object as this turn sees it. */
struct sight {
	int		 filling;	/* a whole fill goes on, or begins */
	int		 watched;	/* a GET reads it */
	int		 stranded;	/* its region passed a reader (P9) */
	int		 doubted;	/* a reader asks whether it changed */
	uint32_t	 queued;	/* its turn to get a place; 0 */
	uint64_t	 first;		/* the lowest position of its readers */
};

struct draft {
	const struct plan_picture *p;
	struct sight	*sights;	/* one per object */
	size_t		 n;
	struct work	 work[PLAN_REGIONS];
};

struct draft *draft_create(const struct plan_picture *);
void draft_destroy(struct draft *);

/* The end of the extent that holds `at`, or `at` where nothing is. */
uint64_t draft_have_until(const struct plan_object *, uint64_t at);
/* Where a region for the missing byte `at` begins: at its block, or at the
 * edge that a writer left inside it. */
uint64_t draft_begin(const struct plan_object *, uint64_t at);
/* The size; UINT64_MAX if it is unknown. */
uint64_t draft_size(const struct plan_object *);

/* Whether it still runs, for bytes of this object. */
int draft_alive(const struct work *, uint32_t object);
/* The first byte that it still owns (D1). */
uint64_t draft_owned_from(const struct draft *, const struct work *);
/* Whoever owns `at`, whoever pulls for the object, whoever looks whether it
 * has changed, whoever begins where this one ends; NULL: nobody. */
struct work *draft_owner(struct draft *, uint32_t object, uint64_t at);
struct work *draft_any(struct draft *, uint32_t object);
struct work *draft_check(struct draft *, uint32_t object);
struct work *draft_next(struct draft *, const struct work *);
/* How far a region from `begin` may go: to what exists or is owned. */
uint64_t draft_free_until(const struct draft *, uint32_t object,
    uint64_t begin);
/* How many regions of an object have at least this stake. */
unsigned draft_count(const struct draft *, uint32_t object, enum stake);

/* Whether it has a connection, of this account. */
int draft_holds_place(const struct draft *, const struct work *,
    uint32_t account);
/* How many connections the account may still open; negative: too many are
 * open. */
int draft_places(const struct draft *, uint32_t account);

/* A reader of the object waits for a place, after those who do so already. */
void draft_queue(struct draft *, uint32_t object);

/* A fresh region; it holds a place at once. */
struct work *draft_insert(struct draft *, uint32_t object, uint64_t begin,
    uint64_t end);
/* It is closed in this turn; `why` is PLAN_STOP or PLAN_PREEMPT. */
void draft_remove(struct work *, enum plan_verb why);

/* The steps from the picture to this turn's end; returns how many. */
size_t draft_print(const struct draft *, struct plan_step *, size_t max);

#endif /* DRAFT_H */

/* SPDX-License-Identifier: ISC */
/*
 * places -- whose connection goes when a reader needs one (rule P4)
 *
 * Runs in:  fetcher; pure, used by the planner alone.
 * Touches:  the draft.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    with 0, when all places have to stay where they are.
 *
 * Nobody's regions go first.  Readers take turns: the place goes to whoever has
 * least in front, once its holder's reader has enough, or after 4 s and 4 MiB,
 * or after 8 s.
 */
#ifndef PLACES_H
#define PLACES_H

struct draft;
struct need;

/* Makes a place for a reader, by preemption if it must: 1 when there is one;
 * else, if
 * it waits, its object is in the queue. */
int places_make(struct draft *, const struct need *);

/* After a limit was lowered: takes away what is over it. */
void places_shed(struct draft *);

#endif /* PLACES_H */

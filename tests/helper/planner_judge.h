/* SPDX-License-Identifier: ISC */
/*
 * planner_judge -- the planner's rules, judged from the world alone
 *
 * Runs in:  a test.
 * Touches:  nothing but its own variables.
 * Locks:    none.
 * Owns:     nothing; the world and the steps must outlive the turn.
 * Fails:    with the text of the rule that was broken; NULL: all is well.
 *
 * Nothing here is shared with the planner: what it means by reach, stakes and
 * turns is worked out a second time.
 */
#ifndef PLANNER_JUDGE_H
#define PLANNER_JUDGE_H

#include "planner_world.h"

/* Who needs a region: nobody, the reader of the one before it, a reader. */
enum judge_stake { IDLE, EXTRA, READ };

/* The turn to be judged: its steps, and whether these were all. */
void judge_init(struct world *, const struct plan_step *, size_t n, int all);
/* One of its steps, before it is taken. */
const char *judge_step(const struct plan_step *);
/* The turn, after all of them. */
const char *judge_turn(void);

/* P1: where nothing is lost, no byte comes twice. */
const char *judge_bytes(void);
/* Everybody is served in time. */
const char *judge_patience(void);
/* P5: what was to be filled is whole. */
const char *judge_fills(void);

enum judge_stake judge_stake(const struct plan_region *);

#endif /* PLANNER_JUDGE_H */

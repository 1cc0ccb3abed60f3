/* SPDX-License-Identifier: ISC */
/*
 * verify -- whether the bytes of pieces are those that their names commit to
 *
 * Runs in:  fetcher.
 * Touches:  payload (read), verdicts of objects.
 * Locks:    none but those the store takes.
 * Owns:     a struct verify per target that has one, a pin on the segment in
 *           hand.
 * Fails:    fatal without memory; an object that is too large stays unverified.
 *
 * A segment is hashed when all of it is in the arena, wherever it came from,
 * one at a time, a millisecond of it per turn of the loop.  When all were, in
 * any order, they are put together.  One that is pulled again later is
 * hashed again and must be what it was: until then the object is unverified.
 * Whose bytes are others is past at once: nobody finds it any more, its readers
 * are cut, its file goes.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include <stdint.h>

#include "pull.h"

struct verify;

/* Hashes for a while: after a turn of the planner, which has looked what is
 * there (`turned`), or to go on.  1 when there is more to do at once.  May end
 * pulls. */
int verify_turn(int turned);

/* A pull is about to write to [begin, end). */
void verify_writes(const struct pull *, uint64_t begin, uint64_t end);

/* 1 while segments wait to be hashed: the target is to stay. */
int verify_is_busy(const struct target *);

/* The target goes. */
void verify_forget(struct target *);

#endif /* VERIFY_H */

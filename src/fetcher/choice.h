/* SPDX-License-Identifier: ISC */
/*
 * choice -- which source a pull asks, and what that has to show first (P10)
 *
 * Runs in:  fetcher.
 * Touches:  the pull.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: there is always a first source.
 */
#ifndef CHOICE_H
#define CHOICE_H

#include "pull.h"

/* Before a pull, or a new attempt, asks: home if it is well, else another that
 * is, else whoever may be asked soonest.  Only home is asked whether the
 * object changed. */
void choice_source(struct pull *);

/* Before each request: a stranger is asked for bytes that are known. */
void choice_proof(struct pull *);

/* Where the pull was redirected to is of no use any more: the next request goes
 * to the source's own address, or where another pull of it was redirected to
 * since.  1, or 0 when it was not redirected. */
int choice_resolve(struct pull *);

/* 1 when the source is the one whose versions are the object's. */
int choice_is_home(const struct pull *);
/* 1 when it has yet to show that its file is the object. */
int choice_is_stranger(const struct pull *);

/* 1 when another file there is a new version: home's, or anybody's where no
 * byte of the object is left. */
int choice_may_change(const struct pull *);

/* What is known of the object, with the validators that this source has for it:
 * none of a stranger.  0, or -1 while nothing is known. */
int choice_known(const struct pull *, struct object_answer *);

#endif /* CHOICE_H */

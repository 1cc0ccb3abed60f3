/* SPDX-License-Identifier: ISC */
/*
 * verdict -- what follows from a source's response head
 *
 * Runs in:  fetcher.
 * Touches:  the pull, its object.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    what is against HTTP breaks the pull; nothing of it is stored.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "pull.h"

/* Judges the head that is complete; called before the first byte of the body,
 * or at the end if there was none. */
void verdict_take(struct pull *);

/* The source has another representation: the pull goes on in a new object,
 * the old one is past (P8).  -1, broken, when this is once too often. */
int verdict_changed(struct pull *);

#endif /* VERDICT_H */

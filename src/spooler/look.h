/* SPDX-License-Identifier: ISC */
/*
 * look -- objects that are asked for, looked up in the catalogue
 *
 * Runs in:  spooler.
 * Touches:  objects that are ASKING; the catalogue.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: what cannot be looked up is asked of its source.
 */
#ifndef LOOK_H
#define LOOK_H

#include "disk.h"

/* Looks one up, if there is one: 1. */
int look_turn(struct disk *);

#endif /* LOOK_H */

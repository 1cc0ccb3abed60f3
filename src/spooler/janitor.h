/* SPDX-License-Identifier: ISC */
/*
 * janitor -- looks now and then whether the directory is as it should be
 *
 * Runs in:  spooler.
 * Touches:  catalogue and data files.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: what it cannot do it tries again later.
 */
#ifndef JANITOR_H
#define JANITOR_H

#include <stdint.h>

#include "disk.h"

/* Goes through all folders from the start, now. */
void janitor_begin(int64_t now);
/* Does a little of what is due, a folder of data files at most: 0 when nothing
 * is.  While the spool is full it only takes away what no row names. */
int janitor_turn(struct disk *, int64_t now);
/* Notes in the catalogue what sources have renewed since it was done last. */
void janitor_note(struct disk *);

#endif /* JANITOR_H */

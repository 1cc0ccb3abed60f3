/* SPDX-License-Identifier: ISC */
/*
 * touch -- when segments on disk were used last
 *
 * Runs in:  spooler.
 * Touches:  the catalogue; reads rows and segment records.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: one that is forgotten looks older than it is.
 */
#ifndef TOUCH_H
#define TOUCH_H

#include <stdint.h>

#include "disk.h"

/* A segment was used now.  Told to the catalogue later, and not again as long
 * as memory would have kept it, or for a minute. */
void touch_note(struct disk *, int64_t file, uint32_t number);
/* Notes what readers stand in, and what was used since the last call. */
void touch_used(struct disk *);
/* Tells the catalogue all that was noted, in the batch. */
int touch_tell(struct disk *);

#endif /* TOUCH_H */

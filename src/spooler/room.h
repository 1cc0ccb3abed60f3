/* SPDX-License-Identifier: ISC */
/*
 * room -- keeps the spool below its size: what lay unused longest goes
 *
 * Runs in:  spooler.
 * Touches:  catalogue and data files; through spool.h, marks of objects.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    ROOM_NONE after health.h was told.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdint.h>

#include "disk.h"

enum room_result {
	ROOM_MADE,
	ROOM_MAKING,		/* some segments went: call again */
	ROOM_NONE
};

/* Room for `need` more bytes below `max`, with `min_free` of the file system
 * left.  What is evicted is evicted down to `low`. */
enum room_result room_make(struct disk *, uint64_t need);
/* The same when the file system has said that it is full. */
enum room_result room_relieve(struct disk *);
/* Removes some files that have no segment any more: 1 when there were. */
int room_sweep_empty(struct disk *);
/* Gives up what was begun. */
void room_abandon(void);

#endif /* ROOM_H */

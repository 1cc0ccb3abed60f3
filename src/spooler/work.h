/* SPDX-License-Identifier: ISC */
/*
 * work -- what the spooler does next
 *
 * Runs in:  spooler.
 * Touches:  what load, look, save, room and janitor touch.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; health.h is told.
 */
#ifndef WORK_H
#define WORK_H

#include <stdint.h>

#include "disk.h"

/* One small step of what matters most.  `rung`: somebody may wait.  0 when
 * there is nothing to do at the moment. */
int work_turn(struct disk *, int64_t now, int rung);
/* The same while reeld is stopping: 0 when all is saved that can be. */
int work_finish(struct disk *, int64_t now);
/* ms that may pass until there is something to do again, unless rung. */
int work_patience(int64_t now);
/* Lets go of all that is at hand; or keeps what is written already. */
void work_abandon(void);
void work_end(struct disk *);

#endif /* WORK_H */

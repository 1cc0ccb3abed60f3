/* SPDX-License-Identifier: ISC */
/*
 * batch -- saves that become true together, when the catalogue has them
 *
 * Runs in:  spooler.
 * Touches:  the catalogue; through spool.h, what is saved.
 * Locks:    none.
 * Owns:     the pins of what was saved, until the commit.
 * Fails:    -1 after health.h was told; then nothing of the batch is saved.
 */
#ifndef BATCH_H
#define BATCH_H

#include <stdint.h>

#include "disk.h"

/* A transaction is open from here on. */
int batch_begin(struct disk *);
/* Takes over a segment that is in the catalogue once the batch is. */
void batch_add(struct disk *, const struct spool_dirty *);
/* Ends the transaction, if one is open: all in it is saved now. */
int batch_commit(struct disk *);
/* ... but only if it is old enough, or `at_once`. */
void batch_turn(struct disk *, int64_t now, int at_once);
/* Nothing of it was saved. */
void batch_abandon(void);
/* When it is to be committed, ms; INT64_MAX: there is none. */
int64_t batch_due(void);

#endif /* BATCH_H */

/* SPDX-License-Identifier: ISC */
/*
 * logs -- the access log of the workers, and where our own lines go
 *
 * Runs in:  master.
 * Touches:  the log files; descriptor 2 once we are in the background.
 * Locks:    none.
 * Owns:     the descriptors of the logs in struct kit.
 * Fails:    never: a log that cannot be had is told of and done without.
 */
#ifndef MASTER_LOGS_H
#define MASTER_LOGS_H

#include "reeld/conf.h"
#include "place.h"

/* Opens the logs that `conf` names.  In the foreground our own lines go to
 * stderr, whatever it says. */
void logs_open(struct kit *, const struct conf *, int foreground);

/* Sends our own lines where they belong; once stderr is no terminal. */
void logs_begin(const struct kit *);

/* Opens the same files again, which somebody may have moved away, or those of
 * another configuration.  The old one stays where the new one cannot be
 * had.  Returns the bits of enum owed that the processes need to be told. */
unsigned logs_reopen(struct kit *, const struct conf *);

#endif /* MASTER_LOGS_H */

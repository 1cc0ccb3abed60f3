/* SPDX-License-Identifier: ISC */
/*
 * boot -- everything that has to be there before the first process is spawned
 *
 * Runs in:  master.
 * Touches:  limits, pid file, logs, listeners, control socket, arena.
 * Locks:    the pid file.
 * Owns:     struct master and all in it, until boot_fini().
 * Fails:    -1 after the reason was told; on the terminal, as nothing that can
 *           fail comes after the step into the background.
 */
#ifndef MASTER_BOOT_H
#define MASTER_BOOT_H

#include <stdint.h>

#include "reeld/conf.h"
#include "reeld/roles.h"
#include "control.h"
#include "crew.h"

enum phase {
	PHASE_RUNNING,
	PHASE_DRAINING,		/* workers finish what they serve */
	PHASE_CLOSING,		/* the fetcher leaves the sources */
	PHASE_SAVING,		/* the spooler saves what is not saved */
	PHASE_STOPPING		/* all end, now */
};

struct master {
	const struct master_start *start;
	struct conf	*conf;
	struct crew	 crew;
	struct control	*control;	/* NULL: there is none */
	enum phase	 phase;
	int64_t		 until;		/* ms: then it is to have stopped */
	int64_t		 began;		/* ms */
};

/* Makes everything by the configuration and goes into the background, unless
 * told otherwise.  `answer` answers commands, with the master for `arg`. */
int boot(struct master *, const struct master_start *,
    control_answer *answer);

/* Gives it all back, what boot() made of it before it failed as well. */
void boot_fini(struct master *);

#endif /* MASTER_BOOT_H */

/* SPDX-License-Identifier: ISC */
/*
 * siege -- a reeld of one worker, who attacks it, and the neighbour beside them
 *
 * What must hold under every attack: the neighbour's small requests keep their
 * pace and content, the worker's own memory stays small, nothing dies, and the
 * attacker's connections are cut.
 *
 * Runs in:  test programs, from their first thread; an attacker is a thread.
 * Touches:  the processes of `exam`.
 * Locks:    none.
 * Owns:     the processes, from siege_start() to siege_stop().
 * Fails:    the test.
 */
#ifndef TEST_SIEGE_H
#define TEST_SIEGE_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdint.h>

#include "exam.h"

#define SIEGE_SMALL	"/f/small?size=1000"	/* a hit */
#define SIEGE_LARGE	"/f/large?size=8388608"	/* a hit */
#define SIEGE_PARKED	"/f/parked?size=8388608&stall=300000" /* never whole */

struct siege {
	int		 port;
	pid_t		 worker;
	_Atomic int	 over;		/* attackers look and leave */
};

struct siege_attack {
	const char	*title;
	/*
	 * Attacks for a while, in a thread of its own, which must not judge;
	 * again and again until the siege is over: how many connections were
	 * cut, or -1 when there was none to be had.
	 */
	int		(*strike)(struct siege *, void *arg);
	void		*arg;
	int		 ms;		/* 0: as the other attacks */
	int		 uncut;		/* nothing forbidden: need not be cut */
};

/* Both with the objects above in the arena; `conf` has more lines of the
 * configuration.  The limit of open files is raised as far as it goes. */
void siege_start(struct siege *, const char *conf);
/* Ends both, unless the test has ended reeld; no process may have died. */
void siege_stop(void);

/*
 * Attacks and judges.  When the neighbour was late, the machine may have been
 * busy: then it is tried twice more, three times as long.
 */
void siege_attack(struct siege *, const struct siege_attack *);

/* 1 when the attackers are to leave. */
int siege_over(struct siege *);

/* A new connection gets the right bytes. */
void siege_serves(struct siege *);

#endif /* TEST_SIEGE_H */

/* SPDX-License-Identifier: ISC */
/*
 * crew -- all processes of reeld but the master, and the arena they share
 *
 * Runs in:  master.
 * Touches:  the arena's head and slots, through slot.h; never payload.
 * Locks:    none.
 * Owns:     the arena, the bells and every place.
 * Fails:    crew_init() -1 after it was logged; later only a machine without
 *           room for another arena is fatal.
 */
#ifndef MASTER_CREW_H
#define MASTER_CREW_H

#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "reeld/conf.h"
#include "place.h"

#define CREW_PLACES	ARENA_SLOTS

struct crew {
	const struct conf *conf;	/* the one that is in force */
	struct kit	 kit;
	unsigned	 workers;	/* wanted; 0: all are to go */
	char		 spool[PATH_MAX]; /* its directory; "": none */
	unsigned	 turn;		/* worker that got the last command */
	int64_t		 began;		/* ms, when this arena did */
	struct throttle	 cold;		/* of new arenas */
	int64_t		 cold_at;	/* ms, no new arena before */
	struct place	 places[CREW_PLACES];
};

/* Makes arena and bells for `conf`.  `crew` is all zero but for its kit, the
 * rest of which is the caller's to fill in before the first crew_turn(). */
int crew_init(struct crew *, const struct conf *);
/* Gives the arena back; all places must be unused. */
void crew_fini(struct crew *);

/* Does what is due: kills, reaps, spawns, tells; keeps a place for each
 * process that is to be; starts cold when the arena is condemned.  To be
 * called once per turn of the loop. */
void crew_turn(struct crew *, int64_t now);
/* When something will be due, ms; INT64_MAX: nothing is. */
int64_t crew_due(const struct crew *, int64_t now);

/* After SIGCHLD: waits for all who died. */
void crew_wait(struct crew *, int64_t now);

/* What crew_hear() wants polled: at most CREW_PLACES.  Returns how many. */
size_t crew_polls(const struct crew *, struct pollfd *);
/* Reads what the processes say.  To be called with what was polled. */
void crew_hear(struct crew *, const struct pollfd *, size_t n);

/* Notes that all processes (a role's, ARENA_NOBODY for any) have to be told
 * something again. */
void crew_owe(struct crew *, enum arena_role, enum owed);
/* Tells everyone what he is owed, for up to `ms` while sockets are full. */
void crew_tell(struct crew *, int64_t ms);
/* The configuration, and with it the kit, is another one: all who stay are
 * told, workers come, or go once their clients are done. */
void crew_renew(struct crew *, const struct conf *, int64_t now);
/* Dismisses all processes of a role, ARENA_NOBODY for any. */
void crew_dismiss(struct crew *, enum arena_role, enum owed how, int64_t now,
    int64_t ms);
/* How many processes of a role there are, ARENA_NOBODY for any. */
unsigned crew_count(const struct crew *, enum arena_role);

/* Passes a command and its connection to a worker that is ready, to each in
 * its turn.  -1: there is none. */
int crew_pass(struct crew *, const char *line, int fd);

#endif /* MASTER_CREW_H */

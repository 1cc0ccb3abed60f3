/* SPDX-License-Identifier: ISC */
/*
 * place -- one process that the master keeps going, and what it is told
 *
 * Runs in:  master.
 * Touches:  its socket, its slot in the arena.
 * Locks:    none.
 * Owns:     the process, its slot and the socket to it.
 * Fails:    never for good: what cannot be done now is tried again.
 */
#ifndef MASTER_PLACE_H
#define MASTER_PLACE_H

#include <sys/types.h>

#include <stdint.h>

#include "reeld/account.h"
#include "reeld/arena.h"
#include "reeld/msg.h"
#include "supply.h"
#include "throttle.h"

enum place_state {
	PLACE_UNUSED,		/* nobody here, nobody to come */
	PLACE_VACANT,		/* to be filled at `due` */
	PLACE_STARTING,		/* spawned, not ready yet */
	PLACE_READY,
	PLACE_DEAD		/* waited for; its slot is still locked */
};

extern const char *const place_state_names[];

/*
 * What a process is still to be told: bits, told in the order of their values
 * as soon as its socket takes them.  Each stands for the state of affairs when
 * it is told, so that setting one twice does no harm.
 */
enum owed {
	OWED_HELLO	= 0x001,
	OWED_BELLS	= 0x002,
	OWED_CONF	= 0x004,
	OWED_LISTENS	= 0x008,
	OWED_IDENTITIES	= 0x010,
	OWED_TRUST	= 0x020,
	OWED_ACCESS_LOG	= 0x040,
	OWED_ERROR_LOG	= 0x080,
	OWED_PASSAGE	= 0x100,
	OWED_GO		= 0x200,
	OWED_DRAIN	= 0x400,
	OWED_STOP	= 0x800,
	OWED_END	= 0x1000
};

/* What all processes are handed. */
struct kit {
	int		 arena;
	int		 bells[ARENA_SLOTS];
	int		 access_log;	/* -1: none */
	int		 error_log;	/* a file of ours; -1: syslog, stderr */
	int		 syslog;
	int		 passages[2];	/* of passage.h; -1: none */
	struct account	 account;
	struct supply	 supply;
};

struct place {
	enum place_state state;
	enum arena_role	 role;
	unsigned	 index;
	int		 slot;		/* -1: none in this arena */
	pid_t		 pid;
	int		 sock;
	unsigned	 owed;		/* bits of enum owed */
	size_t		 listens;	/* told since it was told the conf */
	size_t		 identities;	/* ... likewise */
	uint64_t	 newest;	/* id of the last listener it has */
	int64_t		 since;		/* ms, spawned */
	int64_t		 due;		/* ms, not filled again before */
	int64_t		 reap_at;	/* ms, when dead */
	int64_t		 drain_at;	/* ms, told to drain then; 0: not */
	int64_t		 kill_at;	/* ms; 0: lives as long as it likes */
	int		 killed;	/* as far as we could */
	int64_t		 looked;	/* ms, at its heartbeat */
	int64_t		 heartbeat;	/* as it was then */
	unsigned	 silent;	/* looks in a row that found it so */
	int		 mute;		/* it will say no more */
	int		 last;		/* nobody follows the one in it */
	unsigned	 restarts;
	struct throttle	 throttle;
};

/* Fills a vacant place.  If that cannot be done, it is due again later. */
void place_spawn(struct place *, const struct kit *, int64_t now);

/* Tells what is owed, as far as the socket takes it. */
void place_tell(struct place *, const struct kit *);

/* After waitpid(2): logs why it died and clears what it left in the arena, at
 * once or, while its slot is still locked, by place_reap() later.  Then the
 * place is vacant, or unused if that was the last one in it. */
void place_died(struct place *, int status, int64_t now);
void place_reap(struct place *, int64_t now);

/* There is a process in it. */
int place_alive(const struct place *);
/* ms since the process said that it was alive; -1: it has no slot to say so. */
int64_t place_silence(const struct place *, int64_t now);

/* The configuration and what goes with it are others now.  One that leaves
 * keeps what it has. */
void place_renew(struct place *);

/* Asks the process to go: `how` is OWED_DRAIN or OWED_STOP, nobody follows it,
 * and it is killed when it is still there `ms` later. */
void place_dismiss(struct place *, enum owed how, int64_t now, int64_t ms);
/* Asks a worker, whose sockets get no new clients any more, to go once its
 * clients are done, however long that takes. */
void place_retire(struct place *, int64_t now);
/* Why the process must be killed now, or NULL. */
const char *place_overdue(struct place *, int64_t now);
void place_kill(struct place *);

#endif /* MASTER_PLACE_H */

/* SPDX-License-Identifier: ISC */
/*
 * slot -- a process's place in the arena, and what it leaves behind
 *
 * Runs in:  master (issues and reaps), every role (takes its own).
 * Touches:  slot records; reaping touches every record, with atomics only.
 * Locks:    none.  fcntl(2) byte `slot` of the arena file tells who lives.
 * Owns:     nothing.
 * Fails:    -1 with errno; EAGAIN when no slot is free.
 */
#ifndef REELD_SLOT_H
#define REELD_SLOT_H

#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>

#include "reeld/arena.h"

/* Master: takes a free slot for a process about to be spawned.  The number, or
 * -1 when all are taken. */
int slot_issue(enum arena_role role);

/* Master: notes the process that was spawned into `slot`. */
void slot_spawned(unsigned slot, pid_t pid);

/* Role: locks byte `slot` of `fd` for as long as the process lives.  Before
 * arena_attach().  0, or -1 with errno. */
int slot_take(int fd, unsigned slot);

/* Master, after waitpid() of the slot's process: clears its pins, waiters,
 * rows and regions, makes orphans of its pens, rings every bell and frees the
 * slot; its counters stay, the slot's next life goes on with them.  Again, when
 * a master died in it.  0, or -1 with EBUSY while the slot's byte is still
 * locked. */
int slot_reap(unsigned slot);

/* The slot that has lock `lock` right now (the argument of arena_on_stuck), or
 * -1. */
int slot_holder(unsigned lock);

/* A slot as others see it. */
struct slot_info {
	enum arena_role	 role;
	pid_t		 pid;
	int64_t		 since;		/* ms, clock_ms() */
	int64_t		 heartbeat;	/* ms, clock_ms() */
	char		 words[256];	/* last words of the last panic here */
};
int slot_info(unsigned slot, struct slot_info *);

/* Role: "I am alive", once per turn of its loop. */
void slot_beat(void);

/* Role: where panic() leaves its last words. */
char *slot_words(size_t *len);

#endif /* REELD_SLOT_H */

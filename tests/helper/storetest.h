/* SPDX-License-Identifier: ISC */
/*
 * storetest -- an arena for a test: processes in it, content, the last audit
 *
 * Runs in:  tests of the store.
 * Touches:  what the store's public functions touch.
 * Locks:    as they do.
 * Owns:     the arena and its bells, from create to end.
 * Fails:    aborts the test when the arena cannot be had.
 */
#ifndef STORETEST_H
#define STORETEST_H

#include <sys/types.h>

#include <stdint.h>

#include "reeld/arena.h"
#include "reeld/object.h"

#define STORETEST_SEGMENT	(64u << 10)
#define STORETEST_BLOCK		(STORETEST_SEGMENT / 512)

struct storetest {
	int		 fd;
	int		 bells[ARENA_SLOTS];
};

struct storetest_child {
	pid_t		 pid;
	unsigned	 slot;
};

/* Makes an arena of `size` bytes in segments of 64K; the caller is its master
 * and the worker of slot 0 in one. */
void storetest_create(struct storetest *, uint64_t size);
/* The same, in segments of that size. */
void storetest_create_of(struct storetest *, uint64_t size,
    uint32_t segment_size);
/* Becomes the process of a slot that was issued, in place of what it was. */
void storetest_enter(const struct storetest *, unsigned slot);
/* Leaves the arena as slot 0 (1 if the audit was clean then), reaps it, and
 * audits what stays as idle.  How many invariants do not hold. */
unsigned storetest_end(struct storetest *);
/* The same, but the arena stays, and the caller is slot 0 again. */
unsigned storetest_rest(const struct storetest *);
/* Closes it as it is. */
void storetest_drop(struct storetest *);

/* Issues a slot, forks, runs `run` in it and exits with what it returns. */
struct storetest_child storetest_fork(const struct storetest *,
    enum arena_role, int (*run)(void *), void *arg);
/* Waits for it and reaps its slot; its exit status, -signal when killed. */
int storetest_join(struct storetest_child);

/* 1 when somebody rang this process since the last time; waits at most `ms`. */
int storetest_rung(const struct storetest *, int ms);

void storetest_key(unsigned n, uint8_t key[HASH_LEN]);
/* Obtains object `n`, known to have `size` bytes (-1: it stays asking).  Its
 * content is what data_fill() makes of the seed `n`. */
struct object_ref storetest_object(unsigned n, int64_t size);
/* Fills in [begin, end) of object `n` with its content; the bytes taken. */
uint64_t storetest_fill(struct object_ref, unsigned n, uint64_t begin,
    uint64_t end);
/* How many bytes can be read from `begin` to `end` at most.  Aborts at a wrong
 * one. */
uint64_t storetest_read(struct object_ref, unsigned n, uint64_t begin,
    uint64_t end);

/* Numbers for schedules: the same for the same seed. */
uint64_t storetest_random(uint64_t *seed);

#endif /* STORETEST_H */

/* SPDX-License-Identifier: ISC */
/*
 * seat -- how many connections one account may have, and has (rule P4)
 *
 * Runs in:  fetcher.
 * Touches:  the records of accounts in the arena (reeld/seats.h).
 * Locks:    none.
 * Owns:     struct seat for the life of the process: libcurl's pool may close
 *           a socket long after its pull has ended.
 * Fails:    never; fatal without memory.
 */
#ifndef SEAT_H
#define SEAT_H

#include <stdint.h>

struct seat;

/* The seats of `account`, made on first use; the limit is the lowest that any
 * origin of the account names (0: as it was). */
struct seat *seat_of(const char *account, unsigned limit);
/* Before a reload sets the limits anew. */
void seat_forget_limits(void);

/* Seats are numbered from 0. */
unsigned seat_number(const struct seat *);
struct seat *seat_at(unsigned number);
unsigned seat_limit(const struct seat *);
unsigned seat_open(const struct seat *);

/* 1 when it has all it may have, what other processes have of it included.
 * One more was opened; one is closed. */
int seat_is_full(const struct seat *);
void seat_take(struct seat *);
void seat_give(struct seat *);

/* An object waits for a connection of it, in this turn.  seat_tell() publishes
 * what all accounts have, and who waits; see reeld/seats.h. */
void seat_queue(struct seat *);
void seat_tell(void);

/* A request that passed has given its connection back, at `now` (ms); when the
 * last one did, 0: none. */
void seat_passed(struct seat *, int64_t now);
int64_t seat_last_pass(const struct seat *);

/* How long a new request takes until its answer: ms. */
int64_t seat_answer(const struct seat *);
void seat_answered(struct seat *, int64_t us);

#endif /* SEAT_H */

/* SPDX-License-Identifier: ISC */
/*
 * seats -- the connections that the accounts of sources have open
 *
 * Runs in:  fetcher (writes), worker (reads).
 * Touches:  the records of accounts in the arena.
 * Locks:    none: each record has one writer.
 * Owns:     a record per account, from seats_claim() on; slot_reap() frees
 *           those of a process that died, with all that it counted.
 * Fails:    seats_claim() with -1 when there are SEATS_MAX of them.
 *
 * They stand in the arena so that two fetchers side by side keep one limit
 * together, and so that a limit can be looked at.
 */
#ifndef REELD_SEATS_H
#define REELD_SEATS_H

#include <stddef.h>
#include <stdint.h>

#define SEATS_MAX	512
#define SEATS_NAME	64

struct seats_info {
	char		 account[SEATS_NAME];
	uint32_t	 limit;
	uint32_t	 open;		/* connections, idle ones included */
	uint32_t	 waiting;	/* objects whose readers wait for one */
};

/* A record for an account, of this process; or -1. */
int seats_claim(const char *account);
void seats_write(int record, const struct seats_info *);
/* How many connections other processes have open for the same account. */
uint32_t seats_elsewhere(int record);

/* All accounts, those of several processes added up; how many. */
size_t seats_take(struct seats_info *, size_t max);

#endif /* REELD_SEATS_H */

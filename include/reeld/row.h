/* SPDX-License-Identifier: ISC */
/*
 * row -- one reader of an object: its want and its playhead
 *
 * Runs in:  worker (its own rows), fetcher (reads all).
 * Touches:  reader rows; each is written by the worker of its slot only.
 * Locks:    none; a row has a sequence word, odd while it is written.
 * Owns:     a row number until row_close().
 * Fails:    -1 with EAGAIN when all rows of this process are taken.
 */
#ifndef REELD_ROW_H
#define REELD_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/object.h"

#define ROW_HEAD	0x01u	/* a HEAD: starts no fill */
#define ROW_CHECK	0x02u	/* first asks whether the object changed */
#define ROW_PREFETCH	0x04u	/* nobody reads: starts no fill */

struct row_state {
	struct object_ref object;
	uint64_t	 start;		/* first byte that was asked */
	uint64_t	 position;	/* next byte to be sent */
	uint64_t	 end;		/* exclusive; UINT64_MAX: to the end */
	uint64_t	 rate;		/* bytes/s that the client takes */
	int64_t		 since;		/* ms: waiting, or sending, since */
	unsigned	 flags;
	uint32_t	 answers;	/* ROW_CHECK: waits for one more */
	int		 waiting;
	uint64_t	 address[2];	/* the client's in6_addr; 0: unix */
	unsigned	 slot, number;	/* whose, which (row_take() fills in) */
};

/* The worker pins the object for as long as the row is open. */
int row_open(const struct row_state *);
void row_write(int row, const struct row_state *);
void row_close(int row);

/* A copy of every open row, at most `max`; returns how many. */
size_t row_take(struct row_state *, size_t max);
/* How many rows are open. */
size_t row_count(void);

#endif /* REELD_ROW_H */

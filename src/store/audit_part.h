/* SPDX-License-Identifier: ISC */
/*
 * audit_part -- what the parts of the audit share
 *
 * Runs in:  worker (for reelctl audit), tests.
 * Touches:  nothing.
 * Locks:    audit_chains() takes each STRIPE in turn, audit_lists() ARENA.
 * Owns:     nothing.
 * Fails:    a lock that cannot be had counts as bad.
 */
#ifndef AUDIT_PART_H
#define AUDIT_PART_H

#include <stdint.h>
#include <stdio.h>

struct audit {
	FILE		*out;
	unsigned	 bad;
	int		 idle;
	uint8_t		*seen;		/* scratch, per record or cell */
	uint32_t	*count;		/* scratch, per record */
};

/* One invariant does not hold. */
void audit_bad(struct audit *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* S1 to S4, S9 to S11. */
void audit_chains(struct audit *);
/* A1 to A4, S5, S9. */
void audit_lists(struct audit *);

#endif /* AUDIT_PART_H */

/* SPDX-License-Identifier: ISC */
/*
 * fault -- lets a test kill a process before any shared write
 *
 * Runs in:  builds with REELD_FAULTS only (tests/crash).
 * Touches:  a table in memory that the test shares with its children.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    by SIGKILL, when told to.
 */
#ifndef FAULT_H
#define FAULT_H

#define FAULT_POINTS	512

struct fault_point {
	const char	*file;		/* the same in parent and child */
	int		 line;
	unsigned	 hits;
};

struct fault_table {
	unsigned	 n;
	int		 armed;		/* index of the point; -1 none */
	unsigned	 nth;		/* die at this hit of it, from 1 */
	struct fault_point points[FAULT_POINTS];
};

/* The table to count in (MAP_SHARED|MAP_ANONYMOUS memory of the test). */
void fault_use(struct fault_table *);

/* A shared write is about to happen here. */
void fault_point(const char *file, int line);

#endif /* FAULT_H */

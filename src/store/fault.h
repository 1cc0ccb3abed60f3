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

#define FAULT_POINTS	512	/* room in the table */

/* One shared write in the code.  The linker gathers them all in one section, so
 * that a test knows those that it did not come by, too. */
struct fault_point {
	const char	*file;
	int		 line;
} __attribute__((aligned(16)));

struct fault_table {
	int		 armed;		/* index of the point; -1 none */
	unsigned	 nth;		/* die at this hit of it, from 1 */
	unsigned	 hits[FAULT_POINTS];
};

/* The points of this program; how many. */
unsigned fault_points(const struct fault_point **);

/* The table to count in (MAP_SHARED memory of the test); NULL: none. */
void fault_use(struct fault_table *);

/* A shared write is about to happen at this point. */
void fault_hit(const struct fault_point *);

#define FAULT_HIT() __extension__ ({					\
	static struct fault_point point					\
	    __attribute__((section("fault_points"), used)) =		\
	    { __FILE__, __LINE__ };					\
	fault_hit(&point);						\
})

#endif /* FAULT_H */

/* SPDX-License-Identifier: ISC */
/* fault -- kills a process before a shared write; tests only */
#include "config.h"

#ifdef REELD_FAULTS

#include <signal.h>
#include <unistd.h>

#include "fault.h"

/* The linker's names for the ends of the section. */
extern const struct fault_point __start_fault_points[];
extern const struct fault_point __stop_fault_points[];

static struct fault_table *table;

unsigned
fault_points(const struct fault_point **points)
{
	*points = __start_fault_points;
	/* cppcheck-suppress comparePointers */
	return (unsigned)(__stop_fault_points - __start_fault_points);
}

void
fault_use(struct fault_table *t)
{
	table = t;
}

void
fault_hit(const struct fault_point *point)
{
	int i = (int)(point - __start_fault_points);

	if (table == NULL || i >= FAULT_POINTS)
		return;
	table->hits[i]++;
	if (i == table->armed && table->hits[i] == table->nth)
		kill(getpid(), SIGKILL);
}

#else
typedef int fault_is_for_tests;
#endif

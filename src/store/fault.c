/* SPDX-License-Identifier: ISC */
/* fault -- kills a process before a shared write; tests only */
#include "config.h"

#ifdef REELD_FAULTS

#include <signal.h>
#include <unistd.h>

#include "fault.h"

static struct fault_table *table;

void
fault_use(struct fault_table *t)
{
	table = t;
}

void
fault_point(const char *file, int line)
{
	unsigned i;

	if (table == NULL)
		return;
	for (i = 0; i < table->n; i++)
		if (table->points[i].line == line &&
		    table->points[i].file == file)
			break;
	if (i == FAULT_POINTS)
		return;
	if (i == table->n) {
		table->points[i].file = file;
		table->points[i].line = line;
		table->points[i].hits = 0;
		table->n++;
	}
	table->points[i].hits++;
	if ((int)i == table->armed && table->points[i].hits == table->nth)
		kill(getpid(), SIGKILL);
}

#else
typedef int fault_is_for_tests;
#endif

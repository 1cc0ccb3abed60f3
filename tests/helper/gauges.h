/* SPDX-License-Identifier: ISC */
/*
 * gauges -- what /metrics says, from one look to the next
 *
 * Over a connection of its own, which is kept: a look takes less than a
 * millisecond, where starting reelctl takes several.
 *
 * Runs in:  test programs, from their first thread.
 * Touches:  one connection of HTTP/1.1, which reeld counts as well.
 * Locks:    none.
 * Owns:     the connection, until gauges_close().
 * Fails:    the test, when they are not to be had, or lack a name.
 */
#ifndef TEST_GAUGES_H
#define TEST_GAUGES_H

#include <stdint.h>

#include "harness.h"

struct gauges {
	int	 fd;
	char	 page[32768];	/* as it was at the last look */
};

void gauges_open(struct gauges *, int port);
void gauges_close(struct gauges *);

/* Asks for the page anew. */
void gauges_look(struct gauges *);

/* A sample of the last look: "viewers" is that of reeld_viewers. */
int64_t gauges_value(const struct gauges *, const char *name);

/* Looks: 1 when so many requests read an object, and so many connections of
 * clients are open beside this one. */
int gauges_clients(struct gauges *, int viewers, int connections);

/*
 * How many objects and segments the processes of a role (NULL: of any) pin, as
 * `reelctl audit idle` sees it.
 */
int gauges_pins(const struct reeld *, const char *role);

#endif /* TEST_GAUGES_H */

/* SPDX-License-Identifier: ISC */
/*
 * origin_conn -- one connection: reads requests, sends answers at their pace
 *
 * Runs in:  the scripted source.
 * Touches:  its socket, the counters of the paths it answers for.
 * Locks:    none.
 * Owns:     the socket and both buffers, until conn_destroy().
 * Fails:    a connection that cannot go on is done; the loop destroys it.
 */
#ifndef ORIGIN_CONN_H
#define ORIGIN_CONN_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

struct conn;

/* What the program was asked for on its command line. */
struct options {
	const char	*root;		/* directory of /real/, or NULL */
	int		 verbose;
};

/* Takes over the accepted socket `fd`; with `control` it is answered by
 * origin_ctl and counted nowhere. */
struct conn *conn_create(int fd, int control, const struct options *);
void conn_destroy(struct conn *);

/* What to poll for: descriptor and events; when to look without any: now_ns()
 * at that time, INT64_MAX never. */
int conn_fd(const struct conn *);
short conn_events(const struct conn *);
int64_t conn_wake(const struct conn *);

/* Goes on after poll(2) returned `revents` (0: the time has come): 1 when the
 * connection is done. */
int conn_step(struct conn *, short revents);

/* {"connections": accepted, "open": now, "peak": most at once}. */
json_t *conn_stats(void);
void conn_reset(void);

#endif /* ORIGIN_CONN_H */

/* SPDX-License-Identifier: ISC */
/*
 * control -- the socket that reelctl talks to
 *
 * Runs in:  master.
 * Touches:  the control socket and its connections, without waiting for any.
 * Locks:    none.
 * Owns:     the socket, its path and up to CONTROL_CONNS connections.
 * Fails:    control_open() -1 with errno; a client that is slow, or sends what
 *           is no line, is told so or dropped.
 */
#ifndef MASTER_CONTROL_H
#define MASTER_CONTROL_H

#include <sys/types.h>

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONTROL_CONNS	16
#define CONTROL_LINE	1023		/* bytes at most, without newline */
#define CONTROL_LIMIT	5000		/* ms for a line, and for an answer */
#define CONTROL_POLLS	(CONTROL_CONNS + 1)

struct control;

/* Answers one line of `fd` to `out`, first `ok` or `error: text`, then what
 * was asked for.  1 when the connection was passed on instead; 0. */
typedef int control_answer(void *arg, const char *line, int fd, FILE *out);

/* Listens at `path`; `gid` may use it, besides our own user. */
struct control *control_open(const char *path, gid_t gid, control_answer *,
    void *arg);
/* Removes the path as well. */
void control_close(struct control *);

/* As crew_polls(), crew_hear() and crew_due(): at most CONTROL_POLLS. */
size_t control_polls(const struct control *, struct pollfd *, int64_t now);
void control_hear(struct control *, const struct pollfd *, size_t n,
    int64_t now);
int64_t control_due(const struct control *);

#endif /* MASTER_CONTROL_H */

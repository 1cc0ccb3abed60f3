/* SPDX-License-Identifier: ISC */
/*
 * origin_path -- what the scripted source knows about one path
 *
 * Runs in:  the scripted source.
 * Touches:  the list of paths.
 * Locks:    none.
 * Owns:     every path, until the process ends.
 * Fails:    ends the process when memory is out.
 */
#ifndef ORIGIN_PATH_H
#define ORIGIN_PATH_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "origin_knob.h"
#include "origin_request.h"

struct spans;

struct path {
	struct path	*next;
	char		*name;
	struct script	 over;		/* set through the control port */
	struct spans	*sent;		/* which bytes were sent at all */
	int64_t		 requests;	/* every one, redirects included */
	int64_t		 finals;	/* those that were not redirected */
	int64_t		 ranged;	/* those with a Range header */
	int64_t		 bytes;		/* content that the socket took */
	int64_t		 aborted;	/* the client left before the end */
	int64_t		 cuts, stalls;	/* how often we did it */
	int64_t		 active, peak;	/* answers under way */
	int64_t		 status[600];
	char		 last[4096];	/* head of the newest request */
};

/* The path called `name`, made when there is none. */
struct path *path_find(const char *name);

/* A request came: counted, and its head kept. */
void path_count_request(struct path *, const struct request *);

/* Content bytes [from, to) went into a socket. */
void path_count_sent(struct path *, int64_t from, int64_t to);

/* An answer begins, or has ended; keeps `active` and `peak`. */
void path_enter(struct path *);
void path_leave(struct path *);

/* Counters of all paths to zero (answers under way stay counted); with
 * `scripts`, what the control port set is forgotten too. */
void path_reset(int scripts);

/* {"/f/x": {"requests": 1, ...}, ...}; the caller owns it. */
json_t *path_stats(void);

#endif /* ORIGIN_PATH_H */

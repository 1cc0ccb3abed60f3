/* SPDX-License-Identifier: ISC */
/*
 * connection -- the sockets of libcurl's pool, each counted on a seat (rule P4)
 *
 * Runs in:  fetcher.
 * Touches:  the sockets that libcurl opens and closes.
 * Locks:    none.
 * Owns:     a record of each socket, until libcurl closes it.
 * Fails:    opening beyond the limit, or where it is not allowed, is refused
 *           to libcurl.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <sys/socket.h>

#include <stdint.h>

#include <curl/curl.h>

#include "reeld/conf.h"
#include "reeld/url.h"
#include "seat.h"

/* Who may connect where: called with the resolved address before each
 * connect, and with the peer's before each request; 0 refuses. */
typedef int connection_policy(void *arg, const struct sockaddr *);

/* What one request asks of the pool, and what became of it; `tag` names host,
 * port and the terms of option.h. */
struct connection_use {
	struct seat	*seat;
	connection_policy *policy;	/* NULL: anywhere */
	void		*arg;
	uint64_t	 tag;
	char		 host[URL_HOST_MAX + 1];	/* as it was asked */
	uint16_t	 port;
	int		 fd;		/* what it uses; -1 nothing yet */
	int		 refused;	/* the policy said no */
	int		 full;		/* the limit said no */
	int		 skipped;	/* an absent address (absent.h) */
	int		 insist;	/* the next request will not skip it */
	int		 insisting;	/* this one does not */
	int		 foreign;	/* libcurl chose what is not ours */
};

/* Notes whom the next request is for: its URL may be another one meanwhile.
 * Returns a number of the server, the same for scheme, host and port. */
uint64_t connection_aim(struct connection_use *, const char *url);
/* 1 when the origin's `allow` has this address for the host that was noted;
 * never without an origin. */
int connection_allowed(const struct connection_use *,
    const struct conf_origin *, const struct sockaddr *);

/* Makes libcurl count the sockets of `easy`. */
void connection_watch(CURL *easy, struct connection_use *);

/* 1 when a connect failed and addresses were skipped that the next request will
 * try: it is to be made at once. */
int connection_insist(struct connection_use *);

/* While a transfer pauses its source is told of no more room: what the kernel
 * took in would be lost if the pull is stopped, and is memory that nobody
 * counts.  Not to pause gives it the room again. */
void connection_pause(const struct connection_use *, int pause);

/* Before a request to `tag` starts: closes idle connections of the seat until
 * it can have one of its own, or keeps one that it can use again. */
void connection_make_room(struct seat *, uint64_t tag);

/* Tells which sockets are in use: first all are idle, then those named are
 * not.  connections_sweep() closes those idle for longer than `ms`. */
void connections_idle(void);
void connection_in_use(int fd);
void connections_sweep(int64_t ms);

#endif /* CONNECTION_H */

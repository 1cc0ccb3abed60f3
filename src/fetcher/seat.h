/* SPDX-License-Identifier: ISC */
/*
 * seat -- the connections that one account has open, each a socket (rule P4)
 *
 * Runs in:  fetcher.
 * Touches:  the sockets that libcurl opens and closes.
 * Locks:    none.
 * Owns:     struct seat for the life of the process: libcurl's pool may close
 *           a socket long after its pull has ended.
 * Fails:    opening beyond the limit is refused to libcurl.
 */
#ifndef SEAT_H
#define SEAT_H

#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "reeld/url.h"

struct seat;

/* The seats of `account`, made on first use; the limit is the lowest that any
 * origin of the account names (0: as it was). */
struct seat *seat_of(const char *account, unsigned limit);
/* Before a reload sets the limits anew. */
void seat_forget_limits(void);

/* Seats are numbered from 0. */
unsigned seat_number(const struct seat *);
struct seat *seat_at(unsigned number);
unsigned seat_limit(const struct seat *);
unsigned seat_open(const struct seat *);

/* An object waits for a connection of it, in this turn.  seat_tell() publishes
 * what all accounts have, and who waits; see reeld/seats.h. */
void seat_queue(struct seat *);
void seat_tell(void);

/* A request that passed has given its connection back, at `now` (ms); when the
 * last one did, 0: none. */
void seat_passed(struct seat *, int64_t now);
int64_t seat_last_pass(const struct seat *);

/* How long a new request takes until its answer: ms. */
int64_t seat_answer(const struct seat *);
void seat_answered(struct seat *, int64_t us);

/* Who may connect where: called with the resolved address before each
 * connect, and with the peer's before each request; 0 refuses. */
typedef int seat_policy(void *arg, const struct sockaddr *);

/* Makes libcurl count the sockets of `easy`; `tag` names host, port and the
 * terms of option.h. */
struct seat_socket {
	struct seat	*seat;
	seat_policy	*policy;	/* NULL: anywhere */
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
void seat_watch(CURL *easy, struct seat_socket *);

/* 1 when a connect failed and addresses were skipped that the next request will
 * try: it is to be made at once. */
int seat_insist(struct seat_socket *);

/* While a transfer pauses its source is told of no more room: what the kernel
 * took in would be lost if the pull is stopped, and is memory that nobody
 * counts.  Not to pause gives it the room again. */
void seat_pause(const struct seat_socket *, int pause);

/* Before a request to `tag` starts: closes idle connections until it can have
 * one of its own, or keeps one that it can use again. */
void seat_make_room(struct seat *, uint64_t tag);

/* Tells which sockets are in use; all others are idle.  seat_sweep() closes
 * those idle for longer than `ms`. */
void seat_idle_all(void);
void seat_in_use(int fd);
void seat_sweep(int64_t ms);

#endif /* SEAT_H */

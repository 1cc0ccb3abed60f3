/* SPDX-License-Identifier: ISC */
/*
 * pass_part -- what the parts of a pass share
 *
 * Runs in:  worker.
 * Touches:  the request of a pass.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    -1, or base NULL, where it says so.
 */
#ifndef PASS_PART_H
#define PASS_PART_H

#include <bsd/sys/queue.h>

#include "reeld/passage.h"
#include "again.h"
#include "conn.h"
#include "content.h"
#include "http2.h"
#include "pass.h"

struct passing {
	h2o_generator_t	 generator;	/* first: libh2o hands it back */
	TAILQ_ENTRY(passing) next;	/* among all of this worker */
	struct again	 again;		/* ready to go on in the next turn */
	h2o_req_t	*req;
	struct conn	*conn;
	char		*origin;	/* its name; in the request's pool */
	char		*url;		/* in the request's pool */
	h2o_socket_t	*sock;		/* to the fetcher; NULL: all is said */
	size_t		 held;		/* its share of content.h */
	int		 known;		/* the head of the answer is */
	int		 started;	/* h2o_start_response() was called */
	int		 flying;	/* a piece is on its way */
	int64_t		 heard;		/* ms: the fetcher said something */
	size_t		 in_at, in_len;	/* bytes in `in`: used; all */
	char		 in[sizeof(struct passage_frame) + PASSAGE_MAX];
};
TAILQ_HEAD(passings, passing);

/* pass_field: what is asked, as a frame in the request's pool; base NULL: it is
 * too large. */
h2o_iovec_t passing_ask(struct passing *);
/* Over how many hops it may go on: Max-Forwards of OPTIONS, or -1. */
int64_t passing_hops(h2o_req_t *);
/* The head of the answer, from the payload of its frame: makes the response's
 * and invalidates what the request has changed.  -1: it is none. */
int passing_head(struct passing *, struct span payload);

#endif /* PASS_PART_H */

/* SPDX-License-Identifier: ISC */
/*
 * origin_feed -- an answer as bytes: at its pace, up to its mishaps, counted
 *
 * Runs in:  the scripted source.
 * Touches:  the counters of the path it answers for.
 * Locks:    none.
 * Owns:     the output buffer, until feed_fini().
 * Fails:    ends the process when memory is out.
 */
#ifndef ORIGIN_FEED_H
#define ORIGIN_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "origin_answer.h"
#include "origin_path.h"

enum feed_next {
	FEED_BYTES,	/* there is something to send */
	FEED_WAIT,	/* the pace: nothing before `wake` */
	FEED_STALL,	/* the script: nothing before `wake` */
	FEED_CUT,	/* the script: no more, close */
	FEED_END	/* all was sent */
};

struct feed {
	const struct answer	*a;
	struct path		*path;		/* NULL: nothing is counted */
	int64_t			 wake;		/* now_ns() at that time */
	int64_t			 counted;	/* content the socket took */

	/* buf: [sent, len) is still to go; [body, body_end) is content and
	 * stands at `from` of the file. */
	char			*buf;
	size_t			 sent, len, body, body_end;
	int64_t			 from;

	/* What went into buf so far. */
	size_t			 head;
	int			 piece;		/* this one is being sent */
	int64_t			 piece_at;	/* and so much of it was */
	int64_t			 content;
	int			 last_chunk, stalled;

	int64_t			 paid;		/* the pace: paid up to then */
	int			 full;		/* the socket took no more */
};

void feed_init(struct feed *);
void feed_fini(struct feed *);

/* Begins with an answer whose first byte may go at `start` (now_ns()). */
void feed_begin(struct feed *, const struct answer *, struct path *,
    int64_t start);

/* Sees to it that buf has bytes to send, or says why not. */
enum feed_next feed_next(struct feed *);

/* The socket took `n` bytes of buf, or none because it is full. */
void feed_took(struct feed *, size_t n);
void feed_blocked(struct feed *);

#endif /* ORIGIN_FEED_H */

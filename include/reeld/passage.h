/* SPDX-License-Identifier: ISC */
/*
 * passage -- the way of one request that passes: worker, fetcher, and back
 *
 * Runs in:  master (makes the channel), worker, fetcher.
 * Touches:  unix sockets; no shared memory.
 * Locks:    none.
 * Owns:     nothing: descriptors and frames are the caller's.
 * Fails:    -1 with errno; EPROTO for what is no passage.
 *
 * A worker, which cannot connect out, makes a pair of sockets for each such
 * request and sends one of them through the channel, which all workers write to
 * and the fetcher reads.  On the pair both talk in frames: the worker
 * PASSAGE_ASK and then the bytes of the body as they are; the fetcher
 * PASSAGE_HEAD, any number of PASSAGE_BODY and PASSAGE_END, or PASSAGE_FAILURE
 * in the place of a HEAD.  What ends without END or FAILURE was cut.
 */
#ifndef REELD_PASSAGE_H
#define REELD_PASSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/span.h"

#define PASSAGE_MAX		(64u << 10)	/* bytes of a payload */
#define PASSAGE_CONTENT_MAX	(1u << 20)	/* of a request's body */

enum passage_kind {
	PASSAGE_ASK,		/* origin, method, url, length, fields... */
	PASSAGE_HEAD,		/* status, length, fields... */
	PASSAGE_BODY,		/* bytes */
	PASSAGE_END,
	PASSAGE_FAILURE,	/* status, Retry-After, RFC 9209 error, text */
	PASSAGE_KINDS
};

/* In front of each payload; both ends are the same program. */
struct passage_frame {
	uint32_t	 kind;
	uint32_t	 len;		/* bytes of the payload */
};

/* A frame whose payload is words, each with its NUL. */
struct passage_text {
	struct passage_frame frame;
	char		 words[PASSAGE_MAX];
	int		 full;		/* one did not fit */
};

/* Makes the channel: ends[0] is the workers', ends[1] the fetcher's.  What is
 * in it outlives the fetcher: the next one answers it. */
int passage_channel(int ends[2]);

/* The worker: one end of a new pair, the other one went into the channel.
 * EAGAIN: that is full. */
int passage_open(int channel);
/* The fetcher: the other end of the next pair; EAGAIN: there is none. */
int passage_accept(int channel);

/* Builds such a frame, which then is `frame.len` and its own size long. */
void passage_begin(struct passage_text *, enum passage_kind);
void passage_put(struct passage_text *, struct span word);
void passage_put_number(struct passage_text *, int64_t);

/* 1 when the frame may be one of those. */
int passage_sound(const struct passage_frame *);

/* Takes the next word off a payload: NULL when there is none, or none that
 * ends. */
const char *passage_word(struct span *payload);
/* The same for a number that is not negative, or -1, which stands for none: 0,
 * or -1 when it is not one. */
int passage_number(struct span *payload, int64_t *);

#endif /* REELD_PASSAGE_H */

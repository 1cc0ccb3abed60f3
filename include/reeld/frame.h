/* SPDX-License-Identifier: ISC */
/*
 * frame -- what HTTP/2 frames a client may send, and how many
 *
 * Runs in:  worker, before libh2o parses them.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    a verdict other than FRAME_PASS: the connection is to be cut.
 */
#ifndef REELD_FRAME_H
#define REELD_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_PREFACE		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define FRAME_PREFACE_LEN	24
#define FRAME_BLOCK_MAX		(16u << 10)	/* bytes of a field block */
#define FRAME_FIELDS_MAX	100		/* fields of a block */
#define FRAME_AT_ONCE		256		/* requests in one walk: libh2o
						   has said 100 at a time */
#define FRAME_BODIES		16		/* streams with one to come */

enum frame_verdict {
	FRAME_PASS,
#define FRAME_VERDICT(name, metric, text) FRAME_##name,
#include "reeld/frame.def"
#undef FRAME_VERDICT
	FRAME_VERDICTS
};

/* Tokens that come back with time, up to a store of them. */
struct frame_bucket {
	int64_t		 filled;	/* ms */
	uint32_t	 tokens;	/* thousandths */
};

enum frame_purse {
	FRAME_RESETS,		/* RST_STREAM */
	FRAME_ABORTS,		/* frame_abort() */
	FRAME_CONTROLS,		/* what carries neither request nor content */
	FRAME_REQUESTS,		/* field blocks */
	FRAME_ALL,		/* whatever it is: WINDOW_UPDATE, DATA */
	FRAME_PURSES
};

/* Where in a field block its reader stands; src/http/hpack.c. */
struct hpack {
	uint32_t	 value;		/* integer, or what is left to skip */
	uint32_t	 fields;	/* whole ones so far */
	uint8_t		 state, kind;
	uint8_t		 octets;	/* of the integer so far */
	uint8_t		 updates;	/* of the dynamic table's size */
};

/* One connection as far as it was walked. */
struct frame_watch {
	struct frame_bucket purses[FRAME_PURSES];
	uint32_t	 bodies[FRAME_BODIES];	/* streams that may get DATA */
	uint32_t	 sizes[FRAME_BODIES];	/* bytes of it that they got */
	struct hpack	 hpack;
	uint32_t	 stream;	/* whose field block goes on; 0: none */
	uint32_t	 last_stream;	/* the highest that was opened */
	uint32_t	 block;		/* bytes of that field block so far */
	uint64_t	 requests;	/* that came whole, with their bodies */
	uint64_t	 content;	/* bytes of bodies that did not yet */
	uint8_t		 preface;	/* bytes of it still to come */
	uint8_t		 nbodies;	/* of them in use */
	uint8_t		 begun;		/* the first SETTINGS came */
	uint8_t		 last;		/* that block ends its stream */
	uint8_t		 ended;		/* libh2o has said GOAWAY, or will */
};

/* Begins a connection; `preface` is 0 where its preface and SETTINGS were seen
 * already, else FRAME_PREFACE_LEN. */
void frame_init(struct frame_watch *, unsigned preface, int64_t now);

/*
 * Walks whole frames at `bytes`, which begins where the last walk ended, and
 * says in `*walked` how many bytes that were; what is left is the beginning of
 * a frame (or of the preface).  What libh2o answers with GOAWAY by itself is
 * passed, with all that is there behind it, and the next walk fails.
 * `draining`: the worker has said GOAWAY.  RFC 9113, RFC 7541.
 */
enum frame_verdict frame_walk(struct frame_watch *, const uint8_t *bytes,
    size_t len, int draining, int64_t now, size_t *walked);

/* A stream ended before its answer did, whoever ended it.  This purse is its
 * own, so RST_STREAM is not paid for twice (MadeYouReset). */
enum frame_verdict frame_abort(struct frame_watch *, int64_t now);

/* "too many streams reset", for the log. */
const char *frame_words(enum frame_verdict);

#endif /* REELD_FRAME_H */

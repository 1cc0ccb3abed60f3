/* SPDX-License-Identifier: ISC */
/*
 * reader -- one request for an object: from its wish to its last byte
 *
 * Runs in:  worker.
 * Touches:  a reader row; segments, through the store.
 * Locks:    none but those the store takes.
 * Owns:     a pin on the object, one on the segment it sends from, a row.  All
 *           go in the dispose callback of the request's pool, which runs on
 *           every way a request can end.
 * Fails:    answers an error, or cuts the client where an answer has begun.
 */
#ifndef READER_H
#define READER_H

#include <bsd/sys/queue.h>

#include "reeld/caching.h"
#include "reeld/range.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "again.h"
#include "worker.h"

enum reader_phase {
	READER_ASKING,		/* waits until its object is known */
	READER_CHECKING,	/* waits until it is known to be fresh */
	READER_SENDING
};

/* A stretch of the body: some text, or bytes [from, to) of the object. */
struct part {
	h2o_iovec_t	 text;		/* base NULL: bytes */
	uint64_t	 from, to;
};

struct reader {
	h2o_generator_t	 generator;	/* first: libh2o hands it back */
	TAILQ_ENTRY(reader) next;	/* among all of this worker */
	struct again	 again;		/* ready to go on in the next turn */
	h2o_req_t	*req;
	struct conn	*conn;
	char		*origin;	/* its name; in the request's pool */
	enum conf_type	 type;		/* of it */
	uint8_t		 key[HASH_LEN];
	char		*url;		/* in the request's pool */
	char		*fields;	/* for the source; in that pool */
	char		*vary;		/* their names; NULL: none */
	struct caching_wish wish;	/* of the client */
	struct object_ref object;
	struct segment_ref segment;	/* what is being sent, or waited for */
	uint32_t	 number;	/* of that segment */
	enum reader_phase phase;
	int		 created;	/* we inserted the object: a miss */
	int		 alone;		/* its key is of this request only */
	int		 was_fresh;	/* when that was last looked at */
	int		 asked;		/* has waited for its source's word */
	int		 is_head;
	int		 asks_size;	/* and nothing else: see beam.h */
	int		 row;		/* -1: none */
	struct row_state state;
	struct part	*parts;
	size_t		 nparts, part;
	uint64_t	 position;	/* in the part we are in */
	int		 endless;	/* ends where the object turns out to */
	int		 started;	/* h2o_start_response() was called */
	int		 parked;	/* nothing in flight, awaits a bell */
	int		 watched;	/* its socket is in watch's epoll */
	int		 gone;		/* the client is */
	int64_t		 waiting_since;	/* ms */
	int64_t		 progress;	/* ms: the client took something */
	uint64_t	 rated_bytes;
	int64_t		 rated;		/* ms */
	uint64_t	 sent;
};
TAILQ_HEAD(readers, reader);
extern struct readers readers;

/* Visits all of them: serving one may end others. */
void readers_each(void (*visit)(struct reader *, int64_t now), int64_t now);

/* Takes the request over: an answer will be given, now or later. */
void reader_begin(h2o_req_t *, const struct conf_origin *,
    const uint8_t key[HASH_LEN], const char *url, const char *fields);

/* The same, to tell the size alone, by beam_size(). */
void reader_ask_size(h2o_req_t *, const struct conf_origin *,
    const uint8_t key[HASH_LEN], const char *url);

/* The bell rang: looks again at every parked reader. */
void reader_look_all(void);
/* A clock: looks again at those who found no room.  Who let others go first is
 * not rung when these take none. */
void reader_look_roomless(void);
/* The client of a parked reader went away. */
void reader_lost(struct reader *);
/* Its object is past: begins again with the new one, or cuts the client if it
 * has bytes of the old one. */
void reader_start_over(struct reader *);
/* Cuts the client: closes on HTTP/1, resets the stream on HTTP/2. */
void reader_cut(struct reader *);

/* ---- between reader.c, respond.c and deliver.c ---- */

/* Bytes are missing (or the object is): waits for a bell. */
void reader_park(struct reader *);
void reader_unpark(struct reader *);
/* Goes on in the next turn of the event loop. */
void reader_yield(struct reader *);
/* Where the next byte comes from, when the object is known. */
void respond(struct reader *);
/* Sends what is there, or parks. */
void deliver(struct reader *);
/* 1 when something of what a parked reader waits for has come. */
int deliver_can_go_on(struct reader *);

#endif /* READER_H */

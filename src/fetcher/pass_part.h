/* SPDX-License-Identifier: ISC */
/*
 * pass_part -- what the parts of a pass share
 *
 * Runs in:  fetcher.
 * Touches:  the pass it is given, its socket.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 where it says so.
 */
#ifndef PASS_PART_H
#define PASS_PART_H

#include <bsd/sys/queue.h>

#include "reeld/passage.h"
#include "connection.h"
#include "pass.h"

enum pass_state {
	PASS_READING,		/* what is asked */
	PASS_WAITING,		/* for a place of its account */
	PASS_ASKING,		/* a transfer is under way */
	PASS_LEAVING		/* all is said but not yet taken */
};

struct pass {
	TAILQ_ENTRY(pass) next;
	enum pass_state	 state;
	int64_t		 since;		/* ms: it waits for a place */
	int64_t		 not_before;	/* ms: a place may be free */
	int64_t		 heard;		/* ms: the source sent or took a byte */
	/* the worker's end */
	int		 fd;
	uint32_t	 events;	/* that are waited for */
	int		 gone;		/* there is nobody */
	struct passage_frame frame;	/* of what is asked */
	size_t		 got;		/* bytes of it, with its payload */
	char		*payload;
	struct passage_text out;	/* to be written */
	size_t		 out_len, out_at;	/* bytes; written so far */
	int		 whole;		/* PASSAGE_END follows */
	/* what is asked: words of the payload */
	const char	*origin_name, *method, *url;
	struct span	 fields;
	int64_t		 length;	/* of its body; -1: it has none */
	int64_t		 sent;		/* bytes of that, to the source */
	/* the transfer */
	const struct conf_origin *origin;	/* NULL: configured no more */
	struct seat	*seat;
	struct connection_use socket;
	CURL		*easy;
	struct curl_slist *headers;
	int		 status;	/* of the head that comes in; 0: none */
	int		 told;		/* its head was said */
	int		 hungry;	/* paused: the worker is to send more */
	int		 sated;		/* paused: it is to take something */
	char		 reason[CURL_ERROR_SIZE];
};

/* ---- pass ---- */

/* Waits for what it is hungry for, and for room where it is sated. */
void pass_watch(struct pass *);

/* ---- pass_ask: the request ---- */

/* Reads what is asked: 1 when all of it is there, 0 when more is to come, -1
 * when it is none. */
int pass_read(struct pass *);
/* Finds its origin, and whether that lets it pass; -1 after pass_fail(). */
int pass_permit(struct pass *, const struct conf *);
/* Makes its easy handle; -1: no memory. */
int pass_prepare(struct pass *);

/* ---- pass_say: the answer ---- */

/* libcurl's callbacks. */
size_t pass_on_head(char *, size_t, size_t, void *);
size_t pass_on_body(char *, size_t, size_t, void *);

/* Says that there will be no answer, unless one has begun: then it is cut. */
void pass_fail(struct pass *, int status, int retry_after, const char *error,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* ... by libcurl's verdict. */
void pass_fail_curl(struct pass *, CURLcode);
/* The answer is whole. */
void pass_end(struct pass *);
/* Writes what is to be said as far as the socket takes it: 1 when all is out,
 * or nobody is there. */
int pass_flush(struct pass *);

#endif /* PASS_PART_H */

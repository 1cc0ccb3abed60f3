/* SPDX-License-Identifier: ISC */
/*
 * viewer -- one HTTP request, read and compared in a thread of its own
 *
 * Runs in:  test programs; libcurl.
 * Touches:  one connection.
 * Locks:    none; progress is an atomic word.
 * Owns:     the thread and what it read, until viewer_result_destroy().
 * Fails:    in the result: curl's code and text, status, first wrong byte.
 */
#ifndef TEST_VIEWER_H
#define TEST_VIEWER_H

#include <stddef.h>
#include <stdint.h>

enum viewer_http {
	VIEWER_HTTP11,
	VIEWER_HTTP10,
	VIEWER_H2C,		/* prior knowledge */
	VIEWER_UPGRADE		/* HTTP/1.1 Upgrade: h2c */
};

/* What to ask for; all zero but the url is a plain GET. */
struct viewer_want {
	const char	*url;
	const char	*method;	/* NULL: GET */
	int		 head;		/* HEAD */
	const char	*range;		/* "0-99", as in bytes=0-99 */
	const char *const *headers;	/* more lines, NULL at the end */
	enum viewer_http http;
	int		 follow;	/* redirects */
	uint64_t	 rate;		/* read so many bytes/s; 0: all */
	uint64_t	 stop_after;	/* leave after so many; 0: the end */
	int		 check;		/* compare a 2xx body on arrival: */
	uint64_t	 seed;		/* data_seed() of the content */
	uint64_t	 offset;	/* where its first byte stands */
	size_t		 keep;		/* copy so much of the body */
	int		 timeout_ms;	/* of it all; 0: one minute */
};

struct viewer_result {
	int		 curl;		/* CURLcode; 0 also when it stopped */
	char		 error[256];	/* curl's words */
	int		 stopped;	/* by stop_after or viewer_stop() */
	int		 status;	/* 0: there was no answer */
	int		 http;		/* 10, 11 or 20 */
	uint64_t	 bytes;		/* of the body */
	int64_t		 wrong_at;	/* first wrong byte's offset, or -1 */
	int64_t		 first_byte_us;	/* of the body, or -1 */
	int64_t		 total_us;
	int64_t		 longest_gap_us; /* that we waited for bytes */
	char		*body;		/* terminated; NULL: not kept */
	size_t		 body_len;
	char		 head[8192];	/* "line\0line\0\0" */
};

struct viewer;

/* Starts it; what `want` points to may go away at once. */
struct viewer *viewer_start(const struct viewer_want *want);

/* Body bytes so far, from any thread. */
uint64_t viewer_progress(const struct viewer *);

/* Leaves at the next byte, within a second in any case. */
void viewer_stop(struct viewer *);

/* Waits for the end and takes the viewer; the caller destroys the result. */
struct viewer_result *viewer_wait(struct viewer **);
void viewer_result_destroy(struct viewer_result *);

/* The value of a header of the (last) answer, or NULL. */
const char *viewer_header(const struct viewer_result *, const char *name);

/* viewer_start() and viewer_wait() in one. */
struct viewer_result *fetch(const struct viewer_want *want);

/*
 * Sends `text` to 127.0.0.1:`port` as it is and reads until the peer closes,
 * `buf` is full or 2 s bring nothing: bytes read, terminated; -1 when there
 * was no connection.
 */
long raw_exchange(int port, const char *text, char *buf, size_t len);

#endif /* TEST_VIEWER_H */

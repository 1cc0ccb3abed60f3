/* SPDX-License-Identifier: ISC */
/*
 * sender -- one HTTP request with content, and its whole answer
 *
 * Runs in:  test programs, in any thread; libcurl.
 * Touches:  one connection.
 * Locks:    none.
 * Owns:     the answer, until sender_fini().
 * Fails:    in the answer: curl's code, status 0.
 */
#ifndef TEST_SENDER_H
#define TEST_SENDER_H

#include <stddef.h>

#include "viewer.h"

struct sender_want {
	const char	*url;
	const char	*method;	/* NULL: POST */
	const char	*body;		/* NULL: none at all */
	size_t		 len;
	int		 chunked;	/* HTTP/1.1: its length is not told */
	enum viewer_http http;
	const char *const *headers;	/* more lines, NULL at the end */
	int		 timeout_ms;	/* 0: 30 s */
};

struct sender_answer {
	int		 curl;		/* CURLcode */
	int		 status;
	char		*body;
	size_t		 len;
	char		 head[8192];	/* its lines, as they came */
};

void sender_send(const struct sender_want *, struct sender_answer *);
void sender_fini(struct sender_answer *);

/* sender_send() for the status alone. */
int sender_status(const struct sender_want *);

/* 1 when the head has the line `Name: value`, the name in any case. */
int sender_has(const struct sender_answer *, const char *line);

#endif /* TEST_SENDER_H */

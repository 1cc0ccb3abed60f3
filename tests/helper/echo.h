/* SPDX-License-Identifier: ISC */
/*
 * echo -- a source that answers with what it was sent
 *
 * For requests with content, which the scripted source does not look at.
 *
 * Runs in:  test programs, in threads of its own.
 * Touches:  sockets of 127.0.0.1.
 * Locks:    its own.
 * Owns:     the threads and sockets, until echo_stop().
 * Fails:    the test.
 *
 * The answer to GET is the version, in decimal; to all others it is 200 with
 * their content, with its type.  Otherwise by the query:
 *
 *	status=N	this status
 *	reply=N		N bytes of data.h, by the path, instead of the content
 *	chunked=1	without a length: in pieces
 *	nolen=1		without a length: the connection ends it
 *	cut=N		closes after N bytes of the body
 *	drop=1		closes without an answer, once all has come
 *	hang=1		no answer, until the client goes
 *	slow=MS		waits so long before it answers
 *	early=1		answers before it reads the content, which it drops
 *	field=Name:v	one more line
 */
#ifndef TEST_ECHO_H
#define TEST_ECHO_H

#include <stddef.h>

struct echo;

struct echo *echo_start(void);
void echo_stop(struct echo **);
int echo_port(const struct echo *);

/* What GET answers: 1 at first. */
void echo_set_version(struct echo *, int version);

struct echo_count {
	int	requests;	/* heads that came whole */
	int	open, peak;	/* connections: now, most at once */
	int	gone;		/* clients that left before their answer */
};
struct echo_count echo_count(struct echo *);

/* The head of the newest request that was not GET or HEAD, terminated. */
void echo_last(struct echo *, char *head, size_t len);

#endif /* TEST_ECHO_H */

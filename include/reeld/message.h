/* SPDX-License-Identifier: ISC */
/*
 * message -- one HTTP/1 request as it arrives: where it ends, and may it pass
 *
 * Runs in:  worker, which hands libh2o one checked request at a time.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    MESSAGE_BAD with a status and the reason in words.
 */
#ifndef REELD_MESSAGE_H
#define REELD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define MESSAGE_HEAD_MAX	(32u << 10)	/* bytes, with that line */
#define MESSAGE_LINE_MAX	(16u << 10)	/* bytes of request line */
#define MESSAGE_FIELDS_MAX	96		/* libh2o takes 100 */
#define MESSAGE_FRAMING_MAX	(64u << 10)	/* bytes around the content */
#define MESSAGE_TRAILERS_MAX	(8u << 10)	/* behind it */

enum message_verdict {
	MESSAGE_MORE,		/* not all of it is there */
	MESSAGE_WHOLE,
	MESSAGE_BAD
};

/* What is known of a request, between two looks at it. */
struct message {
	size_t		 head;		/* bytes; 0: not complete yet */
	size_t		 length;	/* bytes, once MESSAGE_WHOLE */
	size_t		 expect;	/* where the name of the field Expect:
					   100-continue is; 0: there is none */
	int		 minor;		/* of the version: 0 must not be sent
					   a 100 (RFC 9110, 10.1.1) */
	int		 status;	/* of MESSAGE_BAD: 400, 413, 414, ... */
	const char	*why;
	/* the walker's own */
	size_t		 at;		/* looked at so far */
	size_t		 line;		/* where the line at hand begins */
	size_t		 room;		/* bytes that lines may still take */
	unsigned	 state;
	unsigned	 seen;		/* fields that were there */
	unsigned	 fields;	/* how many, with all others */
	uint64_t	 left;		/* of content, or a piece of it */
	uint64_t	 body;		/* content, as far as announced */
	uint64_t	 body_max;
};

/* Begins a request whose content may have `body_max` bytes. */
void message_init(struct message *, uint64_t body_max);

/*
 * Looks at the first `len` bytes of a connection from the first byte of this
 * request on, of which earlier calls saw a prefix (RFC 9112); what it says does
 * not depend on how they were cut.  Stricter than it must be where lenience has
 * split requests: bare LF, obs-fold, blanks before a colon, both Content-Length
 * and Transfer-Encoding, more than one of either, any coding but "chunked", NUL
 * and control characters are bad.  Which methods and paths there are is not
 * judged here.
 */
enum message_verdict message_walk(struct message *, const char *bytes,
    size_t len);

#endif /* REELD_MESSAGE_H */

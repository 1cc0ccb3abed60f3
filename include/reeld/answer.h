/* SPDX-License-Identifier: ISC */
/*
 * answer -- what a source's response head means for the object
 *
 * Runs in:  fetcher, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; reasons are static.
 * Fails:    never: every answer has a verdict (src/DESIGN, P8 and P9).
 */
#ifndef REELD_ANSWER_H
#define REELD_ANSWER_H

#include <stdint.h>

#include "reeld/content_range.h"

/* The request that was sent. */
struct answer_asked {
	uint64_t	 first;		/* first byte wanted */
	int64_t		 last;		/* last byte of a closed range, or -1 */
	int		 range;		/* Range was sent */
	int		 if_range;	/* If-Range was sent */
};

/* The response head. */
struct answer_head {
	int		 status;
	int64_t		 length;	/* Content-Length, or -1 */
	struct content_range range;
	int		 encoded;	/* Content-Encoding is not identity */
	int		 multipart;	/* a multipart/byteranges body */
	const char	*etag;		/* "": none */
	int64_t		 modified;	/* Last-Modified, or -1 */
};

/* What is known of the object. */
struct answer_object {
	int		 known;		/* a source described it before */
	int64_t		 size;		/* -1: not known */
	const char	*etag;		/* the source's; "": none */
	int64_t		 modified;	/* -1: none */
};

enum answer_verdict {
	ANSWER_DATA,		/* body is [first, last], drop `skip` bytes */
	ANSWER_WHOLE,		/* body is all of it: source has no ranges */
	ANSWER_CHANGED,		/* another representation: a new generation */
	ANSWER_EMPTY,		/* the object has no bytes */
	ANSWER_SIZE,		/* no body, but `size` is known now */
	ANSWER_AGAIN_PLAIN,	/* once more, without If-Range */
	ANSWER_AGAIN_WHOLE,	/* once more, without Range */
	ANSWER_BROKEN,		/* against HTTP: nothing of it counts */
	ANSWER_ERROR		/* the source says no: client gets `status` */
};

struct answer {
	enum answer_verdict verdict;
	int		 body;		/* 1: the body is bytes of the object */
	uint64_t	 first;		/* offset of the body's first byte */
	int64_t		 last;		/* of its last byte, or -1: until EOF */
	uint64_t	 skip;		/* body bytes before the asked one */
	int64_t		 size;		/* as this answer says it, or -1 */
	int		 status;	/* for the client: BROKEN and ERROR */
	const char	*reason;	/* never NULL; "" where all is well */
};

/*
 * Judges one answer.  CHANGED from a 200 or 206 carries bytes of the new
 * generation (`body` 1, from `first`); from a 416 only its size.  A validator
 * that one side does not have is no change; neither is a size that becomes
 * known.  An object that is not known cannot change.
 */
struct answer answer_judge(const struct answer_asked *,
    const struct answer_head *, const struct answer_object *);

/* 1 when both name the same validator, so that size and this make the files of
 * two sources one (P10). */
int answer_is_same(const struct answer_head *, const struct answer_object *);

/* "data", "whole", ... for logs and tests. */
const char *answer_name(enum answer_verdict);

#endif /* REELD_ANSWER_H */

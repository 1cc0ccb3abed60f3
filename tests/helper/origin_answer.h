/* SPDX-License-Identifier: ISC */
/*
 * origin_answer -- what one request gets: a head, pieces, and mishaps to come
 *
 * Runs in:  the scripted source.
 * Touches:  the path's counters of what was answered.
 * Locks:    none.
 * Owns:     texts and content of the answer, until answer_fini().
 * Fails:    never; a script that makes no sense is answered with a 500.
 */
#ifndef ORIGIN_ANSWER_H
#define ORIGIN_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "origin_content.h"
#include "origin_path.h"
#include "origin_request.h"

#define ANSWER_HEAD_MAX	16384
#define ANSWER_PIECES	(2 * RANGES_MAX + 1)

/* Text that the answer owns, or (text NULL) an extent of the content. */
struct piece {
	char		*text;
	int64_t		 from, to;
};

struct answer {
	int		 status;	/* 0: none, just close */
	char		 head[ANSWER_HEAD_MAX];
	size_t		 head_len;
	struct piece	 piece[ANSWER_PIECES];
	int		 pieces;
	struct content	 content;
	int		 chunked, trailers, close;

	/* In bytes of content of this answer, INT64_MAX: never; 0 for the
	 * limits: as often as it comes. */
	int64_t		 cut_after, cut_limit;
	int64_t		 cut_at;	/* now_us(); 0: at no time */
	int64_t		 stall_after, stall_limit;
	int64_t		 stall_us;	/* 0: for ever */
	int		 rst;		/* cut with RST, not FIN */

	int64_t		 delay_us;	/* before the head */
	int64_t		 dribble_us;	/* before each byte of the head */
	int64_t		 rate;		/* bytes a second, 0: all speed */
};

/* The answer of path `p` to `r`; real files come from `root`. */
void answer_make(struct answer *, const struct request *r, struct path *p,
    const char *root);

/* An answer of one text, which it takes over; the connection closes. */
void answer_text(struct answer *, int status, const char *type, char *text);

void answer_fini(struct answer *);

#endif /* ORIGIN_ANSWER_H */

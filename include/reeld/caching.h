/* SPDX-License-Identifier: ISC */
/*
 * caching -- what a shared cache may keep, and when it may serve it
 *
 * Runs in:  fetcher (judges answers), worker (judges uses), tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: every answer has a verdict, every request a use
 *           (RFC 9111; RFC 5861; RFC 8246).
 */
#ifndef REELD_CACHING_H
#define REELD_CACHING_H

#include <stdint.h>

#include "reeld/cache_control.h"

#define CACHING_TEXT	128	/* of a Cache-Control that is handed on */

/* ---- what an answer is good for ---- */

#define CACHING_NO_CACHE	0x01u	/* never without asking (5.2.2.4) */
#define CACHING_MUST		0x02u	/* never stale (5.2.2.2, 5.2.2.10) */
#define CACHING_IMMUTABLE	0x04u	/* a reload asks not (RFC 8246) */
#define CACHING_UNSAID		0x08u	/* the source said nothing of it */
#define CACHING_EXPIRES		0x10u	/* Expires said it */

/* Wall clock, s.  Where nothing may be served stale, the last two are as the
 * flags say, whatever stands there. */
struct freshness {
	int64_t		 born;		/* its age counts from here */
	int64_t		 fresh_until;	/* exclusive */
	int64_t		 while_until;	/* stale, while it is asked about */
	int64_t		 error_until;	/* stale, if its source fails */
	uint32_t	 flags;		/* CACHING_* */
};

/* What the head of an answer says of caching, line by line. */
struct caching_head {
	struct cache_control control;
	int64_t		 expires;	/* -1 none; 0 no date, or several */
	int64_t		 date, modified;	/* -1 none */
	int64_t		 age;		/* s; -1 none */
	int		 aged;		/* an Age was there */
	int		 varies;	/* Vary: * */
	int		 lines;		/* of Cache-Control */
	char		 text[CACHING_TEXT];	/* them, joined */
};

/* How it was got, and what its origin is configured to. */
struct caching_case {
	int		 status;
	int		 authorized;	/* the request had Authorization */
	int64_t		 requested, answered;	/* wall s */
	int64_t		 ttl;		/* s, where it says nothing; -1 */
	int		 force;		/* force_cache */
};

enum caching_verdict {
	CACHING_STORE,
	CACHING_STATUS,		/* of an answer that is not kept */
	CACHING_NO_STORE,	/* it says so */
	CACHING_PRIVATE,	/* it is for one user */
	CACHING_VARIES,		/* on what nobody can know */
	CACHING_AUTHORIZED	/* got with a user's credentials (3.5) */
};
extern const char *const caching_verdict_names[];

void caching_init(struct caching_head *);

/* Takes note of one line; `now` (wall s) places dates of two-digit years. */
void caching_note(struct caching_head *, struct span name, struct span value,
    int64_t now);

/* Completes the head of a 304: what it does not say is as it was (RFC 9111,
 * 3.2 and 4.3.4).  `text` is the Cache-Control and `modified` the Last-Modified
 * (-1: none) of what is stored. */
void caching_complete(struct caching_head *, const struct freshness *stored,
    const char *text, int64_t modified, int64_t now);

/* Whether it may be kept and served to others; the freshness is filled in
 * either way. */
enum caching_verdict caching_judge(const struct caching_head *,
    const struct caching_case *, struct freshness *);

/* The Cache-Control for clients: the source's, or its Expires as one, or
 * no-cache where that was too long to be kept.  "": none. */
void caching_print(const struct caching_head *, const struct caching_case *,
    char text[CACHING_TEXT]);

/* ---- what it may be used for ---- */

/* What a client says of caching, line by line. */
struct caching_wish {
	struct cache_control control;
	int		 lines;		/* of Cache-Control */
	int		 pragma;	/* Pragma: no-cache */
};

void caching_wish_init(struct caching_wish *);
void caching_wish_note(struct caching_wish *, struct span name,
    struct span value);

/* What is heard from the source about what is stored. */
enum caching_source {
	CACHING_UNASKED,
	CACHING_ANSWERED,	/* it is still so, since the request came */
	CACHING_FAILED,		/* it could not be asked */
	CACHING_GONE		/* it says that it is not there any more */
};

enum caching_use {
	CACHING_SERVE,
	CACHING_SERVE_ASKING,	/* and ask meanwhile, for those to come */
	CACHING_ASK,		/* first, and look again */
	CACHING_ERROR,		/* of the source */
	CACHING_TIMEOUT		/* 504: the client wants nothing asked */
};
extern const char *const caching_use_names[];

enum caching_use caching_use(const struct freshness *,
    const struct caching_wish *, enum caching_source, int64_t now);

#endif /* REELD_CACHING_H */

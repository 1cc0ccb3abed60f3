/* SPDX-License-Identifier: ISC */
/*
 * source -- one URL that an object can come from, and what is known of it
 *
 * Runs in:  fetcher.
 * Touches:  its own memory.
 * Locks:    none.
 * Owns:     its URLs.
 * Fails:    fatal without memory.
 *
 * The source that described an object is its home: another version there is a
 * new version of the object.  Any other has to show first that its file is the
 * same (rule P10): by size and validator, or by 64 KiB of equal bytes.  What it
 * calls the version is remembered then, and compared from then on.  Where home
 * is not known the first one is taken for it as far as validators show.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/conf.h"
#include "server.h"

#define SOURCES_MAX	64	/* of one object */
#define SOURCE_NONE	UINT32_MAX

enum source_like {
	SOURCE_UNTRIED,		/* nothing is known of its file */
	SOURCE_DOUBTED,		/* the first, if home is not known and it has
				 * nothing to tell its version by */
	SOURCE_SAME,		/* it calls the version what home calls it */
	SOURCE_PROVEN,		/* its bytes were compared */
	SOURCE_OTHER		/* its file is another one: never asked */
};

struct source {
	char		*url;		/* as the configuration names it */
	char		*resolved;	/* by redirects; NULL: url */
	unsigned	 turn;		/* counts what `resolved` was */
	struct server	*server;	/* NULL: a client named its address */
	int64_t		 closed_until;	/* ms: it said Retry-After */
	int		 shared;	/* all clients ask it alike */
	enum source_like like;
	char		 etag[128];	/* of a PROVEN one; "" none */
	int64_t		 modified;	/* -1 none */
};

struct sources {
	struct source	*v;
	uint32_t	 n;
	uint32_t	 home;		/* or SOURCE_NONE, not known yet */
};

/* All sources of the object that the origin's first one calls `url`. */
void sources_init(struct sources *, const struct conf_origin *,
    const char *url);
void sources_fini(struct sources *);

/* 1 when `a` and `b` name the same URLs in the same order. */
int sources_equal(const struct sources *a, const struct sources *b);

/* Where the next request goes. */
const char *source_url(const struct source *);
/* Where it redirects to; NULL: nowhere, its own address is asked again. */
void source_redirect(struct source *, const char *to);
/* It wants to be left alone until then (ms), which outlives who read it. */
void source_close(struct source *, int64_t now, int64_t until);
/* ms until it may be asked for this object again (RFC 9110, 10.2.3); 0: now. */
int64_t source_closed_for(const struct source *, int64_t now);

/*
 * The source to ask: home first, then in the order of the configuration; well
 * ones, not of another content, whose bits are not in `tried`.  SOURCE_NONE
 * where there is none.
 */
uint32_t sources_choose(const struct sources *, uint64_t tried, int64_t now);

/* Where none is well: of those whose bits are not in `tried` the one that may
 * be asked soonest, home if possible.  SOURCE_NONE where all have other
 * content. */
uint32_t sources_fall_back(const struct sources *, uint64_t tried,
    int64_t now);

#endif /* SOURCE_H */

/* SPDX-License-Identifier: ISC */
/*
 * notice -- what a hook is told of an error
 *
 * Runs in:  fetcher.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; the body is the caller's.
 * Fails:    NULL: no memory.
 */
#ifndef NOTICE_H
#define NOTICE_H

#include <stddef.h>

#include "reeld/conf.h"

struct notice {
	const struct conf_origin *origin;
	const char	*url;		/* of the object, with its secrets */
	const char	*source;	/* for people: without */
	const char	*error;		/* RFC 9209 type */
	const char	*reason;
	int		 status;	/* as readers are told */
	unsigned	 attempt;
	unsigned	 count;		/* errors that this tells of */
};

/* The body of a hook: the origin's template filled in, else JSON. */
char *notice_body(const struct notice *);

/*
 * The address that a client has for `url`: the rest of it behind the origin's
 * match, without the query, where tokens are.  Where it does not begin with the
 * origin's url, and in an origin of the type open, it is the match and the last
 * part of the path.
 */
void notice_address(const struct conf_origin *, const char *url, char *out,
    size_t outlen);

/* The last part of the path, unescaped: mostly the name of a film. */
void notice_name(const char *url, char *out, size_t outlen);

#endif /* NOTICE_H */

/* SPDX-License-Identifier: ISC */
/*
 * span -- a piece of somebody else's text, with its length
 *
 * Runs in:  every process.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.  A span is good as long as the text it points into.
 * Fails:    never.
 */
#ifndef REELD_SPAN_H
#define REELD_SPAN_H

#include <stddef.h>
#include <string.h>

/* Not terminated by NUL.  `base` NULL: the text is absent, which is not the
 * same as empty. */
struct span {
	const char	*base;
	size_t		 len;
};

static inline struct span
span_of(const char *s)
{
	return (struct span){ s, s == NULL ? 0 : strlen(s) };
}

#endif /* REELD_SPAN_H */

/* SPDX-License-Identifier: ISC */
/*
 * cache_control -- the directives of Cache-Control (RFC 9111, 5.2)
 *
 * Runs in:  fetcher, worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: what cannot be read counts as its strictest reading.
 */
#ifndef REELD_CACHE_CONTROL_H
#define REELD_CACHE_CONTROL_H

#include <stdint.h>

#include "reeld/span.h"

#define CACHE_CONTROL_NO_STORE	0x001u
#define CACHE_CONTROL_NO_CACHE	0x002u
#define CACHE_CONTROL_PRIVATE	0x004u
#define CACHE_CONTROL_PUBLIC	0x008u
#define CACHE_CONTROL_REVALIDATE 0x010u	/* must- or proxy-revalidate */
#define CACHE_CONTROL_UNDERSTAND 0x020u	/* must-understand */
#define CACHE_CONTROL_IMMUTABLE	0x040u	/* RFC 8246 */
#define CACHE_CONTROL_IF_CACHED	0x080u	/* only-if-cached */

/* Seconds that stand for more than that too (RFC 9111, 1.2.2). */
#define CACHE_CONTROL_MOST	INT64_C(2147483648)

/* All lines of one message.  Times in s, -1 where nothing was said. */
struct cache_control {
	unsigned	 said;		/* CACHE_CONTROL_* */
	int64_t		 max_age, s_maxage;
	int64_t		 min_fresh, max_stale;
	int64_t		 while_stale, if_error;	/* RFC 5861, 3 and 4 */
};

void cache_control_init(struct cache_control *);

/* Adds the directives of one line.  A time that is said twice differently, or
 * is none, is the strictest there is (RFC 9111, 4.2.1); no-cache and private
 * with names count if reeld hands one of those fields on (5.2.2.4, 5.2.2.7). */
void cache_control_parse(struct cache_control *, struct span line);

#endif /* REELD_CACHE_CONTROL_H */

/* SPDX-License-Identifier: ISC */
/* pages -- payload in large pages; who maps it for writing */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>

#include "reeld/clock.h"
#include "layout.h"
#include "pages.h"
#include "shared.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25		/* Linux 6.1; not in glibc 2.36 */
#endif
#define PAUSE		1000		/* ms, after there was no memory */
#define LONG		50		/* ms: the kernel had to look for it */

static int64_t again;			/* ms; INT64_MAX: the kernel cannot */

/* A large page at once costs an eighth of what its small ones would, one by
 * one.  Only what has a page already can be collapsed: reading makes one.
 * 1 when it need not be asked for again: pages that somebody has in hand just
 * now (EAGAIN) stay small. */
static int
enlarge(uint8_t *at)
{
	int64_t began = clock_ms(), now;
	int done;

	(void)*(volatile uint8_t *)at;
	done = madvise(at, PAGES_LARGE, MADV_COLLAPSE) == 0 ||
	    errno == EAGAIN;
	now = clock_ms();
	if (!done || now - began > LONG)
		again = !done && errno == EINVAL ? INT64_MAX : now + PAUSE;
	return done;
}

void
pages_enlarge(uint32_t id, uint32_t from, uint32_t to)
{
	struct segment *s = &view.segments[id];
	uint8_t *bytes = view.payload + (uint64_t)id * view.head->segment_size;
	uint32_t i, last = (to - 1) / PAGES_LARGE;
	uint32_t all = LOAD(s->room) / PAGES_LARGE;

	for (i = from / PAGES_LARGE; i <= last && i < all; i++) {
		if ((LOAD(s->large) & 1u << i) != 0 || clock_ms() < again)
			continue;
		if (enlarge(bytes + (uint64_t)i * PAGES_LARGE))
			OR(s->large, 1u << i);
	}
}

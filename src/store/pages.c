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
#define PAUSE		1000		/* ms, after it did not work */

/* A whole large page at once costs an eighth of the faults that its small ones
 * would.  Only what has a page already can be collapsed: reading makes one. */
static int
enlarge(uint8_t *at)
{
	(void)*(volatile uint8_t *)at;
	return madvise(at, PAGES_LARGE, MADV_COLLAPSE);
}

void
pages_enlarge(uint32_t id, uint32_t from, uint32_t to)
{
	static int64_t again;		/* ms; INT64_MAX: the kernel cannot */
	struct segment *s = &view.segments[id];
	uint8_t *bytes = view.payload + (uint64_t)id * view.head->segment_size;
	uint32_t i, last = (to - 1) / PAGES_LARGE;
	uint32_t all = LOAD(s->room) / PAGES_LARGE;

	for (i = from / PAGES_LARGE; i <= last && i < all; i++) {
		if ((LOAD(s->large) & 1u << i) != 0 || clock_ms() < again)
			continue;
		if (enlarge(bytes + (uint64_t)i * PAGES_LARGE) == 0)
			OR(s->large, 1u << i);
		else
			again = errno == EINVAL ? INT64_MAX :
			    clock_ms() + PAUSE;
	}
}

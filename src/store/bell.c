/* SPDX-License-Identifier: ISC */
/* bell -- announce and look again, publish and ring; worker, fetcher */
#include "config.h"

#include "bell.h"
#include "layout.h"
#include "shared.h"

void
bell_wait(uint64_t *waiters)
{
	OR(*waiters, view.bit);
	FENCE();
}

void
bell_ring(uint64_t *waiters)
{
	FENCE();
	if (LOAD(*waiters) != 0)
		arena_ring(EXCHANGE(*waiters, 0));
}

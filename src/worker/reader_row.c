/* SPDX-License-Identifier: ISC */
/* reader_row -- what a reader says of itself, and whom it wakes; worker */
#include "config.h"

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/region.h"
#include "reeld/spool.h"
#include "reader.h"
#include "reader_row.h"

/* 1 when a pull is about to bring `position`: its fetcher need not be rung. */
static int
is_coming(const struct reader *r, uint64_t position)
{
	static struct region_info regions[REGION_MAX];
	size_t i, n = region_take(regions, REGION_MAX);

	for (i = 0; i < n; i++)
		if (regions[i].object.id == r->object.id &&
		    regions[i].object.gen == r->object.gen &&
		    regions[i].state == REGION_PULLING &&
		    position < regions[i].end && position >=
		    regions[i].position / arena_block_size() *
		    arena_block_size() &&
		    position < regions[i].position + arena_block_size())
			return 1;
	return 0;
}

int
reader_row(struct reader *r, uint64_t position, int waiting)
{
	int was = r->row != -1 && r->state.waiting;

	r->state.object = r->object;
	r->state.position = position;
	if (r->row == -1)
		r->state.start = position;
	if (!was || !waiting)
		r->state.since = clock_ms();
	r->state.waiting = waiting;
	if (r->row == -1) {
		if ((r->row = row_open(&r->state)) == -1)
			return -1;
	} else {
		row_write(r->row, &r->state);
	}
	return 0;
}

void
reader_give_row(struct reader *r)
{
	if (r->row == -1)
		return;
	row_close(r->row);
	r->row = -1;
	arena_ring_fetcher();
}

int
reader_waits_for_disk(const struct reader *r)
{
	return r->phase == READER_SENDING && spool_loads() &&
	    spool_is_away(r->object, (uint32_t)(r->position /
	    arena_segment_size()));
}

/* The catalogue is asked before a source is, and what is on disk is no business
 * of the fetcher's. */
void
reader_ring(const struct reader *r)
{
	int on_disk = reader_waits_for_disk(r);

	if (r->phase == READER_ASKING || on_disk)
		spool_ring();
	if (r->row != -1 && !on_disk && !is_coming(r, r->state.position))
		arena_ring_fetcher();
}

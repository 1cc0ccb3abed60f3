/* SPDX-License-Identifier: ISC */
/* yield -- who has waited longer for room goes first; every role */
#include "config.h"

#include "reeld/clock.h"
#include "index.h"
#include "layout.h"
#include "lock.h"
#include "shared.h"
#include "yield.h"

#define LONGEST		500	/* ms: one who is stuck stops nobody */

static uint32_t
number_of(const struct row_state *row)
{
	return (uint32_t)(row->position / view.head->segment_size);
}

static int
stands_in(const struct row_state *row, struct object_ref object,
    uint32_t number)
{
	return row->waiting && row->object.id == object.id &&
	    row->object.gen == object.gen && number_of(row) == number;
}

/* Of what else a reader waits for his worker has linked the record. */
static int
wants_room(const struct row_state *row)
{
	const struct object *o = &view.objects[row->object.id];
	uint32_t stripe = LOAD(o->stripe), id;

	if (!row->waiting || row->flags != 0 || row->position >= row->end ||
	    LOAD(o->state) != OBJECT_KNOWN || LOAD(o->past) ||
	    stripe >= STRIPES || lock_stripe(stripe) == -1)
		return 0;
	id = index_find_segment(stripe, row->object, number_of(row));
	unlock_stripe(stripe);
	return id == 0;
}

int
yield_to_others(const struct row_state *rows, size_t n,
    struct object_ref object, uint32_t number)
{
	int64_t now = clock_ms(), since = now;
	size_t i;

	for (i = 0; i < n; i++)
		if (stands_in(&rows[i], object, number) &&
		    rows[i].since < since)
			since = rows[i].since;
	if (now - since >= LONGEST)
		return 0;
	for (i = 0; i < n; i++)
		if (rows[i].since < since && wants_room(&rows[i]))
			return 1;
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* pin -- a private count, a shared bit per slot; worker, fetcher */
#include "config.h"

#include "reeld/panic.h"
#include "layout.h"
#include "pin.h"
#include "shared.h"

static void
pin(uint64_t *shared, uint32_t *count)
{
	if ((*count)++ == 0)
		OR(*shared, view.bit);
}

static int
unpin(uint64_t *shared, uint32_t *count)
{
	ASSERT(*count > 0);
	if (--*count > 0)
		return 0;
	AND(*shared, ~view.bit);
	return 1;
}

void
pin_object(uint32_t id)
{
	pin(&view.objects[id].pins, &view.object_pins[id]);
}

void
pin_segment(uint32_t id)
{
	pin(&view.segments[id].pins, &view.segment_pins[id]);
}

int
unpin_object(uint32_t id)
{
	return unpin(&view.objects[id].pins, &view.object_pins[id]);
}

int
unpin_segment(uint32_t id)
{
	return unpin(&view.segments[id].pins, &view.segment_pins[id]);
}

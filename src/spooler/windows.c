/* SPDX-License-Identifier: ISC */
/* windows -- which segments on disk readers are about to read; spooler */
#include "config.h"

#include "reeld/arena.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "reeld/spool.h"
#include "windows.h"

static struct windows all;
static struct row_state rows[WINDOWS_MAX];

static void
add(const struct row_state *row, uint64_t window)
{
	struct object_ref object = row->object;
	uint64_t ss = arena_segment_size();
	int64_t file;

	if (object_pin(object) == -1)
		return;
	file = spool_bound(object);
	object_unpin(&object);
	if (file == 0)
		return;
	all.v[all.n].file = file;
	all.v[all.n].first = (uint32_t)(row->position / ss);
	all.v[all.n++].last = (uint32_t)((row->position + window) / ss);
}

const struct windows *
windows_take(void)
{
	size_t i, n = row_take(rows, WINDOWS_MAX);
	uint64_t window = segment_window(n);

	all.n = 0;
	for (i = 0; i < n; i++)
		add(&rows[i], window);
	return &all;
}

int
windows_have(const struct windows *w, int64_t file, uint32_t number)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->v[i].file == file && number >= w->v[i].first &&
		    number <= w->v[i].last)
			return 1;
	return 0;
}

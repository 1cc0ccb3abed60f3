/* SPDX-License-Identifier: ISC */
/* record_text -- the string cells of objects; every role */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "layout.h"
#include "lock.h"
#include "record.h"
#include "shared.h"

static uint32_t
me(void)
{
	return HOLDER(view.slot, view.life);
}

void
record_drop_cells(uint32_t first)
{
	uint32_t id, next;

	for (id = first; id != 0; id = next) {
		next = view.cells[id].next;
		SET(view.cells[id].holder, 0);
		SET(view.cells[id].next, view.head->cell_free);
		SET(view.head->cell_free, id);
	}
}

/* Under ARENA.  One cell, held by us; 0 when there is none. */
static uint32_t
take_cell(void)
{
	struct head *h = view.head;
	uint32_t id = h->cell_free;

	if (id != 0) {
		SET(view.cells[id].holder, me());
		SET(h->cell_free, view.cells[id].next);
	} else if (h->cell_fresh <= h->ncells) {
		id = h->cell_fresh;
		SET(view.cells[id].holder, me());
		SET(h->cell_fresh, id + 1);
	}
	return id;
}

/* Under ARENA.  A chain of cells for `len` bytes, or 0 and none taken. */
static uint32_t
take_cells(size_t len)
{
	uint32_t first = 0, id;
	size_t n = len == 0 ? 1 : (len + CELL_BYTES - 1) / CELL_BYTES;

	while (n-- > 0) {
		if ((id = take_cell()) == 0) {
			record_drop_cells(first);
			return 0;
		}
		SET(view.cells[id].used, 0);
		SET(view.cells[id].next, first);
		first = id;
	}
	return first;
}

uint32_t
record_put_text(const char *text, size_t len)
{
	uint32_t first, id;
	size_t n;

	if (len > TEXT_MAX) {
		errno = ENOSPC;
		return 0;
	}
	if (lock_arena() == -1)
		return 0;
	first = take_cells(len);
	unlock_arena();
	if (first == 0) {
		errno = ENOSPC;
		return 0;
	}
	for (id = first; id != 0; id = view.cells[id].next) {
		n = len < CELL_BYTES ? len : CELL_BYTES;
		COPY(view.cells[id].text, text, n);
		SET(view.cells[id].used, (uint32_t)n);
		text += n;
		len -= n;
	}
	return first;
}

int
record_keep_text(uint32_t *place, uint32_t cell)
{
	uint32_t old, id;

	if (lock_arena() == -1)
		return -1;
	old = *place;
	SET(*place, cell);
	for (id = cell; id != 0; id = view.cells[id].next)
		SET(view.cells[id].holder, CELL_KEPT);
	record_drop_cells(old);
	unlock_arena();
	return 0;
}

/* Bounded: without a lock, the cells may be another text's by now. */
size_t
record_get_text(uint32_t cell, char *out, size_t max)
{
	size_t n, got = 0, turns = 0;

	for (; cell != 0 && got < max && turns++ < TEXT_CELLS;
	    cell = LOAD(view.cells[cell].next)) {
		n = LOAD(view.cells[cell].used);
		if (n > CELL_BYTES)
			break;
		if (n > max - got)
			n = max - got;
		memcpy(out + got, view.cells[cell].text, n);
		got += n;
	}
	return got;
}

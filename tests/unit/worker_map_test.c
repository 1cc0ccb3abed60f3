/* SPDX-License-Identifier: ISC */
/* worker_map_test -- an object in 60 cells: there, on disk, or not */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../../src/worker/map.h"

#define CELL	1000
#define SIZE	(OBJECT_CELLS * CELL)

static uint8_t owner[OBJECT_CELLS];

/* What one extent in all, and one in memory, look like. */
static const char *
drawn(uint64_t have_begin, uint64_t have_end, uint64_t memory_begin,
    uint64_t memory_end)
{
	static struct map m;
	struct extent there = { have_begin, have_end };
	struct extent near = { memory_begin, memory_end };
	struct map_cover c = {
	    .have = { .size = SIZE, .extents = &there, .n = 1 },
	    .memory = { .size = SIZE, .extents = &near,
	    .n = memory_begin < memory_end } };

	memset(&m, 0, sizeof(m));
	map_draw(&m, &c, owner);
	return m.fill;
}

/* `n` cells of one sort at the begin, the others empty. */
static const char *
cells(char sort, size_t n)
{
	static char text[OBJECT_CELLS + 1];

	memset(text, '0', OBJECT_CELLS);
	memset(text, sort, n);
	return text;
}

Test(worker_map, in_memory)
{
	cr_expect_str_eq(drawn(0, SIZE, 0, SIZE), cells('f', OBJECT_CELLS));
	cr_expect_str_eq(drawn(0, 10 * CELL, 0, 10 * CELL), cells('f', 10));
	cr_expect_str_eq(drawn(0, 1, 0, 1), cells('1', 1));
	cr_expect_str_eq(drawn(0, CELL - 1, 0, CELL - 1), cells('9', 1));
}

Test(worker_map, on_disk_alone)
{
	cr_expect_str_eq(drawn(0, SIZE, 0, 0), cells('s', OBJECT_CELLS));
	cr_expect_str_eq(drawn(0, 7 * CELL, 0, 0), cells('s', 7));
	/* Not complete: tenths, wherever they are. */
	cr_expect_str_eq(drawn(0, CELL / 2, 0, 0), cells('5', 1));
}

/* One byte of it in memory is enough. */
Test(worker_map, on_disk_and_in_memory)
{
	const char *fill = drawn(0, SIZE, 3 * CELL - 1, 5 * CELL + 1);
	int i;

	for (i = 0; i < OBJECT_CELLS; i++)
		cr_expect_eq(fill[i], i >= 2 && i <= 5 ? 'f' : 's', "%d: %s",
		    i, fill);
}

/* Two segments of ten cells, on disk for the half, the second in memory as
 * well: there it counts in full. */
Test(worker_map, partly_on_disk)
{
	struct extent all = { 0, 40 * CELL }, near = { 30 * CELL, 40 * CELL };
	struct extent part = { 10 * CELL, 30 * CELL };
	struct map_cover c = { .lacks = 10 * CELL,
	    .have = { .size = SIZE, .extents = &all, .n = 1 },
	    .memory = { .size = SIZE, .extents = &near, .n = 1 },
	    .partial = { .size = SIZE, .extents = &part, .n = 1 } };
	struct map m;

	memset(&m, 0, sizeof(m));
	map_draw(&m, &c, owner);
	cr_expect_str_eq(m.fill, "ssssssssss55555555555555555555ffffffffff"
	    "00000000000000000000");
	cr_expect_eq(map_there(&c, 0, UINT64_MAX), 30 * CELL);
	near.begin = 28 * CELL;
	map_draw(&m, &c, owner);
	cr_expect_str_eq(m.fill, "ssssssssss555555555555555555ffffffffffff"
	    "00000000000000000000");
}

Test(worker_map, of_unknown_size)
{
	struct map_cover none = { .have = { .size = -1 } };
	struct map m;

	memset(&m, 0, sizeof(m));
	map_draw(&m, &none, owner);
	cr_expect_eq(m.cells, 0);
}

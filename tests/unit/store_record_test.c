/* SPDX-License-Identifier: ISC */
/* store_record_test -- free lists, room, string cells; tests */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/slot.h"
#include "../../src/store/layout.h"
#include "../../src/store/lock.h"
#include "../../src/store/record.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define WHOLE	STORETEST_SEGMENT
#define FIT	(MEGA / WHOLE)		/* whole segments in the arena */

static struct storetest t;

static void
begin(void)
{
	storetest_create(&t, MEGA);
}

static void
end(void)
{
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_record, .init = begin, .fini = end);

Test(store_record, room_bounds_bytes_and_not_records)
{
	uint32_t small[100], ids[FIT], i;

	for (i = 0; i < 100; i++)
		cr_assert_neq(small[i] = record_take_segment(10), 0);
	cr_assert_eq(arena_room_used(), 100 * 4096);
	for (i = 0; i < 100; i++)
		record_give_segment(small[i]);
	cr_assert_eq(arena_room_used(), 100 * 4096);
	for (i = 0; i < FIT; i++)
		cr_assert_neq(ids[i] = record_take_segment(WHOLE), 0);
	cr_assert_eq(arena_room_used(), MEGA);
	cr_assert_eq(record_take_segment(1), 0);
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(store_audit(stderr, 0), 0);
	for (i = 0; i < FIT; i++)
		record_give_segment(ids[i]);
}

Test(store_record, whole_uses_take_what_was_freed_last)
{
	uint32_t a = record_take_segment(WHOLE), b = record_take_segment(WHOLE);

	record_give_segment(a);
	record_give_segment(b);
	cr_assert_eq(record_take_segment(WHOLE), b);
	cr_assert_eq(record_take_segment(WHOLE), a);
	record_give_segment(a);
	record_give_segment(b);
}

Test(store_record, short_uses_leave_warm_records_alone)
{
	uint32_t a = record_take_segment(WHOLE), b;

	record_give_segment(a);
	b = record_take_segment(5000);
	cr_assert_neq(a, b);
	cr_assert_eq(view.segments[b].room, 8192);
	record_give_segment(b);
}

Test(store_record, a_trim_gives_pages_and_room_back)
{
	uint32_t a = record_take_segment(WHOLE);
	uint64_t at = (uint64_t)a * WHOLE;

	memset(view.payload + at, 1, WHOLE);
	record_trim_segment(a, 5000);
	cr_assert_eq(arena_room_used(), 8192);
	cr_assert_eq(view.payload[at + 8191], 1);
	record_trim_segment(a, 9000);
	cr_assert_eq(arena_room_used(), 8192, "a trim never grows");
	cr_assert_eq(counter_sum(COUNTER_PUNCHED_BYTES), WHOLE - 8192);
	record_give_segment(a);
}

Test(store_record, a_full_arena_cools_free_records_for_short_uses)
{
	uint32_t ids[FIT], i, small;

	for (i = 0; i < FIT; i++) {
		ids[i] = record_take_segment(WHOLE);
		memset(view.payload + (uint64_t)ids[i] * WHOLE, 1, WHOLE);
	}
	for (i = 0; i < FIT; i++)
		record_give_segment(ids[i]);
	cr_assert_neq(small = record_take_segment(1), 0);
	cr_assert_eq(arena_room_used(), MEGA - WHOLE + 4096);
	record_give_segment(small);
}

Test(store_record, records_run_out)
{
	uint32_t n = view.head->nobjects, i, id;

	for (i = 1; i <= n; i++)
		cr_assert_eq(record_take_object(), i);
	cr_assert_eq(record_take_object(), 0);
	cr_assert_eq(errno, ENOSPC);
	for (i = 1; i <= n; i++)
		record_give_object(i);
	id = record_take_object();
	cr_assert_eq(id, n);
	cr_assert_eq(view.objects[id].gen, 1);
	record_give_object(id);
}

static uint32_t
put(uint32_t object, const char *text, size_t len)
{
	uint32_t cells = record_put_text(text, len);

	cr_assert_neq(cells, 0);
	cr_assert_eq(record_keep_text(&view.objects[object].address, cells),
	    0);
	return cells;
}

Test(store_record, text_comes_back_whole_at_every_length)
{
	static const size_t lengths[] = { 0, 1, CELL_BYTES - 1, CELL_BYTES,
	    CELL_BYTES + 1, 3 * CELL_BYTES, TEXT_MAX };
	char in[TEXT_MAX], out[TEXT_MAX];
	uint32_t o = record_take_object(), cells;
	size_t i, k;

	for (k = 0; k < sizeof(in); k++)
		in[k] = (char)(k * 7 + k / 251);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		cells = put(o, in, lengths[i]);
		cr_assert_eq(record_get_text(cells, out, sizeof(out)),
		    lengths[i]);
		cr_assert_arr_eq(in, out, lengths[i]);
		cr_assert_eq(store_audit(stderr, 0), 0);
	}
	cr_assert_eq(record_get_text(cells, out, 300), 300);
	cr_assert_eq(record_get_text(0, out, 300), 0);
	cr_assert_eq(record_put_text(in, TEXT_MAX + 1), 0);
	cr_assert_eq(errno, ENOSPC);
	record_give_object(o);
}

Test(store_record, cells_run_out_and_come_back)
{
	static uint32_t objects[CELLS / TEXT_CELLS + 1];
	static const char text[TEXT_MAX];
	uint32_t n = 0, cells;

	while ((cells = record_put_text(text, sizeof(text))) != 0) {
		objects[n] = record_take_object();
		record_keep_text(&view.objects[objects[n++]].failure, cells);
	}
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(n, CELLS / TEXT_CELLS);
	cr_assert_eq(store_audit(stderr, 0), 0);
	record_give_object(objects[--n]);
	cells = record_put_text(text, sizeof(text));
	cr_assert_neq(cells, 0);
	record_keep_text(&view.objects[objects[0]].answer, cells);
	while (n > 0)
		record_give_object(objects[--n]);
}

static int
hold_everything(void *arg)
{
	(void)arg;
	record_take_segment(WHOLE);
	record_take_segment(10);
	put(record_take_object(), "abc", 3);
	record_put_text("held by nobody but me", 21);
	return 0;
}

Test(store_record, what_a_dead_process_held_is_swept)
{
	uint32_t id;

	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER,
	    hold_everything, NULL)), 0);
	cr_assert(view.head->loose);
	cr_assert_eq(lock_arena(), 0);
	unlock_arena();
	cr_assert(!view.head->loose);
	cr_assert_eq(counter_sum(COUNTER_SWEPT), 3);
	for (id = 1; id < view.head->segment_fresh; id++)
		cr_assert_eq(view.segments[id].record, RECORD_FREE);
	for (id = 1; id < view.head->cell_fresh; id++)
		cr_assert_eq(view.cells[id].holder, 0);
	cr_assert_eq(arena_room_used(), WHOLE + 4096, "pages are kept");
	cr_assert_leq(id = record_take_segment(WHOLE), 2);
	record_give_segment(id);
}

/* What a living process holds is no garbage, whoever sweeps. */
Test(store_record, what_the_living_hold_is_not_swept)
{
	uint32_t s = record_take_segment(WHOLE), o = record_take_object();
	uint32_t cells = record_put_text("abc", 3);
	char out[4] = "";

	view.head->loose = 1;
	lock_arena();
	unlock_arena();
	cr_assert_eq(view.segments[s].record, RECORD_HELD);
	cr_assert_eq(view.objects[o].record, RECORD_HELD);
	cr_assert_eq(record_get_text(cells, out, 3), 3);
	cr_assert_str_eq(out, "abc");
	record_keep_text(&view.objects[o].address, cells);
	record_give_object(o);
	record_give_segment(s);
}

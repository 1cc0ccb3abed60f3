/* SPDX-License-Identifier: ISC */
/* store_row_test -- readers' rows; tests */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "reeld/clock.h"
#include "reeld/row.h"
#include "../../src/store/layout.h"
#include "../helper/storetest.h"

static struct storetest t;

static void
begin(void)
{
	storetest_create(&t, 1 << 20);
}

static void
end(void)
{
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_row, .init = begin, .fini = end);

Test(store_row, what_is_written_is_taken)
{
	struct row_state out, in = { .start = 1, .position = 2,
	    .end = UINT64_MAX, .rate = 3, .since = 4,
	    .flags = ROW_HEAD | ROW_CHECK, .waiting = 1,
	    .address = { 5, 6 } };
	int row;

	in.object = storetest_object(1, 1000);
	cr_assert_eq(row_count(), 0);
	cr_assert_neq(row = row_open(&in), -1);
	cr_assert_eq(row_take(&out, 1), 1);
	cr_assert_eq(out.object.id, in.object.id);
	cr_assert_eq(out.object.gen, in.object.gen);
	cr_assert(out.start == 1 && out.position == 2 &&
	    out.end == UINT64_MAX && out.rate == 3 && out.since == 4 &&
	    out.flags == (ROW_HEAD | ROW_CHECK) && out.waiting == 1 &&
	    out.address[0] == 5 && out.address[1] == 6 &&
	    out.slot == 0 && out.number == (unsigned)row);
	in.position = 900;
	in.waiting = 0;
	row_write(row, &in);
	row_take(&out, 1);
	cr_assert(out.position == 900 && out.waiting == 0);
	row_close(row);
	cr_assert_eq(row_take(&out, 1), 0);
	cr_assert_eq(row_count(), 0);
	object_unpin(&in.object);
}

Test(store_row, all_rows_can_be_had_and_no_more)
{
	struct row_state state = { .end = 1 }, *all;
	int rows[SLOT_ROWS], i;

	all = calloc(SLOT_ROWS + 1, sizeof(*all));
	state.object = storetest_object(1, 1000);
	for (i = 0; i < SLOT_ROWS; i++) {
		state.position = (uint64_t)i;
		cr_assert_neq(rows[i] = row_open(&state), -1);
	}
	cr_assert_eq(row_open(&state), -1);
	cr_assert_eq(errno, EAGAIN);
	cr_assert_eq(counter_sum(COUNTER_NO_ROWS), 1);
	cr_assert_eq(row_take(all, SLOT_ROWS + 1), SLOT_ROWS);
	cr_assert_eq(row_take(all, 10), 10);
	cr_assert_eq(row_count(), SLOT_ROWS);
	row_close(rows[100]);
	cr_assert_eq(row_open(&state), rows[100]);
	for (i = 0; i < SLOT_ROWS; i++)
		row_close(rows[i]);
	object_unpin(&state.object);
	free(all);
}

Test(store_row, closing_gives_room_to_who_waits)
{
	struct row_state state = { .end = 1 };
	int row;

	state.object = storetest_object(1, 1000);
	row = row_open(&state);
	arena_wait_room();
	row_close(row);
	cr_assert(storetest_rung(&t, 0));
	object_unpin(&state.object);
}

/* Fields that must agree: whoever takes a row sees one writing, not two. */
static int
write_rows(void *arg)
{
	struct row_state state = { .end = 1 };
	uint64_t i;
	int row;

	state.object = *(struct object_ref *)arg;
	cr_assert_eq(object_pin(state.object), 0);
	row = row_open(&state);
	for (i = 1;; i++) {		/* until it is killed */
		state.start = state.position = state.rate = i;
		row_write(row, &state);
	}
	return 0;
}

Test(store_row, a_row_is_never_torn)
{
	struct object_ref ref = storetest_object(1, 1000);
	struct storetest_child child;
	struct row_state out;
	int64_t until = clock_ms() + 5000;
	unsigned seen = 0;

	child = storetest_fork(&t, ARENA_WORKER, write_rows, &ref);
	while (seen < 5000 && clock_ms() < until) {
		if (row_take(&out, 1) == 0)
			continue;
		cr_assert(out.start == out.position &&
		    out.position == out.rate);
		seen++;
	}
	kill(child.pid, SIGKILL);
	cr_assert_eq(storetest_join(child), -SIGKILL);
	cr_assert_gt(seen, 0);
	object_unpin(&ref);
}

Test(store_row, a_half_written_row_is_passed_over_and_healed)
{
	struct row_state state = { .end = 7 }, out;
	int row;

	state.object = storetest_object(1, 1000);
	row = row_open(&state);
	view.rows[row].seq |= 1;
	cr_assert_eq(row_take(&out, 1), 0);
	row_write(row, &state);
	cr_assert_eq(row_take(&out, 1), 1);
	row_close(row);
	object_unpin(&state.object);
}

/* SPDX-License-Identifier: ISC */
/* store_room_test -- what readers want from disk, what memory gives; tests */
#include "config.h"


#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/counter.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "reeld/spool.h"
#include "../../src/store/evict.h"
#include "../../src/store/layout.h"
#include "../helper/spooled.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define FIT	(MEGA / SS)
#define SIZE	(40 * SS + 1000)
#define LAST	40		/* the short segment at the end */

static struct storetest t;
static struct object_ref ref;

static void
begin(void)
{
	ref = spooled_begin(&t, MEGA, SIZE);
}

static void
end(void)
{
	spooled_end(&t, &ref);
}

TestSuite(store_room, .init = begin, .fini = end);

/* ---- what readers want ---- */

Test(store_room, who_waits_longest_comes_first_then_who_is_nearest)
{
	struct row_state head = { .object = ref, .position = 30 * SS,
	    .end = UINT64_MAX, .waiting = 1, .flags = ROW_HEAD };
	struct spool_want w[8];
	int rows[4];
	uint32_t i;

	for (i = 0; i <= LAST; i++)
		if (i != 11)
			spool_mark(ref, i, 1);
	rows[0] = spooled_reader(ref, 10 * SS + 5, 0, 1);
	rows[1] = spooled_reader(ref, 20 * SS + 7, 1, 9);
	rows[2] = spooled_reader(ref, 25 * SS, 1, 8);
	rows[3] = row_open(&head);
	cr_assert_eq(spool_wants(w, 8, SS), 5);
	cr_assert(w[0].number == 25 && w[0].waiting && w[0].at == 25 * SS);
	cr_assert(w[1].number == 20 && w[1].waiting && w[1].at == 20 * SS + 7);
	cr_assert(w[2].number == 10 && !w[2].waiting && w[2].at == 10 * SS + 5);
	cr_assert(w[3].number == 21 && !w[3].waiting && w[3].at == 21 * SS);
	cr_assert_eq(w[4].number, 26);
	cr_assert_eq(spool_wants(w, 8, 0), 3);
	cr_assert_eq(spool_wants(w, 2, MEGA), 2);
	for (i = 0; i < 4; i++)
		row_close(rows[i]);
	cr_assert_eq(spool_wants(w, 8, MEGA), 0);
}

Test(store_room, nobody_wants_what_is_there_or_past_or_behind_his_end)
{
	struct row_state row = { .object = ref, .position = 0,
	    .end = 2 * SS, .waiting = 1 };
	struct object_ref fresh;
	struct spool_want w[8];
	int n = row_open(&row), other = row_open(&row);

	spool_mark(ref, 0, 1);
	spool_mark(ref, 1, 1);
	spool_mark(ref, 2, 1);
	cr_assert_eq(spool_wants(w, 8, MEGA), 2);
	spooled_load(ref, 0, SS);
	cr_assert_eq(spool_wants(w, 8, MEGA), 1);
	cr_assert(w[0].number == 1 && !w[0].waiting);
	cr_assert_eq(object_renew(ref, &fresh), 0);
	cr_assert_eq(spool_wants(w, 8, MEGA), 0);
	object_unpin(&fresh);
	row_close(n);
	row_close(other);
	spool_forget(ref);
}

/* ---- room ---- */

Test(store_room, pressed_is_when_only_saving_makes_room)
{
	uint32_t i;

	cr_assert(!spool_is_pressed());
	arena_wait_room();
	cr_assert(!spool_is_pressed(), "nothing is to be saved");
	for (i = 0; i < FIT - 1; i++)
		spooled_fill(ref, i);
	arena_wait_room();
	cr_assert(spool_is_pressed());
	view.head->room_waiters = 0;
	cr_assert(!spool_is_pressed(), "one is free");
	spooled_fill(ref, FIT - 1);
	view.head->room_waiters = 0;
	cr_assert(spool_is_pressed());
	cr_assert_eq(spooled_save(SPOOL_PRESSED, 0), 0);
	view.head->room_waiters = 0;
	cr_assert(!spool_is_pressed(), "one can be evicted");
	spool_set_state(SPOOL_FULL);
	arena_wait_room();
	cr_assert(!spool_is_pressed());
	view.head->room_waiters = 0;
}

/* Pages first, then the record; what was read again a moment ago stays. */
Test(store_room, what_lay_unused_is_released)
{
	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	spooled_fill(ref, 2);
	spooled_age(ref, 0, 5000);
	cr_assert_eq(spool_release(4000, 4000, MEGA), 0, "it is not saved");
	spooled_save_all();
	cr_assert_eq(spool_release(4000, 4000, MEGA), SS);
	cr_assert_null(spooled_record(ref, 0));
	cr_assert_not_null(spooled_record(ref, 1));
	cr_assert(spool_is_away(ref, 0));
	spooled_load(ref, 0, SS);
	spooled_age(ref, 0, 2000);
	spooled_age(ref, 1, 2000);
	cr_assert_eq(spool_release(4000, 1000, MEGA), SS, "it was brought");
	cr_assert_null(spooled_record(ref, 0));
	cr_assert_eq(arena_room_used(), 2 * SS);
	cr_assert_eq(counter_sum(COUNTER_PUNCHED_BYTES), 2 * SS);
}

Test(store_room, what_a_reader_stands_before_is_not_released)
{
	int row;
	uint32_t i;

	for (i = 0; i < FIT; i++) {
		spooled_fill(ref, i);
		spooled_age(ref, i, 5000);
	}
	spooled_save_all();
	/* Its window is half the arena. */
	row = spooled_reader(ref, 2 * SS, 0, 0);
	cr_assert_eq(spool_release(4000, 4000, MEGA), (FIT - 8) * SS);
	for (i = 0; i < FIT; i++)
		cr_assert_eq(spooled_record(ref, i) != NULL,
		    i >= 2 && i < 10, "%u", i);
	row_close(row);
}

Test(store_room, pages_go_in_steps_and_only_old_ones)
{
	struct segment_ref pin;
	uint32_t i;

	for (i = 0; i < 6; i++) {
		spooled_fill(ref, i);
		spooled_age(ref, i, i < 4 ? 9000 : 0);
	}
	spooled_save_all();
	segment_find(ref, 0, &pin);
	cr_assert_eq(spool_release(4000, 8000, SS + 1), 2 * SS);
	cr_assert_eq(spool_release(4000, 8000, SS), SS);
	cr_assert_eq(spool_release(4000, 8000, SS), 0);
	cr_assert_not_null(spooled_record(ref, 0));
	segment_unpin(&pin);
	/* Evicted for room it is free from now on. */
	cr_assert_eq(evict_segment(ref, 20, 1), 0);
	cr_assert_eq(spool_release(4000, 8000, MEGA), 0);
	cr_assert_eq(arena_room_used(), 3 * SS);
}

/* What readers left of what was brought: a quarter of the arena at most. */
Test(store_room, what_was_brought_and_left_makes_way)
{
	uint32_t i, held = 0;
	int row;

	for (i = 0; i < FIT; i++) {
		spool_mark(ref, i, 1);
		spooled_load(ref, i, SS);
		spooled_age(ref, i, 1000 - i);
		spool_make_way();
		held += spooled_record(ref, i) != NULL;
	}
	cr_assert_eq(held, FIT);
	for (i = 0; i < FIT; i++)
		cr_assert_eq(spooled_record(ref, i) != NULL, i >= FIT - FIT / 4,
		    "%u", i);
	cr_assert(spool_is_away(ref, 0));
	/* What a reader comes by stays, what came from a source too. */
	row = spooled_reader(ref, (FIT - 1) * SS, 0, 0);
	spooled_load(ref, FIT, SS);
	spooled_fill(ref, 0);
	spooled_save_all();
	spooled_age(ref, 0, 5000);
	spool_make_way();
	cr_assert_eq(arena_room_used(), (FIT / 4 + 2) * SS, "used again");
	for (i = FIT - FIT / 4; i <= FIT; i++)
		cr_assert_not_null(spooled_record(ref, i), "%u", i);
	cr_assert_not_null(spooled_record(ref, 0));
	row_close(row);
}

Test(store_room, an_arena_that_was_touched_whole_keeps_its_pages)
{
	spooled_fill(ref, 0);
	spooled_save_all();
	spooled_age(ref, 0, 9000);
	view.head->prefault = 1;
	cr_assert_eq(spool_release(4000, 4000, MEGA), 0);
	cr_assert_null(spooled_record(ref, 0));
	cr_assert_eq(arena_room_used(), SS);
}

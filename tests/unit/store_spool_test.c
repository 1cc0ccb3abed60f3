/* SPDX-License-Identifier: ISC */
/* store_spool_test -- what is dirty, what is away, what is saved; tests */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/fill.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "reeld/slot.h"
#include "reeld/spool.h"
#include "../../src/store/evict.h"
#include "../../src/store/layout.h"
#include "../helper/spooled.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK
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

TestSuite(store_spool, .init = begin, .fini = end);

/* ---- the state ---- */

Test(store_spool, a_state_says_what_it_saves_and_loads)
{
	cr_assert(spool_saves() && spool_loads());
	spool_set_state(SPOOL_FULL);
	cr_assert(!spool_saves() && spool_loads());
	spool_set_state(SPOOL_BROKEN);
	cr_assert(!spool_saves() && !spool_loads());
	cr_assert_str_eq(spool_state_names[spool_state()], "broken");
}

Test(store_spool, one_that_is_silent_or_not_said_is_none)
{
	spool_here();
	cr_assert_eq(spool_state(), SPOOL_NONE);
	spool_set_state(SPOOL_WORKING);
	view.slots[view.slot].heartbeat -= SPOOL_AWAY + 1;
	cr_assert_eq(spool_state(), SPOOL_NONE);
	slot_beat();
	cr_assert_eq(spool_state(), SPOOL_WORKING);
}

static int
be_spooler(void *arg)
{
	struct object_ref asking = *(struct object_ref *)arg;

	spool_here();
	spool_set_state(SPOOL_WORKING);
	view.objects[asking.id].looked = LOOKED_TELLING;
	view.objects[asking.id].file = 3;
	view.objects[asking.id].disk[2] = 1;
	view.objects[asking.id].partial[2] = 1;
	return 0;
}

Test(store_spool, a_dead_one_is_none_and_what_it_told_is_asked_again)
{
	struct object_ref asking = storetest_object(2, -1), next;
	struct storetest_child child = storetest_fork(&t, ARENA_SPOOLER,
	    be_spooler, &asking);

	cr_assert_eq(storetest_join(child), 0);
	cr_assert_eq(spool_state(), SPOOL_NONE);
	cr_assert(!spool_is_pressed());
	cr_assert_eq(spool_bound(asking), 0);
	cr_assert_eq(spool_count(asking), 0);
	cr_assert(!spool_is_partial(asking, 128));
	spool_here();
	spool_set_state(SPOOL_WORKING);
	cr_assert_eq(spool_next_asking(&next), 0);
	cr_assert_eq(next.id, asking.id);
	object_unpin(&next);
	object_unpin(&asking);
}

static int
ring(void *arg)
{
	(void)arg;
	spool_ring();
	return 0;
}

static int
wait_for_room(void *arg)
{
	(void)arg;
	arena_wait_room();
	return 0;
}

static int
stay(void *how)
{
	((int (*)(void *))(uintptr_t)how)(NULL);
	pause();
	return 0;
}

/* While that process lives: its end rings everybody. */
static void
is_rung_by(int (*how)(void *))
{
	struct storetest_child other = storetest_fork(&t, ARENA_FETCHER,
	    stay, (void *)(uintptr_t)how);

	cr_assert(storetest_rung(&t, 5000));
	kill(other.pid, SIGKILL);
	storetest_join(other);
	storetest_rung(&t, 0);
}

/* By others: it need not wake itself. */
Test(store_spool, it_is_rung_also_by_who_waits_for_room)
{
	storetest_rung(&t, 0);
	ring(NULL);
	wait_for_room(NULL);
	cr_assert_not(storetest_rung(&t, 0));
	is_rung_by(ring);
	is_rung_by(wait_for_room);
}

/* ---- what is dirty ---- */

Test(store_spool, what_is_to_be_saved_stays_until_it_was)
{
	uint32_t i;

	for (i = 0; i < FIT; i++)
		spooled_fill(ref, i);
	cr_assert_eq(evict_segment(ref, 20, 0), -1);
	cr_assert_eq(errno, ENOSPC);
	spooled_age(ref, 5, 9000);
	cr_assert_eq(spooled_save(SPOOL_PRESSED, 0), 5);
	spooled_age(ref, 3, 99000);
	cr_assert_eq(evict_segment(ref, 20, 0), 0);
	cr_assert_null(spooled_record(ref, 5));
	cr_assert(spool_is_away(ref, 5));
	cr_assert_eq(view.objects[ref.id].evicted[0], 0);
	spooled_load(ref, 5, SS);
	cr_assert_eq(counter_sum(COUNTER_REPULLED_BYTES), 0);
	cr_assert_eq(storetest_read(ref, 1, 5 * SS, 6 * SS), SS);
}

Test(store_spool, when_nothing_is_saved_all_may_go)
{
	uint32_t i;

	for (i = 0; i < FIT; i++)
		spooled_fill(ref, i);
	spool_set_state(SPOOL_FULL);
	spooled_age(ref, 5, 9000);
	cr_assert_eq(evict_segment(ref, 20, 0), 0);
	cr_assert_null(spooled_record(ref, 5));
	cr_assert(!spool_is_away(ref, 5));
	cr_assert_neq(view.objects[ref.id].evicted[0], 0);
}

Test(store_spool, the_last_segment_is_whole_when_its_bytes_are_there)
{
	struct spool_dirty d;

	spooled_fill(ref, LAST);
	cr_assert_eq(spool_next_dirty(SPOOL_WHOLE, 0, &d), 0);
	cr_assert_eq(d.number, LAST);
	cr_assert_eq(d.length, SIZE % SS);
	cr_assert_eq(d.blocks[0], (1ULL << (SIZE % SS + BS - 1) / BS) - 1);
	cr_assert_eq(d.object.id, ref.id);
	spool_saved(&d);
	cr_assert_eq(d.object.id + d.segment.id, 0);
	cr_assert_eq(spool_bytes(ref), SIZE % SS);
}

Test(store_spool, a_part_is_saved_when_room_is_short_or_at_the_end)
{
	storetest_fill(ref, 1, 0, 10 * BS + 5);
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), -1);
	cr_assert_eq(spooled_save(SPOOL_IDLE, 0), -1);
	cr_assert_eq(spooled_save(SPOOL_PRESSED, 0), 0);
	cr_assert_eq(spooled_record(ref, 0)->saved[0], 0x3ff);
	cr_assert_eq(spool_bytes(ref), 10 * BS);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1,
	    "what a pen is in is not whole");
	storetest_fill(ref, 1, 10 * BS + 5, 20 * BS);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), 0);
	cr_assert_eq(spooled_record(ref, 0)->saved[0], 0xfffff);
}

Test(store_spool, idle_is_what_was_not_used_so_long)
{
	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	spooled_age(ref, 1, 5000);
	cr_assert_eq(spooled_save(SPOOL_IDLE, 4000), 1);
	cr_assert_eq(spooled_save(SPOOL_IDLE, 4000), -1);
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), 0);
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), -1);
}

Test(store_spool, what_is_in_hand_is_not_given_again)
{
	struct spool_dirty one, two;

	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	spooled_age(ref, 1, 5000);
	cr_assert_eq(spool_next_dirty(SPOOL_ALL, 0, &one), 0);
	cr_assert_eq(one.number, 1);
	cr_assert_eq(spool_next_dirty(SPOOL_ALL, 0, &two), 0);
	cr_assert_eq(two.number, 0);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
	spool_unsaved(&one);
	spool_unsaved(&two);
	cr_assert_eq(spool_count(ref), 0);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), 1);
}

/* A reader's own are of no help, nor is what another process pins. */
Test(store_spool, under_pressure_what_is_worth_least_comes_first)
{
	int row;

	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	spooled_fill(ref, 2);
	spooled_age(ref, 1, 50000);
	spooled_age(ref, 2, 60000);
	row = spooled_reader(ref, SS, 0, 0);
	view.segments[1].pins = 1ULL << 40;	/* of segment 0 */
	cr_assert_eq(spooled_save(SPOOL_PRESSED, 0), 2);
	cr_assert_eq(spooled_save(SPOOL_PRESSED, 0), 1);
	cr_assert_eq(spooled_save(SPOOL_PRESSED, 0), -1);
	view.segments[1].pins = 0;
	cr_assert_eq(spooled_save(SPOOL_PRESSED, 0), 0);
	row_close(row);
}

Test(store_spool, what_nobody_could_find_again_is_not_saved)
{
	struct object_ref asking = storetest_object(2, -1), fresh;
	struct object_ref endless = storetest_object(3, OBJECT_ENDLESS);

	storetest_fill(asking, 2, 0, SS);
	storetest_fill(endless, 3, 0, SS);
	storetest_fill(ref, 1, SS, 2 * SS);
	cr_assert_eq(object_renew(ref, &fresh), 0);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
	object_unpin(&fresh);
	object_unpin(&asking);
	object_unpin(&endless);
}

Test(store_spool, behind_the_last_bit_nothing_is_kept)
{
	uint64_t far = (uint64_t)SPOOL_SEGMENTS * SS;
	struct object_ref big = storetest_object(2, (int64_t)far + SS);

	storetest_fill(big, 2, far, far + SS);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
	spool_bind(big, 8);
	spool_mark(big, SPOOL_SEGMENTS, 1);
	cr_assert_eq(spool_count(big), 0);
	cr_assert(!spool_has(big, SPOOL_SEGMENTS));
	cr_assert(!spool_is_away(big, SPOOL_SEGMENTS));
	storetest_fill(big, 2, far - SS, far);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), SPOOL_SEGMENTS - 1);
	object_unpin(&big);
}

Test(store_spool, an_object_that_is_to_be_saved_stays)
{
	object_unpin(&ref);
	ref = storetest_object(1, SIZE);
	spooled_fill(ref, 0);
	object_unpin(&ref);
	cr_assert_eq(evict_object(), -1);
	cr_assert_eq(errno, ENOSPC);
	spooled_save_all();
	cr_assert_eq(evict_object(), 0);
	ref = storetest_object(1, SIZE);
	cr_assert_eq(spool_bound(ref), 0);
	cr_assert_eq(spool_count(ref), 0);
}

/* ---- what is away ---- */

Test(store_spool, evicted_is_away_and_loaded_is_not)
{
	spooled_fill(ref, 0);
	spooled_fill(ref, LAST);
	cr_assert(!spool_has(ref, 0));
	spooled_save_all();
	cr_assert(spool_has(ref, 0) && !spool_is_away(ref, 0));
	cr_assert_eq(spool_count(ref), 2);
	cr_assert_eq(spool_bytes(ref), SS + SIZE % SS);
	spooled_evict(ref, 0);
	spooled_evict(ref, LAST);
	cr_assert(spool_is_away(ref, 0) && spool_is_away(ref, LAST));
	cr_assert_eq(spool_bytes(ref), SS + SIZE % SS);
	spooled_load(ref, 0, SS);
	cr_assert(!spool_is_away(ref, 0));
	cr_assert_eq(spooled_record(ref, 0)->brought, 1);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1, "it is on disk");
}

/* A worker waits in an empty record; what is pulled into it meanwhile makes it
 * mixed: it stays, and is brought without anybody who waits for it. */
Test(store_spool, a_record_that_was_not_brought_is_away)
{
	struct spool_dirty d;

	spooled_fill(ref, 0);
	spooled_save_all();
	spooled_evict(ref, 0);
	storetest_fill(ref, 1, 0, 0);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
	storetest_fill(ref, 1, 0, BS);
	cr_assert(spool_is_away(ref, 0));
	cr_assert_eq(evict_segment(ref, 20, 1), -1);
	cr_assert_eq(spool_next_dirty(SPOOL_IDLE, 60000, &d), -1);
	spooled_age(ref, 0, 60000);
	cr_assert_eq(spool_next_dirty(SPOOL_IDLE, 60000, &d), 0);
	cr_assert_eq(d.blocks[0], 1);
	spool_unsaved(&d);
	spooled_load(ref, 0, SS);
	cr_assert(!spool_is_away(ref, 0));
	cr_assert_eq(storetest_read(ref, 1, 0, SS), SS);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
}

/* Who writes in it goes on: what is in his block could not be brought. */
Test(store_spool, one_that_is_written_is_not_mixed_yet)
{
	static const uint8_t bytes[BS + 5];
	struct fill f;

	spool_mark(ref, 0, 1);
	fill_init(&f, ref, 0, SIZE);
	cr_assert_eq(fill_write(&f, bytes, sizeof(bytes), SS), sizeof(bytes));
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), -1);
	fill_fini(&f);
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), 0);
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), -1, "it is not whole");
}

/* The source told first what the catalogue knew as well. */
Test(store_spool, what_was_marked_behind_its_back_is_given_back)
{
	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), 0);
	spool_mark(ref, 1, 1);
	spool_release(0, 0, 0);
	cr_assert_null(spooled_record(ref, 0));
	cr_assert_not_null(spooled_record(ref, 1));
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), 1);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
	spool_release(0, 0, 0);
	cr_assert_null(spooled_record(ref, 1));
	cr_assert(spool_is_away(ref, 1));
}

/* ---- what was used ---- */

static void
note_used(void *arg, int64_t file, uint32_t number)
{
	cr_assert_eq(file, 7);
	*(uint64_t *)arg |= 1ULL << number;
}

Test(store_spool, what_was_used_of_late_is_told_once_it_is_on_disk)
{
	uint64_t used = 0;
	uint32_t i;

	for (i = 0; i < 3; i++)
		spooled_fill(ref, i);
	spool_each_used(0, note_used, &used);
	cr_assert_eq(used, 0);
	spooled_save_all();
	spooled_age(ref, 1, 5000);
	spool_each_used(clock_ms() - 4000, note_used, &used);
	cr_assert_eq(used, 1 << 0 | 1 << 2);
	spooled_evict(ref, 0);
	used = 0;
	spool_each_used(0, note_used, &used);
	cr_assert_eq(used, 1 << 1 | 1 << 2);
}

Test(store_spool, what_was_not_on_disk_is_dirty_once_it_was_brought)
{
	storetest_fill(ref, 1, 0, 10 * BS);
	spooled_save_all();
	spooled_evict(ref, 0);
	spooled_load(ref, 0, 10 * BS);
	cr_assert(!spool_is_away(ref, 0));
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
	storetest_fill(ref, 1, 10 * BS, SS);
	cr_assert_eq(spooled_save(SPOOL_WHOLE, 0), 0);
	cr_assert_eq(spool_bytes(ref), SS);
}

/* A block that another writer is in is his. */
Test(store_spool, of_what_was_brought_only_what_is_there_is_saved)
{
	spooled_fill(ref, 0);
	spooled_save_all();
	spooled_evict(ref, 0);
	storetest_fill(ref, 1, 3 * BS, 3 * BS + 5);	/* an orphan */
	spooled_load(ref, 0, SS);
	storetest_fill(ref, 1, 4 * BS, 4 * BS);
	cr_assert_eq(spooled_record(ref, 0)->saved[0],
	    spooled_record(ref, 0)->have[0]);
}

Test(store_spool, what_is_dropped_from_disk_is_dirty_again)
{
	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	spooled_save_all();
	spool_mark(ref, 0, 0);
	cr_assert(!spool_has(ref, 0) && spool_has(ref, 1));
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), 0);
	spooled_evict(ref, 1);
	spool_mark(ref, 1, 0);
	cr_assert(!spool_is_away(ref, 1));
	spooled_load(ref, 1, SS);
	cr_assert_eq(spooled_record(ref, 1)->saved[0], 0,
	    "the disk has it no more");
}

Test(store_spool, what_is_forgotten_is_dirty_again)
{
	struct spool_dirty d;

	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	spooled_save_all();
	spooled_fill(ref, 2);
	cr_assert_eq(spool_next_dirty(SPOOL_ALL, 0, &d), 0);
	spool_forget(ref);
	spool_saved(&d);
	cr_assert_eq(spool_count(ref), 0, "it was saved to what is gone");
	cr_assert_eq(spool_bound(ref), 0);
	spool_mark(ref, 3, 1);
	cr_assert_eq(spool_count(ref), 0, "there is no file");
	spool_bind(ref, 8);
	spooled_save_all();
	cr_assert_eq(spool_count(ref), 3);
}

Test(store_spool, a_coverage_has_what_is_away)
{
	struct coverage c = { .object = ref, .size = SIZE };

	cr_assert_eq(coverage_take(&c, 1), 0);
	cr_assert_eq(spool_cover(&c), 0);
	cr_assert_eq(c.n, 0);
	storetest_fill(ref, 1, 0, SS + 10 * BS);
	spooled_save_all();
	spooled_evict(ref, 0);
	spool_mark(ref, 5, 1);
	spool_mark(ref, 6, 1);
	spool_mark(ref, LAST, 1);
	cr_assert_eq(coverage_take(&c, 1), 0);
	cr_assert_eq(spool_cover(&c), 0);
	cr_assert_eq(c.n, 3);
	cr_assert_eq(c.extents[0].begin, 0);
	cr_assert_eq(c.extents[0].end, SS + 10 * BS);
	cr_assert_eq(c.extents[1].begin, 5 * SS);
	cr_assert_eq(c.extents[1].end, 7 * SS);
	cr_assert_eq(c.extents[2].begin, (uint64_t)LAST * SS);
	cr_assert_eq(c.extents[2].end, SIZE);
	coverage_fini(&c);
}

/* Brought or evicted between the two looks, it is had all the time. */
Test(store_spool, a_coverage_loses_nothing_that_moves_meanwhile)
{
	struct coverage c = { .object = ref, .size = SIZE };

	spooled_fill(ref, 0);
	spooled_fill(ref, 1);
	spooled_save_all();
	spooled_evict(ref, 0);
	cr_assert_eq(coverage_take(&c, 1), 0);
	spooled_load(ref, 0, SS);
	spooled_evict(ref, 1);
	cr_assert_eq(spool_cover(&c), 0);
	cr_assert_eq(c.n, 1);
	cr_assert_eq(c.extents[0].begin, 0);
	cr_assert_eq(c.extents[0].end, 2 * SS);
	coverage_fini(&c);
}

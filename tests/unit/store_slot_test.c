/* SPDX-License-Identifier: ISC */
/* store_slot_test -- issue, take, reap, last words; tests */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/fill.h"
#include "reeld/region.h"
#include "reeld/row.h"
#include "reeld/slot.h"
#include "../../src/store/layout.h"
#include "../../src/store/lock.h"
#include "../helper/data.h"
#include "../helper/storetest.h"

#define MEGA	(1ULL << 20)

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

TestSuite(store_slot, .init = begin, .fini = end);

Test(store_slot, every_slot_is_issued_once)
{
	unsigned i;

	for (i = 1; i < ARENA_SLOTS; i++)
		cr_assert_eq(slot_issue(ARENA_WORKER), (int)i);
	cr_assert_eq(slot_issue(ARENA_WORKER), -1);
	cr_assert_eq(errno, EAGAIN);
	for (i = 1; i < ARENA_SLOTS; i++)
		cr_assert_eq(slot_reap(i), 0);
	cr_assert_eq(slot_issue(ARENA_FETCHER), 1);
	cr_assert_eq(slot_reap(1), 0);
}

static int
sleep_long(void *arg)
{
	(void)arg;
	slot_beat();
	arena_ring(1);
	sleep(30);
	return 0;
}

Test(store_slot, who_lives_is_not_reaped_nor_reissued)
{
	struct storetest_child child;
	struct slot_info info;

	child = storetest_fork(&t, ARENA_FETCHER, sleep_long, NULL);
	cr_assert(storetest_rung(&t, 5000));
	cr_assert_eq(slot_info(child.slot, &info), 0);
	cr_assert_eq(info.role, ARENA_FETCHER);
	cr_assert_eq(info.pid, child.pid);
	cr_assert_geq(info.heartbeat, info.since);
	cr_assert_eq(slot_reap(child.slot), -1);
	cr_assert_eq(errno, EBUSY);
	kill(child.pid, SIGKILL);
	cr_assert_eq(storetest_join(child), -SIGKILL);
	cr_assert_eq(slot_info(child.slot, &info), -1);
}

static int
leave_words(void *arg)
{
	size_t len;
	char *words = slot_words(&len);

	(void)arg;
	strncpy(words, "it broke", len);
	return 3;
}

Test(store_slot, last_words_stay_until_the_slot_is_issued_again)
{
	struct storetest_child child;
	struct slot_info info;

	child = storetest_fork(&t, ARENA_WORKER, leave_words, NULL);
	cr_assert_eq(storetest_join(child), 3);
	slot_info(child.slot, &info);
	cr_assert_str_eq(info.words, "it broke");
	cr_assert_eq(slot_issue(ARENA_WORKER), (int)child.slot);
	slot_info(child.slot, &info);
	cr_assert_str_eq(info.words, "");
	cr_assert_eq(slot_reap(child.slot), 0);
}

/* Dies with all that a process can have: pins, waits, a row, a region, a pen
 * in the middle of a block. */
static int
die_laden(void *arg)
{
	struct row_state row = { .position = 5, .end = 10 };
	struct region_info region = { .end = 10 };
	struct object_ref ref = storetest_object(1, 100000);
	struct segment_ref seg;
	uint8_t bytes[200];
	struct fill f;

	(void)arg;
	object_wait(ref);
	segment_obtain(ref, 0, SEGMENT_EVICT, &seg);
	segment_wait(seg);
	arena_wait_room();
	arena_fetcher_here();
	row.object = region.object = ref;
	row_open(&row);
	region_open(&region);
	fill_init(&f, ref, 0, 100000);
	data_fill(1, 0, bytes, sizeof(bytes));
	fill_write(&f, bytes, sizeof(bytes), 100000);
	raise(SIGKILL);
	return 0;
}

Test(store_slot, reaping_leaves_nothing_but_what_was_published)
{
	struct storetest_child child;
	struct object_ref ref;
	struct region_info region;
	struct row_state row;

	child = storetest_fork(&t, ARENA_FETCHER, die_laden, NULL);
	while (waitpid(child.pid, NULL, WNOHANG) == 0)
		cr_assert(usleep(1000) == 0);
	cr_assert_eq(row_take(&row, 1), 1);
	cr_assert_eq(row.slot, child.slot);
	cr_assert_eq(region_take(&region, 1), 1);
	storetest_rung(&t, 0);
	cr_assert_eq(slot_reap(child.slot), 0);
	cr_assert(storetest_rung(&t, 0), "every bell rings");
	cr_assert_eq(row_count(), 0);
	cr_assert_eq(region_take(&region, 1), 0);
	cr_assert_eq(view.head->room_waiters, 0);
	cr_assert_eq(view.head->fetcher, ARENA_NO_SLOT);
	ref = storetest_object(1, 100000);
	cr_assert_eq(storetest_read(ref, 1, 0, 100000), 200);
	cr_assert_eq(storetest_fill(ref, 1, 200, 100000), 100000 - 200);
	cr_assert_eq(storetest_read(ref, 1, 0, 100000), 100000);
	object_unpin(&ref);
}

static int
hold_stripe(void *arg)
{
	lock_stripe(*(uint32_t *)arg);
	arena_ring(1);
	sleep(30);
	return 0;
}

Test(store_slot, the_holder_of_a_lock_is_known)
{
	uint32_t stripe = 77;
	struct storetest_child child;

	cr_assert_eq(slot_holder(stripe), -1);
	child = storetest_fork(&t, ARENA_WORKER, hold_stripe, &stripe);
	cr_assert(storetest_rung(&t, 5000));
	cr_assert_eq(slot_holder(stripe), (int)child.slot);
	kill(child.pid, SIGKILL);
	storetest_join(child);
	cr_assert_eq(slot_holder(stripe), -1);
	cr_assert_eq(lock_stripe(stripe), 0);
	unlock_stripe(stripe);
	cr_assert_eq(counter_sum(COUNTER_REPAIRS), 1);
}

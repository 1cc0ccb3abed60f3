/* SPDX-License-Identifier: ISC */
/* store_lock_test -- one lock at a time, holders that die or hang; tests */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/slot.h"
#include "../../src/store/layout.h"
#include "../../src/store/lock.h"
#include "../helper/storetest.h"

static struct storetest t;
static struct storetest_child holder;

static int
hold(void *arg)
{
	if (*(uint32_t *)arg == LOCK_ARENA)
		lock_arena();
	else
		lock_stripe(*(uint32_t *)arg);
	arena_ring(1);
	sleep(60);
	return 0;
}

/* A process that has lock `n` and hangs. */
static void
hang(uint32_t n)
{
	storetest_rung(&t, 0);		/* of what was before */
	holder = storetest_fork(&t, ARENA_WORKER, hold, &n);
	cr_assert(storetest_rung(&t, 5000));
}

Test(store_lock, a_second_lock_is_a_panic, .signal = SIGABRT)
{
	storetest_create(&t, 1 << 20);
	lock_stripe(1);
	lock_arena();
}

Test(store_lock, a_dead_holder_is_repaired_after)
{
	struct object_ref ref;
	uint32_t stripe;

	storetest_create(&t, 1 << 20);
	ref = storetest_object(1, 1000);
	storetest_fill(ref, 1, 0, 1000);
	stripe = view.objects[ref.id].stripe;
	hang(stripe);
	view.stripes[stripe].segments[3] = 5000;	/* as if half done */
	view.objects[ref.id].segments = 77;
	kill(holder.pid, SIGKILL);
	storetest_join(holder);
	cr_assert_eq(storetest_read(ref, 1, 0, 1000), 1000);
	cr_assert_eq(counter_sum(COUNTER_REPAIRS), 1);
	hang(LOCK_ARENA);
	view.head->room_used = 1;
	view.head->segment_cold = 4;
	kill(holder.pid, SIGKILL);
	storetest_join(holder);
	cr_assert_eq(store_audit(stderr, 0), 0);
	cr_assert_eq(counter_sum(COUNTER_REPAIRS), 2);
	object_unpin(&ref);
	cr_assert_eq(storetest_end(&t), 0);
}

/* What the master does, told of a lock that could not be had for 5 s. */
static void
kill_holder(unsigned lock)
{
	struct slot_info info;
	int slot = slot_holder(lock);

	cr_assert_eq(slot, (int)holder.slot);
	cr_assert_eq(slot_info((unsigned)slot, &info), 0);
	cr_assert_eq(info.pid, holder.pid);
	kill(info.pid, SIGKILL);
}

Test(store_lock, who_hangs_on_a_lock_is_told_of, .timeout = 20)
{
	int64_t begun;

	storetest_create(&t, 1 << 20);
	arena_on_stuck(kill_holder);
	hang(9);
	begun = clock_ms();
	cr_assert_eq(lock_stripe(9), 0);
	unlock_stripe(9);
	cr_assert_geq(clock_ms() - begun, 4900);
	storetest_join(holder);
	cr_assert_eq(storetest_end(&t), 0);
}

Test(store_lock, nothing_is_locked_in_a_condemned_arena)
{
	storetest_create(&t, 1 << 20);
	view.head->condemned = 1;
	cr_assert_eq(lock_stripe(1), -1);
	cr_assert_eq(errno, EDEADLK);
	cr_assert_eq(lock_arena(), -1);
	cr_assert_eq(errno, EDEADLK);
	storetest_drop(&t);
}

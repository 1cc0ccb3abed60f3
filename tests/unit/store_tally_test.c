/* SPDX-License-Identifier: ISC */
/* store_tally_test -- connections of an address, over processes; tests */
#include "config.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/slot.h"
#include "reeld/tally.h"
#include "../helper/storetest.h"

static void
address(const char *text, uint64_t out[2])
{
	cr_assert_eq(inet_pton(AF_INET6, text, out), 1);
}

static int
enter_three(void *arg)
{
	uint64_t a[2];

	(void)arg;
	address("::ffff:192.0.2.1", a);
	tally_enter(a);
	tally_enter(a);
	return (int)tally_enter(a);
}

static int
look(void *arg)
{
	uint64_t a[2], b[2];
	uint32_t n;

	(void)arg;
	address("::ffff:192.0.2.1", a);
	address("::ffff:192.0.2.2", b);
	n = tally_enter(a) * 10 + tally_enter(b);
	tally_leave(a);
	tally_leave(b);
	tally_leave(b);			/* was never there */
	return tally_enter(b) == 1 ? (int)n : -1;
}

Test(store_tally, a_dead_process_has_no_connections)
{
	struct storetest t;

	storetest_create(&t, 1 << 20);
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER,
	    enter_three, NULL)), 3);
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER, look,
	    NULL)), 11);
	cr_assert_eq(storetest_end(&t), 0);
}

static int
many(void *arg)
{
	char text[64];
	uint64_t a[2];
	int i, lost = 0;

	(void)arg;
	/* all of a /64 are one */
	address("2001:db8:0:1::1", a);
	tally_enter(a);
	address("2001:db8:0:1:ffff::2", a);
	if (tally_enter(a) != 2)
		return 101;
	address("2001:db8:0:2::1", a);
	if (tally_enter(a) != 1)
		return 102;
	for (i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "2001:db9:%x::1", i);
		address(text, a);
		if (tally_enter(a) != 1)
			lost++;
	}
	for (i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "2001:db9:%x::1", i);
		address(text, a);
		tally_leave(a);
	}
	address("2001:db8:0:1::7", a);
	if (tally_enter(a) != 3)
		return 103;
	return lost < 100 ? lost : 100;
}

Test(store_tally, a_table_half_full_counts_all)
{
	struct storetest t;

	storetest_create(&t, 1 << 20);
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER, many,
	    NULL)), 0);
	cr_assert_eq(storetest_end(&t), 0);
}

/* Others' counts: both processes live at once. */
static int
sum_of_two(void *arg)
{
	struct storetest *t = arg;
	uint64_t a[2];

	(void)t;
	address("::ffff:192.0.2.1", a);
	tally_enter(a);
	return (int)tally_enter(a);
}

static int
hold(void *arg)
{
	uint64_t a[2];
	int *pipes = arg;
	char c;

	address("::ffff:192.0.2.1", a);
	tally_enter(a);
	if (write(pipes[1], "x", 1) != 1 || read(pipes[2], &c, 1) != 1)
		return 1;
	return 0;
}

Test(store_tally, the_counts_of_all_workers_add_up)
{
	struct storetest t;
	struct storetest_child holder;
	int pipes[4];
	char c;

	storetest_create(&t, 1 << 20);
	cr_assert_eq(pipe(pipes), 0);
	cr_assert_eq(pipe(pipes + 2), 0);
	holder = storetest_fork(&t, ARENA_WORKER, hold, pipes);
	cr_assert_eq(read(pipes[0], &c, 1), 1);
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER,
	    sum_of_two, &t)), 3);
	cr_assert_eq(write(pipes[3], "x", 1), 1);
	cr_assert_eq(storetest_join(holder), 0);
	cr_assert_eq(storetest_end(&t), 0);
}

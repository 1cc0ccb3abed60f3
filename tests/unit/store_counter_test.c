/* SPDX-License-Identifier: ISC */
/* store_counter_test -- sums over processes that live and died; tests */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/counter.h"
#include "../helper/storetest.h"

static int
count(void *arg)
{
	(void)arg;
	counter_add(COUNTER_PULLS, 5);
	counter_add(COUNTER_BYTES_SERVED, 1ULL << 40);
	return 0;
}

Test(store_counter, nothing_is_lost_with_a_process)
{
	struct storetest t;
	unsigned i;

	storetest_create(&t, 1 << 20);
	counter_add(COUNTER_PULLS, 2);
	for (i = 1; i <= 3; i++) {
		cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER,
		    count, NULL)), 0);
		cr_assert_eq(counter_sum(COUNTER_PULLS), 2 + 5 * i);
	}
	cr_assert_eq(counter_sum(COUNTER_BYTES_SERVED), 3ULL << 40);
	cr_assert_eq(counter_sum(COUNTER_REQUESTS), 0);
	cr_assert_eq(storetest_end(&t), 0);
}

Test(store_counter, without_an_arena_nothing_is_counted)
{
	counter_add(COUNTER_PULLS, 1);
}

Test(store_counter, every_name_is_there_once)
{
	unsigned i, k;

	for (i = 0; i < COUNTERS; i++) {
		cr_assert_not_null(counter_table[i].help);
		for (k = 0; k < i; k++)
			cr_assert_str_neq(counter_table[i].metric,
			    counter_table[k].metric);
	}
}

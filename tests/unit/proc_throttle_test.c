/* SPDX-License-Identifier: ISC */
/* Tests of how long a process that died is waited with. */
#include "config.h"

#include <criterion/criterion.h>

#include "src/master/throttle.h"

Test(throttle, at_once_after_work)
{
	struct throttle t = { 0 };

	cr_assert_eq(throttle_next(&t, 1, 1000), 0);
	cr_assert_eq(throttle_next(&t, 1, 3600000), 0);
}

Test(throttle, doubles_up_to_a_minute)
{
	static const int64_t want[] = { 100, 200, 400, 800, 1600, 3200, 6400,
		12800, 25600, 51200, 60000, 60000, 60000 };
	struct throttle t = { 0 };
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		cr_assert_eq(throttle_next(&t, 0, 5), want[i]);
}

Test(throttle, ready_but_short_lived_is_no_work)
{
	struct throttle t = { 0 };

	cr_assert_eq(throttle_next(&t, 1, 999), 100);
	cr_assert_eq(throttle_next(&t, 1, 0), 200);
}

Test(throttle, long_lived_but_never_ready_is_no_work)
{
	struct throttle t = { 0 };

	cr_assert_eq(throttle_next(&t, 0, 5000), 100);
	cr_assert_eq(throttle_next(&t, 0, 5000), 200);
	/* ten seconds forget what was before, not the death itself */
	cr_assert_eq(throttle_next(&t, 0, 10000), 100);
}

Test(throttle, work_alone_does_not_forget)
{
	struct throttle t = { 0 };

	throttle_next(&t, 0, 5);
	throttle_next(&t, 0, 5);
	cr_assert_eq(throttle_next(&t, 1, 9999), 0);
	cr_assert_eq(throttle_next(&t, 0, 5), 400);
	cr_assert_eq(throttle_next(&t, 1, 10000), 0);
	cr_assert_eq(throttle_next(&t, 0, 5), 100);
}

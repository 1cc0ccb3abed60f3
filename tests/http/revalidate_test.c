/* SPDX-License-Identifier: ISC */
/* revalidate_test -- what is stale is asked about once, and at once */
#include "config.h"

#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define PATIENCE	1500000	/* us: well below wait_max */

TestSuite(revalidate, .fini = exam_stop, .timeout = 60);

/* Every answer comes soon, however short the time is that it is good for. */
static void
look(const char *path, unsigned size)
{
	int64_t us;
	int i;

	for (i = 0; i < 4; i++) {
		us = exam_intact(reeld_url(exam.reeld, "%s?size=%u", path,
		    size), path, size);
		cr_expect_lt(us, PATIENCE, "%s, look %d: %d us", path, i,
		    (int)us);
		usleep(i == 2 ? 2100000 : 300000);
	}
}

static void
look_all(const char *rules)
{
	exam_start("wait_max = 5s", rules);
	look("/f/some", 100000);
	look("/f/none", 0);
	cr_expect_leq(origin_stat(exam.origin, "/f/none", "requests"), 12);
	cr_expect_leq(origin_stat(exam.origin, "/f/some", "requests"), 12);
}

Test(revalidate, at_once)
{
	look_all("ttl = 0s");
}

Test(revalidate, after_half_a_second)
{
	look_all("ttl = 500ms");
}

Test(revalidate, after_a_second)
{
	look_all("ttl = 1s");
}

/* SPDX-License-Identifier: ISC */
/* revalidate_test -- what is stale is asked about once, and at once */
#include "config.h"

#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define PATIENCE	1500000	/* us: well below wait_max */

static struct exam exam;

static void
stop(void)
{
	exam_stop(&exam);
}

TestSuite(revalidate, .fini = stop, .timeout = 60);

/* Every answer comes soon, however short the time is that it is good for. */
static void
look(const char *path, unsigned size)
{
	struct viewer_result *res;
	int i;

	for (i = 0; i < 4; i++) {
		res = fetch(&(struct viewer_want){ .check = 1,
		    .seed = data_seed(path, 1), .timeout_ms = 10000,
		    .url = reeld_url(exam.reeld, "%s?size=%u", path, size) });
		cr_expect_eq(res->status, 200, "%s: status %d", path,
		    res->status);
		cr_expect_eq(res->bytes, size, "%s: %d bytes", path,
		    (int)res->bytes);
		cr_expect_lt(res->total_us, PATIENCE, "%s, look %d: %d us",
		    path, i, (int)res->total_us);
		viewer_result_destroy(res);
		usleep(i == 2 ? 2100000 : 300000);
	}
}

static void
look_all(const char *rules)
{
	exam_start(&exam, "wait_max = 5s", rules);
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

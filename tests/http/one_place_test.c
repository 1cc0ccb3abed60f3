/* SPDX-License-Identifier: ISC */
/* one_place_test -- a source that allows one connection, and three viewers */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/stage.h"

#define VIEWERS		3
#define PATIENCE	10000000	/* us without a byte */

static struct stage stage;

static void
start(void)
{
	stage_open(&stage, "arena_size = 512M", "max_connections = 1");
}

static void
stop(void)
{
	stage_close(&stage);
}

TestSuite(one_place, .init = start, .fini = stop, .timeout = 100);

/* Ends all viewers; the longest that one of them was without a byte. */
static int64_t
longest_wait(struct watch *w, int n)
{
	struct viewer_result *res;
	int64_t longest = 0;

	while (n-- > 0) {
		res = watch_end(w++);
		if (res->longest_gap_us > longest)
			longest = res->longest_gap_us;
		viewer_result_destroy(res);
	}
	fprintf(stderr, "one place: longest wait %.2f s\n",
	    (double)longest / 1e6);
	return longest;
}

/* They take turns: everybody's wait is bounded. */
Test(one_place, three_viewers_play)
{
	struct film f = stage_demo("fred.ts");
	struct watch w[VIEWERS];
	int64_t begin = now_us();
	int i;

	for (i = 0; i < VIEWERS; i++) {
		now_sleep_until(begin + i * 1000000);
		w[i] = stage_watch(&stage, &f, f.size / 10 * 3 * i, NULL);
	}
	cr_assert_leq(longest_wait(w, VIEWERS), PATIENCE);
	cr_assert_leq(stage_ratio(&stage, &f, "one place"), 1.02);
	cr_assert_eq(origin_stat(stage.origin, NULL, "peak"), 1);
}

/* Two films of one account: the second's viewer need not wait for the first's
 * film to be whole. */
Test(one_place, two_films_share_it)
{
	struct film f[2] = { stage_film("one", 32 * MB, 8 * MB, ""),
	    stage_film("two", 8 * MB, 8 * MB, "") };
	struct watch w[2];

	w[0] = stage_watch(&stage, &f[0], 0, NULL);
	cr_assert(AWAIT(viewer_progress(w[0].viewer) > MB, 10000));
	w[1] = stage_watch(&stage, &f[1], 0, NULL);
	cr_assert_leq(longest_wait(&w[1], 1), PATIENCE);
	cr_assert_leq(longest_wait(&w[0], 1), PATIENCE);
	cr_assert_leq(stage_ratio(&stage, &f[0], "first of two"), 1.02);
	cr_assert_leq(stage_ratio(&stage, &f[1], "second of two"), 1.02);
	cr_assert_eq(origin_stat(stage.origin, NULL, "peak"), 1);
}

/* What is pulled with nobody behind it makes room at once. */
Test(one_place, a_viewer_before_a_background_pull)
{
	struct film f[2] = { stage_film("one", 24 * MB, 6 * MB, ""),
	    stage_film("two", 6 * MB, 6 * MB, "") };
	struct watch w;
	struct viewer_result *res;

	w = stage_watch(&stage, &f[0], 0,
	    &(struct viewer_want){ .stop_after = MB });
	watch_end_all(&w, 1);
	w = stage_watch(&stage, &f[1], 0, NULL);
	res = watch_end(&w);
	cr_assert_leq(res->first_byte_us, 1000000);
	viewer_result_destroy(res);
	cr_assert(AWAIT(stage_have(&stage, &f[0]) == f[0].size, 20000),
	    "the first film has %" PRId64 " bytes", stage_have(&stage, &f[0]));
	cr_assert_leq(stage_ratio(&stage, &f[0], "interrupted"), 1.02);
	cr_assert_eq(origin_stat(stage.origin, NULL, "peak"), 1);
}

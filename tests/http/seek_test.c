/* SPDX-License-Identifier: ISC */
/* seek_test -- viewers who follow another, and one who jumps about */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/race.h"
#include "../helper/stage.h"

#define FOLLOWERS	9
#define SEEKS		12
#define LOOK		(2 * MB)	/* read at each place */

static struct stage stage;

static void
start(void)
{
	stage_open(&stage, "arena_size = 512M", "");
}

static void
stop(void)
{
	stage_close(&stage);
}

TestSuite(seek, .init = start, .fini = stop, .timeout = 100);

/* Places that are the same in every run (Park and Miller's generator). */
static int64_t
random_place(const struct film *f)
{
	static uint64_t state = 20240229;

	state = state * 48271 % 2147483647;
	return (int64_t)(state * (uint64_t)(f->size - LOOK) / 2147483647);
}

/* Reads `bytes` from `from` on and leaves. */
static struct viewer_result *
look(const struct film *f, int64_t from, int64_t bytes)
{
	struct watch w = stage_watch(&stage, f, from,
	    &(struct viewer_want){ .stop_after = (uint64_t)bytes });

	return watch_end(&w);
}

static void
race(struct race *r, const struct film *f, int64_t from, int64_t bytes)
{
	struct viewer_result *res = look(f, from, bytes);

	race_add(r, res->first_byte_us, stage_first_direct(&stage, f, from));
	viewer_result_destroy(res);
}

Test(seek, followers_cost_the_source_nothing)
{
	struct race follower = { .title = "follower mid-pull" };
	struct film f = stage_demo("film");
	struct watch leader = stage_watch(&stage, &f, 0, NULL);
	int64_t there;
	int i;

	cr_assert(AWAIT((int64_t)viewer_progress(leader.viewer) > f.size / 5,
	    10000));
	for (i = 0; i < FOLLOWERS; i++) {
		there = (int64_t)viewer_progress(leader.viewer);
		/* From the start up to what has just come. */
		race(&follower, &f, there / (FOLLOWERS - 1) * i, MB / 4);
	}
	watch_end_all(&leader, 1);
	race_judge(&follower);
	cr_assert_eq(stage_sent(&stage, &f), f.size);
	cr_assert_eq(origin_stat(stage.origin, f.path, "requests"), 1);
	cr_assert_eq(origin_stat(stage.origin, NULL, "connections"), 1);
}

/* The pull is a little behind them when they come: a new request would take
 * longer to be answered. */
Test(seek, followers_ahead_of_the_pull_join_it)
{
	struct film f = stage_film("film", 40 * MB, 20 * MB, "delay=500ms");
	struct watch w[3];
	int i;

	w[0] = stage_watch(&stage, &f, 0, NULL);
	cr_assert(AWAIT(viewer_progress(w[0].viewer) > 4 * MB, 10000));
	for (i = 1; i < 3; i++)
		w[i] = stage_watch(&stage, &f,
		    (int64_t)viewer_progress(w[0].viewer) + MB / 4, NULL);
	watch_end_all(w, 3);
	cr_assert_eq(stage_sent(&stage, &f), f.size);
	cr_assert_eq(origin_stat(stage.origin, NULL, "connections"), 1);
}

/* Afterwards the film becomes whole without anybody watching. */
static void
becomes_whole(const struct film *f, int64_t connections)
{
	cr_assert(AWAIT(stage_have(&stage, f) == f->size, 20000),
	    "%" PRId64 " of %" PRId64 " bytes", stage_have(&stage, f),
	    f->size);
	cr_assert_leq(stage_ratio(&stage, f, "twelve seeks"), 1.01);
	cr_assert_leq(origin_stat(stage.origin, NULL, "peak"), connections);
}

Test(seek, twelve_and_then_play)
{
	struct race seek = { .title = "random seek" };
	struct film f = stage_demo("film");
	struct watch play;
	int64_t from = 0;
	int i;

	for (i = 0; i < SEEKS; i++) {
		from = random_place(&f);
		race(&seek, &f, from, LOOK);
	}
	play = stage_watch(&stage, &f, from + LOOK, NULL);
	watch_end_all(&play, 1);
	race_judge(&seek);
	becomes_whole(&f, 2);
}

/* As ffmpeg does it: the new connection is there before the old one closes. */
Test(seek, twelve_that_overlap)
{
	struct film f = stage_film("film", 60 * MB, 20 * MB, "delay=20ms");
	struct watch old = stage_watch(&stage, &f, 0, NULL), new;
	int i;

	for (i = 0; i < SEEKS; i++) {
		cr_assert(AWAIT(viewer_progress(old.viewer) > MB, 10000));
		new = stage_watch(&stage, &f, random_place(&f), NULL);
		viewer_result_destroy(watch_leave(&old));
		old = new;
	}
	watch_end_all(&old, 1);
	/* The two of the player, and one whose close a busy worker has yet to
	 * see while the other worker has the next request. */
	becomes_whole(&f, 3);
}

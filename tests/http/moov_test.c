/* SPDX-License-Identifier: ISC */
/* moov_test -- a player that opens a file whose index stands at its end */
#include "config.h"

#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/race.h"
#include "../helper/stage.h"

#define SIZE	(64 * MB)
#define RATE	(16 * MB)	/* of the source: 4 s for all of it */
#define INDEX	(300 * 1000)	/* bytes at the end */
#define HEAD	(64 * 1000)	/* read at the start */
#define FIRST	48		/* where the media begins */
#define RUNS	5
#define SOON	1000000		/* us: a quarter of the head's pull */

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

TestSuite(moov, .init = start, .fini = stop, .timeout = 100);

static void
read_index(const struct film *f)
{
	struct watch tail = stage_watch(&stage, f, f->size - INDEX, NULL);
	struct viewer_result *res = watch_end(&tail);

	cr_assert_leq(res->total_us, SOON, "the index waits for the head");
	viewer_result_destroy(res);
}

static void
cost_one_pull(const struct film *f)
{
	cr_assert_lt(stage_ratio(&stage, f, "head, tail, play"), 1.005);
	cr_assert_leq(origin_stat(stage.origin, NULL, "peak"), 2);
}

/* One connection at a time. */
Test(moov, head_tail_play)
{
	struct film f = stage_film("film.mp4", SIZE, RATE, "");
	struct watch w;

	w = stage_watch(&stage, &f, 0,
	    &(struct viewer_want){ .stop_after = HEAD });
	watch_end_all(&w, 1);
	read_index(&f);
	w = stage_watch(&stage, &f, FIRST, NULL);
	watch_end_all(&w, 1);
	cost_one_pull(&f);
}

/* The connection of the head stays, unread, until the index was read; the
 * player goes back to the start on a third one. */
Test(moov, head_stays_open)
{
	struct film f = stage_film("film.mp4", SIZE, RATE, "");
	struct watch head, play;

	head = stage_watch(&stage, &f, 0, &(struct viewer_want){
	    .rate = HEAD });
	cr_assert(AWAIT(viewer_progress(head.viewer) > 0, 5000));
	read_index(&f);
	play = stage_watch(&stage, &f, FIRST, NULL);
	viewer_result_destroy(watch_leave(&head));
	watch_end_all(&play, 1);
	cost_one_pull(&f);
}

/* How much later than directly does the index begin to come? */
Test(moov, tail_comes_as_early_as_directly)
{
	struct race tail = { .title = "tail of a film" };
	struct watch head[RUNS], w;
	struct viewer_result *res;
	struct film f;
	char name[16];
	int i;

	for (i = 0; i < RUNS; i++) {
		snprintf(name, sizeof(name), "film%d.mp4", i);
		f = stage_film(name, SIZE, RATE, "");
		head[i] = stage_watch(&stage, &f, 0, NULL);
		cr_assert(AWAIT(viewer_progress(head[i].viewer) > HEAD, 5000));
		w = stage_watch(&stage, &f, f.size - INDEX, NULL);
		res = watch_end(&w);
		race_add(&tail, res->first_byte_us, stage_first_direct(&stage,
		    &f, f.size - INDEX));
		viewer_result_destroy(res);
		viewer_result_destroy(watch_leave(&head[i]));
	}
	race_judge(&tail);
}

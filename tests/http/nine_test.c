/* SPDX-License-Identifier: ISC */
/* nine_test -- viewers that come together cost the source one pull */
#include "config.h"

#include <criterion/criterion.h>

#include "../helper/stage.h"

#define VIEWERS	9

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

TestSuite(nine, .init = start, .fini = stop, .timeout = 100);

/* Exactly its size, asked for once, on one connection. */
static void
cost_one_pull(const struct film *f)
{
	cr_assert_eq(stage_sent(&stage, f), f->size);
	cr_assert_eq(origin_stat(stage.origin, f->path, "requests"), 1);
	cr_assert_eq(origin_stat(stage.origin, NULL, "connections"), 1);
}

/* All begin within the same moment; none of them knows of the others. */
static void
watch_together(const struct film *f, enum viewer_http http)
{
	struct watch w[VIEWERS];
	int i;

	for (i = 0; i < VIEWERS; i++)
		w[i] = stage_watch(&stage, f, 0,
		    &(struct viewer_want){ .http = http });
	watch_end_all(w, VIEWERS);
	cost_one_pull(f);
}

Test(nine, of_one_uncached_file)
{
	struct film f = stage_film("film", 60 * MB, 0, "");

	watch_together(&f, VIEWER_HTTP11);
}

/* Most of the time they all wait for the same byte. */
Test(nine, of_a_slow_source)
{
	struct film f = stage_film("slow", 12 * MB, 6 * MB, "delay=300ms");

	watch_together(&f, VIEWER_H2C);
}

/* Each takes its time, so they spread over the file. */
Test(nine, at_their_own_pace)
{
	struct film f = stage_film("film", 30 * MB, 0, "");
	struct watch w[VIEWERS];
	int i;

	for (i = 0; i < VIEWERS; i++)
		w[i] = stage_watch(&stage, &f, 0, &(struct viewer_want){
		    .rate = (uint64_t)(10 + 4 * i) * MB });
	watch_end_all(w, VIEWERS);
	cost_one_pull(&f);
}

/* Who comes when all is there does not wake the source. */
Test(nine, and_one_who_comes_late)
{
	struct film f = stage_film("film", 20 * MB, 0, "");
	struct watch late;

	watch_together(&f, VIEWER_HTTP11);
	late = stage_watch(&stage, &f, 7 * MB + 11, NULL);
	watch_end_all(&late, 1);
	cost_one_pull(&f);
}

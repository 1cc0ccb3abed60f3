/* SPDX-License-Identifier: ISC */
/* three_test -- the demo: three viewers at 0, 30 and 60 % of one film */
#include "config.h"

#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/race.h"
#include "../helper/stage.h"

#define VIEWERS	3
#define RUNS	7
#define IDEAL	6000000		/* us: 3 tenths, 1 s + 3, 2 s + 4 tenths */

static struct stage stage;

static void
stop(void)
{
	stage_close(&stage);
}

TestSuite(three, .fini = stop, .timeout = 60);

/* Each second a viewer comes, 30 % behind the one before.  The source brings a
 * tenth of the film in a second on each connection. */
Test(three, share_the_work)
{
	struct film f = stage_demo("fred.ts");
	struct watch w[VIEWERS];
	int64_t begin, took;
	int i;

	stage_open(&stage, "arena_size = 512M", "");
	begin = now_us();
	for (i = 0; i < VIEWERS; i++) {
		now_sleep_until(begin + i * 1000000);
		w[i] = stage_watch(&stage, &f, f.size / 10 * 3 * i, NULL);
	}
	watch_end_all(w, VIEWERS);
	took = now_us() - begin;
	fprintf(stderr, "three viewers: %.3f s, ideally %.3f\n",
	    (double)took / 1e6, IDEAL / 1e6);
	cr_assert_leq(stage_ratio(&stage, &f, "three viewers"), 1.005);
	cr_assert_eq(origin_stat(stage.origin, NULL, "peak"), VIEWERS);
	cr_assert_leq(took, IDEAL + IDEAL / 20);
}

/* One film's three places, each first asked by way of reeld and then of a
 * source that nobody else asks; all three stay until the last has begun. */
static void
run(struct race *race, const struct film *f)
{
	struct viewer_result *res;
	struct watch w[VIEWERS];
	int64_t direct[VIEWERS], from;
	int i;

	for (i = 0; i < VIEWERS; i++) {
		from = f->size / 10 * 3 * i;
		w[i] = stage_watch(&stage, f, from, NULL);
		cr_assert(AWAIT(viewer_progress(w[i].viewer) > 0, 5000),
		    "viewer %d gets nothing", i);
		direct[i] = stage_first_direct(&stage, f, from);
	}
	for (i = 0; i < VIEWERS; i++) {
		res = watch_leave(&w[i]);
		race_add(&race[i], res->first_byte_us, direct[i]);
		viewer_result_destroy(res);
	}
}

Test(three, begin_as_early_as_directly)
{
	struct race race[VIEWERS] = { { .title = "viewer at 0 %" },
	    { .title = "viewer at 30 %" }, { .title = "viewer at 60 %" } };
	struct film f;
	char name[16];
	int i;

	stage_open(&stage, "arena_size = 256M", "max_connections = 64");
	for (i = 0; i < RUNS; i++) {
		snprintf(name, sizeof(name), "run%d", i);
		f = stage_film(name, 12 * MB, 6 * MB, "");
		run(race, &f);
	}
	for (i = 0; i < VIEWERS; i++)
		race_judge(&race[i]);
}

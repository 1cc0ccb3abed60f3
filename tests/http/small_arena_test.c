/* SPDX-License-Identifier: ISC */
/* small_arena_test -- a file that is larger than the arena */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/stage.h"

#define VIEWERS		5
#define SIZE		((int64_t)300 * MB)
#define PACE		(5 * MB)	/* bytes/s of a viewer */
#define ARENA		"arena_size = 64M"
#define RESIDENT_MAX	((int64_t)96 << 20)
#define LOOK_MS		100		/* between two looks at the memory */

static struct stage stage;

static void
start(void)
{
	stage_open(&stage, ARENA, "");
}

static void
stop(void)
{
	stage_close(&stage);
}

TestSuite(small_arena, .init = start, .fini = stop, .timeout = 200);

static int
is_over(const struct watch *w, int n)
{
	while (n-- > 0)
		if ((int64_t)viewer_progress(w[n].viewer) < w[n].expected)
			return 0;
	return 1;
}

/* Looks at the memory of all processes until the viewers have what they came
 * for: the most that there was.  A sanitizer's own memory says nothing. */
static void
stays_small(const struct watch *w, int n)
{
	int64_t most = 0, now;

	while (!AWAIT(is_over(w, n), LOOK_MS)) {
		now = reeld_resident(stage.reeld);
		if (now > most)
			most = now;
	}
	fprintf(stderr, "arena of 64 MiB: %.1f MiB resident at most\n",
	    (double)most / (1 << 20));
#ifndef __SANITIZE_ADDRESS__
	cr_assert_leq(most, RESIDENT_MAX);
#endif
}

/* Each has a fifth of the film to itself; in the long form they play on to
 * its end, over what those before them have seen, which is gone by then. */
Test(small_arena, five_viewers)
{
	struct film f = stage_film("film", SIZE, 30 * MB, "");
	struct viewer_want how = { .rate = PACE };
	struct watch w[VIEWERS];
	int64_t again, sent, evicted;
	int i;

	if (!stage_soak())
		how.stop_after = SIZE / VIEWERS;
	for (i = 0; i < VIEWERS; i++)
		w[i] = stage_watch(&stage, &f, SIZE / VIEWERS * i, &how);
	stays_small(w, VIEWERS);
	watch_end_all(w, VIEWERS);
	sent = stage_sent(&stage, &f);
	again = sent - origin_stat(stage.origin, f.path, "distinct");
	evicted = stage_counter(&stage, "evicted_bytes_total");
	fprintf(stderr, "five viewers: %" PRId64 " bytes sent, %" PRId64
	    " of them again, %" PRId64 " evicted\n", sent, again, evicted);
	/* by the source's count; what was in flight at a cut aside */
	cr_assert_leq(sent, SIZE / 50 * 51 + again);
	cr_assert_leq(again, evicted);
	cr_assert_leq(again, stage_counter(&stage, "repulled_bytes_total") +
	    SIZE / 50);
}

/* fill = all is the default: the pull waits where there is no room, and is not
 * begun anew. */
Test(small_arena, one_viewer)
{
	struct film f = stage_film("film", SIZE, 0, "");
	struct watch w = stage_watch(&stage, &f, 0,
	    &(struct viewer_want){ .rate = 50 * MB });

	stays_small(&w, 1);
	watch_end_all(&w, 1);
	stage_ratio(&stage, &f, "one viewer");
	cr_assert_eq(origin_stat(stage.origin, f.path, "distinct"), SIZE);
	cr_assert_eq(stage_sent(&stage, &f), SIZE);
	cr_assert_eq(stage_counter(&stage, "repulled_bytes_total"), 0);
}

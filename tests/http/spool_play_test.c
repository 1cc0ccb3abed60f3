/* SPDX-License-Identifier: ISC */
/* spool_play_test -- a film is played, leaves memory for the disk, and comes
 * back from there */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/spoolstage.h"

#define ARENA_MAX	((int64_t)16 * MB)	/* once nobody plays */
#define GRACE		10000	/* ms beyond what is configured */
#define CELLS		60

static struct spoolstage s;
static int idle, reload_ttl;	/* ms */

static void
start(void)
{
	char rules[128];

	idle = reload_ttl = stage_soak() ? 45000 : 1000;
	snprintf(rules, sizeof(rules), "idle = %dms reload_ttl = %dms "
	    "min_free = 0%%", idle, reload_ttl);
	spoolstage_open(&s, stage_soak() ? "" : "segment_size = 1M", rules,
	    "");
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_play, .init = start, .fini = stop, .timeout = 400);

/* Complete, and no byte of it in memory; with `segments` on disk. */
static int
shows_spooled(const struct film *f, int64_t segments)
{
	char wanted[160];

	snprintf(wanted, sizeof(wanted), " 0/0/%" PRId64 " s{%d}$", segments,
	    CELLS);
	if (segments < 10)
		snprintf(wanted, sizeof(wanted), " 00%" PRId64 " s{%d}$",
		    segments, CELLS);
	return exam_matches(spoolstage_map(&s, f), wanted);
}

/* In time the arena is as good as empty, and the disk has all. */
static void
leaves_memory(const struct film *f)
{
	int64_t segment = stage_soak() ? 8 << 20 : 1 << 20;
	int64_t end = now_us() + (idle + reload_ttl + GRACE) * 1000;

	spoolstage_await_saved(&s, f, idle + GRACE);
	spoolstage_await_arena(&s, ARENA_MAX, (int)((end - now_us()) / 1000));
	cr_assert(AWAIT(shows_spooled(f, (f->size + segment - 1) / segment),
	    (end - now_us()) / 1000), "%s", spoolstage_map(&s, f));
	cr_expect_geq(spooldir_du(&s.dir), f->size);
}

Test(spool_play, once_and_again_without_the_source)
{
	struct film f = stage_film("film", stage_soak() ? 300 * MB : 60 * MB,
	    0, "");

	spoolstage_watch(&s, &f);
	cr_assert_eq(stage_sent(&s.stage, &f), f.size);
	leaves_memory(&f);
	spoolstage_source(&s, 0);
	spoolstage_watch(&s, &f);
	leaves_memory(&f);
	cr_assert_eq(stage_sent(&s.stage, &f), f.size);
}

/* Two from different places, one that seeks, over HTTP/2 too; what was loaded
 * for one is there for the other. */
Test(spool_play, by_several_at_once)
{
	struct film f = stage_film("film", 40 * MB, 0, "");
	struct watch w[4];
	int64_t loaded;
	int i;

	spoolstage_watch(&s, &f);
	leaves_memory(&f);
	spoolstage_source(&s, 0);
	w[0] = stage_watch(&s.stage, &f, 0, NULL);
	w[1] = stage_watch(&s.stage, &f, f.size / 3 + 7, NULL);
	w[2] = stage_watch(&s.stage, &f, f.size / 3 * 2 + 11,
	    &(struct viewer_want){ .http = VIEWER_H2C });
	w[3] = stage_watch(&s.stage, &f, f.size - 1, NULL);
	watch_end_all(w, 4);
	loaded = stage_counter(&s.stage, "loaded_bytes_total");
	fprintf(stderr, "loaded %" PRId64 " of %" PRId64 " bytes\n", loaded,
	    f.size);
	cr_expect_leq(loaded, f.size + f.size / 2);
	for (i = 0; i < 8; i++) {
		w[0] = stage_watch(&s.stage, &f, f.size / 9 * (8 - i),
		    &(struct viewer_want){ .stop_after = 100000 });
		watch_end_all(w, 1);
	}
	cr_assert_eq(stage_sent(&s.stage, &f), f.size);
}

/* The disk is never the reason why a viewer waits. */
Test(spool_play, read_ahead)
{
	struct film f = stage_film("film", 20 * MB, 0, "");
	struct viewer_result *res;
	struct watch w;

	spoolstage_watch(&s, &f);
	leaves_memory(&f);
	w = stage_watch(&s.stage, &f, 0,
	    &(struct viewer_want){ .rate = 10 * MB });
	res = watch_end(&w);
	fprintf(stderr, "first byte after %.1f ms, longest gap %.1f ms\n",
	    (double)res->first_byte_us / 1000,
	    (double)res->longest_gap_us / 1000);
	cr_expect_leq(res->first_byte_us, 200000);
	cr_expect_leq(res->longest_gap_us, 200000);
	viewer_result_destroy(res);
}

/* What was not pulled is not on disk either: a film of which the begin and the
 * end are there gets its middle from the source, and each byte once. */
Test(spool_play, a_part_of_a_film)
{
	struct film f = stage_film("film", 20 * MB, 10 * MB, "");
	struct viewer_want begin = { .stop_after = 3 * MB };
	struct watch w = stage_watch(&s.stage, &f, 0, &begin);

	watch_end_all(&w, 1);
	w = stage_watch(&s.stage, &f, f.size - 2 * MB, NULL);
	watch_end_all(&w, 1);
	spoolstage_stop(&s);
	spoolstage_start(&s);
	spoolstage_watch(&s, &f);
	cr_expect_leq(stage_ratio(&s.stage, &f, "a part"), 1.1);
	spoolstage_await_saved(&s, &f, idle + GRACE);
}

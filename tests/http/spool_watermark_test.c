/* SPDX-License-Identifier: ISC */
/* spool_watermark_test -- the spool stays below its size, and what was played
 * last stays in it */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/spoolstage.h"

#define MIB		((int64_t)1 << 20)
#define FILMS		20
#define LOOK_MS		20

static struct spoolstage s;
static int64_t max, low, slack, most;
static struct film films[FILMS];

/* 1 GB through a spool of 200 MiB; in the short form a fifth of all. */
static void
start(void)
{
	int64_t part = stage_soak() ? 1 : 5, size = 50 * MB / part;
	char rules[128], name[32];
	int i;

	max = 200 * MIB / part;
	low = 150 * MIB / part;
	slack = 16 * MIB / part;
	snprintf(rules, sizeof(rules), "max = %" PRId64 "M low = %" PRId64
	    "M idle = 200ms reload_ttl = 200ms min_free = 0%% "
	    "janitor_interval = 1s", max / MIB, low / MIB);
	spoolstage_open(&s, stage_soak() ? "arena_size = 64M\n"
	    "segment_size = 1M" : "arena_size = 16M\nsegment_size = 256K",
	    rules, "");
	for (i = 0; i < FILMS; i++) {
		snprintf(name, sizeof(name), "film%d", i);
		films[i] = stage_film(name, size, 0, "");
	}
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_watermark, .init = start, .fini = stop, .timeout = 300);

static int
measure(void)
{
	int64_t du = spooldir_du(&s.dir);

	if (du > most)
		most = du;
	cr_assert_leq(du, max + slack, "the spool has %" PRId64 " bytes", du);
	return 0;
}

/* Plays it while the spool is measured, and until it is saved. */
static void
play(const struct film *f)
{
	struct watch w = stage_watch(&s.stage, f, 0, NULL);
	int64_t end = now_us() + 20000000;

	while ((int64_t)viewer_progress(w.viewer) < f->size &&
	    now_us() < end)
		AWAIT(measure(), LOOK_MS);
	watch_end_all(&w, 1);
	while (spoolstage_on_disk(&s, f) < f->size && now_us() < end)
		AWAIT(measure(), LOOK_MS);
	cr_assert_eq(spoolstage_on_disk(&s, f), f->size, "%s", f->path);
}

Test(spool_watermark, the_newest_stay)
{
	int64_t kept = 0;
	int i;

	for (i = 0; i < FILMS; i++)
		play(&films[i]);
	/* What was evicted is not pulled again for nobody. */
	for (i = 0; i < FILMS; i++)
		cr_expect_leq(stage_sent(&s.stage, &films[i]),
		    films[i].size / 50 * 51, "%s: %" PRId64 " bytes",
		    films[i].path, stage_sent(&s.stage, &films[i]));
	fprintf(stderr, "max %" PRId64 " MiB: at most %.1f MiB\n", max / MIB,
	    (double)most / (double)MIB);
	for (i = FILMS - 1; i >= 0 && kept + films[i].size <= low / 10 * 9;
	    i--) {
		cr_expect_eq(spoolstage_on_disk(&s, &films[i]), films[i].size,
		    "%s was evicted", films[i].path);
		kept += films[i].size;
	}
	cr_expect_eq(spoolstage_on_disk(&s, &films[0]), 0);
	spoolstage_source(&s, 0);
	for (i = FILMS - 1; i > FILMS - 3; i--)
		spoolstage_watch(&s, &films[i]);
	cr_assert_eq(stage_sent(&s.stage, &films[FILMS - 1]),
	    films[FILMS - 1].size);
}

/* Old, but played again: what came later goes before it. */
Test(spool_watermark, what_is_played_stays)
{
	int64_t rest = 0;
	int i;

	for (i = 0; rest + films[i].size < low; i++) {
		play(&films[i]);
		rest += films[i].size;
	}
	spoolstage_await_empty(&s, 5000);
	spoolstage_watch(&s, &films[0]);
	for (rest = 0; rest < max - low; i++) {
		play(&films[i]);
		rest += films[i].size;
	}
	cr_expect_lt(spoolstage_on_disk(&s, &films[1]), films[1].size);
	cr_expect_eq(spoolstage_on_disk(&s, &films[0]), films[0].size);
	spoolstage_source(&s, 0);
	spoolstage_watch(&s, &films[0]);
	cr_assert_eq(stage_sent(&s.stage, &films[0]), films[0].size);
}

/* A smaller one after a HUP: the janitor sees to it. */
Test(spool_watermark, a_smaller_one)
{
	int i;

	for (i = 0; i < 3; i++)
		play(&films[i]);
	cr_assert_gt(spooldir_du(&s.dir), 3 * films[0].size);
	reeld_conf(s.stage.reeld, "%s\nspool \"%s\" {\n\tmax = %" PRId64
	    " low = %" PRId64 " janitor_interval = 1s min_free = 0%%\n}\n"
	    "origin \"films\" {\n\tmatch = \"/f/\"\n\turl = "
	    "\"http://127.0.0.1:%d/f/\"\n}", stage_soak() ?
	    "arena_size = 64M\nsegment_size = 1M" :
	    "arena_size = 16M\nsegment_size = 256K", s.dir.path,
	    films[0].size * 2, films[0].size, origin_port(s.stage.origin));
	reeld_hup(s.stage.reeld);
	cr_assert(AWAIT(spooldir_du(&s.dir) <= films[0].size * 2, 5000),
	    "%" PRId64, spooldir_du(&s.dir));
	spoolstage_watch(&s, &films[0]);
	spoolstage_watch(&s, &films[2]);
}

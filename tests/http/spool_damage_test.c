/* SPDX-License-Identifier: ISC */
/* spool_damage_test -- a spool that others have damaged: no viewer sees it,
 * it is counted, and it heals */
#include "config.h"

#include <sys/stat.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/spoolstage.h"

#define FILMS		6
#define SAVED_MS	20000

static struct spoolstage s;
static struct film films[FILMS];
static uint64_t seed;

static void
start(void)
{
	char name[32];
	int i;

	spoolstage_open(&s, "arena_size = 32M\nsegment_size = 256K",
	    "idle = 200ms reload_ttl = 200ms janitor_interval = 1s "
	    "min_free = 0%", "");
	for (i = 0; i < FILMS; i++) {
		snprintf(name, sizeof(name), "film%d", i);
		films[i] = stage_film(name, 2 * MB + 77777 * i, 0, "");
	}
	seed = stage_soak() ? (uint64_t)now_us() : 4;
	fprintf(stderr, "seed %" PRIu64 "\n", seed);
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_damage, .init = start, .fini = stop, .timeout = 300);

static void
watch_all(void)
{
	struct watch w[FILMS];
	int i;

	for (i = 0; i < FILMS; i++)
		w[i] = stage_watch(&s.stage, &films[i], 0, NULL);
	watch_end_all(w, FILMS);
}

static void
all_saved(void)
{
	int i;

	for (i = 0; i < FILMS; i++)
		spoolstage_await_saved(&s, &films[i], SAVED_MS);
}

/* All of it on disk alone: nothing in memory hides what is damaged. */
static void
to_disk(void)
{
	watch_all();
	all_saved();
	spoolstage_await_empty(&s, 10000);
}

static int64_t
bad(void)
{
	return stage_counter(&s.stage, "spool_bad_segments_total");
}

/* Viewers see nothing of it, it is counted at least `least` times, the spool
 * is whole afterwards, and serves without the source.  What a source brought
 * before the catalogue was asked is read from disk the second time. */
static void
heals(int64_t least)
{
	int64_t pulled, again;

	to_disk();
	to_disk();
	cr_expect_geq(bad(), least, "%" PRId64 " of %" PRId64 " counted",
	    bad(), least);
	pulled = stage_sent_all(&s.stage, films, FILMS);
	spoolstage_stop(&s);
	spoolstage_fsck(&s);
	spoolstage_source(&s, 0);
	spoolstage_start(&s);
	watch_all();
	again = stage_sent_all(&s.stage, films, FILMS) - pulled;
	cr_expect_eq(again, 0, "%" PRId64 " bytes pulled again", again);
}

Test(spool_damage, flipped_bits)
{
	int n;

	to_disk();
	n = spooldir_flip(&s.dir, 20, &seed);
	cr_assert_gt(n, 0);
	heals(1);
}

Test(spool_damage, files_cut_short)
{
	to_disk();
	cr_assert_eq(spooldir_cut(&s.dir, 1, &seed), 1);
	spooldir_cut(&s.dir, 2, &seed);
	heals(1);
}

Test(spool_damage, files_gone)
{
	to_disk();
	cr_assert_eq(spooldir_lose(&s.dir, 1, &seed), 1);
	spooldir_lose(&s.dir, 2, &seed);
	heals(1);
}

/* While nobody was there to see it. */
Test(spool_damage, between_two_reelds)
{
	watch_all();
	spoolstage_stop(&s);
	cr_assert_gt(spooldir_flip(&s.dir, 5, &seed), 0);
	cr_assert_gt(spooldir_cut(&s.dir, 1, &seed), 0);
	cr_assert_gt(spooldir_lose(&s.dir, 1, &seed), 0);
	spoolstage_start(&s);
	heals(1);
}

/* What a source brought while the spooler did not look, although all of it is
 * on disk, is given back like all else. */
Test(spool_damage, the_source_was_faster)
{
	int64_t pulled;

	to_disk();
	spoolstage_stop(&s);
	spoolstage_start(&s);
	pulled = stage_sent_all(&s.stage, films, FILMS);
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGSTOP), 1);
	watch_all();
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGCONT), 1);
	cr_assert_gt(stage_sent_all(&s.stage, films, FILMS), pulled);
	spoolstage_await_empty(&s, 10000);
	all_saved();
	spoolstage_source(&s, 0);
	pulled = stage_sent_all(&s.stage, films, FILMS);
	watch_all();
	cr_expect_eq(stage_sent_all(&s.stage, films, FILMS), pulled);
	cr_expect_eq(bad(), 0);
}

static int
exists(const char *name)
{
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", s.dir.path, name);
	return stat(path, &st) == 0;
}

/* A catalogue that cannot be read is moved aside, and a new one begun. */
static void
new_catalogue(int64_t size)
{
	watch_all();
	spoolstage_stop(&s);
	spooldir_cut_catalogue(&s.dir, size);
	spoolstage_start(&s);
	heals(0);
}

Test(spool_damage, catalogue_cut_in_a_page)
{
	new_catalogue(6000);
	cr_expect(exists("catalogue.db.bad"));
}

Test(spool_damage, catalogue_cut_to_a_head)
{
	new_catalogue(50);
	cr_expect(exists("catalogue.db.bad"));
}

Test(spool_damage, catalogue_empty)
{
	new_catalogue(0);
}

/* Under a spooler that has it open, and may see it at its next start alone. */
Test(spool_damage, catalogue_cut_meanwhile)
{
	to_disk();
	spooldir_cut_catalogue(&s.dir, 5000);
	watch_all();
	spoolstage_stop(&s);
	spoolstage_start(&s);
	heals(0);
}

Test(spool_damage, catalogue_is_garbage)
{
	char path[400];
	FILE *f;
	int i;

	watch_all();
	spoolstage_stop(&s);
	snprintf(path, sizeof(path), "%s/catalogue.db", s.dir.path);
	cr_assert_not_null(f = fopen(path, "r+e"));
	for (i = 0; i < 20000; i++)
		fputc((int)spooldir_random(&seed, 256), f);
	fclose(f);
	spoolstage_start(&s);
	heals(0);
	cr_expect(exists("catalogue.db.bad"));
}

/* rm -rf of all that is in it, or of itself as well. */
static void
wiped(int itself)
{
	to_disk();
	spooldir_wipe(&s.dir, itself);
	watch_all();
	if (itself) {
		cr_assert_eq(mkdir(s.dir.path, 0755), 0);
		cr_assert(geteuid() != 0 || chmod(s.dir.path, 0777) == 0);
	}
	/* It looks again every ten seconds. */
	cr_assert(AWAIT(exists("catalogue.db"), 15000), "no new catalogue");
	heals(0);
}

Test(spool_damage, wiped)
{
	if (stage_soak())
		wiped(0);
}

Test(spool_damage, gone)
{
	wiped(1);
}

/* SPDX-License-Identifier: ISC */
/* spool_full_test -- a disk that is full, cannot be written, and comes back;
 * requests are served all the time */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/spoolstage.h"

#define FILMS		10
#define AGAIN_MS	20000	/* it is tried again every ten seconds */
#define CONF		"arena_size = 32M\nsegment_size = 256K"
#define RULES		"max = 10G idle = 200ms reload_ttl = 200ms " \
    "janitor_interval = 1s min_free = 0%"

static struct spoolstage s;
static struct film films[FILMS];
static int there;

static void
start_with(const char *rules)
{
	char name[32];
	int i;

	spooldir_make(&s.dir);
	if (!(there = spooldir_mount(&s.dir, "64M"))) {
		spooldir_remove(&s.dir);
		return;
	}
	spoolstage_open_in(&s, CONF, rules, "");
	for (i = 0; i < FILMS; i++) {
		snprintf(name, sizeof(name), "film%d", i);
		films[i] = stage_film(name, 10 * MB, 0, "");
	}
}

static void
stop(void)
{
	if (there)
		spoolstage_close(&s);
}

TestSuite(spool_full, .fini = stop, .timeout = 120);

static void
watch_films(int from, int to)
{
	for (; from < to; from++)
		spoolstage_watch(&s, &films[from]);
}

/* Once in the log, in /health and in the metrics. */
static void
is_reported(const char *words)
{
	cr_expect(AWAIT(spoolstage_problem(&s, words), 3000),
	    "/health does not say \"%s\"", words);
	cr_expect_geq(stage_counter(&s.stage, "spool_errors_total"), 1);
	cr_expect_leq(reeld_log_count(s.stage.reeld, "nothing is saved") +
	    reeld_log_count(s.stage.reeld, "going on without it"), 10);
}

static void
is_well_again(void)
{
	cr_expect(AWAIT(!spoolstage_problem(&s, "spool"), AGAIN_MS),
	    "/health still has a problem");
}

/* 100 MB into 64: it is as if `max` were the file system's size. */
Test(spool_full, fills_up)
{
	start_with(RULES);
	if (!there)
		return;
	watch_films(0, FILMS);
	is_well_again();
	watch_films(0, FILMS);
	is_well_again();
	watch_films(FILMS - 1, FILMS);
	spoolstage_await_saved(&s, &films[FILMS - 1], AGAIN_MS);
	cr_expect_eq(stage_counter(&s.stage, "spool_errors_total"), 0,
	    "there was no room for the catalogue");
}

/* Others take all the room that there is, or give it back. */
static void
fill(int full)
{
	static char zeroes[65536];
	char path[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/others", s.dir.path);
	cr_assert(full || unlink(path) == 0);
	if (!full)
		return;
	cr_assert_not_null(f = fopen(path, "ae"));
	setvbuf(f, NULL, _IONBF, 0);
	while (fwrite(zeroes, sizeof(zeroes), 1, f) == 1)
		continue;
	fclose(f);
}

/* What the spool gives up is taken as well: 1 once it says that it is full. */
static int
watch_and_fill(void)
{
	static int next;

	watch_films(next, next + 1);
	next = (next + 1) % FILMS;
	fill(1);
	return spoolstage_problem(&s, "full");
}

/* It fills up with what others have: nothing can be saved, all is served; and
 * when they are gone, saving goes on. */
Test(spool_full, by_others)
{
	start_with(RULES);
	if (!there)
		return;
	watch_films(0, 1);
	spoolstage_await_saved(&s, &films[0], AGAIN_MS);
	fill(1);
	cr_assert(AWAIT(watch_and_fill(), 30000), "it is never full");
	is_reported("full");
	watch_films(0, FILMS);
	fill(0);
	is_well_again();
	watch_films(4, 6);
	spoolstage_await_saved(&s, &films[5], AGAIN_MS);
}

/* The same, but room is kept free: the oldest go, it is never full. */
Test(spool_full, min_free)
{
	start_with("max = 10G min_free = 20% idle = 200ms reload_ttl = 200ms");
	if (!there)
		return;
	watch_films(0, FILMS);
	spoolstage_await_saved(&s, &films[FILMS - 1], AGAIN_MS);
	cr_expect_leq(spooldir_du(&s.dir), (int64_t)64 * 1024 * 1024 / 100 *
	    80 + 2 * MB);
	cr_expect_not(spoolstage_problem(&s, "spool"));
}

/* The kernel makes a file system read-only only while nobody writes to it: the
 * spooler is killed, and finds it so when it comes back. */
static void
turn_read_only(void)
{
	kill(reeld_pid(s.stage.reeld), SIGSTOP);
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGKILL), 1);
	s.stage.kills++;
	cr_assert(AWAIT(spooldir_remount(&s.dir, "64M", 1), 5000));
	kill(reeld_pid(s.stage.reeld), SIGCONT);
}

Test(spool_full, turns_read_only)
{
	start_with(RULES);
	if (!there)
		return;
	watch_films(0, 2);
	spoolstage_await_saved(&s, &films[1], AGAIN_MS);
	turn_read_only();
	watch_films(0, 6);
	is_reported("cannot be used");
	watch_films(0, 6);
	cr_assert(spooldir_remount(&s.dir, "64M", 0));
	is_well_again();
	watch_films(2, 4);
	spoolstage_await_saved(&s, &films[3], AGAIN_MS);
	spoolstage_await_empty(&s, 10000);
	spoolstage_source(&s, 0);
	watch_films(2, 4);
}

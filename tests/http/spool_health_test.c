/* SPDX-License-Identifier: ISC */
/* spool_health_test -- spools that come, go, move, and cannot be used: reeld
 * goes on, and says so */
#include "config.h"

#include <sys/stat.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/spoolstage.h"

#define FILM_SIZE	(8 * MB)
#define BLOCK		2048		/* a 512th of a segment */
#define SAVED_MS	5000
#define AGAIN_MS	15000	/* it is tried again every ten seconds */

static const char conf[] = "workers = 1\narena_size = 64M\nsegment_size = 1M";

static struct spoolstage s;
static struct spooldir other;
static struct film film;

static void
start(void)
{
	spoolstage_open(&s, conf, "max = 200M", "");
	spooldir_make(&other);
	film = stage_film("film", FILM_SIZE, 0, "");
}

static void
stop(void)
{
	spoolstage_close(&s);
	spooldir_remove(&other);
}

TestSuite(spool_health, .init = start, .fini = stop, .timeout = 60);

/* Reads a configuration with the spool `path` (NULL: none), with `rules`. */
static void
change(const char *path, const char *rules)
{
	char spool[512] = "";

	if (path != NULL)
		snprintf(spool, sizeof(spool), "spool \"%s\" {\n\t%s\n}\n",
		    path, rules);
	reeld_conf(s.stage.reeld, "%s\n%sorigin \"films\" {\n\tmatch = "
	    "\"/f/\"\n\turl = \"http://127.0.0.1:%d/f/\"\n}", conf, spool,
	    origin_port(s.stage.origin));
	reeld_hup(s.stage.reeld);
}

static int
spoolers(void)
{
	pid_t pids[4];

	return reeld_pids(s.stage.reeld, "spooler", pids, 4);
}

static void
watch_and_save(void)
{
	spoolstage_watch(&s, &film);
	spoolstage_await_saved(&s, &film, SAVED_MS);
	cr_expect_geq(spooldir_files(&s.dir), 1);
}

Test(spool_health, goes_and_comes)
{
	watch_and_save();
	change(NULL, "");
	cr_assert(AWAIT(spoolers() == 0, SAVED_MS));
	spoolstage_watch(&s, &film);
	cr_expect_not(spoolstage_problem(&s, "spool"));
	change(s.dir.path, "max = 200M");
	cr_assert(AWAIT(spoolers() == 1, SAVED_MS));
	spoolstage_await_saved(&s, &film, SAVED_MS);
	cr_assert_eq(stage_sent(&s.stage, &film), FILM_SIZE);
}

/* What the other directory has counts there alone. */
Test(spool_health, moves)
{
	watch_and_save();
	change(other.path, "max = 200M");
	cr_assert(AWAIT(spooldir_files(&other) == 1, SAVED_MS));
	spoolstage_await_saved(&s, &film, SAVED_MS);
	spoolstage_watch(&s, &film);
	change(s.dir.path, "max = 200M");
	cr_assert(AWAIT(spooldir_fsck(&other, "", (char[4096]){ "" }, 4096) ==
	    0, SAVED_MS));
	spoolstage_await_saved(&s, &film, SAVED_MS);
	spoolstage_watch(&s, &film);
	cr_assert_eq(stage_sent(&s.stage, &film), FILM_SIZE);
}

/* Its rules are those of the last HUP, for what is in memory already, too. */
Test(spool_health, changes_its_rules)
{
	change(s.dir.path, "max = 200M save = idle idle = 1h");
	spoolstage_watch(&s, &film);
	sleep(2);
	cr_expect_eq(spoolstage_on_disk(&s, &film), 0);
	change(s.dir.path, "max = 200M save = early idle = 1h");
	spoolstage_await_saved(&s, &film, SAVED_MS);
	sleep(2);
	cr_expect_geq(spoolstage_arena(&s), FILM_SIZE);
	change(s.dir.path, "max = 200M idle = 500ms reload_ttl = 500ms");
	spoolstage_await_empty(&s, SAVED_MS);
	spoolstage_watch(&s, &film);
	cr_assert_eq(stage_sent(&s.stage, &film), FILM_SIZE);
}

/* A spooler that is killed is no loss. */
Test(spool_health, killed)
{
	struct film slow = stage_film("slow", FILM_SIZE, 4 * MB, "");
	struct watch w = stage_watch(&s.stage, &slow, 0, NULL);
	int i;

	for (i = 0; i < 3; i++) {
		cr_assert(AWAIT(reeld_kill(s.stage.reeld, "spooler",
		    SIGKILL) == 1, SAVED_MS));
		s.stage.kills++;
		usleep(300000);
	}
	watch_end_all(&w, 1);
	spoolstage_await_saved(&s, &slow, SAVED_MS);
	cr_assert_eq(stage_sent(&s.stage, &slow), FILM_SIZE);
}

/* Segments that are not whole are saved when reeld stops. */
Test(spool_health, saves_at_the_end)
{
	struct viewer_want part = { .stop_after = 2500000 };
	struct film slow = stage_film("slow", FILM_SIZE, 2 * MB, "");
	struct watch w = stage_watch(&s.stage, &slow, 0, &part);
	struct viewer_result *res;
	int64_t sent;

	watch_end_all(&w, 1);
	spoolstage_stop(&s);
	sent = stage_sent(&s.stage, &slow);
	spoolstage_source(&s, 0);
	spoolstage_start(&s);
	part.range = "0-2400000";
	part.stop_after = 0;
	part.check = 1;
	part.seed = data_seed(slow.path, 1);
	part.url = reeld_url(s.stage.reeld, "%s?%s", slow.path, slow.query);
	res = fetch(&part);
	cr_expect_eq(res->status, 206, "status %d", res->status);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	cr_assert_eq(stage_sent(&s.stage, &slow), sent);
}

/* The time that players have and that the spooler has is one; here neither
 * makes an end of it. */
Test(spool_health, no_longer_than_drain)
{
	struct film slow = stage_film("slow", FILM_SIZE, 100000, "");
	struct watch w;
	int64_t began;

	strlcat(s.conf, "\ndrain = 3s", sizeof(s.conf));
	spoolstage_stop(&s);
	spoolstage_start(&s);
	w = stage_watch(&s.stage, &slow, 0, &(struct viewer_want){
	    .stop_after = FILM_SIZE });
	cr_assert(AWAIT(viewer_progress(w.viewer) > 0, 5000));
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGSTOP), 1);
	began = now_us();
	kill(reeld_pid(s.stage.reeld), SIGTERM);
	cr_assert(AWAIT(reeld_pids(s.stage.reeld, NULL, (pid_t[8]){ 0 }, 8) ==
	    0, 20000));
	cr_expect_gt(now_us() - began, 1500000, "players had no time");
	cr_expect_lt(now_us() - began, 6000000, "%lld us",
	    (long long)(now_us() - began));
	viewer_result_destroy(viewer_wait(&w.viewer));
	spoolstage_stop(&s);
	spoolstage_start(&s);
}

/* What is on disk of a segment that is not whole, in whole blocks, counts as
 * what it is, and the map does not show it as complete. */
Test(spool_health, a_part_counts_as_one)
{
	struct viewer_want part = { .stop_after = 2500000 }, first = {
	    .range = "0-0", .check = 1 };
	struct film slow = stage_film("slow", FILM_SIZE, 2 * MB, "");
	struct watch w = stage_watch(&s.stage, &slow, 0, &part);
	int64_t sent, on_disk;
	const char *map;

	watch_end_all(&w, 1);
	spoolstage_stop(&s);
	sent = stage_sent(&s.stage, &slow);
	spoolstage_source(&s, 0);
	spoolstage_start(&s);
	first.seed = data_seed(slow.path, 1);
	first.url = reeld_url(s.stage.reeld, "%s?%s", slow.path, slow.query);
	viewer_result_destroy(fetch(&first));
	on_disk = spoolstage_on_disk(&s, &slow);
	map = spoolstage_map(&s, &slow);
	fprintf(stderr, "%" PRId64 " bytes of %" PRId64 " on disk: %s\n",
	    on_disk, sent, map);
	cr_expect_leq(on_disk, sent);
	cr_expect_geq(on_disk, (int64_t)part.stop_after / BLOCK * BLOCK);
	cr_expect(exam_matches(map, " (f|s){15,}[1-9]{1,10}0+$"), "%s", map);
}

/* Those who stop it at once need not wait for the disk. */
Test(spool_health, interrupted)
{
	int64_t began;

	spoolstage_watch(&s, &film);
	began = now_us();
	kill(reeld_pid(s.stage.reeld), SIGINT);
	cr_assert(AWAIT(reeld_pids(s.stage.reeld, NULL, (pid_t[8]){ 0 }, 8) ==
	    0, 2000));
	cr_expect_lt(now_us() - began, 1500000);
	spoolstage_stop(&s);
	spoolstage_start(&s);
}

/* A directory that another reeld has, which goes. */
Test(spool_health, taken)
{
	struct spoolstage second;

	spoolstage_open(&second, conf, "max = 200M", "");
	reeld_conf(second.stage.reeld, "%s\nspool \"%s\" { }\norigin \"films\""
	    " {\n\tmatch = \"/f/\"\n\turl = \"http://127.0.0.1:%d/f/\"\n}",
	    conf, s.dir.path, origin_port(second.stage.origin));
	reeld_hup(second.stage.reeld);
	cr_assert(AWAIT(reeld_log_count(second.stage.reeld,
	    "another reeld uses it") == 1, SAVED_MS));
	cr_expect(AWAIT(spoolstage_problem(&second, "spool"), SAVED_MS));
	spoolstage_watch(&second, &film);
	spoolstage_stop(&s);
	cr_assert(AWAIT(!spoolstage_problem(&second, "spool"), AGAIN_MS));
	spoolstage_await_saved(&second, &film, SAVED_MS);
	spoolstage_close(&second);
	spoolstage_start(&s);
}

/* One that its user may not use, until he may. */
Test(spool_health, forbidden)
{
	if (geteuid() != 0) {
		fprintf(stderr, "SKIP: only root can make such a directory\n");
		return;
	}
	cr_assert_eq(mkdir(other.path, 0700), 0);
	change(other.path, "max = 200M");
	cr_assert(AWAIT(reeld_log_count(s.stage.reeld, "Permission denied") ==
	    1, SAVED_MS));
	cr_assert(AWAIT(spoolstage_problem(&s, "spool"), SAVED_MS));
	spoolstage_watch(&s, &film);
	cr_assert_eq(chmod(other.path, 0777), 0);
	cr_assert(AWAIT(!spoolstage_problem(&s, "spool"), AGAIN_MS));
	spoolstage_await_saved(&s, &film, SAVED_MS);
	change(s.dir.path, "max = 200M");
	cr_assert(AWAIT(spooldir_files(&s.dir) == 1, SAVED_MS));
}

/* A spool smaller than the arena: what it has given up is not saved again for
 * as long as nobody uses it. */
Test(spool_health, smaller_than_the_arena)
{
	struct film large = stage_film("large", 40 * MB, 0, "");

	change(s.dir.path, "max = 16M low = 12M");
	spoolstage_watch(&s, &large);
	sleep(3);
	cr_expect_leq(stage_counter(&s.stage, "saved_bytes_total"), 2 *
	    large.size);
	cr_expect_leq(spooldir_du(&s.dir), 20 * MB);
}

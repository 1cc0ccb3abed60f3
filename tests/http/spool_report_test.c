/* SPDX-License-Identifier: ISC */
/* spool_report_test -- what reeld tells of what is on disk, and purges of it */
#include "config.h"

#include <sys/file.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/spooldir.h"

#define CELLS	60
#define SEGMENTS 8
#define SIZE	(4 << 20)
#define LONG	(32 << 20)	/* more than is brought ahead */
#define FILM	"/f/fred.ts"

static struct spooldir dir;

static void
start_reeld(void)
{
	char conf[600];

	snprintf(conf, sizeof(conf), "arena_size = 32M\n"
	    "segment_size = 512K\n"
	    "spool \"%s\" { idle = 500ms reload_ttl = 500ms min_free = 0%% }",
	    dir.path);
	exam.reeld = reeld_start("%s\norigin \"f\" { match = \"/f/\""
	    " url = \"%s\" retries = 0 ttl = 1h }", conf,
	    origin_url(exam.origin, "/f/"));
}

static void
start(void)
{
	spooldir_make(&dir);
	exam.origin = origin_start(NULL, NULL);
	origin_set(exam.origin, FILM, "size=4M");
	start_reeld();
}

static void
stop(void)
{
	exam_stop();
	spooldir_remove(&dir);
}

static void
restart(void)
{
	reeld_stop(&exam.reeld);
	start_reeld();
}

/* Every byte of it, of that version; what X-Cache said. */
static void
play(uint64_t version, const char *cache)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .check = 1,
	    .seed = data_seed(FILM, version),
	    .url = reeld_url(exam.reeld, FILM) });

	cr_expect_eq(res->status, 200, "%d", res->status);
	cr_expect_eq(res->bytes, SIZE);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect(exam_header_is(res, "x-cache", cache), "not %s", cache);
	viewer_result_destroy(res);
}

/* A number of the one object; -1 when there is none. */
static int64_t
of_object(const char *name)
{
	json_t *all = exam_ctl_json(exam.reeld, "-j objects");
	int64_t n = json_array_size(all) == 0 ? -1 :
	    exam_integer(json_array_get(all, 0), name);

	json_decref(all);
	return n;
}

/* 1 when the map's first row begins so, after the figures. */
static int
map_is(const char *figures, char cell)
{
	char row[CELLS + 1], line[128];

	memset(row, cell, CELLS);
	row[CELLS] = '\0';
	snprintf(line, sizeof(line), "   fred.ts  %s %s\n", figures, row);
	return strncmp(exam_ctl(exam.reeld, "map fred.ts"), line,
	    strlen(line)) == 0;
}

static size_t
problems(json_t **health)
{
	*health = exam_json(reeld_url(exam.reeld, "/health"));
	return json_array_size(json_object_get(*health, "problems"));
}

static int
has_problem(void)
{
	json_t *health;
	int found = problems(&health) > 0;

	json_decref(health);
	return found;
}

/* In memory and on disk, then on disk alone. */
static void
await_disk(void)
{
	cr_assert(AWAIT(of_object("on_disk") == SIZE, 5000), "%lld on disk",
	    (long long)of_object("on_disk"));
	cr_assert(AWAIT(map_is("008", 's'), 5000), "%s",
	    exam_ctl(exam.reeld, "map"));
	cr_expect_eq(of_object("have"), SIZE);
}

TestSuite(spool_report, .init = start, .fini = stop, .timeout = 60);

Test(spool_report, memory_and_disk)
{
	play(1, "MISS");
	await_disk();
	cr_expect_eq(exam_metric(exam.reeld, "spool_state"), 1);
	cr_expect_eq(exam_metric(exam.reeld, "spool_known_segments"), SEGMENTS);
	cr_expect_eq(exam_metric(exam.reeld, "spool_known_bytes"), SIZE);
	cr_expect_not_null(strstr(exam_ctl(exam.reeld, "objects"),
	    "on_disk"));
	origin_listen(exam.origin, 0);
	play(1, "HIT");
	cr_expect(map_is("008", 'f'), "%s", exam_ctl(exam.reeld, "map"));
	origin_listen(exam.origin, 1);
}

Test(spool_report, after_a_restart)
{
	play(1, "MISS");
	await_disk();
	origin_listen(exam.origin, 0);
	restart();
	play(1, "HIT");
	cr_expect_eq(of_object("on_disk"), SIZE);
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), SIZE);
	origin_listen(exam.origin, 1);
}

/* What is stale and cannot be asked about is served as it is. */
Test(spool_report, stale_without_its_source)
{
	play(1, "MISS");
	await_disk();
	reeld_stop(&exam.reeld);
	exam.reeld = reeld_start("arena_size = 32M\n"
	    "segment_size = 512K\n"
	    "spool \"%s\" { idle = 500ms reload_ttl = 500ms min_free = 0%% }\n"
	    "origin \"f\" { match = \"/f/\" url = \"%s\" ttl = 1s }",
	    dir.path, origin_url(exam.origin, "/f/"));
	origin_listen(exam.origin, 0);
	play(1, "HIT");
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), SIZE);
	origin_listen(exam.origin, 1);
}

static void
purge(int there)
{
	char text[512];

	cr_expect_eq(reeld_ctl(exam.reeld, "purge " FILM, text,
	    sizeof(text)), !there, "%s", text);
	cr_expect_not_null(strstr(text, there ? "1 object purged" :
	    "no object matches"), "%s", text);
}

/* From memory and disk, whether reeld has a record of it or not. */
Test(spool_report, purged)
{
	play(1, "MISS");
	await_disk();
	purge(1);
	cr_expect(AWAIT(spooldir_files(&dir) == 0, 5000));
	origin_set(exam.origin, FILM, "size=4M&version=2");
	play(2, "MISS");
	await_disk();
	restart();
	purge(1);
	cr_expect(AWAIT(spooldir_files(&dir) == 0, 5000));
	purge(0);
	origin_set(exam.origin, FILM, "size=4M&version=3");
	play(3, "MISS");
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), 3 * SIZE);
}

/* One who is in the middle of version 1 for a while. */
static struct viewer *
watch_slowly(void)
{
	struct viewer *v = viewer_start(&(struct viewer_want){ .check = 1,
	    .rate = of_object("size") / 5, .seed = data_seed(FILM, 1),
	    .url = reeld_url(exam.reeld, FILM) });

	cr_assert(AWAIT(viewer_progress(v) > 500000, 5000));
	return v;
}

/* A viewer in the middle of what is purged gets the rest of it from disk, whose
 * source has something else by now; who comes then gets that. */
Test(spool_report, purged_while_read)
{
	struct viewer_result *res;
	struct viewer *v;

	origin_set(exam.origin, FILM, "size=32M");
	res = fetch(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, FILM) });
	cr_assert_eq(res->bytes, LONG);
	viewer_result_destroy(res);
	cr_assert(AWAIT(of_object("on_disk") == LONG, 10000));
	cr_assert(AWAIT(map_is("0/0/64", 's'), 10000));
	v = watch_slowly();
	purge(1);
	origin_set(exam.origin, FILM, "size=4M&version=2");
	play(2, "MISS");
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), LONG + SIZE);
	cr_expect_lt(viewer_progress(v), LONG / 2, "it is late");
	origin_listen(exam.origin, 0);
	res = viewer_wait(&v);
	cr_expect_eq(res->bytes, LONG);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	origin_listen(exam.origin, 1);
	await_disk();
	cr_expect(AWAIT(spooldir_files(&dir) == 1, 5000));
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), LONG + SIZE);
}

/* What the catalogue cannot be told, for another has it, is an error: it would
 * be found by it again. */
Test(spool_report, purged_without_the_disk)
{
	char text[512], path[sizeof(dir.path) + 8];
	int lock;

	play(1, "MISS");
	await_disk();
	reeld_stop(&exam.reeld);
	snprintf(path, sizeof(path), "%s/lock", dir.path);
	cr_assert_neq(lock = open(path, O_RDWR | O_CLOEXEC), -1);
	cr_assert_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
	start_reeld();
	cr_assert(AWAIT(has_problem(), 5000));
	play(1, "MISS");
	cr_expect_eq(reeld_ctl(exam.reeld, "purge " FILM, text,
	    sizeof(text)), 1, "%s", text);
	close(lock);
	cr_assert(AWAIT(!has_problem(), 15000));
	purge(1);
	origin_set(exam.origin, FILM, "size=4M&version=2");
	play(2, "MISS");
}

/* What is kept for a viewer is nobody's after a restart. */
Test(spool_report, purged_and_restarted)
{
	struct viewer_result *res;
	struct viewer *v;

	play(1, "MISS");
	await_disk();
	v = watch_slowly();
	purge(1);
	cr_expect_eq(spooldir_files(&dir), 1, "it is not kept");
	cr_assert_eq(reeld_kill(exam.reeld, "spooler", SIGKILL), 1);
	cr_expect(AWAIT(spooldir_files(&dir) == 0, 5000));
	res = viewer_wait(&v);
	cr_expect_eq(res->bytes, SIZE);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	play(1, "MISS");
}

/* What is on disk is not brought for a prefetch, and not pulled. */
Test(spool_report, prefetched)
{
	char text[512];

	cr_expect_eq(reeld_ctl(exam.reeld, "prefetch " FILM, text,
	    sizeof(text)), 0, "%s", text);
	cr_assert(AWAIT(of_object("on_disk") == SIZE, 5000));
	await_disk();
	restart();
	cr_expect_eq(reeld_ctl(exam.reeld, "prefetch " FILM, text,
	    sizeof(text)), 0, "%s", text);
	cr_expect(AWAIT(reeld_log_count(exam.reeld, ": done") == 1, 3000));
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), SIZE);
}

/* What is on disk of a segment is no reason to leave out the rest of it. */
Test(spool_report, prefetched_in_part)
{
	char text[512];

	cr_expect_eq(reeld_ctl(exam.reeld, "prefetch " FILM " 0-700000", text,
	    sizeof(text)), 0, "%s", text);
	cr_assert(AWAIT(reeld_log_count(exam.reeld, ": done") == 1, 5000));
	restart();
	cr_expect_eq(reeld_ctl(exam.reeld, "prefetch " FILM, text,
	    sizeof(text)), 0, "%s", text);
	cr_assert(AWAIT(reeld_log_count(exam.reeld, ": done") == 1, 5000));
	cr_expect_eq(of_object("have"), SIZE);
	cr_expect_lt(origin_stat(exam.origin, FILM, "bytes"), SIZE + SIZE / 8);
	origin_listen(exam.origin, 0);
	play(1, "HIT");
	origin_listen(exam.origin, 1);
}

/* A file in its place: reported, and still served. */
Test(spool_report, problems)
{
	char aside[sizeof(dir.path) + 4];
	json_t *health;
	int fd;

	play(1, "MISS");
	await_disk();
	cr_expect_eq(problems(&health), 0);
	cr_expect_str_eq(exam_string(health, "status"), "healthy");
	json_decref(health);
	snprintf(aside, sizeof(aside), "%s.old", dir.path);
	cr_assert_eq(rename(dir.path, aside), 0);
	cr_assert_neq(fd = open(dir.path, O_CREAT | O_WRONLY, 0644), -1);
	close(fd);
	cr_assert(AWAIT(has_problem(), 5000));
	cr_expect_gt(problems(&health), 0);
	cr_expect_str_eq(exam_string(health, "status"), "degraded");
	json_decref(health);
	play(1, "FOLLOW");
	cr_expect_neq(exam_metric(exam.reeld, "spool_state"), 1);
	unlink(dir.path);
	cr_assert_eq(rename(aside, dir.path), 0);
	cr_expect(AWAIT(!has_problem(), 15000));
}

/* SPDX-License-Identifier: ISC */
/* spool_caching_test -- what is on disk is as fresh as it was in memory, and
 * what may not be kept never gets there */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/spoolstage.h"

#define RULES		"idle = 1s reload_ttl = 1s min_free = 0%"
#define SAVED_MS	10000

static struct spoolstage s;

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_caching, .fini = stop, .timeout = 120);

static void
start(const char *rules)
{
	spoolstage_open(&s, "segment_size = 1M", RULES, rules);
}

/* The head of an answer to a GET of it all, whose bytes are compared. */
static struct viewer_result *
play(const struct film *f, const char *line)
{
	const char *lines[] = { line, NULL };
	struct viewer_result *res;

	res = fetch(&(struct viewer_want){ .check = 1,
	    .seed = data_seed(f->path, 1), .url = reeld_url(s.stage.reeld,
	    "%s?%s", f->path, f->query),
	    .headers = line == NULL ? NULL : lines });
	cr_assert_eq(res->status, 200, "status %d", res->status);
	cr_assert_eq(res->wrong_at, -1);
	cr_assert_eq((int64_t)res->bytes, f->size);
	return res;
}

static void
expect(struct viewer_result *res, const char *x_cache, const char *status)
{
	cr_expect(exam_header_is(res, "X-Cache", x_cache), "X-Cache: %s",
	    viewer_header(res, "X-Cache"));
	cr_expect(exam_header_has(res, "Cache-Status", status),
	    "Cache-Status: %s", viewer_header(res, "Cache-Status"));
	viewer_result_destroy(res);
}

static void
restart(void)
{
	spoolstage_stop(&s);
	spoolstage_start(&s);
}

/* Whether a file of the spool's directory has the text. */
static int
is_on_disk(const char *text)
{
	DIR *d = opendir(s.dir.path);
	struct dirent *e;
	char name[600], *all;
	int fd, found = 0;
	ssize_t n;

	cr_assert_not_null(d);
	cr_assert_not_null(all = malloc(8 * MB));
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", s.dir.path, e->d_name);
		if ((fd = open(name, O_RDONLY)) == -1)
			continue;
		n = read(fd, all, 8 * MB);
		found |= n > 0 && memmem(all, (size_t)n, text,
		    strlen(text)) != NULL;
		close(fd);
	}
	closedir(d);
	free(all);
	return found;
}

Test(spool_caching, freshness_and_age_outlive_a_restart)
{
	struct film f = stage_film("film", 2 * MB, 0,
	    "hdr=Cache-Control:%20max-age=600,%20public&hdr2=Age:%20100");
	struct viewer_result *res;

	start("");
	expect(play(&f, NULL), "MISS", "stored");
	spoolstage_await_saved(&s, &f, SAVED_MS);
	restart();
	spoolstage_source(&s, 0);
	res = play(&f, NULL);
	cr_expect(exam_header_is(res, "Cache-Control",
	    "max-age=600, public"), "%s", viewer_header(res, "Cache-Control"));
	cr_assert_not_null(viewer_header(res, "Age"));
	cr_expect(atoi(viewer_header(res, "Age")) >= 100 &&
	    atoi(viewer_header(res, "Age")) < 200, "Age: %s",
	    viewer_header(res, "Age"));
	expect(res, "HIT", "reeld; hit; ttl=");
	spoolstage_source(&s, 1);
	cr_expect_eq(origin_stat(s.stage.origin, f.path, "requests"), 1);
}

/* What was stale before the restart is stale after it, and what a 304 renewed
 * is fresh. */
Test(spool_caching, what_is_stale_is_asked_about_after_a_restart)
{
	struct film f = stage_film("film", 2 * MB, 0, "");

	start("");
	origin_set(s.stage.origin, f.path, "hdr=Cache-Control:%20max-age=1");
	expect(play(&f, NULL), "MISS", "stored");
	spoolstage_await_saved(&s, &f, SAVED_MS);
	restart();
	sleep(2);
	origin_set(s.stage.origin, f.path,
	    "hdr=Cache-Control:%20max-age=600");
	expect(play(&f, NULL), "HIT", "reeld; fwd=stale");
	cr_expect_eq(origin_stat(s.stage.origin, f.path, "status.304"), 1);
	restart();
	expect(play(&f, NULL), "HIT", "reeld; hit; ttl=");
	cr_expect_eq(origin_stat(s.stage.origin, f.path, "requests"), 2);
	cr_expect_eq(stage_sent(&s.stage, &f), f.size);
}

Test(spool_caching, what_must_be_asked_about_is_not_served_without)
{
	struct film f = stage_film("film", 2 * MB, 0,
	    "hdr=Cache-Control:%20no-cache");

	start("retries = 0");
	expect(play(&f, NULL), "MISS", "stored");
	spoolstage_await_saved(&s, &f, SAVED_MS);
	restart();
	spoolstage_source(&s, 0);
	cr_expect_eq(exam_status(reeld_url(s.stage.reeld, "%s?%s", f.path,
	    f.query)), 502);
	spoolstage_source(&s, 1);
}

/* The catalogue may know what a client wants that wants no source asked. */
Test(spool_caching, only_if_cached_looks_on_disk)
{
	static const char only[] = "Cache-Control: only-if-cached";
	struct film f = stage_film("film", 2 * MB, 0, "");
	struct viewer_result *res;

	start("");
	expect(play(&f, NULL), "MISS", "stored");
	spoolstage_await_saved(&s, &f, SAVED_MS);
	restart();
	expect(play(&f, only), "HIT", "reeld; hit; ttl=");
	cr_expect_eq(origin_stat(s.stage.origin, f.path, "requests"), 1);
	f = stage_film("other", 2 * MB, 0, "");
	res = fetch(&(struct viewer_want){ .url = reeld_url(s.stage.reeld,
	    "%s?%s", f.path, f.query),
	    .headers = (const char *const[]){ only, NULL } });
	cr_expect_eq(res->status, 504);
	viewer_result_destroy(res);
	cr_expect_eq(origin_stat(s.stage.origin, f.path, "requests"), 0);
}

Test(spool_caching, what_may_not_be_kept_never_gets_to_the_disk)
{
	struct film f = stage_film("film", 4 * MB, 0,
	    "hdr=Cache-Control:%20no-store");
	struct film kept = stage_film("kept", 2 * MB, 0, "");

	start("");
	expect(play(&f, NULL), "PASS", "reeld; fwd=miss");
	expect(play(&f, NULL), "PASS", "reeld; fwd=miss");
	expect(play(&kept, NULL), "MISS", "stored");
	spoolstage_await_saved(&s, &kept, SAVED_MS);
	spoolstage_stop(&s);
	cr_expect(is_on_disk("/f/kept"), "nothing is found on disk at all");
	cr_expect_not(is_on_disk(f.path), "its URL is on disk");
	cr_expect_lt(spooldir_du(&s.dir), kept.size + MB);
	spoolstage_start(&s);
	expect(play(&f, NULL), "PASS", "reeld; fwd=miss");
}

/* A copy that may not be kept any more leaves the disk as well. */
Test(spool_caching, what_may_not_be_kept_any_more_leaves_the_disk)
{
	struct film f = stage_film("film", 2 * MB, 0, "");

	start("");
	origin_set(s.stage.origin, f.path, "hdr=Cache-Control:%20no-cache");
	expect(play(&f, NULL), "MISS", "stored");
	spoolstage_await_saved(&s, &f, SAVED_MS);
	origin_set(s.stage.origin, f.path, "hdr=Cache-Control:%20no-store");
	expect(play(&f, NULL), "PASS", "reeld; fwd=stale");
	cr_expect(AWAIT(spooldir_du(&s.dir) < MB, SAVED_MS), "%d bytes",
	    (int)spooldir_du(&s.dir));
}

/* What a client says to its source tells objects apart on disk too, though it
 * is not there itself. */
Test(spool_caching, fields_of_clients_are_not_on_disk)
{
	struct film f = stage_film("film", 2 * MB, 0, "");

	start("pass_headers = {\"X-User\"}");
	expect(play(&f, "X-User: hidden-ann"), "MISS", "stored");
	spoolstage_await_saved(&s, &f, SAVED_MS);
	restart();
	expect(play(&f, "X-User: hidden-ann"), "HIT", "reeld; hit");
	expect(play(&f, "X-User: bob"), "MISS", "stored");
	cr_expect_eq(origin_stat(s.stage.origin, f.path, "requests"), 2);
	spoolstage_stop(&s);
	cr_expect_not(is_on_disk("hidden-ann"));
	spoolstage_start(&s);
}

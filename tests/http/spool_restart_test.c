/* SPDX-License-Identifier: ISC */
/* spool_restart_test -- what is on disk is served by the next reeld, as if it
 * had been the one before */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "src/spooler/catalogue.h"
#include "../helper/exam.h"
#include "../helper/spoolstage.h"

#define SEGMENT		(1 << 20)
#define BLOCK		(SEGMENT / 512)
#define RULES		"idle = 1s reload_ttl = 1s min_free = 0%"
#define LISTENING_US	1000000
#define MEMORY_MAX	((int64_t)100 * MB)	/* beyond the arena */

static struct spoolstage s;

static void
start(void)
{
	spoolstage_open(&s, "segment_size = 1M", RULES, "");
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_restart, .init = start, .fini = stop, .timeout = 120);

/* The head of an answer to a HEAD. */
static struct viewer_result *
head(const struct film *f)
{
	return fetch(&(struct viewer_want){ .head = 1, .url = reeld_url(
	    s.stage.reeld, "%s?%s", f->path, f->query) });
}

static void
same_after_restart(const struct film *f)
{
	static const char *const names[] = { "ETag", "Last-Modified",
	    "Content-Type", "Content-Length", "Accept-Ranges" };
	struct viewer_result *before = head(f), *after;
	const char *was, *is;
	size_t i;

	spoolstage_stop(&s);
	spoolstage_source(&s, 0);
	spoolstage_start(&s);
	after = head(f);
	cr_assert_eq(after->status, 200, "status %d", after->status);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		was = viewer_header(before, names[i]);
		is = viewer_header(after, names[i]);
		cr_expect(was == is || (was != NULL && is != NULL &&
		    strcmp(was, is) == 0), "%s: %s, was %s", names[i],
		    is ? is : "none", was ? was : "none");
	}
	viewer_result_destroy(before);
	viewer_result_destroy(after);
	spoolstage_watch(&s, f);
	cr_expect_eq(stage_sent(&s.stage, f), f->size);
	spoolstage_source(&s, 1);
}

Test(spool_restart, same_answers)
{
	struct film f = stage_film("film", 5 * MB + 1, 0, "type=video/mp4");

	spoolstage_watch(&s, &f);
	same_after_restart(&f);
}

/* reeld made the ETag itself, and it is the same yet. */
Test(spool_restart, same_made_etag)
{
	struct film f = stage_film("film", 3 * MB, 0, "etag=none");

	spoolstage_watch(&s, &f);
	same_after_restart(&f);
}

/* The first request has its first byte at once, wherever it asks. */
Test(spool_restart, at_once)
{
	struct film f = stage_film("film", 20 * MB, 0, "");
	struct viewer_result *res;
	struct watch w;

	spoolstage_watch(&s, &f);
	spoolstage_stop(&s);
	spoolstage_start(&s);
	w = stage_watch(&s.stage, &f, 13 * MB + 5, NULL);
	res = watch_end(&w);
	fprintf(stderr, "first byte after %.1f ms\n",
	    (double)res->first_byte_us / 1000);
	cr_expect_leq(res->first_byte_us, 500000);
	viewer_result_destroy(res);
	cr_expect_eq(stage_sent(&s.stage, &f), f.size);
}

/* TERM in the middle of it: what had come is not asked for again. */
Test(spool_restart, in_the_middle)
{
	struct film f = stage_film("film", 20 * MB, 10 * MB, "");
	struct watch w = stage_watch(&s.stage, &f, 0,
	    &(struct viewer_want){ .stop_after = 7 * MB });

	watch_end_all(&w, 1);
	spoolstage_stop(&s);
	spoolstage_fsck(&s);
	spoolstage_start(&s);
	spoolstage_watch(&s, &f);
	cr_expect_leq(stage_ratio(&s.stage, &f, "stopped half way"), 1.05);
}

/* What the source changed meanwhile is not served from disk once it is stale:
 * no byte of the old one with the new. */
Test(spool_restart, changed_meanwhile)
{
	struct film f = stage_film("film", 3 * MB, 0, "");
	struct viewer_result *res;

	snprintf(s.rules, sizeof(s.rules), "ttl = 1s");
	spoolstage_stop(&s);
	spoolstage_start(&s);
	spoolstage_watch(&s, &f);
	spoolstage_stop(&s);
	origin_set(s.stage.origin, f.path, "version=2");
	usleep(1500000);
	spoolstage_start(&s);
	res = fetch(&(struct viewer_want){ .check = 1,
	    .url = reeld_url(s.stage.reeld, "%s?%s", f.path, f.query),
	    .seed = data_seed(f.path, 2) });
	cr_expect_eq(res->status, 200);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect_eq((int64_t)res->bytes, f.size);
	viewer_result_destroy(res);
}

/* The spooler alone dies, and nobody sees it. */
Test(spool_restart, the_spooler)
{
	struct film f = stage_film("film", 20 * MB, 10 * MB, "");
	struct watch w = stage_watch(&s.stage, &f, 0, NULL);

	cr_assert(AWAIT(viewer_progress(w.viewer) > 8 * MB, 5000));
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGKILL), 1);
	s.stage.kills = 1;
	watch_end_all(&w, 1);
	spoolstage_await_saved(&s, &f, 20000);
	spoolstage_await_empty(&s, 10000);
	spoolstage_source(&s, 0);
	spoolstage_watch(&s, &f);
	cr_expect_eq(stage_sent(&s.stage, &f), f.size);
}

/* ---- the disk has the last word ---- */

/* What is on disk alone, of a source that has it no more. */
static void
save_and_lose(const struct film *f)
{
	snprintf(s.rules, sizeof(s.rules), "retries = 0");
	spoolstage_stop(&s);
	spoolstage_start(&s);
	spoolstage_watch(&s, f);
	spoolstage_await_saved(&s, f, 20000);
	spoolstage_stop(&s);
	origin_set(s.stage.origin, f->path, "status=404");
	spoolstage_start(&s);
	cr_assert(AWAIT(!spoolstage_problem(&s, "spool"), 5000));
}

/* A look-up may take longer than the source has for its refusal. */
Test(spool_restart, a_slow_catalogue)
{
	struct film f = stage_film("film", 3 * MB, 0, "");
	struct watch w;

	save_and_lose(&f);
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGSTOP), 1);
	w = stage_watch(&s.stage, &f, 0, NULL);
	cr_expect(AWAIT(stage_counter(&s.stage, "pull_failures_total") > 0,
	    5000), "its source was not asked");
	usleep(500000);
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGCONT), 1);
	watch_end_all(&w, 1);
	cr_expect_eq(stage_sent(&s.stage, &f), f.size);
}

/* Who waits for the disk waits for the next spooler too. */
Test(spool_restart, the_spooler_while_one_waits_for_it)
{
	struct film f = stage_film("film", 3 * MB, 0, "");
	struct watch w;
	int64_t waits;

	save_and_lose(&f);
	viewer_result_destroy(head(&f));
	waits = stage_counter(&s.stage, "waits_total");
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGSTOP), 1);
	w = stage_watch(&s.stage, &f, 0, NULL);
	cr_expect(AWAIT(stage_counter(&s.stage, "waits_total") > waits, 5000));
	cr_assert_eq(reeld_kill(s.stage.reeld, "spooler", SIGKILL), 1);
	s.stage.kills = 1;
	watch_end_all(&w, 1);
	cr_expect_eq(stage_counter(&s.stage, "pulls_total"), 0);
	cr_expect_eq(stage_sent(&s.stage, &f), f.size);
}

/* ---- a catalogue of many ---- */

/* An empty data file, owned as the others are. */
static void
make_file(int64_t file, const struct stat *owner)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/data/%02x", s.dir.path,
	    (unsigned)(file & 255));
	if (mkdir(path, 0755) == 0)
		cr_assert_eq(chown(path, owner->st_uid, owner->st_gid), 0);
	snprintf(path, sizeof(path), "%s/data/%02x/%" PRId64, s.dir.path,
	    (unsigned)(file & 255), file);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	cr_assert_neq(fd, -1, "%s", path);
	cr_assert_eq(fchown(fd, owner->st_uid, owner->st_gid), 0);
	close(fd);
}

static void
make_object(struct catalogue *c, unsigned n, const struct stat *owner)
{
	struct object_answer a = { .size = 300 * MB, .mtime = 1700000000,
	    .fresh = { .fresh_until = INT64_C(4000000000) },
	    .etag = "\"made\"",
	    .source_etag = "\"made\"", .type = "video/mp4" };
	struct catalogue_segment segment = { .bytes = BLOCK, .blocks = { 1 } };
	uint8_t key[HASH_LEN] = { 0 };
	char url[128];
	int64_t file, old;
	unsigned i;

	memcpy(key, &n, sizeof(n));
	key[HASH_LEN - 1] = 1;
	snprintf(url, sizeof(url), "http://127.0.0.1/library/part/film-%u.mkv",
	    n);
	cr_assert_eq(catalogue_insert(c, key, "films", url, &a, 1700000000,
	    &file, &old), CATALOGUE_OK, "%s", catalogue_error(c));
	make_file(file, owner);
	segment.file = file;
	for (i = 0; i < 4; i++) {
		segment.number = i;
		cr_assert_eq(catalogue_save(c, &segment, 1700000000 + n),
		    CATALOGUE_OK, "%s", catalogue_error(c));
	}
}

/* reeld has stopped; what it finds next time is a library. */
static void
make_library(unsigned n)
{
	struct catalogue *c;
	struct stat owner;
	char path[400];
	unsigned i;

	snprintf(path, sizeof(path), "%s/catalogue.db", s.dir.path);
	cr_assert_eq(stat(path, &owner), 0);
	cr_assert_eq(catalogue_open(s.dir.path, SEGMENT, 0, &c), CATALOGUE_OK);
	cr_assert_eq(catalogue_begin(c), CATALOGUE_OK);
	for (i = 0; i < n; i++)
		make_object(c, i, &owner);
	cr_assert_eq(catalogue_commit(c), CATALOGUE_OK);
	catalogue_close(c);
}

Test(spool_restart, of_a_large_library)
{
	unsigned objects = stage_soak() ? 100000 : 20000;
	struct film f = stage_film("film", 5 * MB, 0, "");
	struct viewer_result *res;
	struct watch w;
	int64_t begin, listening, memory;

	spoolstage_watch(&s, &f);
	spoolstage_stop(&s);
	make_library(objects);
	s.rough = 1;
	spoolstage_source(&s, 0);
	begin = now_us();
	spoolstage_start(&s);
	listening = now_us() - begin;
	w = stage_watch(&s.stage, &f, 0, NULL);
	res = watch_end(&w);
	memory = reeld_resident(s.stage.reeld) - spoolstage_arena(&s);
	fprintf(stderr, "%u objects: listening after %.0f ms, first byte after"
	    " %.1f ms, memory %.1f MB\n", objects, (double)listening / 1000,
	    (double)res->first_byte_us / 1000, (double)memory / MB);
	cr_expect_leq(listening, LISTENING_US);
	cr_expect_leq(res->first_byte_us, LISTENING_US);
#ifndef __SANITIZE_ADDRESS__
	cr_expect_leq(memory, MEMORY_MAX);
	usleep(1000000);
	memory = reeld_resident(s.stage.reeld) - spoolstage_arena(&s);
	cr_expect_leq(memory, MEMORY_MAX);
#endif
	viewer_result_destroy(res);
	cr_expect_eq(stage_sent(&s.stage, &f), f.size);
}

/* SPDX-License-Identifier: ISC */
/* change_test -- a file that changes at its source: all old or all new */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		3000000
#define RATE		4000000
#define CUT		1000000	/* where the first answer ends */
#define VIEWERS		4

static void
start(void)
{
	exam_start("segment_size = 64K wait_max = 10s",
	    "retries = 1 max_connections = 8 stall_timeout = 2s ttl = 1s");
}

/* A viewer whose body is of one version: 1 or 2; 0: it got no byte; -1: of
 * none, or of both. */
static int
version_of(const struct viewer_result *res, const char *path, uint64_t first)
{
	int version;

	if (res->status / 100 != 2 || res->body_len == 0)
		return 0;
	for (version = 1; version <= 2; version++)
		if (data_check(data_seed(path, (uint64_t)version), first,
		    res->body, res->body_len) == -1)
			return version;
	return -1;
}

static struct viewer *
watch(const char *path, const char *knobs, const char *range)
{
	return viewer_start(&(struct viewer_want){ .keep = SIZE,
	    .range = range, .timeout_ms = 20000,
	    .url = reeld_url(exam.reeld, "%s?size=%d%s%s", path, SIZE,
	    *knobs != '\0' ? "&" : "", knobs) });
}

/* Everything, at once: which version. */
static int
look(const char *path, const char *knobs)
{
	struct viewer *v = watch(path, knobs, NULL);
	struct viewer_result *res = viewer_wait(&v);
	int version = version_of(res, path, 0);

	cr_expect_neq(version, -1, "%s: bytes of two versions", path);
	if (res->curl != 0 || res->bytes != SIZE)
		version = 0;
	viewer_result_destroy(res);
	return version;
}

TestSuite(change, .init = start, .fini = exam_stop, .timeout = 60);

/*
 * The first answer breaks off, and what comes when the rest is asked for is
 * of another version.  Who had old bytes is cut, whoever comes later gets all
 * of the new file, and nobody both.
 */
static void
breaks_and_changes(const char *name, const char *validators)
{
	static const char *const ranges[VIEWERS] = { NULL, NULL, "1500000-",
	    "500000-" };
	static const uint64_t first[VIEWERS] = { 0, 0, 1500000, 500000 };
	struct viewer *v[VIEWERS];
	struct viewer_result *res;
	char path[64], knobs[160];
	int i;

	snprintf(path, sizeof(path), "/f/%s", name);
	snprintf(knobs, sizeof(knobs), "changeafter=1&cut=%d&cutonce=1&rate="
	    "%d%s", CUT, RATE, validators);
	for (i = 0; i < VIEWERS; i++) {
		v[i] = watch(path, knobs, ranges[i]);
		usleep(20000);
	}
	for (i = 0; i < VIEWERS; i++) {
		res = viewer_wait(&v[i]);
		cr_expect_neq(version_of(res, path, first[i]), -1,
		    "%s, viewer %d: bytes of two versions", name, i);
		cr_expect(res->status != 206 || version_of(res, path,
		    first[i]) != 1 || res->curl != 0 || res->bytes <= CUT,
		    "%s, viewer %d: old bytes that never came", name, i);
		viewer_result_destroy(res);
	}
	cr_expect(AWAIT(look(path, knobs) == 2, 5000),
	    "%s: the new version does not come", name);
}

Test(change, seen_by_if_range)
{
	breaks_and_changes("if-range", "");
}

Test(change, seen_although_if_range_is_ignored)
{
	breaks_and_changes("ignored", "&ifrangeignore=1");
}

Test(change, seen_by_a_weak_etag)
{
	breaks_and_changes("weak", "&etag=weak");
}

Test(change, seen_by_the_date)
{
	breaks_and_changes("date", "&etag=none");
}

Test(change, seen_without_ranges)
{
	breaks_and_changes("no-ranges", "&norange=1");
}

/* Without a validator the size is all there is to tell by. */
Test(change, seen_by_the_size)
{
	struct viewer *v = watch("/f/size", "etag=none&lm=0&cut=1000000"
	    "&cutonce=1&rate=4000000", NULL);
	struct viewer_result *res;

	cr_assert(AWAIT(viewer_progress(v) > 100000, 5000));
	origin_set(exam.origin, "/f/size", "size=3000001&version=2");
	res = viewer_wait(&v);
	cr_expect_eq(version_of(res, "/f/size", 0), 1);
	cr_expect_neq(res->curl, 0);
	viewer_result_destroy(res);
}

/* What is complete is asked about when it is no longer fresh, and replaced
 * when it is another; a viewer in the midst of it keeps what it has. */
Test(change, after_its_time)
{
	struct viewer_result *res;
	struct viewer *slow;

	cr_assert_eq(look("/f/stale", ""), 1);
	slow = viewer_start(&(struct viewer_want){ .keep = SIZE,
	    .rate = 1000000, .url = reeld_url(exam.reeld,
	    "/f/stale?size=%d", SIZE) });
	origin_set(exam.origin, "/f/stale", "version=2");
	cr_expect(AWAIT(look("/f/stale", "") == 2, 5000));
	cr_expect_eq(look("/f/stale", ""), 2);
	res = viewer_wait(&slow);
	cr_expect_eq(version_of(res, "/f/stale", 0), 1);
	viewer_result_destroy(res);
}

/* The new version of a source with ranges is one with ranges. */
Test(change, seek_in_the_new_version)
{
	struct viewer *v = watch("/f/seek", "changeafter=1&cut=1000000"
	    "&cutonce=1&rate=1000000", NULL);
	struct viewer_result *res = viewer_wait(&v);

	cr_expect_neq(version_of(res, "/f/seek", 0), -1);
	viewer_result_destroy(res);
	v = watch("/f/seek", "changeafter=1&cut=1000000&cutonce=1"
	    "&rate=1000000", "2900000-");
	res = viewer_wait(&v);
	cr_expect_eq(res->status, 206, "status %d", res->status);
	cr_expect_eq(version_of(res, "/f/seek", 2900000), 2);
	cr_expect_lt(res->total_us, 2000000, "%d us: not by a range",
	    (int)res->total_us);
	viewer_result_destroy(res);
}

/* If it is still the same, it is not pulled again. */
Test(change, none_costs_no_byte)
{
	int64_t bytes;

	cr_assert_eq(look("/f/same", ""), 1);
	bytes = origin_stat(exam.origin, "/f/same", "bytes");
	sleep(2);
	cr_expect_eq(look("/f/same", ""), 1);
	cr_expect_leq(origin_stat(exam.origin, "/f/same", "bytes"),
	    bytes + 1);
	cr_expect_eq(origin_stat(exam.origin, "/f/same", "requests"), 2,
	    "%d requests", (int)origin_stat(exam.origin, "/f/same",
	    "requests"));
}

/* An If-Range of the old version gets all of the new one. */
Test(change, if_range_of_the_old_version)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .head = 1,
	    .url = reeld_url(exam.reeld, "/f/old?size=%d", SIZE) });
	char line[160];

	snprintf(line, sizeof(line), "If-Range: %s",
	    viewer_header(res, "ETag"));
	viewer_result_destroy(res);
	cr_assert_eq(look("/f/old", ""), 1);
	origin_set(exam.origin, "/f/old", "version=2");
	cr_assert(AWAIT(look("/f/old", "") == 2, 5000));
	res = fetch(&(struct viewer_want){ .keep = SIZE, .range = "1000-",
	    .headers = (const char *const []){ line, NULL },
	    .url = reeld_url(exam.reeld, "/f/old?size=%d", SIZE) });
	cr_expect_eq(res->status, 200);
	cr_expect_eq(res->bytes, SIZE);
	cr_expect_eq(version_of(res, "/f/old", 0), 2);
	viewer_result_destroy(res);
}

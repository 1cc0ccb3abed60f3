/* SPDX-License-Identifier: ISC */
/* failover_test -- a file that has mirrors, and sources that fail */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/data.h"
#include "../helper/harness.h"
#include "../helper/scripted.h"
#include "../helper/viewer.h"

#define SIZE	3000000
#define RATE	1500000
#define STALL	1	/* s, stall_timeout */
#define TEXT	4096

/* What a viewer of the whole file gets. */
enum outcome {
	WHOLE,			/* every byte of version 1 */
	OLD,			/* bytes of version 1 alone, then cut */
	TOLD			/* an error with this status */
};

/* A film of /f/ at both sources: what each of them does. */
static const struct row {
	const char	*name, *first, *mirror;
	enum outcome	 outcome;
	int		 status;
	int		 takes;		/* 1: the mirror sends bytes */
} rows[] = {
	/* the same file, the same validators */
	{ "stalls", "stallat=1M", "", WHOLE, 200, 1 },
	{ "breaks", "cutat=1M", "", WHOLE, 200, 1 },
	{ "resets", "cutat=1M&rst=1", "", WHOLE, 200, 1 },
	{ "500", "status=500", "", WHOLE, 200, 1 },
	{ "404", "status=404", "", WHOLE, 200, 1 },
	{ "403", "status=403", "", WHOLE, 200, 1 },
	{ "429", "status=429&retryafter=5", "", WHOLE, 200, 1 },
	{ "hangs-up", "hangup=1", "", WHOLE, 200, 1 },
	{ "silent", "delay=20s", "", WHOLE, 200, 1 },
	{ "gzip", "gzip=1", "", WHOLE, 200, 1 },
	{ "mirror-redirects", "cutat=1M", "redirect=2", WHOLE, 200, 1 },
	/* the same file, but that has to be shown by its bytes */
	{ "no-validators", "cutat=1M", "etag=none&lm=0", WHOLE, 200, 1 },
	{ "other-etag", "cutat=1M", "etag=weak&lm=0&hdr=ETag:%20%22m%22",
	    WHOLE, 200, 1 },
	{ "none-at-all", "cutat=1M&etag=none&lm=0", "etag=none&lm=0", WHOLE,
	    200, 1 },
	{ "mirror-early", "cutat=1M&statusafter=1&status=503",
	    "early=100&etag=none&lm=0", WHOLE, 200, 1 },
	{ "no-length", "cutat=1M&chunked=1&norange=1",
	    "nolen=1&norange=1&etag=none&lm=0", WHOLE, 200, 1 },
	/* another file */
	{ "other-version", "cutat=1M&statusafter=1&status=503", "version=2",
	    OLD, 200, 0 },
	{ "other-bytes", "cutat=1M&statusafter=1&status=503&etag=none&lm=0",
	    "version=2&etag=none&lm=0", OLD, 200, 0 },
	{ "other-size", "cutat=1M&statusafter=1&status=503", "size=2000000",
	    OLD, 200, 0 },
	{ "mirror-404", "cutat=1M&statusafter=1&status=503", "status=404",
	    OLD, 200, 0 },
	{ "no-ranges", "cutat=1M&statusafter=1&status=503",
	    "norange=1&version=2", OLD, 200, 0 },
	/* nothing to be had */
	{ "404-both", "status=404", "status=404", TOLD, 404, 0 },
	{ "404-and-500", "status=404", "status=500", TOLD, 502, 0 },
	{ "500-and-404", "status=500", "status=404", TOLD, 502, 0 },
	{ "503-both", "status=503&retryafter=30", "status=503&retryafter=20",
	    TOLD, 503, 0 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct origin *first, *mirror;
static struct reeld *reeld;

static void
start_with(const char *cool_down)
{
	first = origin_start(NULL, NULL);
	mirror = origin_start(NULL, NULL);
	reeld = reeld_start("wait_max = 10s\norigin \"f\" { match = \"/f/\""
	    " url = \"%s\" backup = {\"%s\"} retries = 1 retry_delay = 200ms"
	    " cool_down = %s stall_timeout = %ds max_connections = 100 }",
	    origin_url(first, "/f/"), origin_url(mirror, "/f/"), cool_down,
	    STALL);
}

/* What one row does must not let another's source rest. */
static void
start(void)
{
	start_with("0s");
}

static void
start_cool(void)
{
	start_with("1s");
}

static void
stop(void)
{
	reeld_stop(&reeld);
	origin_stop(&mirror);
	origin_stop(&first);
}

static const char *
path_of(const struct row *row)
{
	static char path[ROWS][64];

	snprintf(path[row - rows], sizeof(path[0]), "/f/%s", row->name);
	return path[row - rows];
}

static struct viewer *
ask(const struct row *row)
{
	const char *path = path_of(row);

	return viewer_start(&(struct viewer_want){ .check = 1, .keep = TEXT,
	    .seed = data_seed(path, 1), .timeout_ms = 25000,
	    .url = reeld_url(reeld, "%s?size=%d&rate=%d", path, SIZE, RATE) });
}

static void
check(const struct row *row, const struct viewer_result *res)
{
	int64_t sent = origin_stat(mirror, path_of(row), "bytes");

	cr_expect_eq(res->status, row->status, "%s: status %d (%s)", row->name,
	    res->status, res->error);
	if (row->outcome == TOLD)
		return;
	cr_expect_eq(res->wrong_at, -1, "%s: wrong byte at %lld", row->name,
	    (long long)res->wrong_at);
	if (row->outcome == WHOLE) {
		cr_expect(res->curl == 0 && res->bytes == SIZE,
		    "%s: %lld bytes (%s)", row->name, (long long)res->bytes,
		    res->error);
		cr_expect_leq(res->longest_gap_us, (STALL + 1) * 1000000,
		    "%s: a gap of %lld us", row->name,
		    (long long)res->longest_gap_us);
	} else {
		cr_expect_neq(res->curl, 0, "%s: as if it were whole",
		    row->name);
		cr_expect_eq(res->bytes, 1 << 20, "%s: %lld bytes", row->name,
		    (long long)res->bytes);
	}
	if (row->takes)
		cr_expect_gt(sent, 0, "%s: the mirror sent nothing",
		    row->name);
}

TestSuite(failover, .init = start, .fini = stop, .timeout = 60);

Test(failover, table)
{
	struct viewer *v[ROWS];
	struct viewer_result *res;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		origin_set(first, path_of(&rows[i]), rows[i].first);
		if (*rows[i].mirror != '\0')
			origin_set(mirror, path_of(&rows[i]), rows[i].mirror);
	}
	for (i = 0; i < ROWS; i++)
		v[i] = ask(&rows[i]);
	for (i = 0; i < ROWS; i++) {
		res = viewer_wait(&v[i]);
		check(&rows[i], res);
		viewer_result_destroy(res);
	}
}

TestSuite(failover_cool, .init = start_cool, .fini = stop, .timeout = 60);

/* A source that cannot be reached is not asked first for a while: the next
 * films come from the mirror at once, and from the first one later. */
Test(failover_cool, cools_down)
{
	struct viewer_result *res;
	int i;

	origin_listen(first, 0);
	for (i = 0; i < 3; i++) {
		res = fetch(&(struct viewer_want){ .check = 1,
		    .seed = data_seed("/f/cool", 1),
		    .url = reeld_url(reeld, "/f/cool?size=100000&n=%d", i) });
		cr_expect_eq(res->bytes, 100000);
		cr_expect_eq(res->wrong_at, -1);
		viewer_result_destroy(res);
	}
	origin_listen(first, 1);
	cr_expect_eq(origin_stat(mirror, "/f/cool", "requests"), 3);
	sleep(2);
	res = fetch(&(struct viewer_want){ .check = 1,
	    .seed = data_seed("/f/cool", 1),
	    .url = reeld_url(reeld, "/f/cool?size=100000&n=9") });
	cr_expect_eq(res->bytes, 100000);
	viewer_result_destroy(res);
	cr_expect_eq(origin_stat(first, "/f/cool", "requests"), 1);
}

/* Nobody is asked before Retry-After is over; then all comes. */
Test(failover, obeys_retry_after)
{
	struct viewer_result *res;

	origin_set(first, "/f/later", "status=503&retryafter=2&statusonce=1");
	origin_set(mirror, "/f/later", "status=429&retryafter=3");
	res = fetch(&(struct viewer_want){ .check = 1, .timeout_ms = 15000,
	    .seed = data_seed("/f/later", 1),
	    .url = reeld_url(reeld, "/f/later?size=100000") });
	cr_expect_eq(res->status, 200, "status %d", res->status);
	cr_expect_eq(res->bytes, 100000);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect_geq(res->first_byte_us, 2000000, "after %lld us",
	    (long long)res->first_byte_us);
	cr_expect_eq(origin_stat(first, "/f/later", "requests"), 2);
	cr_expect_eq(origin_stat(mirror, "/f/later", "requests"), 1);
	viewer_result_destroy(res);
}

/* ---- who is home, and who may speak for it ---- */

#define FORGETS	"/f/forgets"

static void
start_lazy(void)
{
	first = origin_start(NULL, NULL);
	mirror = origin_start(NULL, NULL);
	reeld = reeld_start("origin \"f\" { match = \"/f/\" url = \"%s\""
	    " backup = {\"%s\"} retries = 0 cool_down = 0s fill = none }",
	    origin_url(first, "/f/"), origin_url(mirror, "/f/"));
}

TestSuite(failover_home, .init = start_lazy, .fini = stop, .timeout = 60);

static struct viewer_result *
part(const char *range, uint64_t offset)
{
	return fetch(&(struct viewer_want){ .check = 1, .range = range,
	    .offset = offset, .seed = data_seed(FORGETS, 1),
	    .url = reeld_url(reeld, FORGETS "?size=%d", SIZE) });
}

/* The mirror described an object, and nothing tells its version from that of
 * the first source but the bytes: a fetcher that knows neither must not take
 * the first one's. */
Test(failover_home, outlives_the_fetcher)
{
	struct viewer_result *res;

	origin_set(first, FORGETS, "etag=none&lm=0&version=2");
	origin_set(mirror, FORGETS, "etag=none&lm=0");
	origin_listen(first, 0);
	res = part("0-99999", 0);
	cr_expect_eq(res->bytes, 100000);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	origin_listen(first, 1);
	cr_assert_eq(reeld_kill(reeld, "fetcher", SIGKILL), 1);
	res = part("2000000-2099999", 2000000);
	cr_expect_eq(res->wrong_at, -1, "wrong byte at %lld",
	    (long long)res->wrong_at);
	cr_expect_eq(res->bytes, 100000, "status %d", res->status);
	viewer_result_destroy(res);
	/* Where home is gone, too, there is an error, and no other's bytes. */
	origin_listen(mirror, 0);
	cr_assert_eq(reeld_kill(reeld, "fetcher", SIGKILL), 1);
	res = part("1000000-1099999", 1000000);
	cr_expect_neq(res->status, 206, "status %d", res->status);
	cr_expect_eq(res->bytes == 0 || res->wrong_at == -1, 1);
	viewer_result_destroy(res);
}

/* Fetches it all, lets it become stale, and asks again once home is gone. */
static struct viewer_result *
ask_without_home(const char *path)
{
	struct viewer_want want = { .check = 1, .seed = data_seed(path, 1),
	    .url = reeld_url(reeld, "%s?size=100000", path) };
	struct viewer_result *res;

	origin_set(first, path, "noka=1&hdr=Cache-Control:%20"
	    "max-age=1,must-revalidate");
	origin_listen(first, 1);
	res = fetch(&want);
	cr_assert_eq(res->bytes, 100000, "%s: status %d", path, res->status);
	viewer_result_destroy(res);
	sleep(3);
	origin_listen(first, 0);
	return fetch(&want);
}

/* A mirror with the same validators says that it is as it was; one that has
 * another file says nothing of this one. */
Test(failover_home, renewed_by_a_mirror)
{
	struct viewer_result *res;

	res = ask_without_home("/f/same");
	cr_expect_eq(res->status, 200, "status %d", res->status);
	cr_expect_eq(res->bytes, 100000);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect_leq(origin_stat(mirror, "/f/same", "bytes"), 1);
	viewer_result_destroy(res);
	origin_set(mirror, "/f/other", "version=2");
	res = ask_without_home("/f/other");
	cr_expect_eq(res->status, 502, "status %d", res->status);
	viewer_result_destroy(res);
}

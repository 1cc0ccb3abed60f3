/* SPDX-License-Identifier: ISC */
/* mirror_test -- mirrors whose failures meet: in one cool-down, at one token,
 * after a death, while the configuration changes */
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
#define SLOW	"rate=1500000"
#define BARE	"etag=none&lm=0"	/* no validators */

#define ORIGIN	"wait_max = 10s\norigin \"f\" { match = \"/f/\" url = \"%s\"" \
    " backup = {%s} retries = 1 retry_delay = 200ms cool_down = 60s" \
    " fill = ahead fill_ahead = 256K stall_timeout = 1s" \
    " max_connections = 100 }"

static struct origin *first, *mirror;
static struct reeld *reeld;

static const char *
quoted(const struct origin *o)
{
	static char text[4][256];
	static int i;

	i = (i + 1) % 4;
	snprintf(text[i], sizeof(text[i]), "\"%s\"", origin_url(o, "/f/"));
	return text[i];
}

static void
start(void)
{
	first = origin_start(NULL, NULL);
	mirror = origin_start(NULL, NULL);
	reeld = reeld_start(ORIGIN, origin_url(first, "/f/"), quoted(mirror));
}

static void
stop(void)
{
	reeld_stop(&reeld);
	origin_stop(&mirror);
	origin_stop(&first);
}

/* A viewer of the film from byte `from` on, which is of this version. */
static struct viewer *
watch(const char *path, int size, int from, int version)
{
	char range[32];

	snprintf(range, sizeof(range), "%d-", from);
	return viewer_start(&(struct viewer_want){ .check = 1,
	    .seed = data_seed(path, version), .offset = (uint64_t)from,
	    .range = from > 0 ? range : NULL, .timeout_ms = 30000,
	    .url = reeld_url(reeld, "%s?size=%d", path, size) });
}

static void
expect_all(struct viewer **v, int bytes)
{
	struct viewer_result *res = viewer_wait(v);

	cr_expect_eq(res->wrong_at, -1, "wrong byte at %lld",
	    (long long)res->wrong_at);
	cr_expect(res->curl == 0 && res->bytes == (uint64_t)bytes,
	    "%lld of %d bytes (%d, %s)", (long long)res->bytes, bytes,
	    res->status, res->error);
	viewer_result_destroy(res);
}

TestSuite(mirror, .init = start, .fini = stop, .timeout = 60);

/* The first one is gone, the mirror broke once: to cool down is to go last, not
 * never. */
Test(mirror, is_asked_while_it_cools_down)
{
	struct viewer *v;

	origin_set(first, "/f/a", SLOW "&cutat=1M&status=503&statusafter=1");
	origin_set(mirror, "/f/a", SLOW "&cutat=2M&cutonce=1");
	v = watch("/f/a", SIZE, 0, 1);
	expect_all(&v, SIZE);
}

/* Two pulls behind one redirect hear together that its token is over. */
Test(mirror, token_dies_under_two_pulls)
{
	struct viewer *v[2];

	origin_set(first, "/f/t", SLOW "&redirect=1&tokenms=3000&tokencut=1"
	    "&delay=300ms");
	origin_set(mirror, "/f/t", "status=404");
	v[0] = watch("/f/t", 4 * SIZE, 0, 1);
	v[1] = watch("/f/t", 4 * SIZE, 2 * SIZE, 1);
	expect_all(&v[0], 4 * SIZE);
	expect_all(&v[1], 2 * SIZE);
}

/* A source of short ranges needs a new token again and again. */
Test(mirror, tokens_of_short_ranges)
{
	struct viewer *v;

	origin_set(first, "/f/s", "rate=1M&rangemax=100000&redirect=1"
	    "&tokenms=200");
	origin_set(mirror, "/f/s", "status=404");
	v = watch("/f/s", SIZE, 0, 1);
	expect_all(&v, SIZE);
	cr_expect_eq(origin_stat(mirror, "/f/s", "requests"), 0);
}

/* Who pulls by short ranges goes elsewhere when the first source told another
 * pull to leave it alone. */
Test(mirror, is_asked_when_another_pull_was_sent_away)
{
	struct viewer *v[2];

	origin_set(first, "/f/r", "rate=1M&rangemax=1500000&status=429"
	    "&retryafter=60&statusafter=1");
	origin_set(mirror, "/f/r", SLOW);
	v[0] = watch("/f/r", SIZE, 0, 1);
	cr_assert(AWAIT(viewer_progress(v[0]) > 100000, 5000));
	v[1] = watch("/f/r", SIZE, SIZE / 2 + 500000, 1);
	expect_all(&v[0], SIZE);
	expect_all(&v[1], SIZE / 2 - 500000);
}

/* The mirror described the film, and the fetcher that knew so is dead: the
 * first source has another of this size, and no validators tell. */
Test(mirror, is_home_beyond_a_death)
{
	struct viewer_result *res;
	struct viewer *v;
	int64_t got;

	origin_set(first, "/f/h", BARE);
	origin_set(mirror, "/f/h", BARE "&version=2&" SLOW);
	origin_listen(first, 0);
	v = watch("/f/h", SIZE, 0, 2);
	cr_assert(AWAIT(viewer_progress(v) > 500000, 5000));
	origin_listen(first, 1);
	reeld_kill(reeld, "fetcher", SIGKILL);
	res = viewer_wait(&v);
	got = (int64_t)res->bytes;
	cr_expect_eq(res->wrong_at, -1, "a byte of another file at %lld",
	    (long long)res->wrong_at);
	cr_expect(got == SIZE || res->curl != 0, "%lld bytes as if whole",
	    (long long)got);
	viewer_result_destroy(res);
}

/* The first source, one backup or two, from now on. */
static void
reload(const struct origin *one, const struct origin *two)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s%s", quoted(one), two == NULL ? "" :
	    ", ", two == NULL ? "" : quoted(two));
	reeld_conf(reeld, ORIGIN, origin_url(first, "/f/"), text);
	reeld_hup(reeld);
}

/* A reload that adds a mirror or takes it away begins the pulls anew, at the
 * same byte; who described the film stays its home. */
Test(mirror, stays_home_while_others_come_and_go)
{
	struct origin *third = origin_start(NULL, NULL);
	struct viewer *v;

	origin_set(first, "/f/c", BARE);
	origin_set(mirror, "/f/c", BARE "&version=2&" SLOW);
	origin_listen(first, 0);
	v = watch("/f/c", 3 * SIZE, 0, 2);
	cr_assert(AWAIT(viewer_progress(v) > 500000, 5000));
	origin_listen(first, 1);
	reload(third, mirror);
	cr_expect(AWAIT(viewer_progress(v) > 3000000, 5000));
	reload(mirror, NULL);
	expect_all(&v, 3 * SIZE);
	cr_expect_eq(origin_stat(third, "/f/c", "bytes"), 0);
	origin_stop(&third);
}

/* The home of what plays is no longer configured: another has the same. */
Test(mirror, goes_while_it_plays)
{
	struct origin *third = origin_start(NULL, NULL);
	struct viewer *v;

	origin_set(first, "/f/g", SLOW);
	origin_set(mirror, "/f/g", SLOW);
	origin_listen(first, 0);
	v = watch("/f/g", SIZE, 0, 1);
	cr_assert(AWAIT(viewer_progress(v) > 500000, 5000));
	origin_listen(first, 1);
	reload(third, NULL);
	expect_all(&v, SIZE);
	cr_expect_gt(origin_stat(first, "/f/g", "bytes"), SIZE / 2);
	origin_stop(&third);
}

/* That the first source refuses ranges is no reason to ask the mirror for
 * none. */
Test(mirror, is_asked_for_ranges)
{
	struct viewer *v;

	origin_set(first, "/f/n", "lie416=bare&status=503&statusafter=1");
	origin_set(mirror, "/f/n", SLOW);
	v = watch("/f/n", 10 * SIZE, 10 * SIZE - 100000, 1);
	expect_all(&v, 100000);
	cr_expect_gt(origin_stat(mirror, "/f/n", "ranged"), 0);
}

/* Who was told to come back later is not told to ask again by the next
 * viewer. */
Test(mirror, is_left_alone_beyond_its_viewers)
{
	struct viewer_result *res;
	int i;

	origin_set(first, "/f/l", "status=429&retryafter=30");
	origin_set(mirror, "/f/l", "status=429&retryafter=30");
	for (i = 0; i < 2; i++) {
		res = fetch(&(struct viewer_want){
		    .url = reeld_url(reeld, "/f/l?size=%d", SIZE) });
		cr_expect_eq(res->status, 503);
		viewer_result_destroy(res);
		sleep(4);
	}
	cr_expect_eq(origin_stat(first, "/f/l", "requests"), 1);
	cr_expect_eq(origin_stat(mirror, "/f/l", "requests"), 1);
}

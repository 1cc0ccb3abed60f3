/* SPDX-License-Identifier: ISC */
/* mirror_test -- mirrors whose failures meet: in the same cool-down, at the
 * same token, after a restart, while the configuration changes */
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

/* SPDX-License-Identifier: ISC */
/* account_test -- three origins, one connection, six restless viewers, and a
 * fetcher that is killed */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/data.h"
#include "../helper/exam.h"
#include "../helper/harness.h"
#include "../helper/now.h"
#include "../helper/scripted.h"
#include "../helper/viewer.h"

#define VIEWERS		6
#define ORIGINS		3
#define FILMS		40		/* too many for all to be there */
#define SIZE		3000000
#define RATE		3000000
#define STEP_US		150000		/* between two decisions */

/* A viewer on its seat; NULL: nobody is there. */
struct seat {
	struct viewer	*viewer;
	char		 path[32];
	uint64_t	 from;
};

static struct origin *origin;
static struct reeld *reeld;
static struct seat seats[VIEWERS];
static int ended, told, left;

static void
start(void)
{
	const char *url;

	origin = origin_start(NULL, NULL);
	url = origin_url(origin, "/f/");
	reeld = reeld_start("wait_max = 8s\n"
	    "origin \"a\" { match = \"/a/\" url = \"%s\" account = \"one\""
	    " max_connections = 1 }\n"
	    "origin \"b\" { match = \"/b/\" url = \"%s\" account = \"one\""
	    " max_connections = 1 fill = ahead }\n"
	    "origin \"c\" { match = \"/c/\" url = \"%s\" account = \"one\""
	    " max_connections = 1 fill = none }\n", url, url, url);
}

static void
stop(void)
{
	reeld_stop(&reeld);
	origin_stop(&origin);
}

static void
sit_down(struct seat *s)
{
	char range[32];
	int film = rand() % FILMS;

	s->from = (uint64_t)(rand() % 4) * SIZE / 4;
	snprintf(range, sizeof(range), "%" PRIu64 "-", s->from);
	snprintf(s->path, sizeof(s->path), "/f/film-%d", film);
	s->viewer = viewer_start(&(struct viewer_want){ .check = 1,
	    .keep = 1024, .seed = data_seed(s->path, 1), .offset = s->from,
	    .range = s->from > 0 ? range : NULL, .timeout_ms = 60000,
	    .url = reeld_url(reeld, "/%c/film-%d?size=%d&rate=%d",
	    'a' + rand() % ORIGINS, film, SIZE, RATE) });
}

/* It stayed: all of it is right, or it was told why not. */
static void
judge(const struct seat *s, const struct viewer_result *res)
{
	cr_expect_eq(res->wrong_at, -1, "%s: wrong byte at %" PRId64, s->path,
	    res->wrong_at);
	if (res->status == 503) {
		told++;
		cr_expect_not_null(viewer_header(res, "Retry-After"));
		cr_expect_not_null(strstr(res->body, "connection"), "%s",
		    res->body);
		return;
	}
	ended++;
	cr_expect(res->curl == 0 && res->status / 100 == 2 &&
	    res->bytes == SIZE - s->from, "%s from %" PRIu64 ": %d, %" PRIu64
	    " bytes (%s)", s->path, s->from, res->status, res->bytes,
	    res->error);
}

static void
get_up(struct seat *s, int leaves)
{
	struct viewer_result *res;

	if (leaves)
		viewer_stop(s->viewer);
	res = viewer_wait(&s->viewer);
	if (res->stopped || (leaves && res->status == 0)) {
		left++;
		cr_expect_eq(res->wrong_at, -1);
	} else {
		judge(s, res);
	}
	viewer_result_destroy(res);
}

/* One of them does something: comes, seeks, leaves, or stays. */
static void
decide(void)
{
	struct seat *s = &seats[rand() % VIEWERS];
	int stays = s->viewer != NULL && rand() % 3 > 0;

	if (stays)
		return;
	if (s->viewer != NULL)
		get_up(s, rand() % 4 > 0);
	sit_down(s);
}

TestSuite(account, .init = start, .fini = stop, .timeout = 150);

Test(account, never_two)
{
	int64_t length = (getenv("SOAK") != NULL ? 60 : 12) * 1000000LL;
	int64_t begin = now_us(), next;
	int i, kills = 0;

	srand(7);
	for (next = begin; next < begin + length; next += STEP_US) {
		now_sleep_until(next);
		decide();
		if (next - begin > (kills + 1) * length / 3 && kills < 2) {
			reeld_kill(reeld, "fetcher", SIGKILL);
			kills++;
		}
	}
	for (i = 0; i < VIEWERS; i++)
		if (seats[i].viewer != NULL)
			get_up(&seats[i], 0);
	fprintf(stderr, "%d ended, %d were told, %d left; peak %" PRId64
	    ", %" PRId64 " connections\n", ended, told, left,
	    origin_stat(origin, NULL, "peak"),
	    origin_stat(origin, NULL, "connections"));
	cr_expect_eq(kills, 2);
	cr_expect_eq(origin_stat(origin, NULL, "peak"), 1);
	cr_expect_gt(ended, 5);
}

/* The source has no ranges: its one connection is not taken away from whoever
 * plays.  The other is told, and sees what it waits for. */
Test(account, tells_who_waits_too_long)
{
	struct viewer *holder, *other;
	struct viewer_result *res;

	holder = viewer_start(&(struct viewer_want){ .check = 1,
	    .seed = data_seed("/f/long", 1), .url = reeld_url(reeld,
	    "/a/long?size=6M&rate=400K&norange=1") });
	cr_assert(AWAIT(viewer_progress(holder) > 0, 5000));
	other = viewer_start(&(struct viewer_want){ .keep = 4096,
	    .url = reeld_url(reeld, "/b/late?size=1M"),
	    .timeout_ms = 30000 });
	cr_expect(AWAIT(exam_matches(exam_ctl(reeld, "accounts"),
	    "^one +1 +1 +1$"), 5000), "%s", exam_ctl(reeld, "accounts"));
	res = viewer_wait(&other);
	cr_expect_eq(res->status, 503, "status %d", res->status);
	cr_expect_not_null(viewer_header(res, "Retry-After"));
	cr_expect_not_null(strstr(viewer_header(res, "Proxy-Status"),
	    "connection_limit_reached"));
	cr_expect_not_null(strstr(res->body, "are in use"), "%s", res->body);
	viewer_result_destroy(res);
	viewer_stop(holder);
	res = viewer_wait(&holder);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
}

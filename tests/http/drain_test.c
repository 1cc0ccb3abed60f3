/* SPDX-License-Identifier: ISC */
/* drain_test -- how reeld ends, and how a worker that is not wanted any more */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		4000000
#define ORIGIN	"origin \"f\" { match = \"/f/\"" \
    " url = \"http://127.0.0.1:%d/f/\" }\n"
#define SOON_US		4000000	/* no wait of reeld's, but a busy machine */

static struct origin *origin;
static struct reeld *reeld;

static void
start(const char *settings)
{
	origin = origin_start(NULL, NULL);
	reeld = reeld_start("%s\n" ORIGIN, settings, origin_port(origin));
}

static void
stop(void)
{
	reeld_stop(&reeld);
	origin_stop(&origin);
}

TestSuite(drain, .fini = stop, .timeout = 60);

/* Reads `size` bytes at `rate` bytes/s. */
static struct viewer *
begin(int size, uint64_t rate)
{
	struct viewer *v;

	v = viewer_start(&(struct viewer_want){ .check = 1, .rate = rate,
	    .seed = data_seed("/f/film", 1),
	    .url = reeld_url(reeld, "/f/film?size=%d", size) });
	cr_assert(AWAIT(viewer_progress(v) > 0, 5000));
	return v;
}

/* 1 when all `size` bytes have come; those that came are right. */
static int
is_whole(struct viewer **v, uint64_t size)
{
	struct viewer_result *res = viewer_wait(v);
	int whole = res->curl == 0 && res->bytes == size;

	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	return whole;
}

static void
signal_master(int sig)
{
	cr_assert_eq(kill(reeld_pid(reeld), sig), 0);
}

static int
is_gone(void)
{
	return reeld_pids(reeld, NULL, (pid_t[1]){ 0 }, 1) == 0;
}

/* Whoever is new is refused at once; who is there gets the rest. */
Test(drain, viewers_see_the_end)
{
	struct viewer *v[2];
	int i;

	start("");
	for (i = 0; i < 2; i++)
		v[i] = begin(SIZE, SIZE / 3);
	signal_master(SIGTERM);
	cr_expect(AWAIT(exam_status(reeld_url(reeld, "/health")) == 0, 2000));
	for (i = 0; i < 2; i++)
		cr_expect_lt(viewer_progress(v[i]), SIZE);
	for (i = 0; i < 2; i++)
		cr_expect(is_whole(&v[i], SIZE));
	cr_expect(AWAIT(is_gone(), 5000));
	cr_expect_eq(reeld_log_count(reeld, "killed"), 0);
}

/* `first` and, while that is obeyed, `second`. */
static void
stop_at_once(int first, int second)
{
	struct viewer *v;
	int64_t began;

	start("drain = 60s");
	v = begin(40 * SIZE, SIZE / 10);
	signal_master(first);
	cr_assert(AWAIT(reeld_log_count(reeld, "draining") == 1, 2000));
	usleep(300000);
	cr_assert(!is_gone());
	began = now_us();
	signal_master(second);
	cr_expect(AWAIT(is_gone(), 10000));
	cr_expect_lt(now_us() - began, SOON_US);
	cr_expect(!is_whole(&v, 40 * SIZE));
}

Test(drain, a_second_term_stops)
{
	stop_at_once(SIGTERM, SIGTERM);
}

Test(drain, int_after_term_stops)
{
	stop_at_once(SIGTERM, SIGINT);
}

/* A viewer who would take longer has that long. */
Test(drain, no_longer_than_drain)
{
	struct viewer *v;
	int64_t began;

	start("drain = 1s");
	v = begin(40 * SIZE, SIZE / 10);
	began = now_us();
	signal_master(SIGTERM);
	cr_expect(AWAIT(is_gone(), 10000));
	cr_expect_geq(now_us() - began, 900000);
	cr_expect_lt(now_us() - began, 1000000 + SOON_US);
	cr_expect(!is_whole(&v, 40 * SIZE));
	cr_expect_eq(reeld_log_count(reeld, "takes too long to go"), 1);
}

static int
workers(const char *title)
{
	pid_t pids[8];

	return reeld_pids(reeld, title, pids, 8);
}

/* A worker that is stuck, here because it was stopped, holds nobody up. */
Test(drain, a_stuck_worker_is_killed)
{
	start("workers = 2\ndrain = 1s");
	cr_assert(AWAIT(workers("worker 1") == 1, 3000));
	cr_assert_eq(reeld_kill(reeld, "worker 1", SIGSTOP), 1);
	signal_master(SIGTERM);
	cr_expect(AWAIT(is_gone(), 10000));
	cr_expect_eq(reeld_log_count(reeld, "worker 1 (pid"), 2,
	    "one line that it takes too long, one that it was killed");
}

/* Nor does one that nobody wants to go: it is replaced after half a minute. */
Test(drain, a_hung_worker_is_replaced)
{
	pid_t old, now = 0;
	int64_t took;
	struct viewer *v;

	if (getenv("SOAK") == NULL)
		cr_skip("half a minute: SOAK=1\n");
	start("workers = 1");
	v = begin(SIZE, 0);
	cr_expect(is_whole(&v, SIZE));
	cr_assert_eq(reeld_pids(reeld, "worker", &old, 1), 1);
	took = now_us();
	cr_assert_eq(kill(old, SIGSTOP), 0);
	cr_expect(AWAIT(reeld_pids(reeld, "worker", &now, 1) == 1 &&
	    now != old, 45000));
	took = now_us() - took;
	cr_expect_geq(took, 25000000, "after %lld us", (long long)took);
	cr_expect_eq(reeld_log_count(reeld, "gives no sign of life"), 1);
	v = begin(SIZE, 0);
	cr_expect(is_whole(&v, SIZE));
	exam_audit(reeld);
}

static void
set_workers(int n)
{
	char said[4096];

	reeld_conf(reeld, "workers = %d\ndrain = 1s\n" ORIGIN, n,
	    origin_port(origin));
	cr_assert_eq(reeld_ctl(reeld, "reload", said, sizeof(said)), 0, "%s",
	    said);
}

#define VIEWERS	24	/* none of three workers is without one: 2e-4 */

/*
 * Of two workers that have to go one is stuck: it is killed when it was silent
 * for ten seconds.  The other lives for as long as it has viewers, whatever
 * `drain` says, and takes no new ones.
 */
Test(drain, a_worker_too_many_goes_with_its_last_viewer)
{
	struct viewer *v[VIEWERS];
	int i, whole = 0, longest = 0;
	char said[4096];

	start("workers = 3\ndrain = 1s");
	for (i = 0; i < VIEWERS; i++)
		v[i] = begin(SIZE, SIZE / 14);
	set_workers(1);
	cr_assert_eq(reeld_kill(reeld, "worker 2", SIGSTOP), 1);
	cr_expect_eq(reeld_ctl(reeld, "status", said, sizeof(said)), 0);
	cr_expect_not_null(strstr(said, "leaving"), "%s", said);
	for (i = 0; workers("worker 2") == 1; i++) {
		cr_assert_lt(i, 260, "the stuck worker lives on");
		usleep(50000);
		if (workers("worker 1") == 1)
			longest = i;
	}
	cr_expect_gt(i, 160, "it was killed after %d ms", i * 50);
	cr_expect_eq(longest, i - 1, "one with viewers was too");
	cr_expect_eq(reeld_log_count(reeld, "gives no sign of life"), 1);
	for (i = 0; i < VIEWERS; i++)
		whole += is_whole(&v[i], SIZE);
	fprintf(stderr, "%d of %d viewers have seen the end\n", whole,
	    VIEWERS);
	cr_expect_geq(whole, 1);
	cr_expect(AWAIT(workers("worker") == 1, 5000));
	exam_audit(reeld);
}

/* A worker that comes again under the number of one that leaves. */
Test(drain, fewer_and_more_again)
{
	struct viewer *v[VIEWERS];
	int i;

	start("workers = 3\ndrain = 1s");
	for (i = 0; i < VIEWERS; i++)
		v[i] = begin(SIZE, SIZE / 6);
	set_workers(1);
	set_workers(3);
	cr_expect(AWAIT(workers("worker 1") == 2, 3000));
	cr_expect(AWAIT(workers("worker") == 5, 3000));
	set_workers(2);
	for (i = 0; i < VIEWERS; i++)
		cr_expect(is_whole(&v[i], SIZE));
	cr_expect(AWAIT(workers("worker") == 2, 5000));
	cr_expect_eq(reeld_log_count(reeld, "killed"), 0);
	exam_audit(reeld);
}

/* SPDX-License-Identifier: ISC */
/* kill_test -- kill -9 of one process; those who have to do with others see
 * nothing of it */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/stage.h"

#define WITNESSES	20	/* viewers on the worker that lives */
#define VIEWERS_MAX	128
#define WORKERS		2
#define KNOCKS		16	/* half of them meet the new worker */
#define BACK_US		1000000	/* and it serves within */
#define INODES_MAX	1024

static struct stage stage;

static void
start(void)
{
	stage_open(&stage, "arena_size = 256M\nclient_connections = 0", "");
}

static void
stop(void)
{
	stage_close(&stage);
}

TestSuite(kill, .init = start, .fini = stop, .timeout = 60);

/* The sockets of connections to `port` that stand: how many. */
static int
connections(int port, unsigned long *inodes, int max)
{
	unsigned long inode;
	unsigned local, state;
	char line[512];
	int n = 0;
	FILE *f = fopen("/proc/net/tcp", "re");

	cr_assert_not_null(f);
	while (n < max && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " %*d: %*x:%x %*x:%*x %x %*s %*s %*s %*u "
		    "%*u %lu", &local, &state, &inode) == 3 &&
		    local == (unsigned)port && state == 1)
			inodes[n++] = inode;
	fclose(f);
	return n;
}

/* How many of these the process has open. */
static int
holds(pid_t pid, const unsigned long *inodes, int n)
{
	char dir[64], target[64];
	unsigned long inode;
	struct dirent *d;
	ssize_t len;
	int i, held = 0;
	DIR *fds;

	snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)pid);
	if ((fds = opendir(dir)) == NULL)
		return 0;
	while ((d = readdir(fds)) != NULL) {
		len = readlinkat(dirfd(fds), d->d_name, target,
		    sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		if (sscanf(target, "socket:[%lu]", &inode) != 1)
			continue;
		for (i = 0; i < n; i++)
			held += inodes[i] == inode;
	}
	closedir(fds);
	return held;
}

/* How many clients the worker has. */
static int
clients(pid_t worker)
{
	unsigned long inodes[INODES_MAX];
	int n = connections(reeld_port(stage.reeld), inodes, INODES_MAX);

	return holds(worker, inodes, n);
}

/* Begins viewers until one worker has enough of them: how many.  The kernel
 * chooses the worker, so nobody else may be between. */
static int
fill_a_worker(const pid_t *workers, const struct film *f, struct watch *w)
{
	int n = 0;

	while (clients(workers[0]) < WITNESSES &&
	    clients(workers[1]) < WITNESSES) {
		cr_assert_lt(n, VIEWERS_MAX, "the workers have %d and %d",
		    clients(workers[0]), clients(workers[1]));
		w[n] = stage_watch(&stage, f, 0,
		    &(struct viewer_want){ .rate = 2 * MB });
		cr_assert(AWAIT(viewer_progress(w[n].viewer) > 0, 5000));
		n++;
	}
	return n;
}

/* Requests on new connections; some are for the dead worker's socket, whose
 * queue its successor has to take over. */
static void
knock(const struct film *f)
{
	struct watch w[KNOCKS];
	struct viewer_result *res;
	int64_t latest = 0;
	int i;

	for (i = 0; i < KNOCKS; i++)
		w[i] = stage_watch(&stage, f, 0,
		    &(struct viewer_want){ .stop_after = 65536 });
	for (i = 0; i < KNOCKS; i++) {
		res = watch_end(&w[i]);
		if (res->total_us > latest)
			latest = res->total_us;
		viewer_result_destroy(res);
	}
	fprintf(stderr, "a new worker served after %.0f ms\n",
	    (double)latest / 1000);
	cr_assert_leq(latest, BACK_US);
}

/* Of all viewers, those that had the dead worker broke; none has seen a wrong
 * byte.  How many came to their end? */
static int
intact(struct watch *w, int n)
{
	struct viewer_result *res;
	int whole = 0, i;

	for (i = 0; i < n; i++) {
		res = viewer_wait(&w[i].viewer);
		cr_assert_eq(res->wrong_at, -1, "wrong byte at %" PRId64,
		    res->wrong_at);
		whole += res->curl == 0 &&
		    (int64_t)res->bytes == w[i].expected;
		viewer_result_destroy(res);
	}
	return whole;
}

Test(kill, a_worker)
{
	/* Five seconds for a viewer, two for the source. */
	struct film f = stage_film("film", 10 * MB, 5 * MB, "");
	struct watch w[VIEWERS_MAX];
	pid_t workers[WORKERS + 1];
	int n, keep, living;

	cr_assert_eq(reeld_pids(stage.reeld, "worker", workers, WORKERS + 1),
	    WORKERS);
	n = fill_a_worker(workers, &f, w);
	keep = clients(workers[1]) > clients(workers[0]);
	living = clients(workers[keep]);
	cr_assert_eq(kill(workers[!keep], SIGKILL), 0);
	stage.kills = 1;
	knock(&f);
	cr_assert_eq(reeld_pids(stage.reeld, "worker", workers, WORKERS + 1),
	    WORKERS);
	cr_assert_geq(intact(w, n), living);
	cr_assert_eq(stage_sent(&stage, &f), f.size);
	cr_assert_eq(stage_counter(&stage, "respawns_total"), 1);
}

static void
kill_the_fetcher(void)
{
	cr_assert_eq(reeld_kill(stage.reeld, "fetcher", SIGKILL), 1);
	stage.kills = 1;
}

/* The source brings 30 MB/s on each of three connections. */
static struct film
film_at_30(const char *name)
{
	return stage_film(name, (stage_soak() ? 300 : 150) * MB, 30 * MB, "");
}

Test(kill, the_fetcher)
{
	struct film f = film_at_30("film");
	struct watch w[3];
	int i;

	for (i = 0; i < 3; i++)
		w[i] = stage_watch(&stage, &f, f.size / 10 * 3 * i, NULL);
	cr_assert(AWAIT((int64_t)viewer_progress(w[0].viewer) > f.size / 10,
	    10000));
	kill_the_fetcher();
	watch_end_all(w, 3);
	cr_assert_leq(stage_ratio(&stage, &f, "killed fetcher"), 1.02);
	cr_assert_eq(stage_counter(&stage, "respawns_total"), 1);
}

/* Those who wait for the first answer are found again. */
Test(kill, the_fetcher_while_it_asks)
{
	struct film f = stage_film("film", 20 * MB, 0, "delay=400ms");
	struct watch w = stage_watch(&stage, &f, 5 * MB + 7, NULL);

	cr_assert(AWAIT(origin_stat(stage.origin, f.path, "requests") == 1,
	    5000));
	kill_the_fetcher();
	watch_end_all(&w, 1);
	cr_assert_leq(stage_ratio(&stage, &f, "killed while asking"), 1.02);
}

/* The film goes on becoming whole although nobody waits for it. */
Test(kill, the_fetcher_in_a_background_pull)
{
	struct film f = stage_film("film", 40 * MB, 20 * MB, "");
	struct watch w = stage_watch(&stage, &f, 0,
	    &(struct viewer_want){ .stop_after = 4 * MB });

	watch_end_all(&w, 1);
	kill_the_fetcher();
	cr_assert(AWAIT(stage_have(&stage, &f) == f.size, 10000),
	    "%" PRId64 " bytes", stage_have(&stage, &f));
	cr_assert_leq(stage_ratio(&stage, &f, "killed in the background"),
	    1.02);
}

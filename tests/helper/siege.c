/* SPDX-License-Identifier: ISC */
/* siege -- a reeld, who attacks it, and a neighbour; runs in test programs */
#include "config.h"

#include <sys/resource.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "neighbour.h"
#include "proc.h"
#include "siege.h"
#include "wire.h"

#define ATTACK_MS	1000		/* in the short form */
#define ATTACK_SOAK_MS	10000
#define PACE_MS		5		/* of the neighbour */
#define LATE_US		50000		/* its p99 at most */
#define GROWTH_MAX	((int64_t)32 << 20)	/* anonymous memory */
#define LOOK_MS		50		/* between two looks at the memory */
#define ANSWER_MS	5000
#define MORE_TRIES	2		/* on a busy machine */
#define ATTACKER_NICE	19		/* its CPU is not what is measured */

struct attacker {
	struct siege	*siege;
	const struct siege_attack *attack;
	pthread_t	 thread;
	int		 cuts, refused;
};

struct outcome {
	struct neighbour_report neighbour;
	int64_t		 growth;	/* bytes */
	int		 cuts, refused;
};

int
siege_over(struct siege *s)
{
	return s->over;
}

/* ---- the processes ---- */

static void
raise_files(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void
warm(const char *path)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "%s", path) });

	cr_assert_eq(res->status, 200, "%s: %d", path, res->status);
	viewer_result_destroy(res);
}

static pid_t
worker_of(void)
{
	pid_t pid = -1;

	cr_expect_eq(reeld_pids(exam.reeld, "worker", &pid, 1), 1,
	    "there is no worker");
	return pid;
}

void
siege_start(struct siege *s, const char *conf)
{
	char all[512];

	raise_files();
	snprintf(all, sizeof(all), "workers = 1\n%s", conf);
	exam_start(all, "fill = none max_connections = 16");
	s->port = reeld_port(exam.reeld);
	s->over = 0;
	warm(SIEGE_SMALL);
	warm(SIEGE_LARGE);
	s->worker = worker_of();
}

void
siege_stop(void)
{
	pid_t pid;

	cr_expect_eq(reeld_log_count(exam.reeld, " was killed by signal "), 0,
	    "a process died");
	if (reeld_pids(exam.reeld, NULL, &pid, 1) > 0)
		exam_audit(exam.reeld);
	reeld_stop(&exam.reeld);
	origin_stop(&exam.origin);
}

void
siege_serves(struct siege *s)
{
	int fd = wire_connect(s->port, 0);

	cr_assert_neq(fd, -1, "nobody can connect");
	cr_expect_eq(wire_get(fd, SIEGE_SMALL, data_seed("/f/small", 1),
	    ANSWER_MS), 200, "/f/small comes wrong");
	cr_expect_eq(wire_get(fd, SIEGE_LARGE, data_seed("/f/large", 1),
	    ANSWER_MS), 200, "/f/large comes wrong");
	close(fd);
}

/* ---- the attack ---- */

static void *
attack(void *arg)
{
	struct attacker *a = arg;
	int n;

	setpriority(PRIO_PROCESS, (id_t)gettid(), ATTACKER_NICE);
	while (!a->siege->over) {
		n = a->attack->strike(a->siege, a->attack->arg);
		if (n >= 0) {
			a->cuts += n;
		} else {
			a->refused++;
			usleep(LOOK_MS * 1000);
		}
	}
	return NULL;
}

/* Looks at the worker's memory for so long: the most there was. */
static int64_t
most_memory(const struct siege *s, int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000, most = 0, now;

	while (now_us() < end) {
		now = proc_rss_anon(s->worker);
		if (now > most)
			most = now;
		usleep(LOOK_MS * 1000);
	}
	return most;
}

/* `before`: bytes of the worker's memory when nothing had happened yet. */
static struct outcome
run(struct siege *s, const struct siege_attack *what, int ms, int64_t before)
{
	struct attacker a = { .siege = s, .attack = what };
	struct neighbour *n = neighbour_start(s->port, SIEGE_SMALL,
	    data_seed("/f/small", 1), PACE_MS);
	struct outcome o;

	s->over = 0;
	cr_assert_eq(pthread_create(&a.thread, NULL, attack, &a), 0);
	o.growth = most_memory(s, ms) - before;
	o.neighbour = neighbour_stop(&n);
	s->over = 1;
	pthread_join(a.thread, NULL);
	o.cuts = a.cuts;
	o.refused = a.refused;
	fprintf(stderr, "%s: neighbour %d requests, %d failed, p50 %.2f p99 "
	    "%.2f max %.2f ms; memory %+" PRId64 " KiB; %d cut, %d refused\n",
	    what->title, o.neighbour.asked, o.neighbour.failed,
	    (double)o.neighbour.p50 / 1000, (double)o.neighbour.p99 / 1000,
	    (double)o.neighbour.worst / 1000, o.growth / 1024, o.cuts,
	    o.refused);
	return o;
}

/* A sanitizer's own time and memory say nothing. */
static int
is_judged(void)
{
#ifdef __SANITIZE_ADDRESS__
	return 0;
#else
	return 1;
#endif
}

static void
judge(struct siege *s, const struct siege_attack *what,
    const struct outcome *o)
{
	cr_expect_gt(o->neighbour.asked, 0);
	cr_expect_eq(o->neighbour.failed, 0, "%s: the neighbour got %d wrong "
	    "answers", what->title, o->neighbour.failed);
	if (is_judged()) {
		cr_expect_leq(o->neighbour.p99, LATE_US, "%s: p99 of the "
		    "neighbour is %" PRId64 " us", what->title,
		    o->neighbour.p99);
		cr_expect_leq(o->growth, GROWTH_MAX, "%s: %" PRId64 " bytes "
		    "more", what->title, o->growth);
	}
	if (!what->uncut)
		cr_expect_gt(o->cuts, 0, "%s: was never cut", what->title);
	cr_expect_eq(worker_of(), s->worker, "%s: the worker is another",
	    what->title);
	siege_serves(s);
}

void
siege_attack(struct siege *s, const struct siege_attack *what)
{
	int ms = what->ms != 0 ? what->ms :
	    getenv("SOAK") != NULL ? ATTACK_SOAK_MS : ATTACK_MS;
	int64_t before = proc_rss_anon(s->worker);
	struct outcome o = run(s, what, ms, before);
	int again = is_judged() ? MORE_TRIES : 0;

	while (o.neighbour.p99 > LATE_US && again-- > 0)
		o = run(s, what, ms * 3, before);
	judge(s, what, &o);
}

/* SPDX-License-Identifier: ISC */
/* queue_test -- kill -9 of a worker in whose queue clients wait: its successor
 * takes every one of them */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/stage.h"

#define CLIENTS		200
#define SIZE		100000
#define WAITING		50	/* of them at least; half is to be expected */
#define ROUNDS		3

static struct stage stage;
static struct film film;

/* Once the film is in the arena, only workers have to do with an answer. */
static void
start(void)
{
	struct watch w;

	stage_open(&stage, "workers = 2\nclient_connections = 0", "");
	film = stage_film("film", SIZE, 0, "");
	w = stage_watch(&stage, &film, 0, NULL);
	watch_end_all(&w, 1);
}

static void
stop(void)
{
	stage_close(&stage);
}

TestSuite(queue, .init = start, .fini = stop, .timeout = 60);

/* How many stand in the queues of the listening sockets. */
static int
waiting(void)
{
	unsigned local, state, queue;
	char line[512];
	int n = 0;
	FILE *f = fopen("/proc/net/tcp", "re");

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " %*d: %*x:%x %*x:%*x %x %*x:%x", &local,
		    &state, &queue) == 3 && state == 10 &&
		    local == (unsigned)reeld_port(stage.reeld))
			n += (int)queue;
	fclose(f);
	return n;
}

static int
answered(const struct watch *w)
{
	int i, n = 0;

	for (i = 0; i < CLIENTS; i++)
		n += viewer_progress(w[i].viewer) == SIZE;
	return n;
}

/* A worker that is stopped accepts nobody, so that whoever the kernel gives to
 * it waits in its queue for certain; the other worker's clients are done. */
static void
kill_one(pid_t worker)
{
	struct watch w[CLIENTS];
	int i;

	cr_assert_eq(kill(worker, SIGSTOP), 0);
	for (i = 0; i < CLIENTS; i++)
		w[i] = stage_watch(&stage, &film, 0, NULL);
	cr_assert(AWAIT(answered(w) + waiting() == CLIENTS, 10000),
	    "%d are answered, %d wait", answered(w), waiting());
	cr_assert_geq(waiting(), WAITING);
	cr_assert_eq(kill(worker, SIGKILL), 0);
	stage.kills++;
	watch_end_all(w, CLIENTS);
	cr_assert_eq(waiting(), 0);
}

Test(queue, outlives_its_worker)
{
	pid_t workers[3];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		cr_assert(AWAIT(reeld_pids(stage.reeld, "worker", workers, 3)
		    == 2, 5000));
		kill_one(workers[i % 2]);
	}
	cr_assert_eq(stage_counter(&stage, "respawns_total"), ROUNDS);
}

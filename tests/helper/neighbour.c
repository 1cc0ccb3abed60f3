/* SPDX-License-Identifier: ISC */
/* neighbour -- asks for little, often; a thread of test programs */
#include "config.h"

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/string.h>

#include "neighbour.h"
#include "now.h"
#include "wire.h"

#define SAMPLES_MAX	65536
#define PATIENCE_MS	5000	/* of one answer */

struct neighbour {
	pthread_t	 thread;
	int		 port, pace_ms;
	char		 path[128];
	uint64_t	 seed;
	_Atomic int	 stop;
	int		 asked, failed;
	int64_t		 us[SAMPLES_MAX];
};

/* One request; a connection that is lost is opened again for the next. */
static void
ask(struct neighbour *n, int *fd, int64_t due)
{
	if (*fd == -1)
		*fd = wire_connect(n->port, 0);
	if (*fd == -1 || wire_get(*fd, n->path, n->seed, PATIENCE_MS) != 200) {
		n->failed++;
		if (*fd != -1)
			close(*fd);
		*fd = -1;
	}
	n->us[n->asked++] = now_us() - due;
}

static void *
live(void *arg)
{
	struct neighbour *n = arg;
	int64_t due;
	int fd = -1;

	for (due = now_us(); !n->stop && n->asked < SAMPLES_MAX;
	    due += (int64_t)n->pace_ms * 1000) {
		now_sleep_until(due);
		ask(n, &fd, due);
	}
	if (fd != -1)
		close(fd);
	return NULL;
}

struct neighbour *
neighbour_start(int port, const char *path, uint64_t seed, int pace_ms)
{
	struct neighbour *n = calloc(1, sizeof(*n));

	if (n == NULL)
		err(1, "neighbour");
	n->port = port;
	n->pace_ms = pace_ms;
	n->seed = seed;
	strlcpy(n->path, path, sizeof(n->path));
	if (pthread_create(&n->thread, NULL, live, n) != 0)
		errx(1, "no thread for a neighbour");
	return n;
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct neighbour_report
neighbour_stop(struct neighbour **np)
{
	struct neighbour *n = *np;
	struct neighbour_report r = { 0 };

	n->stop = 1;
	pthread_join(n->thread, NULL);
	qsort(n->us, (size_t)n->asked, sizeof(n->us[0]), by_value);
	r.asked = n->asked;
	r.failed = n->failed;
	if (n->asked > 0) {
		r.p50 = n->us[n->asked / 2];
		r.p99 = n->us[n->asked * 99 / 100];
		r.worst = n->us[n->asked - 1];
	}
	free(n);
	*np = NULL;
	return r;
}

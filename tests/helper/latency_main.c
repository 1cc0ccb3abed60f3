/* SPDX-License-Identifier: ISC */
/*
 * latency -- how long small requests take
 *
 * usage: latency count pace url
 *
 * Asks `count` times, each on a connection of its own, `pace` milliseconds
 * after the answer before.  Prints milliseconds from connecting to the last
 * byte: `p50 p99 max`.
 */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "argument.h"
#include "viewer.h"

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t
ask(const char *url)
{
	struct viewer_want want = { .url = url, .timeout_ms = 10000 };
	struct viewer_result *res = fetch(&want);
	int64_t us = res->total_us;

	if (res->status != 200 || res->curl != 0)
		errx(1, "%s: status %d %s", url, res->status, res->error);
	viewer_result_destroy(res);
	return us;
}

int
main(int argc, char **argv)
{
	size_t i, count, pace;
	int64_t *us;

	if (argc != 4)
		errx(1, "usage: latency count pace url");
	count = (size_t)argument_number("count", argv[1], 1, 1000000);
	pace = (size_t)argument_number("pace", argv[2], 1, 1000000);
	if ((us = calloc(count, sizeof(*us))) == NULL)
		err(1, "samples");
	for (i = 0; i < count; i++) {
		us[i] = ask(argv[3]);
		usleep((useconds_t)(pace * 1000));
	}
	qsort(us, count, sizeof(*us), by_value);
	printf("%.3f %.3f %.3f\n", (double)us[count / 2] / 1000,
	    (double)us[count * 99 / 100] / 1000,
	    (double)us[count - 1] / 1000);
	free(us);
	return 0;
}

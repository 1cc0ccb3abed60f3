/* SPDX-License-Identifier: ISC */
/*
 * firstbyte -- how much later than the source's own reeld's first bytes are
 *
 * usage: firstbyte source-port reeld-port name
 *
 * Plays the three viewers of the demo, a follower and twelve seeks on files of
 * 300 MB that the scripted source paces at 30 MB/s, under names that nobody
 * asked for before: reeld has its /f/ under /seek/ and /film/, each with
 * connections of its own.  Just before each request to reeld the same goes to
 * the source, and leaves at the first byte.  Prints lines of milliseconds:
 * `what direct|reeld time`.
 */
#include "config.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/stdlib.h>

#include "argument.h"
#include "data.h"
#include "now.h"
#include "viewer.h"

#define FILE_SIZE	UINT64_C(300000000)
#define RATE		30000000
#define FRACTION	(FILE_SIZE / 10)
#define SEEKS		12
#define SEEK_READS	2000000
#define SECOND		1000000		/* us */

static int source_port, reeld_port;
static const char *run;			/* makes names fresh */

/* A viewer of /f/PREFIX-RUN from `offset` on, who leaves after so much. */
static struct viewer *
view(int port, const char *prefix, uint64_t offset, uint64_t stop_after)
{
	char url[512], path[256], range[32];
	struct viewer_want want = {
		.url = url, .check = 1, .offset = offset,
		.stop_after = stop_after,
	};

	snprintf(path, sizeof(path), "/f/%s-%s", prefix, run);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s/%s-%s?size=%"
	    PRIu64 "&rate=%d", port, port == source_port ? "f" : prefix,
	    prefix, run, FILE_SIZE, RATE);
	snprintf(range, sizeof(range), "%" PRIu64 "-", offset);
	want.seed = data_seed(path, 1);
	want.range = range;
	return viewer_start(&want);
}

static void
report(const char *what, const char *server, struct viewer **v)
{
	struct viewer_result *res = viewer_wait(v);

	if (res->status != 206 || res->curl != 0 || res->wrong_at != -1 ||
	    res->first_byte_us == -1)
		errx(1, "%s, %s: status %d, first wrong byte %" PRId64 " %s",
		    what, server, res->status, res->wrong_at, res->error);
	printf("%s %s %.3f\n", what, server,
	    (double)res->first_byte_us / 1000);
	viewer_result_destroy(res);
}

static void
ask_source(const char *what, const char *prefix, uint64_t offset)
{
	struct viewer *v = view(source_port, prefix, offset, 1);

	report(what, "direct", &v);
}

/* One after the other sits down, and stays until all of them are there. */
static void
sit_down(void)
{
	static const struct {
		const char	*what;
		uint64_t	 offset;
		int64_t		 at;	/* us */
	} seats[] = {
		{ "viewer-0", 0, 0 },
		{ "viewer-30", 3 * FRACTION, SECOND },
		{ "viewer-60", 6 * FRACTION, 2 * SECOND },
		{ "follower", 0, 2 * SECOND + SECOND / 2 },
	};
	struct viewer *viewers[sizeof(seats) / sizeof(seats[0])];
	size_t i, n = sizeof(seats) / sizeof(seats[0]);
	int64_t began = now_us();

	for (i = 0; i < n; i++) {
		now_sleep_until(began + seats[i].at);
		ask_source(seats[i].what, "film", seats[i].offset);
		viewers[i] = view(reeld_port, "film", seats[i].offset, 0);
	}
	now_sleep_until(began + 3 * SECOND);
	for (i = 0; i < n; i++) {
		viewer_stop(viewers[i]);
		report(seats[i].what, "reeld", &viewers[i]);
	}
}

static void
seek_around(void)
{
	struct viewer *v;
	uint64_t offset;
	int i;

	for (i = 0; i < SEEKS; i++) {
		offset = arc4random_uniform(FILE_SIZE - SEEK_READS);
		ask_source("seek", "seek", offset);
		v = view(reeld_port, "seek", offset, SEEK_READS);
		report("seek", "reeld", &v);
	}
}

int
main(int argc, char **argv)
{
	if (argc != 4)
		errx(1, "usage: firstbyte source-port reeld-port name");
	source_port = argument_port(argv[1], 1);
	reeld_port = argument_port(argv[2], 1);
	run = argv[3];
	seek_around();
	sit_down();
	return 0;
}

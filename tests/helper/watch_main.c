/* SPDX-License-Identifier: ISC */
/*
 * watch -- three viewers of one slow file, and the map while they play
 *
 * usage: watch source-control-port reeld-port map-command
 *
 * The viewers of /films/fred.ts, which is the source's /f/fred.ts, sit down at
 * 0, 30 and 60 % of the file, one second after the other, and compare every
 * byte that they get.  What the command prints is redrawn in place, or once a
 * second where the output is no terminal.  At the end it says what the source
 * had to send and what the viewers got; status 1 if that was not the file.
 */
#include "config.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>

#include "argument.h"
#include "data.h"
#include "now.h"
#include "viewer.h"

#define SOURCE_PATH	"/f/fred.ts"
#define REELD_PATH	"/films/fred.ts"
#define FILE_SIZE	UINT64_C(300000000)
#define RATE		UINT64_C(30000000)
#define PERCENT		(FILE_SIZE / 100)
#define VIEWERS		3
#define FRAME_US	100000		/* on a terminal */
#define LINE_US		1000000		/* elsewhere */
#define SECOND		INT64_C(1000000)

static struct seat {
	uint64_t	 begin;		/* in the file */
	int64_t		 at;		/* us after the start */
	struct viewer	*viewer;	/* NULL: has not come yet */
} seats[VIEWERS] = {
	{ 0, 0, NULL },
	{ 30 * PERCENT, 1 * SECOND, NULL },
	{ 60 * PERCENT, 2 * SECOND, NULL },
};

static int source_control, reeld_port, terminal;
static const char *map_command;
static int drawn;			/* lines of the last frame */

static struct viewer *
sit_down(const struct seat *seat)
{
	char url[128], range[32];
	struct viewer_want want = {
		.url = url, .range = range, .check = 1,
		.seed = data_seed(SOURCE_PATH, 1), .offset = seat->begin,
		.timeout_ms = 30000,
	};

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", reeld_port,
	    REELD_PATH);
	snprintf(range, sizeof(range), "%" PRIu64 "-", seat->begin);
	return viewer_start(&want);
}

/* One line of a frame, over the one that is there. */
static void
draw_line(const char *text)
{
	printf("%.*s%s\n", (int)strcspn(text, "\n"), text,
	    terminal ? "\033[K" : "");
	drawn++;
}

static void
draw_map(void)
{
	char line[512];
	FILE *f;

	if ((f = popen(map_command, "re")) == NULL)
		err(1, "%s", map_command);
	while (fgets(line, sizeof(line), f) != NULL)
		draw_line(line);
	if (pclose(f) != 0)
		errx(1, "failed: %s", map_command);
}

static void
draw_seat(const struct seat *seat)
{
	char line[128];
	uint64_t got;

	if (seat->viewer == NULL)
		return;
	got = viewer_progress(seat->viewer);
	snprintf(line, sizeof(line), "   viewer from %2" PRIu64 " %%: "
	    "%5.1f MB, now at %3" PRIu64 " %%%s", seat->begin / PERCENT,
	    (double)got / 1e6, (seat->begin + got) / PERCENT,
	    seat->begin + got == FILE_SIZE ? ", done" : "");
	draw_line(line);
}

static void
draw(int64_t elapsed)
{
	char line[32];
	int i;

	if (terminal && drawn > 0)
		printf("\033[%dA", drawn);
	drawn = 0;
	snprintf(line, sizeof(line), "   %.1f s", (double)elapsed / SECOND);
	draw_line(line);
	draw_map();
	for (i = 0; i < VIEWERS; i++)
		draw_seat(&seats[i]);
	if (terminal)
		printf("\033[J");	/* a frame may be the shorter one */
	fflush(stdout);
}

/* Has everyone come, and got what it came for? */
static int
all_done(void)
{
	int i;

	for (i = 0; i < VIEWERS; i++)
		if (seats[i].viewer == NULL || seats[i].begin +
		    viewer_progress(seats[i].viewer) < FILE_SIZE)
			return 0;
	return 1;
}

/* Until all have the file or `most` us are over. */
static void
play(int64_t most)
{
	int64_t began = now_us(), next_frame = 0, elapsed = 0;
	int i;

	while (!all_done() && elapsed < most) {
		for (i = 0; i < VIEWERS; i++)
			if (seats[i].viewer == NULL && elapsed >= seats[i].at)
				seats[i].viewer = sit_down(&seats[i]);
		if (elapsed >= next_frame) {
			draw(elapsed);
			next_frame += terminal ? FRAME_US : LINE_US;
		}
		usleep(10000);
		elapsed = now_us() - began;
	}
	draw(elapsed);
}

/* One of the source's counters, of the file or with `file` 0 of all. */
static int64_t
count(json_t *stats, int file, const char *name)
{
	if (file)
		stats = json_object_get(json_object_get(stats, "paths"),
		    SOURCE_PATH);
	return json_integer_value(json_object_get(stats, name));
}

static json_t *
load_stats(void)
{
	char url[64];
	struct viewer_want want = { .url = url, .keep = 65536 };
	struct viewer_result *res;
	json_t *stats;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/_stats",
	    source_control);
	res = fetch(&want);
	if (res->body == NULL ||
	    (stats = json_loads(res->body, 0, NULL)) == NULL)
		errx(1, "the source does not say what it sent: %s",
		    res->error);
	viewer_result_destroy(res);
	return stats;
}

static void
report_source(void)
{
	json_t *stats = load_stats();
	int64_t bytes = count(stats, 1, "bytes");

	printf("   source: sent %" PRId64 " bytes for a file of %" PRIu64
	    " (ratio %.3f), on %" PRId64 " connections\n", bytes, FILE_SIZE,
	    (double)bytes / (double)FILE_SIZE, count(stats, 0,
	    "connections"));
	json_decref(stats);
}

/* Returns 1 when the viewer got its part of the file and nothing else. */
static int
report_seat(struct seat *seat)
{
	struct viewer_result *res = viewer_wait(&seat->viewer);
	int whole = res->bytes == FILE_SIZE - seat->begin;
	int intact = whole && res->wrong_at == -1 && res->curl == 0;

	printf("   viewer from %2" PRIu64 " %%: first byte after %.1f ms, ",
	    seat->begin / PERCENT, (double)res->first_byte_us / 1000);
	if (intact)
		printf("intact\n");
	else if (res->wrong_at != -1)
		printf("WRONG at byte %" PRId64 "\n", res->wrong_at);
	else
		printf("FAILED with status %d after %" PRIu64 " bytes: %s\n",
		    res->status, res->bytes, res->error);
	viewer_result_destroy(res);
	return intact;
}

int
main(int argc, char **argv)
{
	int i, intact = 1;

	if (argc != 4)
		errx(1, "usage: watch source-control-port reeld-port"
		    " map-command");
	source_control = argument_port(argv[1], 1);
	reeld_port = argument_port(argv[2], 1);
	map_command = argv[3];
	terminal = isatty(STDOUT_FILENO);

	/* Alone on one connection a viewer would take half of that. */
	play((int64_t)(FILE_SIZE / RATE) * 2 * SECOND);
	printf("\n");
	report_source();
	for (i = 0; i < VIEWERS; i++)
		intact &= report_seat(&seats[i]);
	return !intact;
}

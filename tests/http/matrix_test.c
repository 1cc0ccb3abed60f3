/* SPDX-License-Identifier: ISC */
/* matrix_test -- every misbehaviour of a source, for every kind of viewer */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/data.h"
#include "../helper/harness.h"
#include "../helper/now.h"
#include "../helper/scripted.h"
#include "../helper/viewer.h"

#define SIZE	1000000
#define SEEK	600000		/* where the second look begins */
#define LEAVE	100000		/* where the first one ends */
#define NINE	9
#define PATIENCE 12		/* s that a cell may take */
#define TOGETHER 22		/* rows at a time */
#define README	"tests/README"

/*
 * What a viewer gets, written before it was tried, from INTERFACE and the
 * rules P8 to P10:
 *
 *   200   all bytes
 *   206   the range that was asked for, to the end
 *   all   200 to a range, and all bytes: its length was not known in time
 *   cut   right bytes, then the connection ends before its time
 *   4xx, 5xx   an error
 */
static const struct row {
	const char	*knobs;		/* of the source; tests/README */
	const char	*from0, *seek, *nine;
} rows[] = {
	/* it is well */
	{ "rate=4M",				"200", "206", "200" },
	{ "delay=300ms",			"200", "206", "200" },
	{ "dribble=1ms",			"200", "206", "200" },
	{ "noka=1",				"200", "206", "200" },
	{ "head405=1",				"200", "206", "200" },
	{ "type=text/html",			"200", "206", "200" },
	/* validators */
	{ "etag=none",				"200", "206", "200" },
	{ "etag=weak",				"200", "206", "200" },
	{ "etag=none&lm=0",			"200", "206", "200" },
	{ "ifrangeignore=1",			"200", "206", "200" },
	/* without ranges, without length, HTTP/1.0, trailers */
	{ "norange=1",				"200", "206", "200" },
	{ "nolen=1",				"200", "206", "200" },
	{ "chunked=1",				"200", "206", "200" },
	{ "chunked=1&trailers=1",		"200", "206", "200" },
	{ "nolen=1&norange=1&rate=2M",	"200", "all", "200" },
	{ "chunked=1&norange=1&rate=2M",	"200", "all", "200" },
	{ "chunked=1&trailers=1&norange=1&rate=2M",	"200", "all", "200" },
	{ "http10=1",				"200", "206", "200" },
	{ "http10=1&norange=1",			"200", "206", "200" },
	{ "http10=1&nolen=1&norange=1&rate=2M",	"200", "all", "200" },
	{ "norange=1&etag=none&lm=0",		"200", "206", "200" },
	/* against our wish */
	{ "gzip=1",				"502", "502", "502" },
	{ "multipart=1",			"502", "502", "502" },
	/* 416 that is a lie */
	{ "lie416=bare",			"200", "206", "200" },
	{ "lie416=size",			"200", "206", "200" },
	{ "lie416=wrong",			"200", "206", "200" },
	/* ranges that are told wrongly */
	{ "badcr=text",				"502", "502", "502" },
	{ "badcr=missing",			"502", "502", "502" },
	{ "badcr=reversed",			"502", "502", "502" },
	{ "badcr=total",			"502", "502", "502" },
	{ "badcr=star&rate=2M",		"200", "all", "200" },
	{ "crshift=1",				"502", "502", "502" },
	{ "crshift=-1",				"502", "502", "502" },
	{ "early=100",				"200", "206", "200" },
	{ "early=-100",				"502", "502", "502" },
	{ "rangemax=150000",			"200", "206", "200" },
	/* lengths that are not kept */
	{ "wronglen=+5",			"502", "502", "502" },
	{ "wronglen=-5",			"502", "502", "502" },
	{ "short=1000",			"cut", "cut", "cut" },
	/* breaks and stalls */
	{ "cut=200000",				"200", "206", "200" },
	{ "cut=200000&rst=1",			"200", "206", "200" },
	{ "cut=200000&chunked=1",		"200", "206", "200" },
	{ "cut=200000&noka=1&etag=none&lm=0",	"200", "206", "200" },
	{ "cutat=500000&cutonce=2&norange=1",	"200", "206", "200" },
	{ "stallat=500000&stallonce=1",		"200", "206", "200" },
	{ "stall=200000&stallms=400",		"200", "206", "200" },
	{ "cutat=500000&status=404&statusafter=1", "cut", "404", "cut" },
	{ "hangup=1",				"502", "502", "502" },
	{ "hangup=1&rst=1",			"502", "502", "502" },
	{ "delay=20s",				"504", "504", "504" },
	/* it says no */
	{ "status=404",				"404", "404", "404" },
	{ "status=410",				"410", "410", "410" },
	{ "status=401",				"502", "502", "502" },
	{ "status=403",				"502", "502", "502" },
	{ "status=429&retryafter=12",		"503", "503", "503" },
	{ "status=429&statusonce=1",		"200", "206", "200" },
	{ "status=500",				"502", "502", "502" },
	{ "status=500&statusonce=1",		"200", "206", "200" },
	{ "status=503&retryafter=1&statusonce=1", "200", "206", "200" },
	{ "status=503&retryafter=12",		"503", "503", "503" },
	{ "status=204",				"502", "502", "502" },
	/* redirects */
	{ "redirect=3",				"200", "206", "200" },
	{ "redirect=2&redirstatus=307",		"200", "206", "200" },
	{ "redirect=1&tokenms=200&cut=200000",	"200", "206", "200" },
	{ "redirect=50",			"502", "502", "502" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

enum kind { FROM0, SEEKING, ATONCE, KINDS };

/* One row and kind under way. */
struct cell {
	const struct row *row;
	enum kind	 kind;
	char		 path[32];
	struct viewer	*viewers[NINE];
	int		 n;
	int64_t		 begun;		/* us */
};

static struct origin *origin;
static struct reeld *reeld;

static void
start(void)
{
	origin = origin_start(NULL, NULL);
	reeld = reeld_start("arena_size = 512M wait_max = 10s\norigin \"f\" {"
	    " match = \"/f/\" url = \"%s\" retries = 3 retry_delay = 100ms"
	    " cool_down = 0s connect_timeout = 1s stall_timeout = 1s"
	    " max_connections = 500 }", origin_url(origin, "/f/"));
}

static void
stop(void)
{
	reeld_stop(&reeld);
	origin_stop(&origin);
}

static const char *
expected(const struct cell *c)
{
	return c->kind == FROM0 ? c->row->from0 : c->kind == SEEKING ?
	    c->row->seek : c->row->nine;
}

static struct viewer *
look(const struct cell *c, uint64_t from, uint64_t stop_after)
{
	char range[32];

	snprintf(range, sizeof(range), "%" PRIu64 "-", from);
	return viewer_start(&(struct viewer_want){ .check = 1,
	    .seed = data_seed(c->path, 1), .offset = from,
	    .range = from > 0 ? range : NULL, .stop_after = stop_after,
	    .timeout_ms = 3 * PATIENCE * 1000,
	    .url = reeld_url(reeld, "%s?size=%d", c->path, SIZE) });
}

/* A viewer that seeks leaves its first place; whatever came there is right. */
static void
seek(struct cell *c)
{
	struct viewer *v = look(c, 0, LEAVE);
	struct viewer_result *res = viewer_wait(&v);

	cr_expect_eq(res->wrong_at, -1, "%s: wrong byte at %" PRId64,
	    c->row->knobs, res->wrong_at);
	viewer_result_destroy(res);
	c->viewers[c->n++] = look(c, SEEK, 0);
}

static void
begin(struct cell *c, const struct row *row, enum kind kind)
{
	memset(c, 0, sizeof(*c));
	c->row = row;
	c->kind = kind;
	snprintf(c->path, sizeof(c->path), "/f/m-%d-%d", (int)(row - rows),
	    (int)kind);
	origin_set(origin, c->path, row->knobs);
	c->begun = now_us();
	if (kind == SEEKING)
		seek(c);
	else
		do
			c->viewers[c->n++] = look(c, 0, 0);
		while (kind == ATONCE && c->n < NINE);
}

/* What one viewer got, in the words of the table.  Bytes that belong to no
 * place are the one thing that must never be. */
static const char *
outcome(const struct viewer_result *res, enum kind kind)
{
	static char status[4];
	uint64_t all = res->status == 206 ? SIZE - SEEK : SIZE;

	if (res->status / 100 != 2) {
		snprintf(status, sizeof(status), "%u",
		    (unsigned)res->status % 1000);
		return status;
	}
	/* a 200 to a range has other bytes than those that were compared */
	if (kind == SEEKING && res->status == 200)
		return res->bytes == SIZE && res->curl == 0 ? "all" : "cut";
	if (res->wrong_at != -1)
		return "bad";
	return res->curl == 0 && res->bytes == all ?
	    res->status == 206 ? "206" : "200" : "cut";
}

/* A cell is as its row says if all its viewers are. */
static int
end(struct cell *c, char what[4])
{
	struct viewer_result *res;
	const char *got;
	int i, good = 1;

	snprintf(what, 4, "%s", expected(c));
	for (i = 0; i < c->n; i++) {
		res = viewer_wait(&c->viewers[i]);
		got = outcome(res, c->kind);
		if (strcmp(got, expected(c)) != 0) {
			cr_expect(0, "%s, kind %d, viewer %d: %s, not %s "
			    "(%d, %" PRIu64 " bytes, %s)", c->row->knobs,
			    (int)c->kind, i, got, expected(c), res->status,
			    res->bytes, res->error);
			snprintf(what, 4, "%s", got);
			good = 0;
		}
		cr_expect_leq(res->total_us, PATIENCE * 1000000LL,
		    "%s, kind %d: %" PRId64 " us", c->row->knobs,
		    (int)c->kind, res->total_us);
		viewer_result_destroy(res);
	}
	return good;
}

/* Once its source is well, all of it comes, and what was kept is right. */
static int
heals(const struct cell *c)
{
	struct viewer *v = look(c, 0, 0);
	struct viewer_result *res = viewer_wait(&v);
	int whole = res->status == 200 && res->curl == 0 && res->bytes == SIZE;

	cr_expect_eq(res->wrong_at, -1, "%s: wrong byte at %" PRId64
	    " was kept", c->row->knobs, res->wrong_at);
	viewer_result_destroy(res);
	return whole;
}

static void
print_row(FILE *out, const struct row *row, char what[KINDS][4])
{
	fprintf(out, "    %-42s%-5s%-5s%s\n", row->knobs, what[FROM0],
	    what[SEEKING], what[ATONCE]);
}

/* 1 when the matrix in the README has this line. */
static int
is_documented(const struct row *row)
{
	char line[96], text[96], want[KINDS][4];
	FILE *in = fopen(README, "r"), *out = fmemopen(line, sizeof(line), "w");
	int found = 0;

	cr_assert(in != NULL && out != NULL);
	snprintf(want[FROM0], 4, "%s", row->from0);
	snprintf(want[SEEKING], 4, "%s", row->seek);
	snprintf(want[ATONCE], 4, "%s", row->nine);
	print_row(out, row, want);
	fclose(out);
	while (!found && fgets(text, sizeof(text), in) != NULL)
		found = strcmp(text, line) == 0;
	fclose(in);
	return found;
}

/* Rows [first, last): all their cells at once, then printed. */
static void
play(size_t first, size_t last)
{
	static struct cell cells[TOGETHER][KINDS];
	char what[TOGETHER][KINDS][4];
	size_t i;
	int k;

	for (i = first; i < last; i++)
		for (k = 0; k < KINDS; k++)
			begin(&cells[i - first][k], &rows[i], (enum kind)k);
	for (i = first; i < last; i++)
		for (k = 0; k < KINDS; k++)
			end(&cells[i - first][k], what[i - first][k]);
	origin_reset(origin);
	for (i = first; i < last; i++) {
		print_row(stderr, &rows[i], what[i - first]);
		for (k = 0; k < KINDS; k++)
			cr_expect(AWAIT(heals(&cells[i - first][k]), 15000),
			    "%s, kind %d: does not come back", rows[i].knobs,
			    k);
	}
}

TestSuite(matrix, .init = start, .fini = stop, .timeout = 300);

Test(matrix, all)
{
	size_t i;

	fprintf(stderr, "    %-42sfrom seek nine\n", "the source");
	for (i = 0; i < ROWS; i += TOGETHER)
		play(i, i + TOGETHER < ROWS ? i + TOGETHER : ROWS);
}

Test(matrix, is_in_the_readme, .init = NULL, .fini = NULL)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		cr_expect(is_documented(&rows[i]), "%s is not in %s",
		    rows[i].knobs, README);
}

/* SPDX-License-Identifier: ISC */
/* source_lies_test -- whatever a source does, no viewer gets a wrong byte */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		1000000
#define MIDDLE		500001
#define LOOKS		3	/* viewers of each object at once */

enum outcome {
	GOOD,		/* everybody gets all, and it is right */
	SAFE		/* right as far as it goes; if not all, not as all */
};

static const struct row {
	const char	*knobs;
	enum outcome	 outcome;
} rows[] = {
	/* Manners that are unusual, but enough to play from. */
	{ "norange=1", GOOD },
	{ "norange=1&chunked=1", GOOD },
	{ "norange=1&http10=1", GOOD },
	{ "norange=1&nolen=1&etag=none&lm=0", GOOD },
	{ "norange=1&chunked=1&etag=none&lm=0", GOOD },
	{ "http10=1", GOOD },
	{ "noka=1", GOOD },
	{ "chunked=1", GOOD },
	{ "chunked=1&trailers=1", GOOD },
	{ "nolen=1", GOOD },
	{ "nolen=1&http10=1", GOOD },
	{ "rangemax=100000", GOOD },
	{ "early=60", GOOD },
	{ "lie416=bare", GOOD },
	{ "lie416=size", GOOD },
	{ "lie416=wrong", GOOD },
	{ "etag=weak", GOOD },
	{ "etag=none", GOOD },
	{ "etag=none&lm=0", GOOD },
	{ "head405=1", GOOD },
	{ "dribble=1ms", GOOD },
	{ "rate=2000000", GOOD },
	{ "hdr=Content-Encoding:%20identity", GOOD },
	/* Mishaps that pass. */
	{ "cut=400000&cutonce=1", GOOD },
	{ "cut=400000&cutonce=1&rst=1", GOOD },
	{ "cut=100000", GOOD },
	{ "cutat=600000&cutonce=1", GOOD },
	{ "cut=400000&cutonce=1&chunked=1", GOOD },
	{ "cut=400000&cutonce=1&etag=weak", GOOD },
	{ "cut=400000&cutonce=1&etag=none&lm=0", GOOD },
	{ "stall=400000&stallonce=1", GOOD },
	/* Mishaps that may not. */
	{ "status=503&statusafter=1&cut=400000&statusonce=1&cutonce=1", SAFE },
	{ "status=500&statusafter=1&cut=400000&statusonce=1&cutonce=1", SAFE },
	/* Lies. */
	{ "crshift=1", SAFE },
	{ "crshift=1000", SAFE },
	{ "crshift=-1", SAFE },
	{ "crshift=-1000", SAFE },
	{ "early=-60", SAFE },
	{ "early=60&rangemax=100000", SAFE },
	{ "badcr=text", SAFE },
	{ "badcr=missing", SAFE },
	{ "badcr=reversed", SAFE },
	{ "badcr=total", SAFE },
	{ "badcr=star", SAFE },
	{ "multipart=1", SAFE },
	{ "gzip=1", SAFE },
	{ "gzip=1&norange=1", SAFE },
	{ "wronglen=+5", SAFE },
	{ "wronglen=-5", SAFE },
	{ "wronglen=+5&norange=1", SAFE },
	{ "wronglen=+100000&norange=1&etag=none&lm=0", SAFE },
	{ "short=5", SAFE },
	{ "short=70000&norange=1", SAFE },
	{ "short=70000&rangemax=200000", SAFE },
	{ "norange=1&cut=400000", SAFE },
	{ "chunked=1&norange=1&cut=400000", SAFE },
	{ "cut=0", SAFE },
	{ "hdr=Content-Range:%20bytes%200-9/10", SAFE },
	{ "hdr=Content-Length:%205", SAFE },
	{ "hdr=Transfer-Encoding:%20gzip", SAFE },
	{ "hdr=Content-Type:%20multipart/byteranges", SAFE },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Where the viewers of an object begin. */
static const struct look {
	const char	*range;
	uint64_t	 first, bytes;
} looks[LOOKS] = {
	{ NULL, 0, SIZE },
	{ "500001-", MIDDLE, SIZE - MIDDLE },
	{ "-200000", SIZE - 200000, 200000 },
};

static void
start(void)
{
	exam_start("segment_size = 64K wait_max = 10s", "retries = 1"
	    " connect_timeout = 1s stall_timeout = 1s max_connections = 300");
}

static const char *
film(size_t row)
{
	return reeld_url(exam.reeld, "/f/lie-%zu?as=/f/film&size=%d&%s", row,
	    SIZE, rows[row].knobs);
}

static struct viewer *
watch(size_t row, const struct look *look)
{
	return viewer_start(&(struct viewer_want){ .url = film(row),
	    .range = look->range, .keep = SIZE, .timeout_ms = 20000,
	    .http = row % 2 ? VIEWER_H2C : VIEWER_HTTP11 });
}

/* Complete in the eyes of a player: no error of HTTP. */
static int
complete(const struct viewer_result *res)
{
	return res->curl == 0 && res->status / 100 == 2;
}

/* Where the body begins in the file, by the answer's own words. */
static uint64_t
claimed_first(const struct viewer_result *res)
{
	const char *range = viewer_header(res, "Content-Range");
	uint64_t first = 0;

	if (res->status == 206 && range != NULL)
		sscanf(range, "bytes %" SCNu64, &first);
	return first;
}

/* How much there is to get: all of it where a range cannot be told apart, for
 * want of a size. */
static uint64_t
wanted(const struct viewer_result *res, const struct look *look)
{
	return res->status == 200 ? SIZE : look->bytes;
}

static void
check(const struct viewer_result *res, const struct row *row,
    const struct look *look, const char *when)
{
	int shorter = strstr(row->knobs, "wronglen=-") != NULL;
	char who[160];

	snprintf(who, sizeof(who), "%s, %s, %s", when, row->knobs,
	    look->range != NULL ? look->range : "all");
	if (res->status / 100 == 2)
		cr_expect_eq(data_check(data_seed("/f/film", 1),
		    claimed_first(res), res->body, res->body_len), -1,
		    "%s: a wrong byte", who);
	if (res->status == 200 && look->range != NULL)
		cr_expect_null(viewer_header(res, "Content-Length"),
		    "%s: 200 to a range, though the size is known", who);
	if (row->outcome == GOOD)
		cr_expect(complete(res) && res->bytes == wanted(res, look),
		    "%s: status %d, %d bytes (%s)", who, res->status,
		    (int)res->bytes, res->error);
	else if (complete(res) && !shorter)
		cr_expect_eq(res->bytes, wanted(res, look),
		    "%s: %d bytes as if they were all", who,
		    (int)res->bytes);
}

/* Everybody at once; each looks at every object from three places. */
static void
watch_all(const char *when)
{
	static struct viewer *v[ROWS][LOOKS];
	struct viewer_result *res;
	size_t i, k;

	for (i = 0; i < ROWS; i++)
		for (k = 0; k < LOOKS; k++)
			v[i][k] = watch(i, &looks[k]);
	for (i = 0; i < ROWS; i++) {
		for (k = 0; k < LOOKS; k++) {
			res = viewer_wait(&v[i][k]);
			check(res, &rows[i], &looks[k], when);
			viewer_result_destroy(res);
		}
	}
}

TestSuite(source_lies, .init = start, .fini = exam_stop, .timeout = 90);

Test(source_lies, no_wrong_byte)
{
	watch_all("first");
	/* What was kept of it is right as well. */
	watch_all("again");
}

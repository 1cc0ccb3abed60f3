/* SPDX-License-Identifier: ISC */
/* multipart_test -- several ranges in one request, over every boundary */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/multipart.h"

#define SEGMENT		65536
#define BLOCK		(SEGMENT / 512)
#define SIZE		(16 * SEGMENT + 1000)
#define RANGES		16	/* the most that are honoured */
#define BODY_MAX	(2 * SIZE)

/* A request and the parts of its answer, in the order asked. */
struct question {
	char			 range[1024];
	struct multipart_part	 part[RANGES];
	int			 n;
};

static void
start(void)
{
	exam_start("segment_size = 64K", "retries = 0");
}

static void
add(struct question *q, int64_t first, int64_t last)
{
	size_t len = strlen(q->range);

	snprintf(q->range + len, sizeof(q->range) - len, "%s%" PRId64 "-%"
	    PRId64, q->n > 0 ? "," : "", first, last);
	q->part[q->n].first = first;
	q->part[q->n++].last = last;
}

static const char *
film(const char *name)
{
	return reeld_url(exam.reeld, "/f/%s?as=/f/film&size=%d", name, SIZE);
}

static void
check(const struct viewer_result *res, const struct question *q,
    const char *who)
{
	struct multipart_part got[RANGES];
	char length[32];
	int i, n;

	cr_expect_eq(res->curl, 0, "%s: %s", who, res->error);
	cr_expect_eq(res->status, 206, "%s: status %d", who, res->status);
	snprintf(length, sizeof(length), "%" PRIu64, res->bytes);
	cr_expect(exam_header_is(res, "Content-Length", length),
	    "%s: Content-Length: %s of %s", who,
	    viewer_header(res, "Content-Length"), length);
	cr_expect_null(viewer_header(res, "Content-Range"), "%s", who);
	cr_expect(exam_etag_strong(res), "%s", who);
	n = multipart_parse(res, data_seed("/f/film", 1), got, RANGES);
	cr_assert_eq(n, q->n, "%s: %d parts for %s", who, n, q->range);
	for (i = 0; i < n; i++) {
		cr_expect_eq(got[i].first, q->part[i].first, "%s, %d", who, i);
		cr_expect_eq(got[i].last, q->part[i].last, "%s, %d", who, i);
		cr_expect_eq(got[i].total, SIZE, "%s, %d", who, i);
		cr_expect_eq(got[i].wrong_at, -1, "%s, part %d: wrong at %d",
		    who, i, (int)got[i].wrong_at);
	}
}

static void
ask(const struct question *q, const struct exam_protocol *proto,
    const char *name)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = film(name), .range = q->range, .http = proto->http,
	    .keep = BODY_MAX, .timeout_ms = 10000 });
	char who[64];

	snprintf(who, sizeof(who), "%s, %s", proto->name, name);
	check(res, q, who);
	viewer_result_destroy(res);
}

/* Over all protocols, once as the first question about its object, then as one
 * about an object that is there. */
static void
ask_all(const struct question *q, const char *label)
{
	char name[64];
	size_t p;

	for (p = 0; p < EXAM_PROTOCOLS; p++) {
		snprintf(name, sizeof(name), "%s-%zu", label, p);
		ask(q, &exam_protocols[p], name);
		cr_assert_eq(exam_status(film(name)), 200);
		ask(q, &exam_protocols[p], name);
	}
}

TestSuite(multipart, .init = start, .fini = exam_stop, .timeout = 60);

Test(multipart, a_few_bytes_here_and_there)
{
	struct question q = { 0 };

	add(&q, 0, 0);
	add(&q, 10, 19);
	add(&q, SIZE - 100, SIZE - 1);
	ask_all(&q, "few");
}

Test(multipart, over_every_boundary)
{
	struct question q = { 0 };
	int i;

	for (i = 1; i <= 16; i++)
		add(&q, i * SEGMENT - 3, i * SEGMENT + 2);
	ask_all(&q, "over");
}

/* The last byte of a segment and the second one of the next. */
Test(multipart, up_to_and_behind_boundaries)
{
	struct question q = { 0 };
	int i;

	for (i = 1; i <= 8; i++) {
		add(&q, i * SEGMENT - 1, i * SEGMENT - 1);
		add(&q, i * SEGMENT + 1, i * SEGMENT + BLOCK);
	}
	ask_all(&q, "upto");
}

/* The order is the client's, even if it is the wrong one for a pull. */
Test(multipart, backwards)
{
	struct question q = { 0 };
	int i;

	for (i = 15; i >= 0; i--)
		add(&q, i * SEGMENT + 1000, i * SEGMENT + 60000);
	ask_all(&q, "back");
}

/* Ranges that are longer than segments, and all but a hole. */
Test(multipart, long_ranges)
{
	struct question q = { 0 };

	add(&q, 5 * SEGMENT - 1, 16 * SEGMENT);
	add(&q, 1, 5 * SEGMENT - 3);
	ask_all(&q, "long");
}

Test(multipart, at_random)
{
	struct question q;
	char label[32];
	int i, k;

	for (i = 0; i < 6; i++) {
		memset(&q, 0, sizeof(q));
		for (k = 0; k < RANGES; k++)
			add(&q, k * SEGMENT +
			    (int64_t)arc4random_uniform(SEGMENT / 2 - 1),
			    k * SEGMENT + SEGMENT / 2 +
			    (int64_t)arc4random_uniform(SEGMENT / 2 - 1));
		snprintf(label, sizeof(label), "random-%d", i);
		ask_all(&q, label);
	}
}

/* Overlapping ones become one, in the place of the first; those of which
 * nothing is there are left out. */
Test(multipart, merged_and_dropped)
{
	struct question q = { 0 };

	add(&q, 70000, 80000);
	add(&q, 100, 299);
	strlcpy(q.range, "70000-75000,100-199,9999999-,150-299,74000-80000",
	    sizeof(q.range));
	ask_all(&q, "merged");
}

/* The viewer that waits for a slow source gets the parts as they come. */
Test(multipart, while_the_source_is_slow)
{
	struct viewer_result *res;
	struct question q = { 0 };
	int i;

	for (i = 0; i < 8; i++)
		add(&q, 2 * i * SEGMENT + 30000, 2 * i * SEGMENT + 99999);
	res = fetch(&(struct viewer_want){ .range = q.range,
	    .keep = BODY_MAX, .url = reeld_url(exam.reeld,
	    "/f/slow?as=/f/film&size=%d&rate=2000000", SIZE) });
	check(res, &q, "slow");
	cr_expect_lt(res->first_byte_us, 300000);
	viewer_result_destroy(res);
}

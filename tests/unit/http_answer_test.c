/* SPDX-License-Identifier: ISC */
/* http_answer_test -- what a source's response head means, case by case */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/answer.h"

#define A	"\"a\""
#define B	"\"b\""
#define WA	"W/\"a\""
#define T1	784111777
#define T2	784111778

/* The request: plain, `bytes=F-`, `bytes=F-L`, and with If-Range. */
#define PLAIN		{ 0, -1, 0, 0 }
#define FROM(f)		{ f, -1, 1, 0 }
#define PART(f, l)	{ f, l, 1, 0 }
#define IF(f)		{ f, -1, 1, 1 }

/* The head: status, length, Content-Range, validators. */
struct reply {
	int		 status;
	int64_t		 length;
	const char	*range;		/* NULL: absent */
	const char	*etag;
	int64_t		 modified;
	int		 encoded, multipart;
};
#define OK(n, e, m)		{ 200, n, NULL, e, m, 0, 0 }
#define SLICE(n, r, e, m)	{ 206, n, r, e, m, 0, 0 }
#define NO(status, r)		{ status, 9, r, "", -1, 0, 0 }

/* The object: nothing known, or size, tag, date. */
#define NEW		{ 0, -1, "", -1 }
#define OBJ(n, e, m)	{ 1, n, e, m }

/* The verdict: body, first, last, skip, size, client's status. */
struct want {
	enum answer_verdict verdict;
	int		 body;
	uint64_t	 first;
	int64_t		 last;
	uint64_t	 skip;
	int64_t		 size;
	int		 status;
};
#define DATA(f, l, k, n)	{ ANSWER_DATA, 1, f, l, k, n, 0 }
#define WHOLE(l, n)		{ ANSWER_WHOLE, 1, 0, l, 0, n, 0 }
#define CHANGED(f, l, k, n)	{ ANSWER_CHANGED, 1, f, l, k, n, 0 }
#define GONE(n)			{ ANSWER_CHANGED, 0, 0, -1, 0, n, 0 }
#define EMPTY			{ ANSWER_EMPTY, 0, 0, -1, 0, 0, 0 }
#define SIZE(n)			{ ANSWER_SIZE, 0, 0, -1, 0, n, 0 }
#define RETRY_PLAIN(n)		{ ANSWER_AGAIN_PLAIN, 0, 0, -1, 0, n, 0 }
#define RETRY_WHOLE		{ ANSWER_AGAIN_WHOLE, 0, 0, -1, 0, -1, 0 }
#define BROKEN			{ ANSWER_BROKEN, 0, 0, -1, 0, -1, 502 }
#define ERROR(s)		{ ANSWER_ERROR, 0, 0, -1, 0, -1, s }

static const struct row {
	int		 line;
	struct answer_asked asked;
	struct reply	 head;
	struct answer_object object;
	struct want	 want;
} rows[] = {
#define ROW	__LINE__
	/* 206 to the first request: everything becomes known */
	{ ROW, FROM(0), SLICE(100, "bytes 0-99/100", A, T1), NEW,
	    DATA(0, 99, 0, 100) },
	{ ROW, FROM(0), SLICE(-1, "bytes 0-99/100", "", -1), NEW,
	    DATA(0, 99, 0, 100) },
	{ ROW, FROM(0), SLICE(100, "bytes 0-99/*", A, T1), NEW,
	    DATA(0, 99, 0, -1) },
	{ ROW, PART(0, 9), SLICE(10, "bytes 0-9/100", A, T1), NEW,
	    DATA(0, 9, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", A, T1), NEW,
	    DATA(60, 99, 0, 100) },
	/* a source may send less or more than asked */
	{ ROW, FROM(0), SLICE(10, "bytes 0-9/100", A, T1), NEW,
	    DATA(0, 9, 0, 100) },
	{ ROW, PART(5, 9), SLICE(95, "bytes 5-99/100", A, T1), NEW,
	    DATA(5, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(100, "bytes 0-99/100", A, T1), NEW,
	    DATA(0, 99, 60, 100) },
	{ ROW, PART(60, 69), SLICE(20, "bytes 50-69/100", A, T1),
	    OBJ(100, A, T1), DATA(50, 69, 10, 100) },
	/* 206 for the object that is known */
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", A, T1), OBJ(100, A, T1),
	    DATA(60, 99, 0, 100) },
	{ ROW, IF(60), SLICE(40, "bytes 60-99/100", A, T1), OBJ(100, A, T1),
	    DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", WA, T1),
	    OBJ(100, A, T1), DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", WA, T1),
	    OBJ(100, WA, T1), DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", "a", -1),
	    OBJ(100, "a", -1), DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/*", A, T1), OBJ(100, A, T1),
	    DATA(60, 99, 0, -1) },
	/* the tag is the better witness than the date */
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", A, T2), OBJ(100, A, T1),
	    DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", B, T1), OBJ(100, A, T1),
	    CHANGED(60, 99, 0, 100) },
	/* what becomes known, or is not said, is no change */
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", A, T1), OBJ(-1, "", -1),
	    DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", A, -1),
	    OBJ(100, "", T1), DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", "", T1),
	    OBJ(100, A, T1), DATA(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", "", -1),
	    OBJ(100, A, T1), DATA(60, 99, 0, 100) },
	/* 206 of something else */
	{ ROW, IF(60), SLICE(40, "bytes 60-99/100", B, T1), OBJ(100, A, T1),
	    CHANGED(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", "", T2),
	    OBJ(100, "", T1), CHANGED(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", "", T2),
	    OBJ(100, A, T1), CHANGED(60, 99, 0, 100) },
	{ ROW, FROM(60), SLICE(41, "bytes 60-100/101", A, T1),
	    OBJ(100, A, T1), CHANGED(60, 100, 0, 101) },
	{ ROW, FROM(60), SLICE(30, "bytes 60-89/90", "", -1),
	    OBJ(100, "", -1), CHANGED(60, 89, 0, 90) },
	{ ROW, FROM(60), SLICE(41, "bytes 60-100/*", "", -1),
	    OBJ(100, "", -1), CHANGED(60, 100, 0, -1) },
	{ ROW, FROM(60), SLICE(60, "bytes 40-99/100", B, T1),
	    OBJ(100, A, T1), CHANGED(40, 99, 20, 100) },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99/100", "b", -1),
	    OBJ(100, "a", -1), CHANGED(60, 99, 0, 100) },
	/* 206 that is of no use */
	{ ROW, PLAIN, SLICE(100, "bytes 0-99/100", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(39, "bytes 61-99/100", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(60, "bytes 0-59/100", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(40, "bytes 50-89/100", A, T1), NEW, BROKEN },
	{ ROW, PART(60, 69), SLICE(10, "bytes 55-64/100", A, T1), NEW,
	    BROKEN },
	{ ROW, FROM(60), SLICE(40, NULL, A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(40, "bytes 60-99", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(40, "bytes 60-100/100", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(40, "bytes */100", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(41, "bytes 60-99/100", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(39, "bytes 60-99/100", A, T1), NEW, BROKEN },
	{ ROW, FROM(60), SLICE(0, "bytes 60-99/100", A, T1), NEW, BROKEN },
	{ ROW, FROM(0), { 206, 100, "bytes 0-99/100", A, T1, 1, 0 }, NEW,
	    BROKEN },
	{ ROW, FROM(0), { 206, 100, "bytes 0-99/100", A, T1, 0, 1 }, NEW,
	    BROKEN },
	{ ROW, FROM(0), { 206, 400, NULL, A, T1, 0, 1 }, OBJ(100, A, T1),
	    BROKEN },
	/* 200 with everything */
	{ ROW, PLAIN, OK(100, A, T1), NEW, WHOLE(99, 100) },
	{ ROW, PLAIN, OK(-1, "", -1), NEW, WHOLE(-1, -1) },
	{ ROW, PLAIN, OK(100, A, T1), OBJ(100, A, T1), WHOLE(99, 100) },
	{ ROW, FROM(0), OK(100, A, T1), NEW, WHOLE(99, 100) },
	{ ROW, FROM(0), OK(-1, "", -1), NEW, WHOLE(-1, -1) },
	{ ROW, FROM(60), OK(100, A, T1), OBJ(100, A, T1), WHOLE(99, 100) },
	{ ROW, FROM(60), OK(-1, A, T1), OBJ(100, A, T1), WHOLE(-1, -1) },
	{ ROW, FROM(60), OK(100, "", -1), OBJ(100, "", -1),
	    WHOLE(99, 100) },
	{ ROW, PART(60, 69), OK(100, WA, T1), OBJ(100, WA, T1),
	    WHOLE(99, 100) },
	{ ROW, FROM(60), OK(100, A, T1), OBJ(-1, "", -1), WHOLE(99, 100) },
	/* a Content-Range has no meaning in a 200 */
	{ ROW, FROM(0), { 200, 100, "bytes 7-9/10", A, T1, 0, 0 }, NEW,
	    WHOLE(99, 100) },
	/* 200 of something else */
	{ ROW, FROM(60), OK(100, B, T1), OBJ(100, A, T1),
	    CHANGED(0, 99, 0, 100) },
	{ ROW, IF(60), OK(100, B, T2), OBJ(100, A, T1),
	    CHANGED(0, 99, 0, 100) },
	{ ROW, IF(60), OK(100, "", T2), OBJ(100, "", T1),
	    CHANGED(0, 99, 0, 100) },
	{ ROW, IF(60), OK(90, A, T1), OBJ(100, A, T1),
	    CHANGED(0, 89, 0, 90) },
	{ ROW, IF(60), OK(-1, B, T1), OBJ(100, A, T1),
	    CHANGED(0, -1, 0, -1) },
	{ ROW, IF(60), OK(100, "", -1), OBJ(100, A, T1),
	    CHANGED(0, 99, 0, 100) },
	{ ROW, PLAIN, OK(100, B, T1), OBJ(100, A, T1),
	    CHANGED(0, 99, 0, 100) },
	{ ROW, IF(60), OK(0, B, T1), OBJ(100, A, T1), GONE(0) },
	{ ROW, FROM(0), OK(0, "", -1), OBJ(100, "", -1), GONE(0) },
	/* 200 although If-Range named this very object */
	{ ROW, IF(60), OK(100, A, T1), OBJ(100, A, T1), RETRY_PLAIN(100) },
	{ ROW, IF(60), OK(-1, A, T1), OBJ(100, A, T1), RETRY_PLAIN(-1) },
	{ ROW, IF(60), OK(100, WA, T1), OBJ(100, A, T1), RETRY_PLAIN(100) },
	{ ROW, IF(60), OK(100, "", T1), OBJ(100, "", T1), RETRY_PLAIN(100) },
	/* 200 with nothing */
	{ ROW, PLAIN, OK(0, A, T1), NEW, EMPTY },
	{ ROW, FROM(0), OK(0, "", -1), NEW, EMPTY },
	{ ROW, FROM(0), OK(0, A, T1), OBJ(0, A, T1), EMPTY },
	{ ROW, IF(0), OK(0, A, T1), OBJ(-1, A, T1), EMPTY },
	/* 200 that is of no use */
	{ ROW, FROM(0), { 200, 100, NULL, A, T1, 1, 0 }, NEW, BROKEN },
	{ ROW, PLAIN, { 200, -1, NULL, "", -1, 1, 0 }, OBJ(100, A, T1),
	    BROKEN },
	/* 416 */
	{ ROW, FROM(200), NO(416, "bytes */100"), NEW, SIZE(100) },
	{ ROW, FROM(100), NO(416, "bytes */100"), OBJ(-1, A, T1), SIZE(100) },
	{ ROW, FROM(0), NO(416, "bytes */0"), NEW, SIZE(0) },
	{ ROW, FROM(60), NO(416, "bytes */50"), OBJ(100, A, T1), GONE(50) },
	{ ROW, IF(60), NO(416, "bytes */50"), OBJ(100, A, T1), GONE(50) },
	{ ROW, FROM(0), NO(416, "bytes */0"), OBJ(100, A, T1), GONE(0) },
	{ ROW, FROM(60), NO(416, NULL), NEW, RETRY_WHOLE },
	{ ROW, FROM(60), NO(416, "bytes */*"), NEW, RETRY_WHOLE },
	{ ROW, FROM(60), NO(416, "bytes 0-9/10"), NEW, RETRY_WHOLE },
	{ ROW, FROM(60), NO(416, "bytes */100"), NEW, RETRY_WHOLE },
	{ ROW, FROM(0), NO(416, "bytes */100"), OBJ(100, A, T1),
	    RETRY_WHOLE },
	{ ROW, PLAIN, NO(416, NULL), NEW, ERROR(502) },
	{ ROW, PLAIN, NO(416, "bytes */100"), NEW, ERROR(502) },
	/* the source says no */
	{ ROW, FROM(0), NO(404, NULL), NEW, ERROR(404) },
	{ ROW, FROM(0), NO(404, NULL), OBJ(100, A, T1), ERROR(404) },
	{ ROW, FROM(0), NO(410, NULL), NEW, ERROR(410) },
	{ ROW, FROM(0), NO(401, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(403, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(429, NULL), NEW, ERROR(503) },
	{ ROW, FROM(0), NO(503, NULL), NEW, ERROR(503) },
	{ ROW, FROM(0), NO(500, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(502, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(504, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(400, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(412, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(302, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(304, NULL), OBJ(100, A, T1), ERROR(502) },
	{ ROW, FROM(0), NO(204, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(226, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(101, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(0, NULL), NEW, ERROR(502) },
	{ ROW, FROM(0), NO(999, NULL), NEW, ERROR(502) },
};

static struct answer
judge(const struct row *row)
{
	struct answer_head head = {
		.status = row->head.status, .length = row->head.length,
		.encoded = row->head.encoded, .multipart = row->head.multipart,
		.etag = row->head.etag, .modified = row->head.modified
	};

	content_range_parse(row->head.range,
	    row->head.range == NULL ? 0 : strlen(row->head.range),
	    &head.range);
	return answer_judge(&row->asked, &head, &row->object);
}

Test(http_answer, table)
{
	const struct row *row;
	struct answer a;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row = &rows[i];
		a = judge(row);
		cr_expect_eq(a.verdict, row->want.verdict, "line %d: %s",
		    row->line, answer_name(a.verdict));
		cr_expect_eq(a.body, row->want.body, "line %d", row->line);
		cr_expect_eq(a.first, row->want.first, "line %d", row->line);
		cr_expect_eq(a.last, row->want.last, "line %d", row->line);
		cr_expect_eq(a.skip, row->want.skip, "line %d", row->line);
		cr_expect_eq(a.size, row->want.size, "line %d", row->line);
		cr_expect_eq(a.status, row->want.status, "line %d", row->line);
	}
}

/* Who is refused must be told why. */
Test(http_answer, reasons)
{
	struct answer a;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = judge(&rows[i]);
		cr_assert_not_null(a.reason);
		if (a.status != 0)
			cr_expect_str_neq(a.reason, "", "line %d",
			    rows[i].line);
	}
}

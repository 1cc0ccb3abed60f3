/* SPDX-License-Identifier: ISC */
/* http_range_test -- RFC 9110, 14.1: what a Range field asks for */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/range.h"

/* `expect` is the ranges as text, in the order of the answer. */
static const struct row {
	const char	*value;
	uint64_t	 size;
	enum range_verdict verdict;
	const char	*expect;
} rows[] = {
	/* one range */
	{ "bytes=0-", 100, RANGE_ONE, "0-99" },
	{ "bytes=0-0", 100, RANGE_ONE, "0-0" },
	{ "bytes=0-1", 100, RANGE_ONE, "0-1" },
	{ "bytes=99-", 100, RANGE_ONE, "99-99" },
	{ "bytes=99-99", 100, RANGE_ONE, "99-99" },
	{ "bytes=50-1000", 100, RANGE_ONE, "50-99" },
	{ "bytes=0-99", 100, RANGE_ONE, "0-99" },
	{ "bytes=-1", 100, RANGE_ONE, "99-99" },
	{ "bytes=-100", 100, RANGE_ONE, "0-99" },
	{ "bytes=-1000", 100, RANGE_ONE, "0-99" },
	{ "Bytes=1-2", 100, RANGE_ONE, "1-2" },
	{ "BYTES=1-2", 100, RANGE_ONE, "1-2" },
	{ " bytes=1-2\t", 100, RANGE_ONE, "1-2" },
	{ "bytes=007-008", 100, RANGE_ONE, "7-8" },
	{ "bytes=,,1-2,,", 100, RANGE_ONE, "1-2" },
	/* unsatisfiable */
	{ "bytes=100-", 100, RANGE_UNSATISFIABLE, "" },
	{ "bytes=100-200", 100, RANGE_UNSATISFIABLE, "" },
	{ "bytes=-0", 100, RANGE_UNSATISFIABLE, "" },
	{ "bytes=200-,300-400,-0", 100, RANGE_UNSATISFIABLE, "" },
	{ "bytes=0-", 0, RANGE_UNSATISFIABLE, "" },
	{ "bytes=-5", 0, RANGE_UNSATISFIABLE, "" },
	{ "bytes=0-0,-1", 0, RANGE_UNSATISFIABLE, "" },
	/* malformed, or nothing that reeld answers in part */
	{ "", 100, RANGE_NONE, "" },
	{ "bytes", 100, RANGE_NONE, "" },
	{ "bytes=", 100, RANGE_NONE, "" },
	{ "bytes=,", 100, RANGE_NONE, "" },
	{ "bytes=-", 100, RANGE_NONE, "" },
	{ "bytes=5", 100, RANGE_NONE, "" },
	{ "bytes=5-3", 100, RANGE_NONE, "" },
	{ "bytes=0-1,5-3", 100, RANGE_NONE, "" },
	{ "bytes=--5", 100, RANGE_NONE, "" },
	{ "bytes=1-2-3", 100, RANGE_NONE, "" },
	{ "bytes=+1-2", 100, RANGE_NONE, "" },
	{ "bytes=0x1-2", 100, RANGE_NONE, "" },
	{ "bytes=1 -2", 100, RANGE_NONE, "" },
	{ "bytes=1- 2", 100, RANGE_NONE, "" },
	{ "bytes =1-2", 100, RANGE_NONE, "" },
	{ "bytes= 1-2", 100, RANGE_NONE, "" },
	{ "bytes=1-2;3-4", 100, RANGE_NONE, "" },
	{ "bytes=a-b", 100, RANGE_NONE, "" },
	{ "items=0-1", 100, RANGE_NONE, "" },
	{ "bytes:0-1", 100, RANGE_NONE, "" },
	/* several */
	{ "bytes=0-1,5-6", 100, RANGE_MANY, "0-1,5-6" },
	{ "bytes=5-6 ,\t0-1", 100, RANGE_MANY, "5-6,0-1" },
	{ "bytes=0-0,-1", 100, RANGE_MANY, "0-0,99-99" },
	{ "bytes=0-1,200-300", 100, RANGE_ONE, "0-1" },
	{ "bytes=0-1,200-300,7-8", 100, RANGE_MANY, "0-1,7-8" },
	{ "bytes=0-4,3-9", 100, RANGE_ONE, "0-9" },
	{ "bytes=0-4,5-9", 100, RANGE_ONE, "0-9" },
	{ "bytes=5-9,0-4", 100, RANGE_ONE, "0-9" },
	{ "bytes=0-4,6-9", 100, RANGE_MANY, "0-4,6-9" },
	{ "bytes=20-29,0-4,25-35", 100, RANGE_MANY, "20-35,0-4" },
	{ "bytes=0-4,40-44,20-24,4-39", 100, RANGE_ONE, "0-44" },
	{ "bytes=50-59,0-4,20-24,5-19", 100, RANGE_MANY, "50-59,0-24" },
	{ "bytes=0-49,50-99", 100, RANGE_ONE, "0-99" },
	/* more than the object in sum, before merging */
	{ "bytes=0-,0-", 100, RANGE_NONE, "" },
	{ "bytes=0-99,0-0", 100, RANGE_NONE, "" },
	{ "bytes=-100,5-6", 100, RANGE_NONE, "" },
	{ "bytes=0-49,0-49", 100, RANGE_ONE, "0-49" },
	/* 16 and 17 of them */
	{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
	    "24-24,26-26,28-28,30-30", 100, RANGE_MANY,
	    "0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
	    "24-24,26-26,28-28,30-30" },
	{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
	    "24-24,26-26,28-28,30-30,32-32", 100, RANGE_NONE, "" },
	/* numbers that no 64 bits hold saturate */
	{ "bytes=0-99999999999999999999999", 100, RANGE_ONE, "0-99" },
	{ "bytes=-99999999999999999999999", 100, RANGE_ONE, "0-99" },
	{ "bytes=18446744073709551616-", 100, RANGE_UNSATISFIABLE, "" },
	{ "bytes=18446744073709551617-18446744073709551620", 100,
	    RANGE_UNSATISFIABLE, "" },
	{ "bytes=9223372036854775806-", INT64_MAX, RANGE_ONE,
	    "9223372036854775806-9223372036854775806" },
	{ "bytes=0-,0-,0-", INT64_MAX, RANGE_NONE, "" },
};

static void
print(const struct range *r, size_t n, char *out, size_t len)
{
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < n; i++)
		used += (size_t)snprintf(out + used, len - used,
		    "%s%" PRIu64 "-%" PRIu64, i == 0 ? "" : ",", r[i].first,
		    r[i].last);
}

Test(http_range, table)
{
	struct range out[RANGE_MAX];
	char text[1024];
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(range_parse(rows[i].value, strlen(rows[i].value),
		    rows[i].size, out, RANGE_MAX, &n), rows[i].verdict, "%s",
		    rows[i].value);
		print(out, n, text, sizeof(text));
		cr_expect_str_eq(text, rows[i].expect, "%s: %s",
		    rows[i].value, text);
	}
}

Test(http_range, absent)
{
	struct range out[1];
	size_t n = 7;

	cr_assert_eq(range_parse(NULL, 0, 100, out, 1, &n), RANGE_NONE);
	cr_assert_eq(n, 0);
}

Test(http_range, room_of_the_caller)
{
	struct range out[2];
	size_t n;

	cr_assert_eq(range_parse("bytes=1-1,3-3", 13, 9, out, 2, &n),
	    RANGE_MANY);
	cr_assert_eq(range_parse("bytes=1-1,3-3", 13, 9, out, 1, &n),
	    RANGE_NONE);
}

static const struct wish_row {
	const char	*value;
	struct range_wish wish;
} wishes[] = {
	{ "", { RANGE_WISH_NONE, 0, RANGE_OPEN, 0 } },
	{ "bytes=5-3", { RANGE_WISH_NONE, 0, RANGE_OPEN, 0 } },
	{ "bytes=0-", { RANGE_WISH_FROM, 0, RANGE_OPEN, 0 } },
	{ "bytes=70-", { RANGE_WISH_FROM, 70, RANGE_OPEN, 0 } },
	{ "bytes=70-90", { RANGE_WISH_FROM, 70, 90, 0 } },
	{ "bytes=-500", { RANGE_WISH_SUFFIX, 0, RANGE_OPEN, 500 } },
	{ "bytes=9-10,2-3", { RANGE_WISH_MANY, 9, RANGE_OPEN, 0 } },
	{ "bytes=-5,2-3", { RANGE_WISH_MANY, 2, RANGE_OPEN, 0 } },
	{ "bytes=-5,-6", { RANGE_WISH_MANY, 0, RANGE_OPEN, 0 } },
};

Test(http_range, wish)
{
	struct range_wish wish;
	size_t i;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		range_first(wishes[i].value, strlen(wishes[i].value), &wish);
		cr_expect_eq(wish.kind, wishes[i].wish.kind, "%s",
		    wishes[i].value);
		cr_expect_eq(wish.first, wishes[i].wish.first, "%s",
		    wishes[i].value);
		cr_expect_eq(wish.last, wishes[i].wish.last, "%s",
		    wishes[i].value);
		cr_expect_eq(wish.suffix, wishes[i].wish.suffix, "%s",
		    wishes[i].value);
	}
}

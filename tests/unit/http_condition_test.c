/* SPDX-License-Identifier: ISC */
/* http_condition_test -- RFC 9110, 8.8.3 and 13: tags and preconditions */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/condition.h"
#include "reeld/etag.h"

#define MTIME	784111777
#define AT	"Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE	"Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER	"Sun, 06 Nov 1994 08:49:38 GMT"

#define PASS	CONDITION_PASS
#define NOT	CONDITION_NOT_MODIFIED
#define FAILED	CONDITION_FAILED

Test(http_etag, grammar)
{
	static const char *const good[] = {
		"\"\"", "\"a\"", "W/\"a\"", "\"a,b\"", "\"\\\"", "\"\xc3\xbc\""
	};
	static const char *const bad[] = {
		"", "a", "\"", "\"a", "a\"", "w/\"a\"", "W/a", "W/", "\"a\"b",
		"\"a b\"", "\"a\tb\"", "\"a\"\"", " \"a\"", "'a'", "W/ \"a\"",
		"\"a\x7f\""
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(etag_valid(good[i], strlen(good[i])), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(etag_valid(bad[i], strlen(bad[i])), "%s",
		    bad[i]);
	cr_expect_not(etag_valid("\"a\0b\"", 5));
	cr_expect(etag_strong("\"a\"", 3));
	cr_expect_not(etag_strong("W/\"a\"", 5));
	cr_expect_not(etag_strong("a", 1));
}

/* The table of RFC 9110, 8.8.3.2. */
Test(http_etag, comparison)
{
	static const struct {
		const char	*a, *b;
		int		 strong, weak;
	} rows[] = {
		{ "W/\"1\"", "W/\"1\"", 0, 1 },
		{ "W/\"1\"", "W/\"2\"", 0, 0 },
		{ "W/\"1\"", "\"1\"", 0, 1 },
		{ "\"1\"", "\"1\"", 1, 1 },
		{ "\"1\"", "\"11\"", 0, 0 },
		{ "\"a\"", "\"A\"", 0, 0 },
		{ "", "", 0, 0 },
		{ "a", "a", 0, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(etag_equal_strong(rows[i].a, rows[i].b),
		    rows[i].strong, "%s %s", rows[i].a, rows[i].b);
		cr_expect_eq(etag_equal_strong(rows[i].b, rows[i].a),
		    rows[i].strong, "%s %s", rows[i].b, rows[i].a);
		cr_expect_eq(etag_equal_weak(rows[i].a, rows[i].b),
		    rows[i].weak, "%s %s", rows[i].a, rows[i].b);
	}
}

Test(http_etag, lists)
{
	static const struct {
		const char	*list, *etag;
		int		 strong, weak;
	} rows[] = {
		{ "*", "\"a\"", 1, 1 },
		{ " * ", "", 1, 1 },
		{ "\"a\"", "\"a\"", 1, 1 },
		{ "\"x\", \"a\"", "\"a\"", 1, 1 },
		{ "\"x\",\"a\",\"y\"", "\"a\"", 1, 1 },
		{ "\"x\" ,, \t\"a\"", "\"a\"", 1, 1 },
		{ ", \"a\"", "\"a\"", 1, 1 },
		{ "\"x,a\"", "\"a\"", 0, 0 },
		{ "\"x\", \"a,b\"", "\"a,b\"", 1, 1 },
		{ "W/\"a\"", "\"a\"", 0, 1 },
		{ "\"x\", W/\"a\"", "\"a\"", 0, 1 },
		{ "\"a\"", "W/\"a\"", 0, 1 },
		{ "\"x\"", "\"a\"", 0, 0 },
		{ "", "\"a\"", 0, 0 },
		{ "\"a\"", "", 0, 0 },
		{ "a", "\"a\"", 0, 0 },
		{ "x, \"a\"", "\"a\"", 0, 0 },
		{ "\"x\" \"a\"", "\"a\"", 0, 0 },
		{ "\"x\", *", "\"a\"", 0, 0 },
		{ "\"a\", x", "\"a\"", 1, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(etag_listed(rows[i].list, strlen(rows[i].list),
		    rows[i].etag, ETAG_STRONG), rows[i].strong, "%s",
		    rows[i].list);
		cr_expect_eq(etag_listed(rows[i].list, strlen(rows[i].list),
		    rows[i].etag, ETAG_WEAK), rows[i].weak, "%s",
		    rows[i].list);
	}
}

/* An object with the strong tag "a" and a date; `get` and `put` as answered
 * to a read and to anything else. */
static const struct row {
	const char	*match, *unmodified, *none, *modified;
	enum condition_verdict get, put;
} rows[] = {
	{ NULL, NULL, NULL, NULL, PASS, PASS },
	/* If-Match */
	{ "\"a\"", NULL, NULL, NULL, PASS, PASS },
	{ "*", NULL, NULL, NULL, PASS, PASS },
	{ "\"x\", \"a\"", NULL, NULL, NULL, PASS, PASS },
	{ "\"x\"", NULL, NULL, NULL, FAILED, FAILED },
	{ "W/\"a\"", NULL, NULL, NULL, FAILED, FAILED },
	{ "", NULL, NULL, NULL, FAILED, FAILED },
	/* If-Unmodified-Since, only without If-Match */
	{ NULL, AT, NULL, NULL, PASS, PASS },
	{ NULL, AFTER, NULL, NULL, PASS, PASS },
	{ NULL, BEFORE, NULL, NULL, FAILED, FAILED },
	{ NULL, "yesterday", NULL, NULL, PASS, PASS },
	{ "\"a\"", BEFORE, NULL, NULL, PASS, PASS },
	{ "\"x\"", AT, NULL, NULL, FAILED, FAILED },
	/* If-None-Match */
	{ NULL, NULL, "\"a\"", NULL, NOT, FAILED },
	{ NULL, NULL, "W/\"a\"", NULL, NOT, FAILED },
	{ NULL, NULL, "*", NULL, NOT, FAILED },
	{ NULL, NULL, "\"x\", \"a\"", NULL, NOT, FAILED },
	{ NULL, NULL, "\"x\"", NULL, PASS, PASS },
	{ NULL, NULL, "x", NULL, PASS, PASS },
	/* If-Modified-Since, only without If-None-Match and for reads */
	{ NULL, NULL, NULL, AT, NOT, PASS },
	{ NULL, NULL, NULL, AFTER, NOT, PASS },
	{ NULL, NULL, NULL, BEFORE, PASS, PASS },
	{ NULL, NULL, NULL, "tomorrow", PASS, PASS },
	{ NULL, NULL, NULL, "Sunday, 06-Nov-94 08:49:37 GMT", NOT, PASS },
	{ NULL, NULL, "\"x\"", AT, PASS, PASS },
	{ NULL, NULL, "\"a\"", BEFORE, NOT, FAILED },
	/* order */
	{ "\"a\"", NULL, "\"a\"", NULL, NOT, FAILED },
	{ "\"x\"", NULL, "\"a\"", NULL, FAILED, FAILED },
	{ NULL, BEFORE, "\"a\"", NULL, FAILED, FAILED },
	{ NULL, AT, NULL, AT, NOT, PASS },
	{ NULL, BEFORE, NULL, AT, FAILED, FAILED },
};

Test(http_condition, precedence)
{
	struct condition in;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		in = (struct condition){ span_of(rows[i].match),
		    span_of(rows[i].none), span_of(rows[i].modified),
		    span_of(rows[i].unmodified), 1700000000 };
		cr_expect_eq(condition_check(&in, "\"a\"", MTIME, 1),
		    rows[i].get, "get, row %zu", i);
		cr_expect_eq(condition_check(&in, "\"a\"", MTIME, 0),
		    rows[i].put, "put, row %zu", i);
	}
}

Test(http_condition, object_without_validators)
{
	struct condition in = { .now = 1700000000 };

	in.if_modified_since = in.if_unmodified_since = span_of(BEFORE);
	cr_expect_eq(condition_check(&in, "", -1, 1), PASS);
	in.if_none_match = span_of("\"a\"");
	cr_expect_eq(condition_check(&in, "", -1, 1), PASS);
	in.if_match = span_of("*");
	cr_expect_eq(condition_check(&in, "", -1, 1), PASS);
	in.if_match = span_of("\"\"");
	cr_expect_eq(condition_check(&in, "", -1, 1), FAILED);
}

Test(http_condition, if_range)
{
	static const struct {
		const char	*value, *etag;
		int64_t		 mtime, date;
		int		 honour;
	} table[] = {
		{ NULL, "\"a\"", MTIME, -1, 1 },
		{ "\"a\"", "\"a\"", MTIME, -1, 1 },
		{ "\"x\"", "\"a\"", MTIME, -1, 0 },
		{ "W/\"a\"", "\"a\"", MTIME, -1, 0 },
		{ "\"a\"", "W/\"a\"", MTIME, -1, 0 },
		{ "*", "\"a\"", MTIME, MTIME + 9, 0 },
		{ "\"a\", \"b\"", "\"a\"", MTIME, MTIME + 9, 0 },
		{ "a", "\"a\"", MTIME, MTIME + 9, 0 },
		{ "", "\"a\"", MTIME, MTIME + 9, 0 },
		{ "\"a\"", "", -1, -1, 0 },
		{ AT, "\"a\"", MTIME, MTIME + 1, 1 },
		{ "Sun Nov  6 08:49:37 1994", "", MTIME, MTIME + 1, 1 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", "", MTIME, MTIME + 1, 1 },
		{ AT, "\"a\"", MTIME, MTIME, 0 },
		{ AT, "\"a\"", MTIME, -1, 0 },
		{ AFTER, "\"a\"", MTIME, MTIME + 9, 0 },
		{ BEFORE, "\"a\"", MTIME, MTIME + 9, 0 },
		{ AT, "\"a\"", -1, MTIME + 9, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		cr_expect_eq(condition_range(table[i].value,
		    table[i].value == NULL ? 0 : strlen(table[i].value),
		    table[i].etag, table[i].mtime, table[i].date),
		    table[i].honour, "row %zu", i);
}

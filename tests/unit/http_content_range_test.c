/* SPDX-License-Identifier: ISC */
/* http_content_range_test -- RFC 9110, 14.4: read and printed */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/content_range.h"

static const struct row {
	const char	*value;
	struct content_range expect;
	const char	*printed;	/* NULL: as `value` */
} good[] = {
	{ "bytes 0-0/1", { CONTENT_RANGE_PART, 0, 0, 1 }, NULL },
	{ "bytes 0-99/100", { CONTENT_RANGE_PART, 0, 99, 100 }, NULL },
	{ "bytes 5-9/*", { CONTENT_RANGE_PART, 5, 9, -1 }, NULL },
	{ "bytes */77", { CONTENT_RANGE_UNSATISFIED, 0, 0, 77 }, NULL },
	{ "bytes */0", { CONTENT_RANGE_UNSATISFIED, 0, 0, 0 }, NULL },
	{ " Bytes 1-2/3 ", { CONTENT_RANGE_PART, 1, 2, 3 }, "bytes 1-2/3" },
	{ "bytes 9223372036854775804-9223372036854775805/9223372036854775806",
	    { CONTENT_RANGE_PART, 9223372036854775804u, 9223372036854775805u,
	    9223372036854775806 }, NULL },
};

static const char *const bad[] = {
	"", "bytes", "bytes ", "bytes 0-1", "bytes 0-1/", "bytes 0-/5",
	"bytes -1/5", "bytes 1/5", "bytes 3-2/5", "bytes 0-5/5", "bytes 5-9/5",
	"bytes */*", "bytes */", "bytes *", "bytes=0-1/5", "items 0-1/5",
	"bytes  0-1/5", "bytes 0 -1/5", "bytes 0-1 /5", "bytes 0-1/5 x",
	"bytes 0-1/5,", "bytes +0-1/5", "bytes 0-1/-5", "bytes 0x0-1/5",
	"bytes 0-1/9223372036854775807", "bytes 0-18446744073709551616/*",
	"bytes 18446744073709551616-18446744073709551617/*",
	"bytes */18446744073709551616", "0-1/5", "bytes 0-1/5/6"
};

Test(http_content_range, reads_and_prints)
{
	struct content_range cr;
	char text[CONTENT_RANGE_LEN];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(content_range_parse(good[i].value,
		    strlen(good[i].value), &cr), 0, "%s", good[i].value);
		cr_expect_eq(cr.kind, good[i].expect.kind);
		cr_expect_eq(cr.first, good[i].expect.first);
		cr_expect_eq(cr.last, good[i].expect.last);
		cr_expect_eq(cr.size, good[i].expect.size);
		cr_expect_eq(content_range_print(&cr, text, sizeof(text)),
		    (int)strlen(text));
		cr_expect_str_eq(text, good[i].printed == NULL ?
		    good[i].value : good[i].printed);
	}
}

Test(http_content_range, refuses)
{
	struct content_range cr;
	char text[CONTENT_RANGE_LEN];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_eq(content_range_parse(bad[i], strlen(bad[i]), &cr),
		    -1, "%s", bad[i]);
		cr_expect_eq(cr.kind, CONTENT_RANGE_BAD, "%s", bad[i]);
		cr_expect_eq(content_range_print(&cr, text, sizeof(text)), -1);
	}
}

Test(http_content_range, absent)
{
	struct content_range cr;

	cr_assert_eq(content_range_parse(NULL, 0, &cr), 0);
	cr_assert_eq(cr.kind, CONTENT_RANGE_ABSENT);
	cr_assert_eq(cr.size, -1);
}

Test(http_content_range, needs_room)
{
	struct content_range cr = { CONTENT_RANGE_PART, 0, 9, 10 };
	char text[sizeof("bytes 0-9/10")];

	cr_assert_eq(content_range_print(&cr, text, sizeof(text)), 12);
	cr_assert_eq(content_range_print(&cr, text, sizeof(text) - 1), -1);
}

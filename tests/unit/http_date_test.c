/* SPDX-License-Identifier: ISC */
/* http_date_test -- RFC 9110, 5.6.7: three forms read, one printed */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "reeld/date.h"

#define NOW	1700000000	/* Tue, 14 Nov 2023 22:13:20 GMT */

static const struct row {
	const char	*value;
	int64_t		 expect;
} rows[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Wed Nov 16 08:49:37 1994", 784975777 },
	{ " Sun, 06 Nov 1994 08:49:37 GMT\t", 784111777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", 0 },
	{ "Mon, 01 Jan 1900 00:00:00 GMT", 0 },
	{ "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	/* two-digit years: at most 50 years after 2023 */
	{ "Sunday, 01-Jan-73 00:00:00 GMT", 3250454400 },
	{ "Tuesday, 01-Jan-74 00:00:00 GMT", 126230400 },
	{ "Saturday, 01-Jan-00 00:00:00 GMT", 946684800 },
	/* not dates */
	{ "", -1 },
	{ "0", -1 },
	{ "784111777", -1 },
	{ "Sun", -1 },
	{ "Sun, ", -1 },
	{ "Sun, 06 Nov 1994 08:49:37", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 gmt", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 +0000", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT x", -1 },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 nov 1994 08:49:37 GMT", -1 },
	{ "sun, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Son, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06-Nov-94 08:49:37 GMT", -1 },
	{ "Sunday, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 00 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 31 Nov 1994 08:49:37 GMT", -1 },
	{ "Wed, 29 Feb 2023 12:00:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:60:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:49:61 GMT", -1 },
	{ "Sun, 06 Nov 94 08:49:37 GMT", -1 },
	{ "Sun Nov 6 08:49:37 1994", -1 },
	{ "Sun Nov  6 08:49:37 1994 GMT", -1 },
	{ "Sun Nov  06 08:49:37 1994", -1 },
};

Test(http_date, reads)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(date_parse(rows[i].value, strlen(rows[i].value),
		    NOW), rows[i].expect, "%s", rows[i].value);
	cr_expect_eq(date_parse(NULL, 0, NOW), -1);
}

Test(http_date, prints)
{
	char text[DATE_LEN + 1];

	date_print(784111777, text);
	cr_expect_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	date_print(0, text);
	cr_expect_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	date_print(-5, text);
	cr_expect_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	date_print(INT64_MAX, text);
	cr_expect_str_eq(text, "Fri, 31 Dec 9999 23:59:59 GMT");
}

Test(http_date, round_trip_in_any_zone)
{
	char text[DATE_LEN + 1];
	int64_t t;

	setenv("TZ", "America/St_Johns", 1);
	tzset();
	for (t = 0; t < 253402300799; t += 86399 * 977) {
		date_print(t, text);
		cr_assert_eq(date_parse(text, DATE_LEN, NOW), t, "%s", text);
	}
}

Test(http_date, strong_after_a_second)
{
	cr_expect_eq(date_strong(100, 101), 1);
	cr_expect_eq(date_strong(100, 100), 0);
	cr_expect_eq(date_strong(100, 99), 0);
	cr_expect_eq(date_strong(100, -1), 0);
	cr_expect_eq(date_strong(-1, 100), 0);
}

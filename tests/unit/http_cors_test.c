/* SPDX-License-Identifier: ISC */
/* http_cors_test -- which pages may read what reeld serves */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/cors.h"

static const struct {
	const char	*listed, *origin;
	int		 allowed;
} rows[] = {
	{ "*", "https://a.example", 1 },
	{ "*", "null", 1 },
	{ "*", "nonsense", 1 },
	{ "https://a.example", "https://a.example", 1 },
	{ "https://a.example", "HTTPS://A.EXAMPLE", 1 },
	{ "https://A.example:443", "https://a.example", 1 },
	{ "http://a.example:80", "http://a.example", 1 },
	{ "http://a.example:8080", "http://a.example:8080", 1 },
	{ "http://[::1]:3000", "http://[::1]:3000", 1 },
	{ "https://a.example", "http://a.example", 0 },
	{ "https://a.example", "https://a.example:8443", 0 },
	{ "https://a.example", "https://b.example", 0 },
	{ "https://a.example", "https://x.a.example", 0 },
	{ "https://a.example", "https://a.example.evil.example", 0 },
	{ "https://a.example", "https://a.example@evil.example", 0 },
	{ "https://a.example", "https://evil@a.example", 0 },
	{ "https://a.example", "https://a.example/", 0 },
	{ "https://a.example", "https://a.example/x", 0 },
	{ "https://a.example", "https://a.example?x", 0 },
	{ "https://a.example", "https://a.example#x", 0 },
	{ "https://a.example", "https://a.example https://b.example", 0 },
	{ "https://a.example", "https://a.example,https://b.example", 0 },
	{ "https://a.example", "https://a.exampl", 0 },
	{ "https://a.example", "https://a.example.", 0 },
	{ "https://a.example", "null", 0 },
	{ "https://a.example", "", 0 },
	{ "https://a.example", "file://", 0 },
	{ "https://a.example", "a.example", 0 },
	{ "https://a.example", "https://", 0 },
};

Test(http_cors, origins)
{
	char listed[64], *list[2] = { (char *)(uintptr_t)"http://other",
		listed };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(listed, rows[i].listed);
		cr_expect_eq(cors_allows(list, 2, span_of(rows[i].origin)),
		    rows[i].allowed, "%s by %s", rows[i].origin, listed);
	}
	cr_expect_eq(cors_allows(list, 0, span_of("http://other")), 0);
	cr_expect_eq(cors_all(list, 2), 0);
	strcpy(listed, "*");
	cr_expect_eq(cors_all(list, 2), 1);
}

static void
granted(const char *asked, const char *expected)
{
	char out[CORS_ASKED_MAX];

	cors_headers(span_of(asked), out);
	cr_expect_str_eq(out, expected, "%s: %s", asked, out);
}

Test(http_cors, headers)
{
	char many[4 * CORS_ASKED_MAX] = "", out[CORS_ASKED_MAX];

	granted(NULL, "range");
	granted("", "range");
	granted("range", "range");
	granted("Range", "range");
	granted("content-type,x-a", "range, content-type, x-a");
	granted(" x-a , range,, x-b", "range, x-a, x-b");
	granted("x a, x-b", "range, x-b");
	granted("x-a\r\nset-cookie: b, x-c", "range, x-c");
	while (strlen(many) < sizeof(many) - 16)
		strcat(many, "x-name-of-12,");
	cors_headers(span_of(many), out);
	cr_expect_lt(strlen(out), CORS_ASKED_MAX);
	cr_expect_gt(strlen(out), CORS_ASKED_MAX - 32);
	cr_expect_eq((strlen(out) - 5) % 14, 0);
}

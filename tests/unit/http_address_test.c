/* SPDX-License-Identifier: ISC */
/* http_address_test -- /u/<base64 of a URL>[/name.ext] */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/address.h"
#include "reeld/url.h"

static const struct row {
	const char	*rest;
	enum address_verdict verdict;
	const char	*url, *name;
} rows[] = {
	{ "aHR0cDovL2gvYQ==", ADDRESS_OK, "http://h/a", "" },
	{ "aHR0cDovL2gvYQ", ADDRESS_OK, "http://h/a", "" },
	{ "aHR0cDovL2gvYWI=", ADDRESS_OK, "http://h/ab", "" },
	{ "aHR0cDovL2gvYWI", ADDRESS_OK, "http://h/ab", "" },
	{ "aHR0cDovL2gvYWJj", ADDRESS_OK, "http://h/abc", "" },
	{ "/aHR0cDovL2gvYQ", ADDRESS_OK, "http://h/a", "" },
	{ "aHR0cDovL2gvYQ==/film.mkv", ADDRESS_OK, "http://h/a", "film.mkv" },
	{ "aHR0cDovL2gvYQ/film.mkv", ADDRESS_OK, "http://h/a", "film.mkv" },
	{ "aHR0cDovL2gvYQ/a%20b.ts", ADDRESS_OK, "http://h/a", "a%20b.ts" },
	{ "aHR0cDovL2gvYQ%3D%3D", ADDRESS_OK, "http://h/a", "" },
	{ "aHR0cDovL2gvYQ%3d=/x.ts", ADDRESS_OK, "http://h/a", "x.ts" },
	/* the digits 62 and 63, which the alphabets write differently */
	{ "aHR0cDovL2gvPz8/", ADDRESS_OK, "http://h/???", "" },
	{ "aHR0cDovL2gvPz8_", ADDRESS_OK, "http://h/???", "" },
	{ "aHR0cDovL2gvPz8%2F", ADDRESS_OK, "http://h/???", "" },
	{ "aHR0cDovL2gvPz8%2f/v.mp4", ADDRESS_OK, "http://h/???", "v.mp4" },
	{ "aHR0cDovL2gvPz8//v.mp4", ADDRESS_OK, "http://h/???", "v.mp4" },
	{ "aHR0cDovL2gvPz8/v.mp4", ADDRESS_OK, "http://h/??", "v.mp4" },
	{ "aHR0cDovL2gvP34/fj8_", ADDRESS_OK, "http://h/?~?~??", "" },
	{ "aHR0cDovL2gvPyg+fg", ADDRESS_OK, "http://h/?(%3E~", "" },
	{ "aHR0cDovL2gvPyg-fg", ADDRESS_OK, "http://h/?(%3E~", "" },
	{ "aHR0cDovL2gvPyg%2Bfg", ADDRESS_OK, "http://h/?(%3E~", "" },
	{ "aHR0cDovL2gvPyg+fj8_", ADDRESS_OK, "http://h/?(%3E~??", "" },
	/* the result is normalized, any case of the scheme will do */
	{ "SFRUUDovL0gvLi4vYQ", ADDRESS_OK, "http://h/a", "" },
	{ "aHR0cHM6Ly9oOjQ0My8", ADDRESS_OK, "https://h/", "" },
	/* base64 that is none */
	{ "", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "film.mkv", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "/film.mkv", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "a", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvYQ=", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvYQ===", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvYWJj=", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvYWJj====", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvYR", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvYWJ", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0=cDovL2gvYQ", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvY", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0 DovL2gvYQ", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0%20DovL2gvYQ", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "aHR0cDovL2gvYQ%", ADDRESS_BAD_BASE64, NULL, NULL },
	{ "====", ADDRESS_BAD_BASE64, NULL, NULL },
	/* a URL that may not be */
	{ "ZnRwOi8vaC9h", ADDRESS_BAD_SCHEME, NULL, NULL },
	{ "ZmlsZTovLy9ldGMvcGFzc3dk", ADDRESS_BAD_SCHEME, NULL, NULL },
	{ "aGVsbG8", ADDRESS_BAD_SCHEME, NULL, NULL },
	{ "aHR0cDovLw", ADDRESS_BAD_URL, NULL, NULL },
	{ "aHR0cDovL2gvYQo", ADDRESS_BAD_URL, NULL, NULL },
	{ "aHR0cDovL2gvYSBi", ADDRESS_BAD_URL, NULL, NULL },
	{ "aHR0cDovL2g6MC8", ADDRESS_BAD_URL, NULL, NULL },
};

Test(http_address, table)
{
	char url[URL_MAX + 1], name[ADDRESS_NAME_MAX + 1];
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why = NULL;
		cr_expect_eq(address_decode(rows[i].rest, strlen(rows[i].rest),
		    url, sizeof(url), name, sizeof(name), &why),
		    rows[i].verdict, "%s: %s", rows[i].rest,
		    why == NULL ? url : why);
		cr_expect_eq(why == NULL, rows[i].verdict == ADDRESS_OK);
		if (why != NULL || rows[i].url == NULL)
			continue;
		cr_expect_str_eq(url, rows[i].url, "%s", url);
		cr_expect_str_eq(name, rows[i].name, "%s", name);
	}
}

Test(http_address, reasons_for_a_client)
{
	char url[URL_MAX + 1], name[ADDRESS_NAME_MAX + 1];
	const char *why = NULL;

	address_decode("ZnRwOi8vaC9h", 12, url, sizeof(url), name,
	    sizeof(name), &why);
	cr_assert_str_eq(why, "only http and https addresses");
	cr_assert_eq(address_decode("!", 1, url, sizeof(url), name,
	    sizeof(name), NULL), ADDRESS_BAD_BASE64);
}

Test(http_address, name_has_an_end)
{
	char url[URL_MAX + 1], name[ADDRESS_NAME_MAX + 1];
	char rest[15 + ADDRESS_NAME_MAX + 1];

	memset(rest, 'n', sizeof(rest));
	memcpy(rest, "aHR0cDovL2gvYQ/", 15);
	rest[20] = '.';
	cr_assert_eq(address_decode(rest, sizeof(rest) - 1, url, sizeof(url),
	    name, sizeof(name), NULL), ADDRESS_OK);
	cr_assert_eq(strlen(name), ADDRESS_NAME_MAX);
	cr_assert_eq(address_decode(rest, sizeof(rest), url, sizeof(url),
	    name, sizeof(name), NULL), ADDRESS_TOO_LONG);
}

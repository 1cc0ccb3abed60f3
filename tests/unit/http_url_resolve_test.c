/* SPDX-License-Identifier: ISC */
/* http_url_resolve_test -- references, and whose server an address is of */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/url.h"

/* RFC 3986, 5.4.1 and 5.4.2; fragments are dropped. */
static const char *const rows[][2] = {
	{ "g", "http://a/b/c/g" },
	{ "./g", "http://a/b/c/g" },
	{ "g/", "http://a/b/c/g/" },
	{ "/g", "http://a/g" },
	{ "//g", "http://g/" },
	{ "?y", "http://a/b/c/d;p?y" },
	{ "g?y", "http://a/b/c/g?y" },
	{ "#s", "http://a/b/c/d;p?q" },
	{ "g#s", "http://a/b/c/g" },
	{ "g?y#s", "http://a/b/c/g?y" },
	{ ";x", "http://a/b/c/;x" },
	{ "g;x", "http://a/b/c/g;x" },
	{ "g;x?y#s", "http://a/b/c/g;x?y" },
	{ "", "http://a/b/c/d;p?q" },
	{ ".", "http://a/b/c/" },
	{ "./", "http://a/b/c/" },
	{ "..", "http://a/b/" },
	{ "../", "http://a/b/" },
	{ "../g", "http://a/b/g" },
	{ "../..", "http://a/" },
	{ "../../", "http://a/" },
	{ "../../g", "http://a/g" },
	{ "../../../g", "http://a/g" },
	{ "/./g", "http://a/g" },
	{ "/../g", "http://a/g" },
	{ "g.", "http://a/b/c/g." },
	{ "..g", "http://a/b/c/..g" },
	{ "./../g", "http://a/b/g" },
	{ "./g/.", "http://a/b/c/g/" },
	{ "g/./h", "http://a/b/c/g/h" },
	{ "g/../h", "http://a/b/c/h" },
	{ "g?y/./x", "http://a/b/c/g?y/./x" },
	{ "https://h:443/x", "https://h/x" },
	{ "g?y=http://h/", "http://a/b/c/g?y=http://h/" },
	{ "./g:h", "http://a/b/c/g:h" },
};

Test(http_url_resolve, references)
{
	char out[URL_MAX + 1];
	const char *why = "";
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_neq(url_resolve("http://a/b/c/d;p?q",
		    span_of(rows[i][0]), out, sizeof(out), &why), -1,
		    "%s: %s", rows[i][0], why);
		cr_expect_str_eq(out, rows[i][1], "%s: %s", rows[i][0], out);
	}
	cr_expect_neq(url_resolve("http://a", span_of("g"), out, sizeof(out),
	    &why), -1);
	cr_expect_str_eq(out, "http://a/g");
	cr_expect_neq(url_resolve("http://a?q", span_of("g"), out,
	    sizeof(out), &why), -1);
	cr_expect_str_eq(out, "http://a/g");
}

Test(http_url_resolve, refused)
{
	static const char *const bad[] = { "g:h", "javascript:x", "ftp://a/",
		"http://", "//", "a b", "%zz", "/\x01" };
	char out[URL_MAX + 1], big[3 * URL_MAX];
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(url_resolve("http://a/b", span_of(bad[i]), out,
		    sizeof(out), &why), -1, "%s: %s", bad[i], out);
	memset(big, 'x', sizeof(big));
	cr_expect_eq(url_resolve("http://a/b", (struct span){ big,
	    sizeof(big) }, out, sizeof(out), &why), -1);
}

Test(http_url_resolve, servers)
{
	cr_expect(url_same_server("http://a/", "http://A:80/x?y"));
	cr_expect(url_same_server("https://a:443/", "https://a"));
	cr_expect(!url_same_server("http://a/", "https://a/"));
	cr_expect(!url_same_server("http://a/", "http://a:81/"));
	cr_expect(!url_same_server("http://a/", "http://b/"));
	cr_expect(!url_same_server("http://a/", "nonsense"));
}

/* SPDX-License-Identifier: ISC */
/* http_url_test -- RFC 3986: one spelling, one host, no way out */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/path.h"
#include "reeld/query.h"
#include "reeld/url.h"

static const struct row {
	const char	*in, *out;
} normal[] = {
	{ "http://example.net", "http://example.net/" },
	{ "http://example.net/", "http://example.net/" },
	{ "HTTP://EXAMPLE.Net/A", "http://example.net/A" },
	{ "hTTps://example.net:443/a", "https://example.net/a" },
	{ "http://example.net:80", "http://example.net/" },
	{ "http://example.net:443/", "http://example.net:443/" },
	{ "https://example.net:80/", "https://example.net:80/" },
	{ "http://example.net:/a", "http://example.net/a" },
	{ "http://example.net:08080/", "http://example.net:8080/" },
	{ "http://example.net?q", "http://example.net/?q" },
	{ "http://example.net/?", "http://example.net/?" },
	{ "http://example.net/a?b?c/../d", "http://example.net/a?b?c/../d" },
	{ "http://example.net/a#b", "http://example.net/a" },
	{ "http://example.net#a?b", "http://example.net/" },
	{ "http://h/%7euser/%41", "http://h/~user/A" },
	{ "http://h/a%2fb?%c3%bc=%20", "http://h/a%2Fb?%C3%BC=%20" },
	{ "http://h/%2541", "http://h/%2541" },
	{ "http://h/a/./b/../c", "http://h/a/c" },
	{ "http://h/a/b/..", "http://h/a/" },
	{ "http://h/a/b/.", "http://h/a/b/" },
	{ "http://h/../../a", "http://h/a" },
	{ "http://h/..", "http://h/" },
	{ "http://h/.", "http://h/" },
	{ "http://h/%2e%2E/%2e/a", "http://h/a" },
	{ "http://h/a//../b", "http://h/a/b" },
	{ "http://h//a///b", "http://h//a///b" },
	{ "http://h/...", "http://h/..." },
	{ "http://h/.a/..b", "http://h/.a/..b" },
	{ "http://h/\xc3\xbc|x", "http://h/%C3%BC%7Cx" },
	{ "http://h/a\\b", "http://h/a%5Cb" },
	{ "http://h/a[1]?b[]=2", "http://h/a[1]?b[]=2" },
	{ "http://user:p%40ss@h/", "http://user:p%40ss@h/" },
	{ "http://%75ser@h/", "http://user@h/" },
	{ "http://[2001:DB8:0:0::1]:8080/x", "http://[2001:db8::1]:8080/x" },
	{ "https://[::1]", "https://[::1]/" },
	{ "http://[::ffff:1.2.3.4]/", "http://[::ffff:1.2.3.4]/" },
	{ "http://10.1.2.3:9100/a", "http://10.1.2.3:9100/a" },
	{ "http://a_b.example.net./", "http://a_b.example.net./" },
};

static const char *const refused[] = {
	"", "http", "http:", "http:/", "http://", "http:///a", "http://?q",
	"http://#a", "//h/", "h/a", "/a", "ftp://h/", "file:///a", "httpx://h/",
	"javascript:alert(1)", " http://h/", "http://h /", "http://h/a b",
	"http://h/a\tb", "http://h/a\r\nX: y", "http://h/\x7f", "http://h/#a b",
	"http://h:0/", "http://h:65536/", "http://h:99999999999999999999/",
	"http://h:-1/", "http://h:8a/", "http://h:8:9/", "http://:80/",
	"http://a@b@c/", "http://a\\@b/", "http://h\\a/", "http://a..b/",
	"http://.a/", "http://./", "http://a%2eb/", "http://\xc3\xbc/",
	"http://h,i/", "http://h*/", "http://[::1/", "http://[::1]x/",
	"http://[]/", "http://[1.2.3.4]/", "http://[fe80::1%25eth0]/",
	"http://[v1.a]/", "http://::1/", "http://h/%", "http://h/%4",
	"http://h/%zz", "http://h/?a=%", "http://h/%%34%31"
};

Test(http_url, one_spelling)
{
	char out[URL_MAX + 1], again[URL_MAX + 1];
	const char *why = "";
	size_t i;

	for (i = 0; i < sizeof(normal) / sizeof(normal[0]); i++) {
		cr_assert_eq(url_normalize(normal[i].in, strlen(normal[i].in),
		    out, sizeof(out), &why), (int)strlen(normal[i].out),
		    "%s: %s", normal[i].in, why);
		cr_expect_str_eq(out, normal[i].out, "%s", out);
		url_normalize(out, strlen(out), again, sizeof(again), NULL);
		cr_expect_str_eq(again, out);
	}
}

Test(http_url, refuses)
{
	char out[URL_MAX + 1];
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		why = NULL;
		cr_expect_eq(url_normalize(refused[i], strlen(refused[i]), out,
		    sizeof(out), &why), -1, "%s", refused[i]);
		cr_expect_not_null(why, "%s", refused[i]);
	}
	cr_expect_eq(url_normalize("http://h\0.evil/", 15, out, sizeof(out),
	    &why), -1);
	cr_expect_eq(url_normalize("http://h/\0", 10, out, sizeof(out), &why),
	    -1);
}

Test(http_url, parts)
{
	const char *s = "HTTPS://u:p@Host.example:8443/a/b?c=d#e";
	char host[URL_HOST_MAX + 1];
	struct url url;

	cr_assert_eq(url_parse(s, strlen(s), &url, NULL), 0);
	cr_expect(url.https && url.credentials && !url.literal6);
	cr_expect_eq(url.port, 8443);
	cr_expect_eq(url.path.len, 4);
	cr_expect_eq(url.query.len, 3);
	cr_expect_eq(url.userinfo.len, 3);
	url_host(&url, host);
	cr_expect_str_eq(host, "host.example");
	cr_assert_eq(url_parse("http://[::A]", 12, &url, NULL), 0);
	url_host(&url, host);
	cr_expect_str_eq(host, "::a");
	cr_expect(url.literal6 && !url.credentials && !url.https);
	cr_expect_eq(url.port, 80);
	cr_expect_eq(url.path.len, 0);
	cr_expect_null(url.query.base);
	cr_assert_eq(url_parse("http://@h/?", 11, &url, NULL), 0);
	cr_expect(url.credentials && url.query.base != NULL);
}

Test(http_url, last)
{
	static const struct {
		const char *path, *last;
	} rows[] = {
		{ "/a/b.mkv", "b.mkv" }, { "/b.mkv", "b.mkv" }, { "/a/", "" },
		{ "/", "" }, { "", "" }, { "b.mkv", "b.mkv" },
		{ "http://h:80/a/b.mkv", "b.mkv" },
	};
	struct span last;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		last = url_last((struct span){ rows[i].path,
		    strlen(rows[i].path) });
		cr_expect(last.len == strlen(rows[i].last) &&
		    memcmp(last.base, rows[i].last, last.len) == 0, "%s: %.*s",
		    rows[i].path, (int)last.len, last.base);
	}
}

Test(http_url, length_has_an_end)
{
	static char in[URL_MAX + 2], out[URL_MAX + 1];
	const char *why;

	memset(in, 'a', sizeof(in));
	memcpy(in, "http://h/", 9);
	cr_expect_eq(url_normalize(in, URL_MAX, out, sizeof(out), &why),
	    URL_MAX);
	cr_expect_eq(url_normalize(in, URL_MAX, out, URL_MAX, &why), -1);
	cr_expect_eq(url_normalize(in, URL_MAX + 1, out, sizeof(out), &why),
	    -1);
	in[URL_MAX - 1] = '|';
	cr_expect_eq(url_normalize(in, URL_MAX, out, sizeof(out), &why), -1);
	memset(in + 7, 'a', URL_HOST_MAX);
	cr_expect_eq(url_parse(in, 7 + URL_HOST_MAX, &(struct url){ 0 }, &why),
	    0);
	cr_expect_eq(url_parse(in, 8 + URL_HOST_MAX, &(struct url){ 0 }, &why),
	    -1);
	cr_expect_eq(url_normalize("http://h/", 9, out, 0, &why), -1);
}

static const struct join_row {
	const char	*base, *rest, *query, *out;	/* out NULL: refused */
} joins[] = {
	{ "http://h/lib/", "a/b.mkv", NULL, "http://h/lib/a/b.mkv" },
	{ "http://h/lib", "a", NULL, "http://h/lib/a" },
	{ "http://h/lib", "/a", NULL, "http://h/lib/a" },
	{ "http://h/lib/", "/a", NULL, "http://h/lib/a" },
	{ "http://h/lib/", "//a", NULL, "http://h/lib//a" },
	{ "http://h", "a", NULL, "http://h/a" },
	{ "http://h", "/a", NULL, "http://h/a" },
	{ "http://h", "", NULL, "http://h/" },
	{ "http://h/x.mkv", "", NULL, "http://h/x.mkv" },
	{ "http://h/", "a", "q=1&r", "http://h/a?q=1&r" },
	{ "http://h/", "a", "", "http://h/a?" },
	{ "http://h/get?u=1", "a", NULL, "http://h/get/a?u=1" },
	{ "http://h/get?u=1", "a", "p=2", "http://h/get/a?u=1&p=2" },
	{ "http://h/get?u=1", "a", "", "http://h/get/a?u=1" },
	{ "http://h/#top", "a", NULL, "http://h/a" },
	{ "http://h/", "a%20b%2fc", NULL, "http://h/a%20b%2Fc" },
	{ "http://u:p@h/", "@evil.example/", NULL,
	    "http://u:p@h/@evil.example/" },
	{ "http://h", "@evil.example/", NULL, "http://h/@evil.example/" },
	{ "http://h:80", "80/", NULL, "http://h/80/" },
	{ "http://h/lib/", "../a", NULL, NULL },
	{ "http://h/lib/", "%2e%2e/a", NULL, NULL },
	{ "http://h/lib/", "a#b", NULL, NULL },
	{ "http://h/lib/", "a", "b#c", NULL },
	{ "http://h/lib/", "a", "b c", NULL },
	{ "http://h/lib/", "a%00", NULL, NULL },
	{ "ftp://h/", "a", NULL, NULL },
};

static const struct rebase_row {
	const char	*url, *from, *to, *out;	/* out NULL: not of `from` */
} rebases[] = {
	{ "http://h/lib/a/b.mkv", "http://h/lib/", "https://m/x/",
	    "https://m/x/a/b.mkv" },
	{ "http://h/lib/a", "http://h/lib", "http://m", "http://m/a" },
	{ "http://h/a?q=1", "http://h/", "http://m/y", "http://m/y/a?q=1" },
	{ "http://h/a%20b%2Fc", "http://h", "http://m/", "http://m/a%20b%2Fc" },
	{ "http://h/get/a?u=1", "http://h/get?u=1", "http://m/", "http://m/a" },
	{ "http://h/get/a?u=1&p=2", "http://h/get?u=1", "http://m/?k=3",
	    "http://m/a?k=3&p=2" },
	{ "http://h/get/a?u=1", "http://h/get?u=1", "http://m/?k=3",
	    "http://m/a?k=3" },
	{ "http://h/x.mkv", "http://h/x.mkv", "http://m/y.mkv",
	    "http://m/y.mkv" },
	{ "http://u:p@h/a", "HTTP://u:p@H:80", "http://m", "http://m/a" },
	{ "http://h/a", "http://h/", "http://u:p@m/", "http://u:p@m/a" },
	{ "http://h/library/a", "http://h/lib", "http://m/", NULL },
	{ "http://h/a", "http://g/", "http://m/", NULL },
	{ "http://h/a", "https://h/", "http://m/", NULL },
	{ "http://h/get/a", "http://h/get?u=1", "http://m/", NULL },
	{ "http://h/get/a?v=1", "http://h/get?u=1", "http://m/", NULL },
};

Test(http_url, rebase)
{
	char out[URL_MAX + 1];
	const struct rebase_row *r;
	int n;

	for (r = rebases; r < rebases + sizeof(rebases) / sizeof(*r); r++) {
		n = url_rebase(r->url, r->from, r->to, out, sizeof(out));
		cr_expect_eq(n, r->out == NULL ? -1 : (int)strlen(r->out),
		    "%s from %s: %d", r->url, r->from, n);
		if (n != -1 && r->out != NULL)
			cr_expect_str_eq(out, r->out, "%s", out);
	}
}

Test(http_url, join)
{
	char out[URL_MAX + 1];
	const char *why;
	size_t i;
	int n;

	for (i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
		why = NULL;
		n = url_join(joins[i].base, span_of(joins[i].rest),
		    span_of(joins[i].query), out, sizeof(out), &why);
		if (joins[i].out == NULL) {
			cr_expect(n == -1 && why != NULL, "row %zu", i);
			continue;
		}
		cr_assert_eq(n, (int)strlen(joins[i].out), "row %zu: %s", i,
		    why);
		cr_expect_str_eq(out, joins[i].out);
	}
}

Test(http_path, check)
{
	static const char *const good[] = {
		"", "/", "/a/b.mkv", "a%20b", "/...", "/.a", "/a.", "/a..b",
		"/%c3%bc", "/a%2Fb", "//", "/..a/", "/%2e%2e%2e", "/a%0Ab"
	};
	static const char *const bad[] = {
		".", "..", "/.", "/..", "/./a", "/a/../b", "/%2e", "/%2E.",
		"/.%2e/", "/%2e%2E/a", "..%2fetc", "/a%2f..", "/a\\..\\b",
		"/a%5c..%5Cb", "/a b", "/a\x01", "/a\x7f", "/a\nb", "/%00",
		"/a%00b", "/%", "/%4", "/%zz", "/a%", "/a#b"
	};
	static char lengthy[PATH_LEN_MAX + 1];
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect_eq(path_check(good[i], strlen(good[i]), NULL), 0,
		    "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		cr_expect_eq(path_check(bad[i], strlen(bad[i]), &why), -1,
		    "%s", bad[i]);
		cr_expect_not_null(why, "%s", bad[i]);
	}
	cr_expect_eq(path_check("/a\0b", 4, &why), -1);
	memset(lengthy, 'a', sizeof(lengthy));
	cr_expect_eq(path_check(lengthy, PATH_LEN_MAX, &why), 0);
	cr_expect_eq(path_check(lengthy, PATH_LEN_MAX + 1, &why), -1);
}

Test(http_query, strip)
{
	static const char *const names[] = {
		"api_token", "expires", "sig", "offset"
	};
	static const struct row rows[] = {
		{ "", "" },
		{ "a=1", "a=1" },
		{ "sig=1", "" },
		{ "sig", "" },
		{ "sig=1&a=2", "a=2" },
		{ "a=2&sig=1", "a=2" },
		{ "a=1&sig=2&b=3", "a=1&b=3" },
		{ "expires=1&sig=2&offset=3&api_token=4", "" },
		{ "sig=1&sig=2&a", "a" },
		{ "signal=1&xsig=2&sig2", "signal=1&xsig=2&sig2" },
		{ "Sig=1", "Sig=1" },
		{ "s%69g=1&a", "a" },
		{ "api%5Ftoken=x&a", "a" },
		{ "a&&b&", "a&&b&" },
		{ "&", "&" },
		{ "a=sig=1", "a=sig=1" },
		{ "a=%&b=%zz", "a=%&b=%zz" },
		{ "a=1&sig=&b=", "a=1&b=" },
	};
	char out[64];
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = query_strip(rows[i].in, strlen(rows[i].in), names, 4, out);
		out[n] = '\0';
		cr_expect_str_eq(out, rows[i].out, "%s", rows[i].in);
		memcpy(out, rows[i].in, strlen(rows[i].in));
		n = query_strip(out, strlen(rows[i].in), names, 4, out);
		out[n] = '\0';
		cr_expect_str_eq(out, rows[i].out, "in place: %s", rows[i].in);
	}
	cr_expect_eq(query_strip(NULL, 0, names, 4, out), 0);
}

Test(http_query, find)
{
	const char *query = "a&b=&c=1&c=2&%64=x%20y&aa=3";
	size_t len = strlen(query);
	struct span v;

	v = query_find(query, len, "a");
	cr_expect(v.base != NULL && v.len == 0);
	v = query_find(query, len, "b");
	cr_expect(v.base != NULL && v.len == 0);
	v = query_find(query, len, "c");
	cr_expect(v.len == 1 && v.base[0] == '1');
	v = query_find(query, len, "d");
	cr_expect(v.len == 5 && memcmp(v.base, "x%20y", 5) == 0);
	cr_expect_null(query_find(query, len, "e").base);
	cr_expect_null(query_find(NULL, 0, "a").base);
}

/* SPDX-License-Identifier: ISC */
/* agree_test -- what the configuration takes, those that use it can read */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/allow.h"
#include "reeld/conf.h"
#include "reeld/network.h"
#include "reeld/url.h"

static void
ignore(void *arg, int warning, const char *file, int line, const char *text)
{
	(void)arg;
	(void)warning;
	(void)file;
	(void)line;
	(void)text;
}

/* 1 when the configuration takes `value` in the place of the %s. */
static int
taken(const char *format, const char *value)
{
	struct conf *conf;
	char *text;
	int len, good;

	/* The caller's format is one of three literals below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	len = asprintf(&text, format, value);
#pragma GCC diagnostic pop
	cr_assert_neq(len, -1);
	conf = conf_parse_text(text, (size_t)len, ignore, NULL);
	good = conf != NULL;
	conf_destroy(conf);
	free(text);
	return good;
}

Test(conf_agree, allow)
{
	static const char *const patterns[] = {
		"*", "*:80", "*:0", "a", "a.", "a..", ".a", ".", "*.a",
		"*.a:80", "*.", "*.*", "**", "a.b-c.d_e", "a:", "a:1",
		"a:65535", "a:65536", "a:x", "10.0.0.1", "10.0.0.1:80",
		"10.0.0", "10.0.0.256", "a.1", "1.a", "0x7f.1", "10.0.0.0/8",
		"10.0.0.1/8", "10.0.0.0/8:80", "10.0.0.0/33", "10.0.0.0/",
		"::1", "::1/128", "::1/127", "fd00::/8", "[::1]", "[::1]:80",
		"[::1]:", "[::1", "[10.0.0.1]", "[a]", "fe80::1%lo", "::",
		"::/0", "0.0.0.0/0", "a b", "", "a/8", "*/8", "1::2::3",
	};
	size_t i;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		cr_expect_eq(taken("origin \"o\" { type = open match = \"/u/\""
		    " allow = {\"%s\"} }", patterns[i]),
		    allow_valid(patterns[i]), "%s", patterns[i]);
}

Test(conf_agree, networks)
{
	static const char *const networks[] = {
		"10.0.0.0/8", "10.0.0.1", "10.0.0.1/32", "10.0.0.1/31",
		"::/0", "fd00::/7", "fd00::/8", "x", "", "/8", "1.2.3.4/",
		"1.2.3.4/+1", "::ffff:10.0.0.1", "::1/129",
	};
	struct network network;
	size_t i;

	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		cr_expect_eq(taken("trusted_proxies = {\"%s\"}", networks[i]),
		    network_parse(networks[i], strlen(networks[i]),
		    &network) == 0, "%s", networks[i]);
}

/* The configuration may be the stricter of the two. */
Test(conf_agree, urls)
{
	static const char *const urls[] = {
		"http://x", "http://x/", "https://x/a/b?c=d", "HTTP://X/",
		"http://x:80/", "http://x:0/", "http://x:/", "http://u@x/",
		"http://u:p@x/", "http://u@v@x/", "http://u:p%40@x/",
		"http://%@x/", "http://[::1]:1/", "http://[::1/",
		"http://[::1]x/", "http://x_y./", "http://a..b/", "http://./",
		"http:///", "http://?a", "http://x?a", "http://x/%zz",
		"http://x/\303\244", "http://10.0.0.1/", "http://1.2.3/",
		"ftp://x/", "http:/x/", "//x/", "", "http://x/a|b^c`d{e}",
		"http://u;x/", "http://u{@x/",
	};
	struct url url;
	unsigned good = 0;
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		if (!taken("origin \"o\" { match = \"/o/\" url = \"%s\" }",
		    urls[i]))
			continue;
		good++;
		cr_expect_eq(url_parse(urls[i], strlen(urls[i]), &url, NULL),
		    0, "%s", urls[i]);
	}
	cr_expect_geq(good, 12);
}

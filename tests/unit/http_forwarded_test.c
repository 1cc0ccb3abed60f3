/* SPDX-License-Identifier: ISC */
/* http_forwarded_test -- what trusted proxies say of the client behind them */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/forwarded.h"

/* 10.0.0.0/8 and 2001:db8:1::/48 are ours. */
static const struct network trusted[] = {
	{ AF_INET, 8, { 10 } },
	{ AF_INET6, 48, { 0x20, 0x01, 0x0d, 0xb8, 0, 1 } },
};

static void
read_with(const char *forwarded, const char *x_for, struct forwarded *out)
{
	struct forwarded_fields f = { .forwarded = span_of(forwarded),
	    .x_for = span_of(x_for) };

	memset(out, 0xa5, sizeof(*out));
	forwarded_read(&f, trusted, 2, out);
}

/* The client as text, "-" where none is told. */
static const char *
client(const struct forwarded *told)
{
	static char text[INET6_ADDRSTRLEN];
	const struct sockaddr_in *sin = (const void *)&told->client;
	const struct sockaddr_in6 *sin6 = (const void *)&told->client;

	if (told->client.ss_family == AF_UNSPEC)
		return "-";
	if (told->client.ss_family == AF_INET)
		inet_ntop(AF_INET, &sin->sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &sin6->sin6_addr, text, sizeof(text));
	return text;
}

static const char *
text_of(struct span s)
{
	static char texts[4][256];
	static unsigned next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "%.*s", s.base == NULL ? 1 :
	    (int)s.len, s.base == NULL ? "-" : s.base);
	return text;
}

struct row {
	const char	*field, *client;
};

static const struct row x_rows[] = {
	{ NULL, "-" },
	{ "", "-" },
	{ " , ,", "-" },
	{ "192.0.2.1", "192.0.2.1" },
	{ "  192.0.2.1\t", "192.0.2.1" },
	{ "192.0.2.1:55", "192.0.2.1" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "[2001:db8::1]", "2001:db8::1" },
	{ "[2001:db8::1]:443", "2001:db8::1" },
	{ "::ffff:192.0.2.1", "192.0.2.1" },
	{ "[::FFFF:192.0.2.1]:1", "192.0.2.1" },
	{ "::1", "::1" },
	/* the first from the right that is not ours */
	{ "192.0.2.1, 192.0.2.2", "192.0.2.2" },
	{ "192.0.2.1, 10.0.0.1", "192.0.2.1" },
	{ "192.0.2.1, 192.0.2.2, 10.0.0.1,10.0.0.2", "192.0.2.2" },
	{ "192.0.2.1,,[2001:db8:1::5]:80 ,\t,::ffff:10.1.1.1", "192.0.2.1" },
	{ "10.9.9.9", "10.9.9.9" },
	{ "10.9.9.9, 10.0.0.1", "10.9.9.9" },
	{ "10.9.9.9, 192.0.2.1, 10.0.0.1", "192.0.2.1" },
	/* what cannot be read ends the walk */
	{ "unknown", "-" },
	{ "192.0.2.1, unknown", "-" },
	{ "192.0.2.1, unknown, 10.0.0.1", "-" },
	{ "unknown, 192.0.2.1, 10.0.0.1", "192.0.2.1" },
	{ "192.0.2.1, _hidden, 10.0.0.1, 10.0.0.2", "-" },
	{ "192.0.2.1 192.0.2.2", "-" },
	{ "192.0.2.1:", "-" },
	{ "192.0.2.1:65536", "-" },
	{ "192.0.2.1:-1", "-" },
	{ "192.0.2.1:000080", "-" },
	{ "192.0.2.1:80x", "-" },
	{ "192.0.2", "-" },
	{ "192.0.2.01", "-" },
	{ "0x7f.1", "-" },
	{ "3221225985", "-" },
	{ "192.0.2.1/32", "-" },
	{ "[192.0.2.1]", "-" },
	{ "[2001:db8::1", "-" },
	{ "2001:db8::1]", "-" },
	{ "[2001:db8::1]443", "-" },
	{ "[]", "-" },
	{ "[", "-" },
	{ ":80", "-" },
	{ "fe80::1%eth0", "-" },
	{ "localhost", "-" },
	{ "\"192.0.2.1\"", "-" },
};

Test(http_forwarded, x_forwarded_for)
{
	struct forwarded told;
	size_t i;

	for (i = 0; i < sizeof(x_rows) / sizeof(x_rows[0]); i++) {
		read_with(NULL, x_rows[i].field, &told);
		cr_expect_str_eq(client(&told), x_rows[i].client,
		    "%s: %s, not %s", x_rows[i].field, client(&told),
		    x_rows[i].client);
	}
}

static const struct row standard_rows[] = {
	{ "", "-" },
	{ "for=192.0.2.1", "192.0.2.1" },
	{ "For=\"192.0.2.1\"", "192.0.2.1" },
	{ "FOR=\"192.0.2.1:47011\"", "192.0.2.1" },
	{ "for=192.0.2.1:47011", "192.0.2.1" },
	{ "for=\"192.0.2.1:_port\"", "192.0.2.1" },
	{ "for=\"192.0.2.1:_\"", "-" },
	{ "for=\"192.0.2.1:_p/\"", "-" },
	{ "for=\"[2001:db8::1]:8080\";proto=https;host=a", "2001:db8::1" },
	{ "for=\"[2001:db8::1]\"", "2001:db8::1" },
	{ "by=10.0.0.1 ; for=192.0.2.1;;secret=\"a;b,for=9.9.9.9\\\"\"",
	    "192.0.2.1" },
	{ "for=192.0.2.1, for=192.0.2.2", "192.0.2.2" },
	{ "for=192.0.2.1, for=10.0.0.1", "192.0.2.1" },
	{ "for=192.0.2.1,,;,for=10.0.0.1 , ", "192.0.2.1" },
	{ "for=10.9.9.9;by=_x, for=10.0.0.1", "10.9.9.9" },
	{ "for=unknown", "-" },
	{ "for=192.0.2.1, for=_hidden, for=10.0.0.1", "-" },
	{ "for=_hidden, for=192.0.2.1, for=10.0.0.1", "192.0.2.1" },
	/* a hop that does not say for whom */
	{ "for=192.0.2.1, proto=https", "-" },
	{ "proto=https, for=192.0.2.1", "192.0.2.1" },
	/* not well formed: nothing is told (RFC 7239, 4) */
	{ "for=192.0.2.1;for=192.0.2.2", "-" },
	{ "for=192.0.2.1, for=\"10.0.0.1", "-" },
	{ "for=\"192.0.2.1\\", "-" },
	{ "for=\"192.0.2.1\\\"", "-" },
	{ "for=", "-" },
	{ "for", "-" },
	{ "=192.0.2.1", "-" },
	{ "for =192.0.2.1", "-" },
	{ "for= 192.0.2.1", "-" },
	{ "for=192.0.2.1 by=10.0.0.1", "-" },
	{ "for=\"192.0.2.1\"x", "-" },
	{ "for=\"192.0.2.\\1\"", "-" },
	{ "192.0.2.1", "-" },
	{ "for=192.0.2.1;@=b", "-" },
};

Test(http_forwarded, forwarded)
{
	struct forwarded told;
	size_t i;

	for (i = 0; i < sizeof(standard_rows) / sizeof(standard_rows[0]); i++) {
		read_with(standard_rows[i].field, NULL, &told);
		cr_expect_str_eq(client(&told), standard_rows[i].client,
		    "%s: %s, not %s", standard_rows[i].field, client(&told),
		    standard_rows[i].client);
	}
}

/* A proxy that knows one of the two passes the other on as it came. */
Test(http_forwarded, contradictions_tell_nothing)
{
	struct forwarded told;

	read_with("for=\"192.0.2.1:80\"", "192.0.2.1, 10.0.0.1", &told);
	cr_expect_str_eq(client(&told), "192.0.2.1");
	read_with("for=127.0.0.1", "192.0.2.1", &told);
	cr_expect_str_eq(client(&told), "-");
	read_with("for=192.0.2.1", "127.0.0.1", &told);
	cr_expect_str_eq(client(&told), "-");
	read_with("for=unknown", "192.0.2.1", &told);
	cr_expect_str_eq(client(&told), "-");
	read_with("for=\"", "192.0.2.1", &told);
	cr_expect_str_eq(client(&told), "-");
	read_with("for=192.0.2.1", "unknown", &told);
	cr_expect_str_eq(client(&told), "-");
}

/* Without trusted networks the peer alone is believed: its own last word. */
Test(http_forwarded, nobody_else_is_trusted)
{
	struct forwarded_fields f = { .x_for = span_of("192.0.2.1, 10.0.0.1") };
	struct forwarded told;

	forwarded_read(&f, NULL, 0, &told);
	cr_expect_str_eq(client(&told), "10.0.0.1");
}

static const struct {
	const char	*forwarded, *x_proto, *x_host, *x_prefix;
	const char	*proto, *host, *prefix;
} facts[] = {
	{ NULL, NULL, NULL, NULL, "-", "-", "-" },
	{ NULL, "https", "a.example", "/media", "https", "a.example",
	    "/media" },
	/* what the proxy before reeld wrote stands rightmost */
	{ NULL, "http, HTTPS", "x, a.example:8443", "/x,/media/", "https",
	    "a.example:8443", "/media" },
	{ NULL, "https, ftp", "a/b", "media", "-", "-", "-" },
	{ NULL, "httpsx", "a@b", "/..", "-", "-", "-" },
	{ NULL, "", "a?b", "/a?b", "-", "-", "-" },
	{ NULL, NULL, "a#b", "/a#b", "-", "-", "-" },
	{ NULL, NULL, "a/", "//evil.example", "-", "-", "-" },
	{ NULL, NULL, "a/?", "/a;b", "-", "-", "-" },
	{ NULL, NULL, "a:99999", "/\\evil.example", "-", "-", "-" },
	{ NULL, NULL, "a:0", "/a\"b", "-", "-", "-" },
	{ NULL, NULL, "[::1", "/a'b", "-", "-", "-" },
	{ NULL, NULL, "[::1]:80", "/a<b", "-", "[::1]:80", "-" },
	{ NULL, NULL, "a b", "/a b", "-", "-", "-" },
	{ NULL, NULL, "a..b", "/a%2e%2e/b", "-", "-", "/a%2e%2e/b" },
	{ NULL, NULL, "192.0.2.1", "/%2e%2e/b", "-", "192.0.2.1", "-" },
	{ NULL, NULL, "a\\b", "/", "-", "-", "-" },
	{ NULL, NULL, "a", "/a/b///", "-", "a", "/a/b" },
	/* of Forwarded, what stands beside the client */
	{ "for=192.0.2.1;proto=https;host=a.example", NULL, NULL, NULL,
	    "https", "a.example", "-" },
	{ "for=1.1.1.1;host=x, for=192.0.2.1;proto=https;host=\"a:80\", "
	    "for=10.0.0.1;proto=http;host=y", NULL, NULL, NULL, "https",
	    "a:80", "-" },
	{ "for=192.0.2.1;host=x;proto=https, for=unknown;proto=http", NULL,
	    NULL, NULL, "http", "-", "-" },
	{ "proto=https;host=x, for=10.0.0.1", NULL, NULL, NULL, "-", "-",
	    "-" },
	/* both, alike and not */
	{ "for=192.0.2.1;proto=https;host=a", "https", "b", NULL, "https",
	    "-", "-" },
	{ "for=192.0.2.1;proto=https", "http", "b", "/c", "-", "b", "/c" },
};

Test(http_forwarded, proto_host_and_prefix)
{
	struct forwarded_fields f;
	struct forwarded told;
	size_t i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		f = (struct forwarded_fields){
		    .forwarded = span_of(facts[i].forwarded),
		    .x_proto = span_of(facts[i].x_proto),
		    .x_host = span_of(facts[i].x_host),
		    .x_prefix = span_of(facts[i].x_prefix) };
		forwarded_read(&f, trusted, 2, &told);
		cr_expect_str_eq(text_of(told.proto), facts[i].proto,
		    "row %zu: proto %s", i, text_of(told.proto));
		cr_expect_str_eq(text_of(told.host), facts[i].host,
		    "row %zu: host %s", i, text_of(told.host));
		cr_expect_str_eq(text_of(told.prefix), facts[i].prefix,
		    "row %zu: prefix %s", i, text_of(told.prefix));
	}
}

/* A host as long as a name may be, and one byte more. */
Test(http_forwarded, long_hosts)
{
	char text[512];
	struct forwarded_fields f = { .forwarded = { NULL, 0 } };
	struct forwarded told;

	memset(text, 'a', sizeof(text));
	f.x_host = (struct span){ text, 253 };
	forwarded_read(&f, NULL, 0, &told);
	cr_expect_eq(told.host.len, 253);
	f.x_host.len++;
	forwarded_read(&f, NULL, 0, &told);
	cr_expect_null(told.host.base);
	f.x_host.len = sizeof(text);
	forwarded_read(&f, NULL, 0, &told);
	cr_expect_null(told.host.base);
}

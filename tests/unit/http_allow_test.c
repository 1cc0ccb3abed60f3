/* SPDX-License-Identifier: ISC */
/* http_allow_test -- which hosts and addresses a client may name */
#include "config.h"

#include <string.h>
#include <sys/un.h>

#include <criterion/criterion.h>

#include "reeld/allow.h"
#include "reeld/network.h"

static struct sockaddr_storage
at(const char *address)
{
	struct sockaddr_storage ss;

	cr_assert_eq(network_literal(address, strlen(address), &ss), 0, "%s",
	    address);
	return ss;
}

static int
is_public(const char *address)
{
	struct sockaddr_storage ss = at(address);

	return network_public((struct sockaddr *)&ss);
}

Test(http_network, public)
{
	static const char *const yes[] = {
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0",
		"100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
		"192.167.1.1", "192.169.0.0", "198.17.1.1", "198.20.0.0",
		"223.255.255.255", "168.63.129.17", "2606:4700::1111",
		"2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
		"2002:808:808::1", "2001:200::1"
	};
	static const char *const no[] = {
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255",
		"100.64.0.1", "100.127.255.255", "100.100.100.200", "127.0.0.1",
		"127.255.1.2", "168.63.129.16", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
		"192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1",
		"240.0.0.1", "255.255.255.255", "::", "::1", "::8.8.8.8",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:8.8.8.8",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
		"2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1",
		"2001::1", "2001:0:7f00:1::", "::127.0.0.1",
		"2001:0:1:2:3:4:80ff:fffe", "2002:a9fe:a9fe::1", "fe80::5efe:1",
		"2001:db8::1", "3fff::1", "100::1", "fc00::1",
		"fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "4000::1"
	};
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t i;

	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		cr_expect(is_public(yes[i]), "%s", yes[i]);
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		cr_expect_not(is_public(no[i]), "%s", no[i]);
	cr_expect_not(network_public((struct sockaddr *)&un));
}

Test(http_network, parse)
{
	static const char *const good[] = {
		"10.0.0.0/8", "0.0.0.0/0", "1.2.3.4", "1.2.3.4/32", "::/0",
		"fd00::/8", "::1", "::1/128", "::ffff:10.0.0.0/104"
	};
	static const char *const bad[] = {
		"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/8x", "10.0.0.1/8", "10.0.0/8", "10/8", "::/129",
		"fd00::1/8", "[::1]", "fe80::1%eth0", "name", "1.2.3.4.5",
		"0x7f.0.0.1", "10.0.0.0/99999999999999999999"
	};
	struct network net;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect_eq(network_parse(good[i], strlen(good[i]), &net), 0,
		    "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(network_parse(bad[i], strlen(bad[i]), &net), -1,
		    "%s", bad[i]);
	cr_expect_eq(network_parse("1.2.3.4\0x", 9, &net), -1);
}

Test(http_network, holds)
{
	static const struct {
		const char	*net, *address;
		int		 in;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.0.1", 1 },
		{ "10.0.0.0/8", "11.0.0.1", 0 },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", 1 },
		{ "::ffff:10.0.0.0/104", "10.1.2.3", 1 },
		{ "192.168.4.0/22", "192.168.7.255", 1 },
		{ "192.168.4.0/22", "192.168.8.0", 0 },
		{ "0.0.0.0/0", "1.2.3.4", 1 },
		{ "0.0.0.0/0", "2001:db8::1", 0 },
		{ "::/0", "1.2.3.4", 0 },
		{ "::1", "::1", 1 },
		{ "::1", "::2", 0 },
		{ "fd00::/8", "fdff::1", 1 },
		{ "fd00::/8", "fc00::1", 0 },
	};
	struct sockaddr_storage ss;
	struct network net;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(network_parse(rows[i].net, strlen(rows[i].net),
		    &net), 0);
		ss = at(rows[i].address);
		cr_expect_eq(network_holds(&net, (struct sockaddr *)&ss),
		    rows[i].in, "%s %s", rows[i].net, rows[i].address);
	}
}

Test(http_allow, patterns)
{
	static const char *const good[] = {
		"*", "*:80", "name", "Name.", "a.b-c.d", "name:8080",
		"*.example.net", "*.example.net:443", "10.0.0.0/8", "10.1.2.3",
		"10.1.2.3:80", "[::1]", "[::1]:80", "::1", "fd00::/8", "a_b"
	};
	static const char *const bad[] = {
		"", ".", "..", "*.", "**", "*x", "a*", "a.*", "*.*", "a..b",
		".a", "name:", "name:0", "name:65536", "name:x", ":80",
		"a b", "10.0.0.0/33", "10.0.0.1/8", "[::1", "[::1]80",
		"[1.2.3.4]",
		"[]", "[fd00::/8]", "10.0.0.0/8:80", "256.1.1.1", "10.1.2",
		"http://a", "a/b", "::1:x"
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(allow_valid(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(allow_valid(bad[i]), "%s", bad[i]);
}

static const struct row {
	const char	*pattern, *host;
	uint16_t	 port;
	int		 listed;
} names[] = {
	{ "name", "name", 80, 1 },
	{ "Name", "nAME.", 80, 1 },
	{ "name.", "name", 80, 1 },
	{ "name", "names", 80, 0 },
	{ "name", "a.name", 80, 0 },
	{ "name:81", "name", 81, 1 },
	{ "name:81", "name", 80, 0 },
	{ "*.example.net", "a.example.net", 80, 1 },
	{ "*.example.net", "a.b.EXAMPLE.net.", 80, 1 },
	{ "*.example.net", "example.net", 80, 0 },
	{ "*.example.net", ".example.net", 80, 0 },
	{ "*.example.net", "evilexample.net", 80, 0 },
	{ "*.example.net", "a.example.net.evil", 80, 0 },
	{ "*.example.net:443", "a.example.net", 443, 1 },
	{ "*.example.net:443", "a.example.net", 80, 0 },
	{ "*", "any.example", 80, 1 },
	{ "*:443", "any.example", 80, 0 },
	{ "*", "8.8.8.8", 80, 1 },
	{ "*", "10.0.0.1", 80, 0 },
	{ "*", "::1", 80, 0 },
	{ "*", "::ffff:127.0.0.1", 80, 0 },
	{ "127.0.0.1:9100", "127.0.0.1", 9100, 1 },
	{ "127.0.0.1:9100", "127.0.0.1", 9101, 0 },
	{ "127.0.0.1:9100", "127.0.0.2", 9100, 0 },
	{ "127.0.0.1", "::ffff:127.0.0.1", 80, 1 },
	{ "10.0.0.0/8", "10.9.8.7", 80, 1 },
	{ "10.0.0.0/8", "11.9.8.7", 80, 0 },
	{ "10.0.0.0/8", "any.example", 80, 0 },
	{ "[::1]:80", "::1", 80, 1 },
	{ "[::1]:80", "0:0:0:0:0:0:0:1", 80, 1 },
	{ "[::1]:80", "::1", 81, 0 },
	{ "fd00::/8", "fd12::1", 80, 1 },
	{ "*", "127.0.0.1.", 80, 0 },
	{ "*", "8.8.8.8.", 80, 1 },
	/* addresses that hide */
	{ "*", "2130706433", 80, 0 },
	{ "*", "134744072", 80, 0 },
	{ "*", "127.1", 80, 0 },
	{ "*", "0x7f000001", 80, 0 },
	{ "*", "0X7F.0.0.1", 80, 0 },
	{ "*", "127.0.0.0x1", 80, 0 },
	{ "*", "0177.0.0.01", 80, 0 },
	{ "*", "127.0.0.1.0x", 80, 0 },
	{ "*.1", "127.1", 80, 0 },
	{ "*", "a.1", 80, 0 },
	{ "*", "1.a", 80, 1 },
	{ "*", "1.0xg", 80, 1 },
	{ "*", "", 80, 0 },
	{ "bad pattern", "bad pattern", 80, 0 },
};

Test(http_allow, names)
{
	char *pattern;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pattern = (char *)names[i].pattern;
		cr_expect_eq(allow_name(&pattern, 1, names[i].host,
		    names[i].port), names[i].listed, "%s %s:%d",
		    names[i].pattern, names[i].host, names[i].port);
	}
	cr_expect_not(allow_name(NULL, 0, "name", 80));
}

static int
resolved(const char *first, const char *second, const char *host,
    const char *address)
{
	char *patterns[] = { (char *)first, (char *)second };
	struct sockaddr_storage ss = at(address);

	return allow_resolved(patterns, second == NULL ? 1 : 2, host, 80,
	    (struct sockaddr *)&ss);
}

Test(http_allow, resolved)
{
	cr_expect(resolved("name", NULL, "name", "8.8.8.8"));
	cr_expect_not(resolved("name", NULL, "other", "8.8.8.8"));
	cr_expect_not(resolved("name", NULL, "name", "10.0.0.1"));
	cr_expect_not(resolved("name", NULL, "name", "127.0.0.1"));
	cr_expect(resolved("name", "10.0.0.0/8", "name", "10.0.0.1"));
	cr_expect(resolved("10.0.0.0/8", "name", "name", "10.0.0.1"));
	cr_expect_not(resolved("name", "10.0.0.0/8", "other", "10.0.0.1"));
	cr_expect_not(resolved("name", "10.0.0.1:81", "name", "10.0.0.1"));
	cr_expect(resolved("name", "10.0.0.1:80", "name", "10.0.0.1"));
	cr_expect(resolved("*", NULL, "any.example", "8.8.8.8"));
	cr_expect_not(resolved("*", NULL, "any.example", "::1"));
	cr_expect_not(resolved("*", NULL, "127.1", "127.0.0.1"));
	cr_expect_not(resolved("*", NULL, "2130706433", "127.0.0.1"));
	cr_expect_not(resolved("*", NULL, "any.example", "169.254.169.254"));
	cr_expect(resolved("*", "fd00::/8", "any.example", "fd00::5"));
	cr_expect(resolved("127.0.0.1:80", NULL, "127.0.0.1", "127.0.0.1"));
	cr_expect(resolved("127.0.0.1", NULL, "127.0.0.1",
	    "::ffff:127.0.0.1"));
	cr_expect_not(resolved("127.0.0.1", NULL, "127.0.0.2", "127.0.0.2"));
}

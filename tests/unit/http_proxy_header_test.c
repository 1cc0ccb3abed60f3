/* SPDX-License-Identifier: ISC */
/* http_proxy_header_test -- who speaks behind a terminator, v1 and v2 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "reeld/proxy_header.h"

#define T(text)		text, sizeof(text) - 1

/* What a v2 header begins with, and addresses as they stand in it. */
#define SIGN		"\r\n\r\n\0\r\nQUIT\n"
#define INET		"\xc0\x00\x02\x01\x7f\x00\x00\x01\xdc\x04\x00\x50"
#define NET6		"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
#define INET6		NET6 "\x07" NET6 "\x01" "\xdc\x04\x00\x50"
#define ZEROS27		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
    "\0\0"
#define ZEROS108	ZEROS27 ZEROS27 ZEROS27 ZEROS27
#define UNIX		ZEROS108 ZEROS108

/* `source` NULL: it is bad; "": the sender speaks for itself; "?": for somebody
 * who is not named. */
static const struct row {
	const char	*bytes;
	size_t		 len;
	const char	*source;
} rows[] = {
	/* version 1 (2.1) */
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324 80\r\n"), "192.0.2.1:56324" },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 0 65535\r\n"), "192.0.2.1:0" },
	{ T("PROXY TCP6 2001:db8::7 ::1 56324 80\r\n"), "2001:db8::7:56324" },
	{ T("PROXY UNKNOWN\r\n"), "?" },
	{ T("PROXY UNKNOWN ffff:f... anything 1\r\n"), "?" },
	{ T("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"), "?" },
	{ T("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655355\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324 80\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324 80\r\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324 80 \r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324 \r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 65536 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 056 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 -1 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1  127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4  192.0.2.1 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4\t192.0.2.1 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1\0 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.256 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 ::1 ::1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 ::1 56324 80\r\n"), NULL },
	{ T("PROXY TCP6 192.0.2.1 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP6 [::1] ::1 56324 80\r\n"), NULL },
	{ T("PROXY TCP6 fe80::1%lo ::1 56324 80\r\n"), NULL },
	{ T("PROXY TCP5 192.0.2.1 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY tcp4 192.0.2.1 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY UNKNOWNS\r\n"), NULL },
	{ T("PROXY \r\n"), NULL },
	{ T("PROXY\r\n"), NULL },
	{ T("proxy UNKNOWN\r\n"), NULL },
	{ T("GET / HTTP/1.1\r\n"), NULL },
	{ T("\x16\x03\x01"), NULL },
	/* version 2 (2.2) */
	{ T(SIGN "\x21\x11\x00\x0c" INET), "192.0.2.1:56324" },
	{ T(SIGN "\x21\x21\x00\x24" INET6), "2001:db8::7:56324" },
	{ T(SIGN "\x20\x00\x00\x00"), "" },
	{ T(SIGN "\x20\x11\x00\x0c" INET), "" },
	{ T(SIGN "\x20\xff\x00\x03" "abc"), "" },
	{ T(SIGN "\x21\x00\x00\x00"), "?" },
	{ T(SIGN "\x21\x00\x00\x03" "abc"), "?" },
	{ T(SIGN "\x21\x31\x00\xd8" UNIX), "" },
	{ T(SIGN "\x21\x32\x00\xd8" UNIX), "" },
	{ T(SIGN "\x21\x12\x00\x0c" INET), "192.0.2.1:56324" },
	{ T(SIGN "\x21\x22\x00\x24" INET6), "2001:db8::7:56324" },
	{ T(SIGN "\x21\x31\x00\xd7" UNIX), NULL },
	{ T(SIGN "\x21\x11\x00\x0b" INET), NULL },
	{ T(SIGN "\x21\x21\x00\x23" INET6), NULL },
	{ T(SIGN "\x21\x13\x00\x0c" INET), NULL },
	{ T(SIGN "\x21\x10\x00\x0c" INET), NULL },
	{ T(SIGN "\x21\x01\x00\x0c" INET), NULL },
	{ T(SIGN "\x21\x41\x00\x0c" INET), NULL },
	{ T(SIGN "\x22\x11\x00\x0c" INET), NULL },
	{ T(SIGN "\x11\x11\x00\x0c" INET), NULL },
	{ T(SIGN "\x31\x11\x00\x0c" INET), NULL },
	{ T(SIGN "\x20\x00\x0f\xf1"), NULL },
	{ T("\r\n\r\n\0\r\nQUIT\r" "\x21\x11\x00\x0c" INET), NULL },
	/* records behind the addresses (2.2.3): ALPN, NOOP, a checksum */
	{ T(SIGN "\x21\x11\x00\x11" INET "\x01\x00\x02h2"), "192.0.2.1:56324" },
	{ T(SIGN "\x21\x11\x00\x12" INET "\x04\x00\x00" "\x04\x00\x00"),
	    "192.0.2.1:56324" },
	{ T(SIGN "\x21\x11\x00\x13" INET "\x03\x00\x04\x2c\x31\xd0\xe5"),
	    "192.0.2.1:56324" },
	{ T(SIGN "\x21\x11\x00\x13" INET "\x03\x00\x04\x2c\x31\xd0\xe4"),
	    NULL },
	{ T(SIGN "\x21\x11\x00\x13" INET "\x03\x00\x04\x00\x00\x00\x00"),
	    NULL },
	{ T(SIGN "\x21\x11\x00\x12" INET "\x03\x00\x03\x2c\x31\xd0"), NULL },
	{ T(SIGN "\x21\x11\x00\x11" INET "\x01\x00\x03h2"), NULL },
	{ T(SIGN "\x21\x11\x00\x0d" INET "\x04"), NULL },
	{ T(SIGN "\x21\x11\x00\x0e" INET "\x04\x00"), NULL },
};
#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static const char *
print(const struct sockaddr_storage *ss)
{
	static char out[INET6_ADDRSTRLEN + 8];
	char address[INET6_ADDRSTRLEN];
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;
	int port;

	if (ss->ss_family == AF_UNSPEC)
		return "";
	memcpy(&in4, ss, sizeof(in4));
	memcpy(&in6, ss, sizeof(in6));
	if (ss->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in4.sin_addr, address, sizeof(address));
		port = ntohs(in4.sin_port);
	} else {
		inet_ntop(AF_INET6, &in6.sin6_addr, address, sizeof(address));
		port = ntohs(in6.sin6_port);
	}
	snprintf(out, sizeof(out), "%s:%d", address, port);
	return out;
}

/* Of `len` bytes in memory that ends with them: NULL for a bad one, "more" for
 * a beginning, else what print() says; `*used` is set with that. */
static const char *
parse(const char *bytes, size_t len, size_t *used)
{
	struct sockaddr_storage source;
	enum proxy_header_verdict verdict;
	char *copy = malloc(len + 1);

	memcpy(copy + 1, bytes, len);
	verdict = proxy_header_parse(copy + 1, len, used, &source);
	free(copy);
	if (verdict == PROXY_HEADER_WHOLE)
		return print(&source);
	if (verdict == PROXY_HEADER_HIDDEN)
		return "?";
	return verdict == PROXY_HEADER_MORE ? "more" : NULL;
}

Test(http_proxy_header, table)
{
	const char *source;
	size_t i, used;

	for (i = 0; i < ROWS; i++) {
		used = 0;
		source = parse(rows[i].bytes, rows[i].len, &used);
		if (rows[i].source == NULL) {
			cr_expect_null(source, "row %zu: %s", i, source);
			continue;
		}
		cr_assert_not_null(source, "row %zu", i);
		cr_expect_str_eq(source, rows[i].source, "row %zu: %s", i,
		    source);
		cr_expect_eq(used, rows[i].len, "row %zu: %zu used", i, used);
	}
}

/* A beginning is a beginning at every byte, and what comes behind a header is
 * not looked at. */
Test(http_proxy_header, in_pieces)
{
	char buf[512];
	const char *source;
	size_t i, n, used;

	for (i = 0; i < ROWS; i++) {
		for (n = 0; n < rows[i].len; n++) {
			source = parse(rows[i].bytes, n, &used);
			if (rows[i].source == NULL && source == NULL)
				break;
			cr_assert_not_null(source, "row %zu, %zu bytes", i, n);
			cr_expect_str_eq(source, "more", "row %zu, %zu bytes",
			    i, n);
		}
		if (rows[i].source == NULL)
			continue;
		memset(buf, '\n', sizeof(buf));
		memcpy(buf, rows[i].bytes, rows[i].len);
		source = parse(buf, sizeof(buf), &used);
		cr_assert_not_null(source, "row %zu", i);
		cr_expect_str_eq(source, rows[i].source);
		cr_expect_eq(used, rows[i].len);
	}
}

/* A line of 107 bytes without an end, and a header of more than 4 KiB, need not
 * be waited for; a header of 4 KiB is taken. */
Test(http_proxy_header, has_an_end)
{
	char line[128], header[4096 + 1];
	size_t used;

	memset(line, 'a', sizeof(line));
	memcpy(line, "PROXY UNKNOWN ", 14);
	cr_expect_str_eq(parse(line, 106, &used), "more");
	cr_expect_null(parse(line, 107, &used));
	memset(header, 0, sizeof(header));
	memcpy(header, SIGN "\x21\x00\x0f\xf0", 16);
	cr_expect_str_eq(parse(header, 4095, &used), "more");
	cr_expect_str_eq(parse(header, 4096, &used), "?");
	cr_expect_eq(used, 4096);
	memcpy(header, SIGN "\x21\x00\x0f\xf1", 16);
	cr_expect_str_eq(parse(header, 15, &used), "more");
	cr_expect_null(parse(header, 16, &used));
}

/* SPDX-License-Identifier: ISC */
/* http_header_test -- header lines of a source */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/header.h"

#define NOW	784111777	/* Sun, 06 Nov 1994 08:49:37 GMT */

Test(http_header, split)
{
	static const struct {
		const char	*line, *name, *value;
	} good[] = {
		{ "ETag: \"a\"\r\n", "ETag", "\"a\"" },
		{ "ETag:\"a\"\n", "ETag", "\"a\"" },
		{ "ETag:\t \"a\" \t", "ETag", "\"a\"" },
		{ "X-Empty:\r\n", "X-Empty", "" },
		{ "A: b: c, d\r\n", "A", "b: c, d" },
		{ "A: b\tc\r\n", "A", "b\tc" },
		{ "A: \xc3\xbc\r\n", "A", "\xc3\xbc" },
	};
	static const char *const bad[] = {
		"", "\r\n", "\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 a:b\r\n",
		": a\r\n", "Name : a\r\n", " folded: a\r\n", "\tfolded: a\r\n",
		"Name\r\n", "N\xc3\xa4me: a\r\n", "A: b\rc\r\n", "A: b\nc\r\n",
		"A: b\x01\r\n", "A: b\r\r\n", "A: \x7f\r\n"
	};
	struct span name, value;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(header_split(good[i].line, strlen(good[i].line),
		    &name, &value), 0, "%s", good[i].line);
		cr_expect(header_is(name, good[i].name));
		cr_expect(value.len == strlen(good[i].value) &&
		    memcmp(value.base, good[i].value, value.len) == 0, "%s",
		    good[i].line);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(header_split(bad[i], strlen(bad[i]), &name,
		    &value), -1, "%s", bad[i]);
	cr_expect_eq(header_split("A: b\0c\r\n", 8, &name, &value), -1);
}

Test(http_header, names_and_lists)
{
	cr_expect(header_is(span_of("content-LENGTH"), "Content-Length"));
	cr_expect_not(header_is(span_of("Content-Lengt"), "Content-Length"));
	cr_expect_not(header_is(span_of("Content-Lengthy"), "Content-Length"));
	cr_expect_not(header_is(span_of(NULL), "A"));
	cr_expect(header_listed(span_of("close"), "close"));
	cr_expect(header_listed(span_of("keep-alive, Close"), "close"));
	cr_expect(header_listed(span_of(",, bytes ,x"), "bytes"));
	cr_expect_not(header_listed(span_of("closed"), "close"));
	cr_expect_not(header_listed(span_of("none"), "bytes"));
	cr_expect_not(header_listed(span_of(""), "bytes"));
	cr_expect_not(header_listed(span_of(NULL), "bytes"));
}

Test(http_header, length)
{
	static const struct {
		const char	*value;
		int64_t		 before;
		int		 ok;
		int64_t		 after;
	} rows[] = {
		{ "0", -1, 0, 0 },
		{ "100", -1, 0, 100 },
		{ "0100", -1, 0, 100 },
		{ "100, 100", -1, 0, 100 },
		{ "100", 100, 0, 100 },
		{ "9223372036854775806", -1, 0, INT64_MAX - 1 },
		{ "100, 101", -1, -1, -1 },
		{ "101", 100, -1, 100 },
		{ "", -1, -1, -1 },
		{ ",", -1, -1, -1 },
		{ "-1", -1, -1, -1 },
		{ "+1", -1, -1, -1 },
		{ "1.5", -1, -1, -1 },
		{ "0x10", -1, -1, -1 },
		{ "10 0", -1, -1, -1 },
		{ "ten", -1, -1, -1 },
		{ "9223372036854775807", -1, -1, -1 },
		{ "18446744073709551617", -1, -1, -1 },
	};
	int64_t length;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		length = rows[i].before;
		cr_expect_eq(header_length(span_of(rows[i].value), &length),
		    rows[i].ok, "%s", rows[i].value);
		cr_expect_eq(length, rows[i].after, "%s", rows[i].value);
	}
}

Test(http_header, type)
{
	static const char *const good[] = {
		"video/mp4", "video/x-matroska",
		"application/vnd.apple.mpegurl",
		"text/html; charset=utf-8", "text/html ;charset=\"a b\"",
		"video/mp2t;"
	};
	static const char *const bad[] = {
		"", "video", "video/", "/mp4", "vid eo/mp4", "video/mp4,x",
		"video/mp4\r\nX: y", "video/mp4; a=\xc3\xbc", "video/mp4; a=\t"
	};
	char text[HEADER_TYPE_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(header_type_valid(span_of(good[i])), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(header_type_valid(span_of(bad[i])), "%s",
		    bad[i]);
	memset(text, 'a', sizeof(text));
	text[1] = '/';
	cr_expect(header_type_valid((struct span){ text, HEADER_TYPE_MAX }));
	cr_expect_not(header_type_valid((struct span){ text, sizeof(text) }));
	cr_expect(header_multipart(
	    span_of("Multipart/ByteRanges; boundary=x")));
	cr_expect(header_multipart(span_of("multipart/byteranges")));
	cr_expect_not(header_multipart(span_of("multipart/byterangesx")));
	cr_expect_not(header_multipart(span_of("video/mp4")));
}

Test(http_header, identity)
{
	cr_expect(header_identity(span_of(NULL)));
	cr_expect(header_identity(span_of("")));
	cr_expect(header_identity(span_of("Identity")));
	cr_expect_not(header_identity(span_of("gzip")));
	cr_expect_not(header_identity(span_of("identity, br")));
}

Test(http_header, retry)
{
	cr_expect_eq(header_retry(span_of("0"), NOW), 0);
	cr_expect_eq(header_retry(span_of(" 120 "), NOW), 120);
	cr_expect_eq(header_retry(span_of("99999999999999999999"), NOW),
	    HEADER_RETRY_MAX);
	cr_expect_eq(header_retry(span_of("Sun, 06 Nov 1994 08:50:37 GMT"),
	    NOW), 60);
	cr_expect_eq(header_retry(span_of("Sun, 06 Nov 1994 08:49:00 GMT"),
	    NOW), 0);
	cr_expect_eq(header_retry(span_of("Fri, 31 Dec 9999 23:59:59 GMT"),
	    NOW), HEADER_RETRY_MAX);
	cr_expect_eq(header_retry(span_of("-5"), NOW), -1);
	cr_expect_eq(header_retry(span_of("5s"), NOW), -1);
	cr_expect_eq(header_retry(span_of("soon"), NOW), -1);
	cr_expect_eq(header_retry(span_of(""), NOW), -1);
	cr_expect_eq(header_retry(span_of(NULL), NOW), -1);
}

/* SPDX-License-Identifier: ISC */
/* http_message_test -- RFC 9112: where a request ends, however it arrives */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "reeld/message.h"

#include "../helper/second_reader.h"

#define BODY_MAX	64
#define GET		"GET / HTTP/1.1\r\n"
#define POST		"POST / HTTP/1.1\r\nHost: x\r\n"
#define HOST		"Host: x\r\n"
#define CODED		POST "Transfer-Encoding: chunked\r\n\r\n"
#define T(text)		text, sizeof(text) - 1

/* A request that is whole, and what comes behind it. */
static const struct good {
	const char	*text;
	size_t		 len;
	size_t		 behind;	/* bytes of the next request */
	uint64_t	 body;
	int		 expect;
} goods[] = {
	{ T(GET HOST "\r\n"), 0, 0, 0 },
	{ T(GET HOST "\r\n" GET), 16, 0, 0 },
	{ T("\r\n" GET HOST "\r\n"), 0, 0, 0 },
	{ T("GET / HTTP/1.0\r\n\r\n"), 0, 0, 0 },
	{ T("GET / HTTP/1.0\r\nHost: x\r\n\r\n"), 0, 0, 0 },
	{ T("get /a?b=c HTTP/1.1\r\nhOST: x\r\n\r\n"), 0, 0, 0 },
	{ T("M-SEARCH / HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("GET /\xc3\xbc|\"<>\\^`{} HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("GET //x/../%00 HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("GET http://h/a HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("GET HTTPS://h:8443 HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("GET http://[::1]:80?q HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("CONNECT h:443 HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	{ T("CONNECT [::1]:443 HTTP/1.1\r\n" HOST "\r\n"), 0, 0, 0 },
	/* Host */
	{ T(GET "Host:\r\n\r\n"), 0, 0, 0 },
	{ T(GET "Host: a_b-c.example.net.:8088\r\n\r\n"), 0, 0, 0 },
	{ T(GET "Host:x:\r\n\r\n"), 0, 0, 0 },
	{ T(GET "Host:\t 192.0.2.1\r\n\r\n"), 0, 0, 0 },
	{ T(GET "Host: [2001:db8::1]:80\r\n\r\n"), 0, 0, 0 },
	/* fields */
	{ T(GET HOST "A:\r\nB: \t\r\nC: d\t e \r\n\r\n"), 0, 0, 0 },
	{ T(GET HOST "!#$%&'*+-.^_`|~9: \xff\x80\r\n\r\n"), 0, 0, 0 },
	{ T(GET HOST "Content-Lengths: 5\r\n\r\n"), 0, 0, 0 },
	/* Content-Length */
	{ T(POST "Content-Length: 5\r\n\r\nhello"), 0, 5, 0 },
	{ T(POST "Content-Length: 5\r\n\r\nhello" GET), 16, 5, 0 },
	{ T(POST "content-length:\t0005\r\n\r\n\r\n\0\r\n"), 0, 5, 0 },
	{ T(POST "Content-Length: 0\r\n\r\nx"), 1, 0, 0 },
	{ T(GET HOST "Content-Length: 1\r\n\r\nab"), 1, 1, 0 },
	{ T("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nab"), 1, 1, 0 },
	{ T(POST "Content-Length: 0000000000000000005\r\n\r\nhello"), 0, 5, 0 },
	/* chunked */
	{ T(CODED "5\r\nhello\r\n0\r\n\r\n"), 0, 5, 0 },
	{ T(CODED "0\r\n\r\n" GET), 16, 0, 0 },
	{ T(CODED "1\r\na\r\n2\r\nbc\r\n00\r\n\r\nx"), 1, 3, 0 },
	{ T(CODED "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
	    0, 20, 0 },
	{ T(CODED "0000000000000002\r\n\r\n\r\n0000000000000000\r\n\r\n"),
	    0, 2, 0 },
	{ T(POST "transfer-encoding:\tCHUNKED\r\n\r\n0\r\n\r\n"), 0, 0, 0 },
	{ T(CODED "1;a\r\nx\r\n0;b;c=d\r\n\r\n"), 0, 1, 0 },
	{ T(CODED "1 ;\ta = \"b; \\\"\t\xff\" ;c\r\nx\r\n0\r\n\r\n"), 0, 1, 0 },
	{ T(CODED "0\r\nA: b\r\nX-Sum:\r\n\r\n" GET), 16, 0, 0 },
	/* Expect */
	{ T(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na"),
	    0, 1, 1 },
	{ T(POST "Content-Length: 0\r\nexpect:100-continue\r\n\r\n"), 0, 0, 1 },
	{ T(POST "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
	    "0\r\n\r\n"), 0, 0, 1 },
	{ T(GET HOST "Expect: 100-continue\r\n\r\n"), 0, 0, 0 },
	{ T("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
	    "\r\na"), 0, 1, 1 },
};

static const struct bad {
	const char	*text;
	size_t		 len;
	int		 status;
} bads[] = {
	/* RFC 9112, 2.2: line ends, and bytes that stand nowhere */
	{ T("GET / HTTP/1.1\nHost: x\r\n\r\n"), 400 },
	{ T(GET "Host: x\n\r\n"), 400 },
	{ T(GET HOST "\n"), 400 },
	{ T("\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T(GET HOST "A: b\rC: d\r\n\r\n"), 400 },
	{ T(GET HOST "A: b\r\r\n\r\n"), 400 },
	{ T("GET /\r HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T(GET HOST "A: b\0c\r\n\r\n"), 400 },
	{ T(GET HOST "A: b\x01" "c\r\n\r\n"), 400 },
	{ T(GET HOST "A: b\x7f\r\n\r\n"), 400 },
	{ T("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("\r\n\r\n" GET HOST "\r\n"), 400 },
	{ T("\x16\x03\x01\x02"), 400 },
	/* RFC 9112, 3: the request line */
	{ T("GET\r\n\r\n"), 400 },
	{ T("GET /\r\n"), 400 },
	{ T("GET / \r\n"), 400 },
	{ T("GET /a b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400 },
	{ T("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET /\ta HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T(" GET / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("G(T / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("G\xc3\xa4T / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET / http/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET / HTTP/1.\r\n" HOST "\r\n"), 400 },
	{ T("GET / HTTP/1.10\r\n" HOST "\r\n"), 400 },
	{ T("GET / HTTP/11.1\r\n" HOST "\r\n"), 400 },
	{ T("GET / HTTP/1,1\r\n" HOST "\r\n"), 400 },
	{ T("GET / ICY/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET / HTTP/0.9\r\n" HOST "\r\n"), 505 },
	{ T("GET / HTTP/2.0\r\n" HOST "\r\n"), 505 },
	{ T("GET / HTTP/1.2\r\n" HOST "\r\n"), 505 },
	{ T("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n"), 501 },
	/* RFC 9112, 3.2: targets */
	{ T("GET * HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("OPTIONS ** HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("options * HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET h:80 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET ?a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET http://h/a#b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET ftp://h/a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET http:///a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET http:/a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET http://h:0x/a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET http://u@h/a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("GET http://h\\/a HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("CONNECT / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("CONNECT h HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("CONNECT h: HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("CONNECT :80 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("CONNECT h:65536 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ T("CONNECT http://h:80 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	/* RFC 9112, 3.2: Host */
	{ T(GET "\r\n"), 400 },
	{ T(GET HOST HOST "\r\n"), 400 },
	{ T("GET / HTTP/1.0\r\n" HOST "host:x\r\n\r\n"), 400 },
	{ T(GET HOST "HOST: y\r\n\r\n"), 400 },
	{ T("GET http://h/ HTTP/1.1\r\n\r\n"), 400 },
	{ T("GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n"), 400 },
	{ T(GET "Host: x \r\n\r\n"), 400 },
	{ T(GET "Host: x y\r\n\r\n"), 400 },
	{ T(GET "Host: x,y\r\n\r\n"), 400 },
	{ T(GET "Host: x/y\r\n\r\n"), 400 },
	{ T(GET "Host: u@x\r\n\r\n"), 400 },
	{ T(GET "Host: x?\r\n\r\n"), 400 },
	{ T(GET "Host: http://x\r\n\r\n"), 400 },
	{ T(GET "Host: x:y\r\n\r\n"), 400 },
	{ T(GET "Host: x:80:80\r\n\r\n"), 400 },
	{ T(GET "Host: x:65536\r\n\r\n"), 400 },
	{ T(GET "Host: x:-1\r\n\r\n"), 400 },
	{ T(GET "Host: :80\r\n\r\n"), 400 },
	{ T(GET "Host: %78\r\n\r\n"), 400 },
	{ T(GET "Host: \xc3\xbc\r\n\r\n"), 400 },
	{ T(GET "Host: ::1\r\n\r\n"), 400 },
	{ T(GET "Host: [::1\r\n\r\n"), 400 },
	{ T(GET "Host: [::1]x\r\n\r\n"), 400 },
	{ T(GET "Host: [127.0.0.1]\r\n\r\n"), 400 },
	{ T(GET "Host: [fe80::1%25eth0]\r\n\r\n"), 400 },
	{ T(GET "Host: []\r\n\r\n"), 400 },
	/* RFC 9112, 5: fields */
	{ T(GET HOST "A : b\r\n\r\n"), 400 },
	{ T(GET HOST "A\t: b\r\n\r\n"), 400 },
	{ T(GET HOST "Content-Length : 5\r\n\r\nhello"), 400 },
	{ T(GET HOST ": b\r\n\r\n"), 400 },
	{ T(GET HOST "A b: c\r\n\r\n"), 400 },
	{ T(GET HOST "A(b: c\r\n\r\n"), 400 },
	{ T(GET HOST "\xc3\xa4: c\r\n\r\n"), 400 },
	{ T(GET HOST "A\r\n\r\n"), 400 },
	{ T(GET HOST "A: b\r\n c\r\n\r\n"), 400 },
	{ T(GET HOST "A: b\r\n\tc: d\r\n\r\n"), 400 },
	{ T(GET HOST "A: b\r\n \r\n\r\n"), 400 },
	{ T(GET " Host: x\r\n\r\n"), 400 },
	{ T(GET "Host:\r\n x\r\n\r\n"), 400 },
	{ T(GET "\x0bHost: x\r\n\r\n"), 400 },
	/* RFC 9110, 8.6; RFC 9112, 6.3: Content-Length */
	{ T(POST "Content-Length:\r\n\r\n"), 400 },
	{ T(POST "Content-Length: +5\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: -5\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 0x5\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5x\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5 \r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5\t\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 1 5\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5.0\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5;\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5, 5\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5,\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5, 6\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 00000000000000000005\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 18446744073709551621\r\n\r\nhello"), 400 },
	{ T(POST "Content-Length: 9223372036854775807\r\n\r\n"), 413 },
	{ T(POST "Content-Length: 9999999999999999999\r\n\r\n"), 413 },
	{ T(POST "Content-Length: 65\r\n\r\n"), 413 },
	/* RFC 9112, 6.1 and 6.3: Transfer-Encoding */
	{ T(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
	    "0\r\n\r\n"), 400 },
	{ T(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "0\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"
	    "0\r\n\r\n"), 400 },
	{ T("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    400 },
	{ T(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501 },
	{ T(POST "Transfer-Encoding: xchunked\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunkedx\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked, gzip\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked, identity\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked;a=b\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: ,chunked\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked \r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: identity\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: gzip\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding:\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
	    "\r\n0\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"
	    "\r\n\r\n0\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ T(POST "Transfer-Encoding: \x0b" "chunked\r\n\r\n0\r\n\r\n"), 400 },
	/* RFC 9112, 7.1: pieces */
	{ T(CODED "\r\n"), 400 },
	{ T(CODED "g\r\n"), 400 },
	{ T(CODED "-1\r\n"), 400 },
	{ T(CODED "+1\r\na\r\n"), 400 },
	{ T(CODED "0x1\r\na\r\n"), 400 },
	{ T(CODED " 1\r\na\r\n"), 400 },
	{ T(CODED "1 \r\na\r\n"), 400 },
	{ T(CODED "1\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1\r\na\n0\r\n\r\n"), 400 },
	{ T(CODED "1\r\na\r0\r\n\r\n"), 400 },
	{ T(CODED "1\r\na\r\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1\r\nab\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1\r\na0\r\n\r\n"), 400 },
	{ T(CODED "1\r\naxy0\r\n\r\n"), 400 },
	{ T(CODED "1\r\na\n\n0\r\n\r\n"), 400 },
	{ T(CODED "2\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "0\r\n\n"), 400 },
	{ T(CODED "0\n\r\n"), 400 },
	{ T(CODED "00000000000000001\r\na\r\n"), 400 },
	{ T(CODED "10000000000000001\r\na\r\n"), 400 },
	{ T(CODED "ffffffffffffffff\r\n"), 413 },
	{ T(CODED "fffffffffffffffe\r\n"), 413 },
	{ T(CODED "41\r\n"), 413 },
	{ T(CODED "1\r\na\r\n40\r\n"), 413 },
	/* RFC 9112, 7.1.1: extensions */
	{ T(CODED "1;\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;=b\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a=\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a=b \r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a b\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a=\"b\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a=\"b\\\"\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a=\"b\"c\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a=\"b\rc\"\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a\rb\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a\nb\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "1;a\0\r\na\r\n0\r\n\r\n"), 400 },
	{ T(CODED "0;a\n\r\n0\r\n\r\n"), 400 },
	/* RFC 9112, 7.1.2; RFC 9110, 6.5.1: trailers */
	{ T(CODED "0\r\nA\r\n\r\n"), 400 },
	{ T(CODED "0\r\nA : b\r\n\r\n"), 400 },
	{ T(CODED "0\r\nA: b\r\n c\r\n\r\n"), 400 },
	{ T(CODED "0\r\nA: b\nC: d\r\n\r\n"), 400 },
	{ T(CODED "0\r\nContent-Length: 5\r\n\r\n"), 400 },
	{ T(CODED "0\r\ntransfer-encoding: chunked\r\n\r\n"), 400 },
	{ T(CODED "0\r\nHost: y\r\n\r\n"), 400 },
	{ T(CODED "0\r\nAuthorization: Basic eDp5\r\n\r\n"), 400 },
	{ T(CODED "0\r\nGET / HTTP/1.1\r\n\r\n"), 400 },
	/* RFC 9110, 10.1.1: Expect */
	{ T(POST "Expect: 100-continued\r\nContent-Length: 1\r\n\r\na"), 417 },
	{ T(POST "Expect: 100-continue,a\r\nContent-Length: 1\r\n\r\na"), 417 },
	{ T(POST "Expect:\r\nContent-Length: 1\r\n\r\na"), 417 },
	{ T(GET HOST "Expect: magic\r\n\r\n"), 417 },
	{ T(POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n"), 417 },
};

#define GOODS	(sizeof(goods) / sizeof(goods[0]))
#define BADS	(sizeof(bads) / sizeof(bads[0]))

/* What the walker says of `len` bytes, of which it sees `first`, then `step`
 * more at a time, each time in memory that ends where they end. */
static struct message
walk(const char *text, size_t len, size_t first, size_t step)
{
	struct message m;
	size_t n = first;
	char *seen;

	message_init(&m, BODY_MAX);
	for (;;) {
		seen = malloc(n + 1);
		memcpy(seen + 1, text, n);
		message_walk(&m, seen + 1, n);
		free(seen);
		if (n == len)
			return m;
		n = n + step < len ? n + step : len;
	}
}

static int
same(const struct message *a, const struct message *b)
{
	return a->head == b->head && a->length == b->length &&
	    a->expect == b->expect && a->minor == b->minor &&
	    a->status == b->status && a->why == b->why && a->body == b->body;
}

/* Byte by byte, and cut in two at every place. */
static void
expect_same_in_pieces(const struct message *whole, const char *text,
    size_t len)
{
	struct message m = walk(text, len, 0, 1);
	size_t cut;

	cr_expect(same(&m, whole), "byte by byte: %d, length %zu: %s",
	    m.status, m.length, text);
	for (cut = 1; cut < len; cut++) {
		m = walk(text, len, cut, len);
		cr_expect(same(&m, whole), "cut at %zu: %d, length %zu: %s",
		    cut, m.status, m.length, text);
	}
}

Test(http_message, takes_what_is_good)
{
	const struct good *row;
	const char *objection;
	struct message m;
	size_t i;

	for (i = 0; i < GOODS; i++) {
		row = &goods[i];
		m = walk(row->text, row->len, row->len, 1);
		cr_assert_eq(m.length, row->len - row->behind,
		    "length %zu, status %d, %s: %s", m.length, m.status,
		    m.why == NULL ? "" : m.why, row->text);
		cr_expect_eq(m.body, row->body, "%s", row->text);
		cr_expect_eq(m.expect != 0, row->expect, "%s", row->text);
		cr_expect(m.expect == 0 ||
		    strncasecmp(row->text + m.expect, "expect:", 7) == 0);
		objection = second_reader_objects(&m, row->text);
		cr_expect_null(objection, "libh2o sees another %s: %s",
		    objection, row->text);
		expect_same_in_pieces(&m, row->text, row->len);
	}
}

/* Not one byte before its last is a request whole. */
Test(http_message, waits_for_the_last_byte)
{
	struct message m;
	size_t i, n, length;

	for (i = 0; i < GOODS; i++) {
		length = goods[i].len - goods[i].behind;
		for (n = 0; n < length; n++) {
			m = walk(goods[i].text, n, n, 1);
			cr_expect(m.status == 0 && m.length == 0,
			    "%zu bytes: %d, length %zu: %s", n, m.status,
			    m.length, goods[i].text);
		}
	}
}

Test(http_message, refuses_what_is_bad)
{
	struct message m;
	size_t i;

	for (i = 0; i < BADS; i++) {
		m = walk(bads[i].text, bads[i].len, bads[i].len, 1);
		cr_expect_eq(m.status, bads[i].status, "%d, not %d: %s",
		    m.status, bads[i].status, bads[i].text);
		cr_expect_eq(m.length, 0);
		cr_expect(m.status == 0 || m.why != NULL);
		expect_same_in_pieces(&m, bads[i].text, bads[i].len);
	}
}

/* What was said of a request is not taken back. */
Test(http_message, stays_with_its_verdict)
{
	static const char good[] = GET HOST "\r\n" GET HOST "\r\n";
	static const char bad[] = GET "\r\n" GET HOST "\r\n";
	struct message m;

	message_init(&m, BODY_MAX);
	cr_expect_eq(message_walk(&m, good, 27), MESSAGE_WHOLE);
	cr_expect_eq(message_walk(&m, good, sizeof(good) - 1), MESSAGE_WHOLE);
	cr_expect_eq(m.length, 27);
	message_init(&m, BODY_MAX);
	cr_expect_eq(message_walk(&m, bad, 10), MESSAGE_MORE);
	cr_expect_eq(message_walk(&m, bad, 18), MESSAGE_BAD);
	cr_expect_eq(message_walk(&m, bad, sizeof(bad) - 1), MESSAGE_BAD);
	cr_expect_eq(m.status, 400);
}

/* ---- how much of everything ---- */

static char text[256 << 10];
static size_t textlen;

static void
begin(const char *s)
{
	textlen = strlen(s);
	memcpy(text, s, textlen);
}

static void
add(const char *s, size_t times)
{
	size_t n = strlen(s);

	for (; times > 0; times--, textlen += n)
		memcpy(text + textlen, s, n);
}

/* 0 for a whole request of `textlen` bytes, else its status; however cut. */
static int
verdict(void)
{
	struct message whole = walk(text, textlen, textlen, 1);
	struct message m = walk(text, textlen, 1000, 997);
	const char *objection;

	cr_expect(same(&m, &whole), "in pieces: %d, not %d", m.status,
	    whole.status);
	if (whole.status != 0)
		return whole.status;
	cr_expect_eq(whole.length, textlen);
	objection = second_reader_objects(&whole, text);
	cr_expect_null(objection, "libh2o sees another %s", objection);
	return 0;
}

static int
with_line_of(size_t len)
{
	begin("GET /");
	add("a", len - strlen("GET / HTTP/1.1\r\n"));
	add(" HTTP/1.1\r\nHost: x\r\n\r\n", 1);
	return verdict();
}

static int
with_head_of(size_t len)
{
	begin(GET HOST "A: ");
	add("a", len - textlen - 4);
	add("\r\n\r\n", 1);
	return verdict();
}

static int
with_fields(size_t n)
{
	begin(GET HOST);
	add("A: b\r\n", n - 1);
	add("\r\n", 1);
	return verdict();
}

Test(http_message, heads_have_an_end)
{
	cr_expect_eq(with_line_of(MESSAGE_LINE_MAX), 0);
	cr_expect_eq(with_line_of(MESSAGE_LINE_MAX + 1), 414);
	cr_expect_eq(with_line_of(MESSAGE_HEAD_MAX * 2), 414);
	cr_expect_eq(with_head_of(MESSAGE_HEAD_MAX), 0);
	cr_expect_eq(with_head_of(MESSAGE_HEAD_MAX + 1), 431);
	cr_expect_eq(with_head_of(MESSAGE_HEAD_MAX * 2), 431);
	cr_expect_eq(with_fields(MESSAGE_FIELDS_MAX), 0);
	cr_expect_eq(with_fields(MESSAGE_FIELDS_MAX + 1), 431);
	/* Neither a line nor a head has to end to be too long. */
	begin("GET /");
	add("a", MESSAGE_LINE_MAX);
	cr_expect_eq(verdict(), 414);
	begin(GET "A: ");
	add("a", MESSAGE_HEAD_MAX);
	cr_expect_eq(verdict(), 431);
	begin("GET http://h/");
	add("a", 8192);
	add(" HTTP/1.1\r\nHost: x\r\n\r\n", 1);
	cr_expect_eq(verdict(), 414);
}

/* The first line behind the head fills what lines around content may take. */
static int
with_framing_of(size_t len)
{
	begin(CODED "0;");
	add("a", len - strlen("0;\r\n"));
	add("\r\n\r\n", 1);
	return verdict();
}

static int
with_trailers_of(size_t len)
{
	begin(CODED "0\r\nA: ");
	add("a", len - strlen("A: \r\n\r\n"));
	add("\r\n\r\n", 1);
	return verdict();
}

Test(http_message, contents_have_an_end)
{
	begin(POST "Content-Length: 64\r\n\r\n");
	add("a", BODY_MAX);
	cr_expect_eq(verdict(), 0);
	begin(CODED);
	add("1\r\na\r\n", BODY_MAX);
	add("0\r\n\r\n", 1);
	cr_expect_eq(verdict(), 0);
	begin(CODED);
	add("1\r\na\r\n", BODY_MAX + 1);
	cr_expect_eq(verdict(), 413);
	cr_expect_eq(with_framing_of(MESSAGE_FRAMING_MAX), 0);
	cr_expect_eq(with_framing_of(MESSAGE_FRAMING_MAX + 1), 400);
	begin(CODED "1\r\na\r\n1;");
	add("a", MESSAGE_FRAMING_MAX);
	cr_expect_eq(verdict(), 400);
	cr_expect_eq(with_trailers_of(MESSAGE_TRAILERS_MAX), 0);
	cr_expect_eq(with_trailers_of(MESSAGE_TRAILERS_MAX + 1), 431);
}

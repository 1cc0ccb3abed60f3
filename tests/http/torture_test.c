/* SPDX-License-Identifier: ISC */
/* torture_test -- RFC 9112: no request hides another, and none is misread */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/wire.h"

#define PATIENCE	5000	/* ms */
#define SIZE		1000	/* bytes of every object here */

#define HOST		"Host: x\r\n"
#define GET		"GET /f/row?size=1000 HTTP/1.1\r\n"
#define GET10		"GET /f/row?size=1000 HTTP/1.0\r\n"
#define POST		"POST /f/row?size=1000 HTTP/1.1\r\nHost: x\r\n"
#define TE		"Transfer-Encoding: chunked\r\n"
#define CODED		POST TE "\r\n"
#define END		"0\r\n\r\n"
/* A request that no client here makes, where others might see one: 37 bytes,
 * 25 in hexadecimal. */
#define SMUGGLED	"GET /f/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
#define T(text)		text, sizeof(text) - 1

enum after {
	OPEN,			/* the connection takes another request */
	EITHER,
	CLOSED			/* and what was sent behind this is lost */
};

/* What is sent, and what RFC 9112 (in the section, unless it says otherwise)
 * wants: the status, or one of two.  A 200 is /f/row. */
static const struct row {
	const char	*section;
	const char	*bytes;
	size_t		 len;
	int		 status, or;
	enum after	 after;
} rows[] = {
	/* Line ends and bytes that stand nowhere. */
	{ "2.2", T("\r\n" GET HOST "\r\n"), 200, 0, OPEN },
	{ "2.2", T("\r\n\r\n" GET HOST "\r\n"), 400, 0, CLOSED },
	{ "2.2", T("\r\n\r\n\r\n\r\n\r\n\r\n"), 400, 0, CLOSED },
	{ "2.2", T("\n" GET HOST "\r\n"), 400, 0, CLOSED },
	{ "2.2", T("GET /f/row?size=1000 HTTP/1.1\nHost: x\n\n"), 400, 0,
	    CLOSED },
	{ "2.2", T(GET "Host: x\n\r\n"), 400, 0, CLOSED },
	{ "2.2", T(GET HOST "A: b\n" SMUGGLED), 400, 0, CLOSED },
	{ "2.2", T(GET HOST "\n" SMUGGLED), 400, 0, CLOSED },
	{ "2.2", T(GET HOST "A: b\rContent-Length: 37\r\n\r\n" SMUGGLED),
	    400, 0, CLOSED },
	{ "2.2", T(GET HOST "A: b\r\r\n\r\n"), 400, 0, CLOSED },
	{ "2.2", T(GET "\r" HOST "\r\n"), 400, 0, CLOSED },
	{ "2.2", T(GET " " HOST "\r\n"), 400, 0, CLOSED },
	{ "9110 5.5", T(GET HOST "A: b\0c\r\n\r\n"), 400, 0, CLOSED },
	{ "9110 5.5", T("GET /f/row\0 HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "9110 5.5", T(GET HOST "A: b\x08\r\n\r\n"), 400, 0, CLOSED },
	{ "9110 5.5", T(GET HOST "A: \xc3\xbc\tb\r\n\r\n"), 200, 0, OPEN },
	/* The request line. */
	{ "3", T("GET /f/row?size=1000\r\n\r\n"), 400, 0, CLOSED },
	{ "3", T("GET\r\n\r\n"), 400, 0, CLOSED },
	{ "3", T("\x16\x03\x01\x02\x00\x01\x00\x01"), 400, 0, CLOSED },
	{ "3", T("GET  /f/row?size=1000 HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3", T("GET /f/row?size=1000  HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3", T("GET\t/f/row?size=1000\tHTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3", T("GET /f/row?size=1000 HTTP/1.1 \r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3.1", T("G T /f/row HTTP/1.1\r\n" HOST "\r\n"), 400, 0, CLOSED },
	{ "3.1", T("G{T} /f/row HTTP/1.1\r\n" HOST "\r\n"), 400, 0, CLOSED },
	{ "3.1", T("get /f/row?size=1000 HTTP/1.1\r\n" HOST "\r\n"), 501, 405,
	    OPEN },
	{ "3.1", T("THEMETHODTHATISLONGERTHANALLTHEOTHERS / HTTP/1.1\r\n" HOST
	    "\r\n"), 501, 0, CLOSED },
	{ "2.3", T("GET /f/row?size=1000 HTTP/2.0\r\n" HOST "\r\n"), 505, 0,
	    CLOSED },
	{ "2.3", T("GET /f/row?size=1000 HTTP/0.9\r\n" HOST "\r\n"), 505, 400,
	    CLOSED },
	{ "2.3", T("GET /f/row?size=1000 HTTP/1.2\r\n" HOST "\r\n"), 505, 0,
	    CLOSED },
	{ "2.3", T("GET /f/row?size=1000 http/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "2.3", T("GET /f/row?size=1000 HTTP/1.10\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	/* Targets. */
	{ "3.2.1", T("GET f/row?size=1000 HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3.2.1", T("GET /f/row?size=1000#a HTTP/1.1\r\n" HOST "\r\n"), 400,
	    0, CLOSED },
	{ "3.2.1", T("GET /f/row%00?size=1000 HTTP/1.1\r\n" HOST "\r\n"), 400,
	    0, OPEN },
	{ "3.2.1", T("GET /f/../f/row?size=1000 HTTP/1.1\r\n" HOST "\r\n"),
	    400, 0, OPEN },
	{ "3.2.1", T("GET /f/%2e%2E/f/row HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    OPEN },
	{ "3.2.2", T("GET http://y/f/row?size=1000 HTTP/1.1\r\n" HOST "\r\n"),
	    200, 0, OPEN },
	{ "3.2.2", T("GET HTTP://y:80/f/row?size=1000 HTTP/1.1\r\n" HOST
	    "\r\n"), 200, 0, OPEN },
	{ "3.2.2", T("GET http://y/f/%2e./row HTTP/1.1\r\n" HOST "\r\n"), 400,
	    0, OPEN },
	{ "3.2.2", T("GET http://y/f/row HTTP/1.1\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2.2", T("GET http:///f/row HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3.2.2", T("GET ftp://y/f/row HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3.2.2", T("GET http://u@y/f/row HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3.2.3", T("CONNECT y:443 HTTP/1.1\r\nHost: y:443\r\n\r\n"), 405,
	    501, OPEN },
	{ "3.2.3", T("CONNECT /f/row HTTP/1.1\r\n" HOST "\r\n"), 400, 0,
	    CLOSED },
	{ "3.2.3", T("GET y:443 HTTP/1.1\r\n" HOST "\r\n"), 400, 0, CLOSED },
	{ "3.2.4", T("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 200, 405, OPEN },
	{ "3.2.4", T("GET * HTTP/1.1\r\n" HOST "\r\n"), 400, 0, CLOSED },
	/* Host. */
	{ "3.2", T(GET "\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET HOST HOST "\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET HOST "A: b\r\nhOST: y\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: a b\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: a@b\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: a/b\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: a,b\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: a:b\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: a:99999\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: [::1\r\n\r\n"), 400, 0, CLOSED },
	{ "3.2", T(GET "Host: [::1]:80\r\n\r\n"), 200, 0, OPEN },
	{ "3.2", T(GET "Host:\r\n\r\n"), 200, 0, OPEN },
	{ "3.2", T(GET10 "\r\n"), 200, 0, CLOSED },
	{ "9.3", T(GET10 "Connection: keep-alive\r\n\r\n"), 200, 0, OPEN },
	{ "9.6", T(GET HOST "Connection: close\r\n\r\n"), 200, 0, CLOSED },
	{ "3.2", T(GET10 HOST HOST "\r\n"), 400, 0, CLOSED },
	/* Fields. */
	{ "5.1", T(GET HOST "Content-Length : 37\r\n\r\n" SMUGGLED), 400, 0,
	    CLOSED },
	{ "5.1", T(POST "Transfer-Encoding\t: chunked\r\n\r\n" END), 400, 0,
	    CLOSED },
	{ "5.1", T(GET HOST ": b\r\n\r\n"), 400, 0, CLOSED },
	{ "5.1", T(GET HOST "A b: c\r\n\r\n"), 400, 0, CLOSED },
	{ "5.1", T(GET HOST "A\r\n\r\n"), 400, 0, CLOSED },
	{ "5.2", T(GET HOST "A: b\r\n c\r\n\r\n"), 400, 0, CLOSED },
	{ "5.2", T(GET HOST "A: b\r\n\tContent-Length: 37\r\n\r\n" SMUGGLED),
	    400, 0, CLOSED },
	{ "5.2", T(POST "Transfer-Encoding:\r\n chunked\r\n\r\n" END), 400, 0,
	    CLOSED },
	/* Content-Length. */
	{ "6.3", T(GET HOST "Content-Length: 37\r\n\r\n" SMUGGLED), 200, 0,
	    OPEN },
	{ "6.3", T(POST "Content-Length: 37\r\n\r\n" SMUGGLED), 405, 0, OPEN },
	{ "6.3", T(POST "Content-Length: 0\r\n\r\n"), 405, 0, OPEN },
	{ "6.3", T(GET10 "Content-Length: 37\r\nConnection: keep-alive\r\n\r\n"
	    SMUGGLED), 200, 0, OPEN },
	{ "6.3", T(GET HOST "Content-Length: 37\r\nContent-Length: 0\r\n\r\n"
	    SMUGGLED), 400, 0, CLOSED },
	{ "6.3", T(GET HOST "Content-Length: 0\r\nContent-Length: 37\r\n\r\n"
	    SMUGGLED), 400, 0, CLOSED },
	{ "6.3", T(POST "Content-Length: 5, 6\r\n\r\nhello"), 400, 0, CLOSED },
	{ "9110 8.6", T(POST "Content-Length: +37\r\n\r\n" SMUGGLED), 400, 0,
	    CLOSED },
	{ "9110 8.6", T(POST "Content-Length: -1\r\n\r\n"), 400, 0, CLOSED },
	{ "9110 8.6", T(POST "Content-Length: 0x25\r\n\r\n" SMUGGLED), 400, 0,
	    CLOSED },
	{ "9110 8.6", T(POST "Content-Length: 3 7\r\n\r\n" SMUGGLED), 400, 0,
	    CLOSED },
	{ "9110 8.6", T(POST "Content-Length:\r\n\r\n"), 400, 0, CLOSED },
	{ "9110 8.6", T(POST "Content-Length: 18446744073709551653\r\n\r\n"
	    SMUGGLED), 400, 0, CLOSED },
	{ "9110 8.6", T(POST "Content-Length: 4294967333\r\n\r\n" SMUGGLED),
	    413, 0, CLOSED },
	/* Both, and what only looks like chunked: CL.TE, TE.CL, TE.TE. */
	{ "6.1", T(POST "Content-Length: 42\r\n" TE "\r\n" END SMUGGLED), 400,
	    0, CLOSED },
	{ "6.1", T(POST TE "Content-Length: 4\r\n\r\n25\r\n" SMUGGLED "\r\n"
	    END), 400, 0, CLOSED },
	{ "6.1", T(POST TE "Transfer-Encoding: x\r\n\r\n" END), 400, 501,
	    CLOSED },
	{ "6.1", T(POST "Transfer-Encoding: x\r\n" TE "\r\n" END), 400, 501,
	    CLOSED },
	{ "6.1", T(POST TE TE "\r\n" END), 400, 0, CLOSED },
	{ "6.1", T(POST "Transfer-Encoding: chunked, chunked\r\n\r\n" END),
	    400, 0, CLOSED },
	{ "6.1", T(POST "Transfer-Encoding: gzip, chunked\r\n\r\n" END), 501,
	    0, CLOSED },
	{ "6.1", T(POST "Transfer-Encoding: xchunked\r\n\r\n" END), 400, 501,
	    CLOSED },
	{ "6.1", T(POST "Transfer-Encoding: \x0b" "chunked\r\n\r\n" END), 400,
	    0, CLOSED },
	{ "6.1", T(POST "Transfer-Encoding: identity\r\nContent-Length: 37"
	    "\r\n\r\n" SMUGGLED), 400, 501, CLOSED },
	{ "6.1", T("POST /f/row HTTP/1.0\r\n" TE "\r\n" END), 400, 0, CLOSED },
	{ "6.1", T(POST "Transfer-Encoding: CHUNKED\r\n\r\n" END), 405, 0,
	    OPEN },
	/* Chunks. */
	{ "7.1", T(CODED END), 405, 0, OPEN },
	{ "7.1", T(CODED "25\r\n" SMUGGLED "\r\n" END), 405, 0, OPEN },
	{ "7.1", T(GET HOST TE "\r\n25\r\n" SMUGGLED "\r\n" END), 200, 0,
	    OPEN },
	{ "7.1", T(CODED "0000000000000002\r\n\r\n\r\n000\r\n\r\n"), 405, 0,
	    OPEN },
	{ "7.1", T(CODED "1\na\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "1\r\na\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "1\r\nab\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "1\r\naxy" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "2\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "-1\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "0x1\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED " 1\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "1 \r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "10000000000000001\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1", T(CODED "fffffffffffffffe\r\na\r\n" END), 413, 0, CLOSED },
	{ "7.1.1", T(CODED "1;a=b;c;d=\"e;\\\" f\"\r\na\r\n0;g\r\n\r\n"), 405,
	    0, OPEN },
	{ "7.1.1", T(CODED "1 ; a = b\r\na\r\n" END), 405, 0, OPEN },
	{ "7.1.1", T(CODED "1;a\nb\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1.1", T(CODED "1;a\rb\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1.1", T(CODED "1;a=\"b\r\na\r\n" END), 400, 0, CLOSED },
	{ "7.1.1", T(CODED "0;\n" SMUGGLED), 400, 0, CLOSED },
	{ "7.1.2", T(CODED "0\r\nA: b\r\nX-Sum: 1\r\n\r\n"), 405, 0, OPEN },
	{ "7.1.2", T(CODED "0\r\nA: b\n\r\n"), 400, 0, CLOSED },
	{ "7.1.2", T(CODED "0\r\nContent-Length: 37\r\n\r\n" SMUGGLED), 400, 0,
	    CLOSED },
	{ "7.1.2", T(CODED "0\r\nHost: y\r\n\r\n"), 400, 0, CLOSED },
	{ "7.1.2", T(CODED "0\r\n" SMUGGLED), 400, 0, CLOSED },
	/* Expect and Upgrade. */
	{ "9110 10.1.1", T(POST "Expect: 100-continue\r\nContent-Length: 37"
	    "\r\n\r\n" SMUGGLED), 405, 0, OPEN },
	{ "9110 10.1.1", T(POST "Expect: 100-continue\r\n" TE "\r\n25\r\n"
	    SMUGGLED "\r\n" END), 405, 0, OPEN },
	{ "9110 10.1.1", T(GET HOST "Expect: 100-continue\r\n\r\n"), 200, 0,
	    OPEN },
	{ "9110 10.1.1", T(GET HOST "Expect: magic\r\n\r\n"), 417, 0, CLOSED },
	{ "9110 7.8", T(GET HOST "Connection: Upgrade\r\nUpgrade: websocket"
	    "\r\n\r\n"), 200, 0, EITHER },
	{ "9110 7.8", T(GET HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n"
	    "\r\n"), 200, 0, EITHER },
	{ "9110 7.8", T(GET HOST "Connection: Upgrade, HTTP2-Settings\r\n"
	    "Upgrade: h2c\r\nHTTP2-Settings: !\r\n\r\n"), 200, 400, EITHER },
	{ "9110 7.8", T(GET HOST "Upgrade: \xff,,;=\r\n\r\n"), 200, 0, OPEN },
};
#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static void
start(void)
{
	exam_start("", "retries = 0");
}

TestSuite(torture, .init = start, .fini = exam_stop, .timeout = 120);

static int
dial(void)
{
	int fd = wire_connect(reeld_port(exam.reeld), 0);

	cr_assert_neq(fd, -1, "%s", strerror(errno));
	return fd;
}

/* The final status, after how many of 100; 0 when there is no answer.  Its body
 * is read; that of a 200 is what `path` has. */
static int
answer(int fd, const char *path, int *continued)
{
	char head[8192], body[65536];
	int64_t len;
	int status;

	for (*continued = 0;; ++*continued)
		if ((status = wire_head(fd, head, sizeof(head), PATIENCE)) !=
		    100)
			break;
	if (status == -1)
		return 0;
	len = wire_content_length(head);
	if (len < 0 || len > (int64_t)sizeof(body))
		return 0;
	if (status != 200)
		return wire_read_all(fd, body, (size_t)len, PATIENCE) == -1 ?
		    0 : status;
	return len == SIZE && wire_content(fd, len, data_seed(path, 1), 0,
	    PATIENCE) == len ? status : 0;
}

/* 1 when the end of the connection comes, and not a byte before. */
static int
ended(int fd)
{
	char byte;
	ssize_t n = wire_read(fd, &byte, 1, PATIENCE);

	return n == 0 || (n == -1 && errno != ETIMEDOUT);
}

static int
next_is_right(int fd)
{
	return wire_get(fd, "/f/next?size=1000", data_seed("/f/next", 1),
	    PATIENCE) == 200;
}

/* The connection is in the state in which it should be. */
static int
left_well(int fd, enum after after)
{
	if (after == CLOSED)
		return ended(fd);
	return next_is_right(fd) || (after == EITHER && ended(fd));
}

static void
torture(const struct row *row, size_t step)
{
	int continued, status, fd = dial();

	wire_send_by(fd, row->bytes, row->len, step, PATIENCE);
	if (row->after == CLOSED)
		wire_send_by(fd, SMUGGLED, sizeof(SMUGGLED) - 1, step,
		    PATIENCE);
	status = answer(fd, "/f/row", &continued);
	cr_expect(status == row->status || (row->or != 0 && status == row->or),
	    "%s: %d, not %d: %s", row->section, status, row->status,
	    row->bytes);
	cr_expect(left_well(fd, row->after), "%s: %s: %s", row->section,
	    row->after == CLOSED ? "goes on" : "the next request is misread",
	    row->bytes);
	cr_expect_eq(origin_stat(exam.origin, "/f/smuggled", "requests"), 0,
	    "%s: smuggled through: %s", row->section, row->bytes);
	close(fd);
}

Test(torture, at_once)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		torture(&rows[i], SIZE_MAX);
	printf("%zu requests\n", ROWS);
}

Test(torture, byte_by_byte)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		torture(&rows[i], 1);
}

/* ---- how much of everything ---- */

/* Sends `before`, `times` times `more`, `after`, and a smuggled request. */
static void
oversize(const char *before, const char *more, size_t times,
    const char *after, int status, enum after end)
{
	struct row row = { "size", NULL, 0, status, 0, end };
	size_t i, n = strlen(more);
	char *text, *at;

	at = text = malloc(strlen(before) + times * n + strlen(after) + 1);
	at = stpcpy(at, before);
	for (i = 0; i < times; i++)
		at = stpcpy(at, more);
	at = stpcpy(at, after);
	row.bytes = text;
	row.len = (size_t)(at - text);
	torture(&row, SIZE_MAX);
	torture(&row, 1009);
	free(text);
}

Test(torture, sizes)
{
	oversize(GET HOST "A: ", "a", 31 << 10, "\r\n\r\n", 200, OPEN);
	oversize(GET HOST "A: ", "a", 33 << 10, "\r\n\r\n", 431, CLOSED);
	oversize(GET HOST "A: ", "a", 256 << 10, "\r\n\r\n", 431, CLOSED);
	oversize(GET HOST "A: ", "a", 33 << 10, "", 431, CLOSED);
	oversize(GET HOST, "A: b\r\n", 90, "\r\n", 200, OPEN);
	oversize(GET HOST, "A: b\r\n", 200, "\r\n", 431, CLOSED);
	oversize("GET /f/", "a", 10 << 10, " HTTP/1.1\r\n" HOST "\r\n", 414,
	    OPEN);
	oversize("GET /f/", "a", 17 << 10, " HTTP/1.1\r\n" HOST "\r\n", 414,
	    CLOSED);
	oversize("GET /f/", "a", 17 << 10, "", 414, CLOSED);
	oversize("GET http://y/", "a", 10 << 10, " HTTP/1.1\r\n" HOST "\r\n",
	    414, CLOSED);
	oversize(POST "Content-Length: 60000\r\n\r\n", "0123456789", 6000, "",
	    405, OPEN);
	oversize(POST "Content-Length: 70000\r\n\r\n", "0123456789", 7000, "",
	    413, CLOSED);
	oversize(CODED, "a\r\n0123456789\r\n", 1000, END, 405, OPEN);
	oversize(CODED, "a\r\n0123456789\r\n", 7000, END, 413, CLOSED);
	oversize(CODED "1;a=", "a", 70 << 10, "\r\na\r\n" END, 400, CLOSED);
	oversize(CODED, "1;abcdefgh\r\na\r\n", 7000, END, 400, CLOSED);
	oversize(CODED "0\r\nA: ", "a", 9 << 10, "\r\n\r\n", 431, CLOSED);
}

/* A content of just the size that is allowed is read, and one byte more is
 * not, in either framing. */
Test(torture, content_at_its_limit)
{
	oversize(POST "Content-Length: 65536\r\n\r\n", "01234567", 8192, "",
	    405, OPEN);
	oversize(POST "Content-Length: 65537\r\n\r\n", "01234567", 8192, "x",
	    413, CLOSED);
	oversize(CODED "10000\r\n", "01234567", 8192, "\r\n" END, 405, OPEN);
	oversize(CODED "10001\r\n", "01234567", 8192, "x\r\n" END, 413, CLOSED);
}

/* ---- several requests, one behind the other ---- */

static void
expect_film(int fd, const char *path)
{
	int continued;

	cr_expect_eq(answer(fd, path, &continued), 200, "%s", path);
	cr_expect_eq(continued, 0);
}

Test(torture, good_ones_in_a_row)
{
	static const char three[] =
	    "GET /f/a?size=1000 HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /f/b?size=1000 HTTP/1.1\r\nHost: x\r\n"
	    "Content-Length: 37\r\n\r\n" SMUGGLED
	    "GET /f/c?size=1000 HTTP/1.1\r\nHost: x\r\n"
	    TE "\r\n25;a=b\r\n" SMUGGLED "\r\n0\r\nA: b\r\n\r\n"
	    "\r\nGET http://y/f/d?size=1000 HTTP/1.1\r\nHost: x\r\n\r\n";
	static const size_t steps[] = { SIZE_MAX, 100, 61, 7, 1 };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		fd = dial();
		wire_send_by(fd, three, sizeof(three) - 1, steps[i], PATIENCE);
		expect_film(fd, "/f/a");
		expect_film(fd, "/f/b");
		expect_film(fd, "/f/c");
		expect_film(fd, "/f/d");
		cr_expect(next_is_right(fd), "in steps of %zu", steps[i]);
		close(fd);
	}
	cr_expect_eq(origin_stat(exam.origin, "/f/smuggled", "requests"), 0);
}

/* The good one is answered, then the bad one refused, and that is all. */
Test(torture, bad_one_behind_a_good_one)
{
	static const char *const texts[] = {
		"GET /f/a?size=1000 HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /f/smuggled HTTP/1.1\r\n\r\n" SMUGGLED,
		"POST /f/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
		"hello, " SMUGGLED,
		"POST /f/a HTTP/1.1\r\nHost: x\r\n" TE "\r\n" END
		"0\r\n\r\n" SMUGGLED,
		"GET /f/a?size=1000 HTTP/1.1\r\nHost: x\r\n\r\n"
		"\r\n\r\n" SMUGGLED,
		"GET /f/a?size=1000 HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /f/smuggled HTTP/1.1\r\nHost: x\r\n"
		"Content-Length: 5\r\nContent-Length: 0\r\n\r\n" SMUGGLED,
	};
	int continued, fd, status;
	size_t i, step;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]) * 2; i++) {
		step = i % 2 ? 1 : SIZE_MAX;
		fd = dial();
		wire_send_by(fd, texts[i / 2], strlen(texts[i / 2]), step,
		    PATIENCE);
		status = answer(fd, "/f/a", &continued);
		cr_expect(status == (texts[i / 2][0] == 'G' ? 200 : 405),
		    "%d: %s", status, texts[i / 2]);
		cr_expect_eq(answer(fd, "", &continued), 400, "%s",
		    texts[i / 2]);
		cr_expect(ended(fd), "goes on: %s", texts[i / 2]);
		close(fd);
	}
	cr_expect_eq(origin_stat(exam.origin, "/f/smuggled", "requests"), 0);
}

/* ---- 100-continue (RFC 9110, 10.1.1) ---- */

Test(torture, content_that_waits_for_a_word)
{
	static const char *const framing[][2] = {
		{ "Content-Length: 37\r\n", SMUGGLED },
		{ TE, "25\r\n" SMUGGLED "\r\n" END },
	};
	char head[4096];
	int continued, fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		fd = dial();
		wire_say(fd, POST "Expect: 100-continue\r\n%s\r\n",
		    framing[i][0]);
		cr_expect_eq(wire_head(fd, head, sizeof(head), PATIENCE), 100);
		wire_say(fd, "%s", framing[i][1]);
		cr_expect_eq(answer(fd, "", &continued), 405);
		cr_expect_eq(continued, 0, "100 more than once");
		cr_expect(next_is_right(fd));
		close(fd);
	}
	cr_expect_eq(origin_stat(exam.origin, "/f/smuggled", "requests"), 0);
}

/* Neither who has nothing to send nor who does not know of it is told to go
 * on, nor who is refused anyway. */
Test(torture, no_word_for_the_others)
{
	static const struct {
		const char	*text, *rest;
		int		 status;
	} others[] = {
		{ GET HOST "Expect: 100-continue\r\n\r\n", "", 200 },
		{ "POST /f/row HTTP/1.0\r\nExpect: 100-continue\r\n"
		  "Content-Length: 5\r\n\r\n", "hello", 405 },
		{ POST "Expect: 100-continue\r\nContent-Length: 99999\r\n\r\n",
		  "", 413 },
		{ POST "Expect: 100-continue\r\nContent-Length: 5, 6\r\n\r\n",
		  "", 400 },
	};
	int continued, fd;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		fd = dial();
		wire_say(fd, "%s", others[i].text);
		usleep(250000);		/* it would have come by now */
		wire_say(fd, "%s", others[i].rest);
		cr_expect_eq(answer(fd, "/f/row", &continued),
		    others[i].status, "%s", others[i].text);
		cr_expect_eq(continued, 0, "%s", others[i].text);
		close(fd);
	}
}

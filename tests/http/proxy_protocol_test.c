/* SPDX-License-Identifier: ISC */
/* proxy_protocol_test -- reeld behind what speaks for its clients */
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
#define TEXT_MAX	65536
#define T(text)		text, sizeof(text) - 1

/* What a v2 header begins with, and addresses as they stand in it. */
#define SIGN		"\r\n\r\n\0\r\nQUIT\n"
#define INET		"\xc0\x00\x02\x09\x7f\x00\x00\x01\xdc\x04\x00\x50"
#define NET6		"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
#define INET6		NET6 "\x07" NET6 "\x01" "\xdc\x04\x00\x50"
#define ZEROS27		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
    "\0\0"
#define ZEROS108	ZEROS27 ZEROS27 ZEROS27 ZEROS27

/* A header, and whose request follows, as the access log has it. */
static const struct row {
	const char	*bytes;
	size_t		 len;
	const char	*client;
} good[] = {
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324 80\r\n"), "192.0.2.1" },
	{ T("PROXY TCP6 2001:db8::7 ::1 56324 80\r\n"), "2001:db8::7" },
	{ T("PROXY TCP6 ::ffff:192.0.2.3 ::1 1 80\r\n"), "192.0.2.3" },
	{ T("PROXY UNKNOWN\r\n"), "127.0.0.1" },
	{ T("PROXY UNKNOWN 192.0.2.1 anything 1\r\n"), "127.0.0.1" },
	{ T(SIGN "\x21\x11\x00\x0c" INET), "192.0.2.9" },
	{ T(SIGN "\x21\x21\x00\x24" INET6), "2001:db8::7" },
	{ T(SIGN "\x20\x00\x00\x00"), "127.0.0.1" },
	{ T(SIGN "\x20\x11\x00\x0c" INET), "127.0.0.1" },
	{ T(SIGN "\x21\x00\x00\x03" "abc"), "127.0.0.1" },
	{ T(SIGN "\x21\x31\x00\xd8" ZEROS108 ZEROS108), "127.0.0.1" },
	{ T(SIGN "\x21\x11\x00\x11" INET "\x01\x00\x02h2"), "192.0.2.9" },
	{ T(SIGN "\x21\x11\x00\x13" INET "\x03\x00\x04\xa5\xd4\xff\xc2"),
	    "192.0.2.9" },
};

/* A connection that begins with this is closed without a word. */
static const struct row bad[] = {
	{ T(""), NULL },
	{ T("\r\n"), NULL },
	{ T("proxy TCP4 192.0.2.1 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324 80\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 56324\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1.5 127.0.0.1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 2001:db8::7 ::1 56324 80\r\n"), NULL },
	{ T("PROXY TCP4 192.0.2.1 127.0.0.1 99999 80\r\n"), NULL },
	{ T("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655355\r\n"), NULL },
	{ T("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), NULL },
	{ T("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), NULL },
	{ T(SIGN "\x11\x11\x00\x0c" INET), NULL },
	{ T(SIGN "\x22\x11\x00\x0c" INET), NULL },
	{ T(SIGN "\x21\x41\x00\x0c" INET), NULL },
	{ T(SIGN "\x21\x11\x00\x08" INET), NULL },
	{ T(SIGN "\x21\x11\x00\x11" INET "\x01\x00\x09h2"), NULL },
	{ T(SIGN "\x21\x11\x00\x13" INET "\x03\x00\x04\xa5\xd4\xff\xc3"),
	    NULL },
	{ T(SIGN "\x20\x00\xff\xff"), NULL },
};

#define GOOD	(sizeof(good) / sizeof(good[0]))
#define BAD	(sizeof(bad) / sizeof(bad[0]))

static int proxied, port;

static void
begin(const char *trusted)
{
	char global[512];

	port = free_port();
	proxied = free_port();
	snprintf(global, sizeof(global), "listen \"127.0.0.1:%d\" {}\n"
	    "listen \"127.0.0.1:%d\" { proxy_protocol = true }\n%s",
	    port, proxied, trusted);
	exam_start(global, "retries = 0");
}

static void
start(void)
{
	begin("");
}

TestSuite(proxy_protocol, .init = start, .fini = exam_stop, .timeout = 60);

/* 1 when the access log has a request for the path by that client. */
static int
is_logged(const char *client, const char *path)
{
	char name[512], line[256], *text = calloc(1, TEXT_MAX);
	FILE *f;
	int found;

	snprintf(line, sizeof(line), "^%s - - .*\"GET %s[ ?]", client, path);
	snprintf(name, sizeof(name), "%s/access.log",
	    reeld_dir(exam.reeld));
	if ((f = fopen(name, "re")) != NULL) {
		cr_assert_lt(fread(text, 1, TEXT_MAX - 1, f), TEXT_MAX - 1);
		fclose(f);
	}
	found = exam_matches(text, line);
	free(text);
	return found;
}

static int
dial(int to)
{
	int fd = wire_connect(to, 0);

	cr_assert_neq(fd, -1, "%s", strerror(errno));
	return fd;
}

/* Gets the film, and all of it. */
static int
get(int fd, const char *path)
{
	char target[128];

	snprintf(target, sizeof(target), "%s?size=1000", path);
	return wire_get(fd, target, data_seed(path, 1), PATIENCE) == 200;
}

/* 1 when the end of the connection comes, and not a byte before. */
static int
ended(int fd)
{
	char byte;
	ssize_t n = wire_read(fd, &byte, 1, PATIENCE);

	return n == 0 || (n == -1 && errno != ETIMEDOUT);
}

Test(proxy_protocol, names_the_client)
{
	char path[32], again[32];
	size_t i;
	int fd;

	for (i = 0; i < GOOD * 2; i++) {
		snprintf(path, sizeof(path), "/f/row%zu", i);
		snprintf(again, sizeof(again), "/f/again%zu", i);
		fd = dial(proxied);
		wire_send_by(fd, good[i / 2].bytes, good[i / 2].len,
		    i % 2 ? 1 : SIZE_MAX, PATIENCE);
		cr_expect(get(fd, path), "row %zu", i / 2);
		/* It holds for all that comes on the connection. */
		cr_expect(get(fd, again), "row %zu", i / 2);
		close(fd);
		cr_expect(AWAIT(is_logged(good[i / 2].client, path), 2000),
		    "row %zu: %s is not in the log", i / 2, good[i / 2].client);
		cr_expect(AWAIT(is_logged(good[i / 2].client, again), 2000),
		    "row %zu", i / 2);
	}
}

/* The header and what follows it may come as one. */
Test(proxy_protocol, header_and_request_in_one)
{
	static const char text[] = SIGN "\x21\x11\x00\x0c" INET
	    "GET /f/one?size=1000 HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /f/two?size=1000 HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char h2[] = SIGN "\x21\x11\x00\x0c" INET
	    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
	static const char *const paths[] = { "/f/one", "/f/two" };
	char head[4096];
	int i, fd = dial(proxied);

	wire_send_by(fd, text, sizeof(text) - 1, SIZE_MAX, PATIENCE);
	for (i = 0; i < 2; i++) {
		cr_expect_eq(wire_head(fd, head, sizeof(head), PATIENCE), 200);
		cr_expect_eq(wire_content(fd, 1000, data_seed(paths[i], 1), 0,
		    PATIENCE), 1000);
		cr_expect(AWAIT(is_logged("192.0.2.9", paths[i]), 2000));
	}
	close(fd);
	/* HTTP/2: its server, too, begins with SETTINGS (RFC 9113, 3.4). */
	fd = dial(proxied);
	wire_send_by(fd, h2, sizeof(h2) - 1, SIZE_MAX, PATIENCE);
	cr_expect_eq(wire_read_all(fd, head, 9, PATIENCE), 0);
	cr_expect_eq(head[3], 4);
	close(fd);
}

Test(proxy_protocol, is_enforced)
{
	static const char request[] =
	    "GET /f/bad HTTP/1.1\r\nHost: x\r\n\r\n";
	size_t i;
	int fd;

	for (i = 0; i < BAD * 2; i++) {
		fd = dial(proxied);
		wire_send_by(fd, bad[i / 2].bytes, bad[i / 2].len,
		    i % 2 ? 1 : SIZE_MAX, PATIENCE);
		wire_send_by(fd, request, sizeof(request) - 1, SIZE_MAX,
		    PATIENCE);
		cr_expect(ended(fd), "row %zu is answered", i / 2);
		close(fd);
	}
	cr_expect_eq(origin_stat(exam.origin, "/f/bad", "requests"), 0);
	/* Another connection is none the worse for it. */
	fd = dial(proxied);
	wire_send_by(fd, good[0].bytes, good[0].len, SIZE_MAX, PATIENCE);
	cr_expect(get(fd, "/f/good"));
	close(fd);
}

/* One header, not two; and none where none is expected. */
Test(proxy_protocol, is_no_part_of_http)
{
	static const char line[] = "PROXY TCP4 192.0.2.1 127.0.0.1 1 80\r\n";
	static const char binary[] = SIGN "\x21\x11\x00\x0c" INET;
	char head[4096];
	int fd = dial(proxied);

	wire_say(fd, "%s%sGET /f/bad HTTP/1.1\r\nHost: x\r\n\r\n", line,
	    line);
	cr_expect_eq(wire_head(fd, head, sizeof(head), PATIENCE), 400);
	close(fd);
	fd = dial(port);
	wire_say(fd, "%sGET /f/bad HTTP/1.1\r\nHost: x\r\n\r\n", line);
	cr_expect_eq(wire_head(fd, head, sizeof(head), PATIENCE), 400);
	cr_expect(wire_closed(fd, PATIENCE));
	close(fd);
	fd = dial(port);
	wire_send_by(fd, binary, sizeof(binary) - 1, SIZE_MAX, PATIENCE);
	cr_expect_eq(wire_head(fd, head, sizeof(head), PATIENCE), 400);
	cr_expect(wire_closed(fd, PATIENCE));
	close(fd);
	cr_expect_eq(origin_stat(exam.origin, "/f/bad", "requests"), 0);
}

/* A peer that is not trusted speaks for nobody. */
Test(proxy_trust, is_needed, .timeout = 60)
{
	static const char *const trusted[] = {
		"trusted_proxies = {\"10.0.0.0/8\"}", "trusted_proxies = {}" };
	size_t i, k;
	int fd;

	for (k = 0; k < 2; k++) {
		begin(trusted[k]);
		for (i = 0; i < GOOD; i++) {
			fd = dial(proxied);
			wire_send_by(fd, good[i].bytes, good[i].len, SIZE_MAX,
			    PATIENCE);
			wire_say(fd, "GET /f/bad HTTP/1.1\r\nHost: x\r\n\r\n");
			cr_expect(ended(fd), "row %zu is answered", i);
			close(fd);
		}
		cr_expect_eq(origin_stat(exam.origin, "/f/bad", "requests"),
		    0);
		exam_stop();
	}
}

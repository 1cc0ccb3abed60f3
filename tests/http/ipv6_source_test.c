/* SPDX-License-Identifier: ISC */
/* ipv6_source_test -- sources at IPv6 addresses, and at addresses of both kinds
 * of which one is of no use */
#include "config.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/names.h"

#define SIZE		200000
#define CONNECT_MS	1500
#define FILLERS		4

static const char table[] = "six.test=::1;both.test=::1,127.0.0.1"
    ";back.test=127.0.0.1,::1";

static struct origin *origin, *four;
static struct reeld *reeld;

/* `origin` is at both addresses, `four` at 127.0.0.1 alone. */
static void
start(void)
{
	char conf[2048];
	int p, q;

	origin = origin_start("-6", NULL);
	four = origin_start(NULL, NULL);
	p = origin_port(origin);
	q = origin_port(four);
	snprintf(conf, sizeof(conf), "segment_size = 64K\n"
	    "origin \"literal\" { match = \"/literal/\" retries = 0"
	    " url = \"http://[::1]:%d/f/\" }\n"
	    "origin \"name\" { match = \"/name/\" retries = 0"
	    " url = \"http://six.test:%d/f/\" }\n"
	    "origin \"bound\" { match = \"/bound/\" retries = 0"
	    " url = \"http://back.test:%d/f/\" bind_address = \"::1\" }\n"
	    "origin \"open\" { match = \"/u/\" type = open"
	    " allow = {\"[::1]:%d\"} }\n"
	    "origin \"both\" { match = \"/both/\" max_connections = 1"
	    " url = \"http://both.test:%d/f/\" connect_timeout = %dms"
	    " retries = 2 retry_delay = 100ms }\n"
	    "origin \"none\" { match = \"/none/\" retries = 1"
	    " url = \"http://six.test:%d/f/\" connect_timeout = %dms"
	    " retry_delay = 100ms }",
	    p, p, p, p, q, CONNECT_MS, q, CONNECT_MS);
	reeld = names_start(table, conf);
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
	origin_stop(&four);
}

/* Somebody listens on [::1]:port and answers no more: the kernel drops what
 * comes after the first ones. */
static void
make_hole(int port, int fds[FILLERS + 1])
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
	    .sin6_addr = in6addr_loopback };
	int i;

	sin6.sin6_port = htons((uint16_t)port);
	fds[0] = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(fds[0], (struct sockaddr *)&sin6, sizeof(sin6)), 0);
	cr_assert_eq(listen(fds[0], 0), 0);
	for (i = 1; i <= FILLERS; i++) {
		fds[i] = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		connect(fds[i], (struct sockaddr *)&sin6, sizeof(sin6));
	}
	usleep(100000);
}

static void
close_hole(int fds[FILLERS + 1])
{
	int i;

	for (i = 0; i <= FILLERS; i++)
		close(fds[i]);
}

TestSuite(ipv6_source, .init = start, .fini = stop, .timeout = 60);

Test(ipv6_source, alone)
{
	char url[64];

	exam_intact(reeld_url(reeld, "/literal/a?size=%d", SIZE), "/f/a",
	    SIZE);
	exam_intact(reeld_url(reeld, "/name/b?size=%d", SIZE), "/f/b", SIZE);
	exam_intact(reeld_url(reeld, "/bound/c?size=%d", SIZE), "/f/c", SIZE);
	snprintf(url, sizeof(url), "http://[::1]:%d/f/d?size=%d",
	    origin_port(origin), SIZE);
	exam_intact(reeld_url(reeld, "/u/%s", exam_base64(url)), "/f/d", SIZE);
}

/* Nobody listens on the first address. */
Test(ipv6_source, refused_falls_back)
{
	exam_intact(reeld_url(reeld, "/both/a?size=%d", SIZE), "/f/a", SIZE);
	cr_expect_eq(origin_stat(four, NULL, "peak"), 1);
	cr_expect_eq(exam_status(reeld_url(reeld, "/none/x?size=1")), 502);
}

/* The first address leads nowhere: that is found out once, and with one
 * connection at a time. */
Test(ipv6_source, silent_falls_back)
{
	int fds[FILLERS + 1], i;
	int64_t us;

	make_hole(origin_port(four), fds);
	us = exam_intact(reeld_url(reeld, "/both/a?size=%d&noka=1", SIZE),
	    "/f/a", SIZE);

	cr_expect_geq(us, CONNECT_MS * 1000 / 2, "%d us", (int)us);
	for (i = 0; i < 4; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/f/b%d", i);
		us = exam_intact(reeld_url(reeld, "/both/b%d?size=%d&noka=1",
		    i, SIZE), path, SIZE);
		cr_expect_lt(us, CONNECT_MS * 1000 / 2, "%d us", (int)us);
	}
	cr_expect_eq(origin_stat(four, NULL, "peak"), 1);
	close_hole(fds);
}

/* Where there is no other, the silent one is tried each time. */
Test(ipv6_source, silent_and_alone)
{
	int fds[FILLERS + 1];

	make_hole(origin_port(four), fds);
	cr_expect_eq(exam_status(reeld_url(reeld, "/none/x?size=1")), 504);
	usleep(2100000);
	cr_expect_eq(exam_status(reeld_url(reeld, "/none/x?size=1")), 504);
	close_hole(fds);
}

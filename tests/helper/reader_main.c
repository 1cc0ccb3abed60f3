/* SPDX-License-Identifier: ISC */
/*
 * reader -- many connections that read one file as fast as it comes
 *
 * usage: reader [-c connections] [-n bytes] [-t seconds] port path size
 *
 * Each connection asks 127.0.0.1:port for `bytes` of the file of `size` bytes
 * (default: all of it), from places that are evenly spread; with -t again and
 * again, until the time is over.  Prints the bytes of content that came.  One
 * thread, and a buffer that stays in the cache: what this costs is what the
 * kernel takes to receive.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/stdlib.h>

#include "now.h"

#define CONNECTIONS_MAX	1024
#define BUFFER		(128 * 1024)
#define SILENCE_MS	10000	/* of all connections: something is wrong */

struct conn {
	int	 fd;
	int	 in_body;
	uint64_t from, left;	/* of the content */
};

static const char *path;
static int port;
static uint64_t file_size, part;
static int64_t until;		/* us; 0: one request each */
static uint64_t total;
static char buffer[BUFFER + 1];

/* A request fits any socket buffer. */
static void
ask(struct conn *c)
{
	char text[2048];
	int n;

	n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%d\r\n"
	    "Range: bytes=%" PRIu64 "-%" PRIu64 "\r\n\r\n",
	    path, port, c->from, c->from + part - 1);
	if (n >= (int)sizeof(text) ||
	    send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		err(1, "request");
	c->in_body = 0;
	c->left = part;
}

static void
open_conn(struct conn *c, int ep)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(1, "connect");
	ask(c);
}

/* The head is looked at where it stands, until all of it is there; then it is
 * taken. */
static void
read_head(struct conn *c)
{
	ssize_t n = recv(c->fd, buffer, BUFFER, MSG_PEEK);
	const char *end;

	if (n <= 0)
		err(1, "no answer");
	buffer[n] = '\0';
	if ((end = strstr(buffer, "\r\n\r\n")) == NULL)
		return;
	if (strncmp(buffer, "HTTP/1.1 206 ", 13) != 0)
		errx(1, "not a 206: %.*s", (int)strcspn(buffer, "\r\n"),
		    buffer);
	if (recv(c->fd, buffer, (size_t)(end + 4 - buffer), 0) == -1)
		err(1, "head");
	c->in_body = 1;
}

/* Returns 1 when the content is complete. */
static int
read_body(struct conn *c)
{
	ssize_t n = recv(c->fd, buffer,
	    c->left < BUFFER ? (size_t)c->left : BUFFER, MSG_DONTWAIT);

	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		errx(1, "cut with %" PRIu64 " bytes to come", c->left);
	total += (uint64_t)n;
	c->left -= (uint64_t)n;
	return c->left == 0;
}

/* Reads until all have what they want, or the time is over. */
static void
read_all(int ep, int open)
{
	struct epoll_event events[64];
	struct conn *c;
	int i, n;

	while (open > 0 && (until == 0 || now_us() < until)) {
		n = epoll_wait(ep, events, 64, SILENCE_MS);
		if (n <= 0)
			errx(1, "nothing came for %d s", SILENCE_MS / 1000);
		for (i = 0; i < n; i++) {
			c = events[i].data.ptr;
			if (!c->in_body)
				read_head(c);
			else if (read_body(c) && until != 0)
				ask(c);
			else if (c->left == 0 && close(c->fd) == 0)
				open--;
		}
	}
}

static uint64_t
number(const char *text, long long max)
{
	const char *why;
	long long n = strtonum(text, 1, max, &why);

	if (why != NULL)
		errx(1, "%s is %s", text, why);
	return (uint64_t)n;
}

int
main(int argc, char **argv)
{
	static struct conn conns[CONNECTIONS_MAX];
	uint64_t gap;
	int ch, count = 1, ep, i;

	while ((ch = getopt(argc, argv, "c:n:t:")) != -1) {
		switch (ch) {
		case 'c':
			count = (int)number(optarg, CONNECTIONS_MAX);
			break;
		case 'n':
			part = number(optarg, INT64_MAX);
			break;
		case 't':
			until = now_us() +
			    (int64_t)number(optarg, 3600) * 1000000;
			break;
		default:
			goto usage;
		}
	}
	if (argc - optind != 3)
		goto usage;
	port = (int)number(argv[optind], 65535);
	path = argv[optind + 1];
	file_size = number(argv[optind + 2], INT64_MAX);
	if (part == 0 || part > file_size)
		part = file_size;
	if ((ep = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll");
	gap = count > 1 ? (file_size - part) / (uint64_t)(count - 1) : 0;
	for (i = 0; i < count; i++) {
		conns[i].from = gap * (uint64_t)i;
		open_conn(&conns[i], ep);
	}
	read_all(ep, count);
	printf("%" PRIu64 "\n", total);
	return 0;

usage:
	fprintf(stderr, "usage: reader [-c connections] [-n bytes]"
	    " [-t seconds] port path size\n");
	return 1;
}

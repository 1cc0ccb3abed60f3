/* SPDX-License-Identifier: ISC */
/* wire -- TCP, and HTTP/1 spoken by hand; runs in test programs */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "now.h"
#include "wire.h"

#define PIECE		(64 * 1024)
#define SAY_MS		2000

int
wire_connect(int port, int rcvbuf)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd, one = 1;

	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* Before connecting: the window is agreed upon then. */
	if (rcvbuf > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf,
		    sizeof(rcvbuf));
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Waits until the socket is ready: 0, or -1 with ETIMEDOUT. */
static int
await(int fd, short events, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = end - now_us();
		n = poll(&p, 1, left > 0 ? (int)((left + 999) / 1000) : 0);
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n == 1 ? 0 : -1;
}

int
wire_send(int fd, const void *data, size_t len, int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000;
	const char *at = data;
	ssize_t n;

	while (len > 0) {
		n = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n == -1 && await(fd, POLLOUT, end) == -1)
			return -1;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

void
wire_send_by(int fd, const char *bytes, size_t len, size_t step, int ms)
{
	size_t n;

	for (; len > 0; bytes += n, len -= n) {
		n = len < step ? len : step;
		if (wire_send(fd, bytes, n, ms) == -1)
			return;
	}
}

int
wire_say(int fd, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return -1;
	n = wire_send(fd, text, (size_t)n, SAY_MS);
	free(text);
	return n;
}

static ssize_t
receive(int fd, void *buf, size_t len, int flags, int64_t end)
{
	ssize_t n;

	for (;;) {
		n = recv(fd, buf, len, flags | MSG_DONTWAIT);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		if (await(fd, POLLIN, end) == -1)
			return -1;
	}
}

ssize_t
wire_read(int fd, void *buf, size_t len, int ms)
{
	return receive(fd, buf, len, 0, now_us() + (int64_t)ms * 1000);
}

int
wire_read_all(int fd, void *buf, size_t len, int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000;
	char *at = buf;
	ssize_t n;

	for (; len > 0; at += n, len -= (size_t)n) {
		n = receive(fd, at, len, 0, end);
		if (n == 0)
			errno = ECONNRESET;
		if (n <= 0)
			return -1;
	}
	return 0;
}

int
wire_closed(int fd, int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000;
	char buf[PIECE];
	ssize_t n;

	while ((n = receive(fd, buf, sizeof(buf), 0, end)) > 0)
		if (now_us() > end)
			return 0;
	return n == 0 || errno != ETIMEDOUT;
}

int
wire_head(int fd, char *buf, size_t len, int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000;
	char *last = NULL;
	ssize_t n;
	int status;

	/* Looked at first: what comes behind it is the body's. */
	do {
		n = receive(fd, buf, len - 1, MSG_PEEK, end);
		if (n <= 0)
			return -1;
		buf[n] = '\0';
		if ((last = strstr(buf, "\r\n\r\n")) == NULL)
			usleep(1000);
	} while (last == NULL && now_us() < end);
	if (last == NULL) {
		errno = ETIMEDOUT;
		return -1;
	}
	last[4] = '\0';
	receive(fd, buf, (size_t)(last + 4 - buf), 0, end);
	if (sscanf(buf, "HTTP/%*d.%*d %d", &status) != 1) {
		errno = EPROTO;
		return -1;
	}
	return status;
}

int64_t
wire_content_length(const char *head)
{
	const char *at = strcasestr(head, "\r\ncontent-length:");

	return at == NULL ? -1 : strtoll(strchr(at, ':') + 1, NULL, 10);
}

int64_t
wire_content(int fd, int64_t len, uint64_t seed, uint64_t offset, int ms)
{
	char buf[PIECE];
	int64_t got = 0;
	ssize_t n;

	for (; got < len; got += n) {
		n = wire_read(fd, buf, len - got < PIECE ?
		    (size_t)(len - got) : PIECE, ms);
		if (n <= 0)
			break;
		if (data_check(seed, offset + (uint64_t)got, buf,
		    (size_t)n) != -1)
			return -1;
	}
	return got;
}

int
wire_get(int fd, const char *path, uint64_t seed, int ms)
{
	char head[4096];
	int64_t len;
	int status;

	if (wire_say(fd, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path) ==
	    -1)
		return 0;
	if ((status = wire_head(fd, head, sizeof(head), ms)) == -1)
		return 0;
	len = wire_content_length(head);
	if (len == -1 || wire_content(fd, len, seed, 0, ms) != len)
		return 0;
	return status;
}

void
wire_reset(int fd)
{
	struct linger now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

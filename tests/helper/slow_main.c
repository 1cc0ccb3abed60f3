/* SPDX-License-Identifier: ISC */
/*
 * slow -- many downloads that take hardly a byte
 *
 * usage: slow http1|h2c|tls count port path [window]
 *
 * Asks 127.0.0.1:port `count` times for the path, each time on a connection of
 * its own that has a receive buffer of 4 KiB, takes 128 KB of the content, so
 * that the server is in the middle of it, and then nothing more.  With h2c
 * `window` (65535) is the flow control window of stream and connection, of
 * which half is taken at most.  Prints a line when all have come so far, and
 * holds the connections until it is killed.
 */
#include "config.h"

#include <sys/resource.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "argument.h"
#include "h2wire.h"
#include "wire.h"

#define RCVBUF		4096
#define PATIENCE_MS	10000
#define TAKEN		128000		/* bytes of content */
#define STREAM		1
#define WINDOW_MAX	0x7fffffff	/* RFC 9113 6.9.1 */

static SSL_CTX *context;
static const char *path;
static int port;
static uint32_t window = H2_WINDOW;

static int
connect_slowly(void)
{
	int fd;

	if ((fd = wire_connect(port, RCVBUF)) == -1)
		err(1, "port %d", port);
	return fd;
}

static void
begin_http1(void)
{
	char head[4096], piece[4096];
	int fd = connect_slowly(), status;
	ssize_t n, taken;

	if (wire_say(fd, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path) == -1)
		err(1, "request");
	status = wire_head(fd, head, sizeof(head), PATIENCE_MS);
	if (status != 200)
		errx(1, "%s: status %d", path, status);
	for (taken = 0; taken < TAKEN; taken += n)
		if ((n = wire_read(fd, piece, sizeof(piece), PATIENCE_MS)) <= 0)
			errx(1, "%s: cut after %zd bytes", path, taken);
}

/* Preface, SETTINGS and what else makes the window. */
static int
greet_h2c(struct h2wire *w)
{
	uint8_t setting[6];

	if (h2wire_preface(w) == -1 ||
	    h2wire_frame(w, H2_SETTINGS, 0, 0, setting, h2wire_put_setting(
	    setting, H2_INITIAL_WINDOW_SIZE, window)) == -1)
		return -1;
	/* That of the connection is no setting (RFC 9113 6.9.2). */
	return window > H2_WINDOW ?
	    h2wire_window(w, 0, window - H2_WINDOW) : 0;
}

static void
begin_h2c(void)
{
	struct h2wire *w = h2wire_connect(port, RCVBUF);
	uint32_t taken, most = window / 2 < TAKEN ? window / 2 : TAKEN;
	struct h2frame f;

	if (w == NULL)
		err(1, "port %d", port);
	if (greet_h2c(w) == -1 || h2wire_get(w, STREAM, path, NULL) == -1 ||
	    h2wire_await(w, H2_HEADERS, STREAM, &f, PATIENCE_MS) != 1)
		err(1, "request");
	if (h2wire_status(&f) != 200)
		errx(1, "%s: status %d", path, h2wire_status(&f));
	for (taken = 0; taken < most; taken += f.len)
		if (h2wire_await(w, H2_DATA, STREAM, &f, PATIENCE_MS) != 1)
			errx(1, "%s: cut after %u bytes", path, taken);
}

static void __attribute__((noreturn))
fail_tls(void)
{
	ERR_print_errors_fp(stderr);
	errx(1, "%s: no answer over TLS", path);
}

/* Reads as much as there is place for, the last byte of it a NUL. */
static void
read_tls(SSL *ssl, char *buf, int len)
{
	int n, have;

	for (have = 0; have < len - 1; have += n)
		if ((n = SSL_read(ssl, buf + have, len - 1 - have)) <= 0)
			fail_tls();
	buf[have] = '\0';
}

static void
begin_tls(void)
{
	int fd = connect_slowly();
	SSL *ssl = SSL_new(context);
	char text[TAKEN];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: test\r\n\r\n",
	    path);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1 ||
	    SSL_write(ssl, text, (int)strlen(text)) <= 0)
		fail_tls();
	read_tls(ssl, text, sizeof(text));
	if (strncmp(text, "HTTP/1.1 200 ", 13) != 0)
		errx(1, "%s: %.12s", path, text);
}

static const struct way {
	const char	*name;
	void		(*begin)(void);
} ways[] = {
	{ "http1", begin_http1 },
	{ "h2c", begin_h2c },
	{ "tls", begin_tls },
	{ NULL, NULL },
};

static const struct way *
find_way(const char *name)
{
	const struct way *way = ways;

	while (way->name != NULL && strcmp(way->name, name) != 0)
		way++;
	if (way->name == NULL)
		errx(1, "%s is no way to ask", name);
	return way;
}

static void
raise_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "getrlimit");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "setrlimit");
}

int
main(int argc, char **argv)
{
	const struct way *way;
	long long i, count;

	if (argc != 5 && argc != 6)
		errx(1, "usage: slow http1|h2c|tls count port path [window]");
	way = find_way(argv[1]);
	count = argument_number("count", argv[2], 1, 100000);
	port = argument_port(argv[3], 1);
	path = argv[4];
	if (argc == 6)
		window = (uint32_t)argument_number("window", argv[5], 1,
		    WINDOW_MAX);
	if ((context = SSL_CTX_new(TLS_client_method())) == NULL)
		errx(1, "no TLS");
	raise_limit();
	for (i = 0; i < count; i++)
		way->begin();
	printf("%lld downloads have begun\n", count);
	fflush(stdout);
	for (;;)
		pause();
}

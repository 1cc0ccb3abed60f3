/* SPDX-License-Identifier: ISC */
/* echo -- a source that answers with what it was sent; runs in tests */
#include "config.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "data.h"
#include "echo.h"
#include "wire.h"

#define HEAD_MAX	(96 * 1024)
#define WAIT_MS		30000
#define PIECE		16000
#define CLIENTS		512	/* in the life of a source */

struct echo {
	int		 fd, port, stopping;
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	int		 version;
	struct echo_count count;
	struct client	*clients[CLIENTS];	/* NULL: it is over */
	pthread_t	 threads[CLIENTS];
	int		 nclients;
	char		 last[HEAD_MAX];
};

struct client {
	struct echo	*e;
	int		 fd;
	char		 head[HEAD_MAX];
	char		*body;
	size_t		 len;
};

/* ---- the request ---- */

/* The number behind `name=` in the query, or -1. */
static long
knob(const struct client *c, const char *name)
{
	char key[32];
	const char *end = strchr(c->head, '\r'), *at;

	snprintf(key, sizeof(key), "%s=", name);
	at = strstr(c->head, key);
	if (at == NULL || at > end || (at[-1] != '?' && at[-1] != '&'))
		return -1;
	return strtol(at + strlen(key), NULL, 10);
}

static int
is_get(const struct client *c)
{
	return strncmp(c->head, "GET ", 4) == 0 ||
	    strncmp(c->head, "HEAD ", 5) == 0;
}

static int
read_body(struct client *c)
{
	int64_t len = wire_content_length(c->head);

	free(c->body);
	c->len = len > 0 ? (size_t)len : 0;
	if ((c->body = malloc(c->len + 1)) == NULL)
		return -1;
	return knob(c, "early") > 0 ? 0 :
	    wire_read_all(c->fd, c->body, c->len, WAIT_MS);
}

/* ---- the answer ---- */

static void
make_reply(struct client *c)
{
	char path[256] = "";
	long n = knob(c, "reply");

	if (is_get(c)) {
		c->len = (size_t)snprintf(c->body = realloc(c->body, 32), 32,
		    "%d", c->e->version);
	} else if (n >= 0) {
		sscanf(c->head, "%*s %255[^? ]", path);
		c->len = (size_t)n;
		c->body = realloc(c->body, c->len + 1);
		data_fill(data_seed(path, 1), 0, c->body, c->len);
	} else if (knob(c, "early") > 0) {
		c->len = 0;
	}
}

static int
say_head(struct client *c)
{
	const char *field = strstr(c->head, "field="), *type;
	char line[512] = "";
	long status = knob(c, "status");
	int framed = knob(c, "chunked") > 0 || knob(c, "nolen") > 0;

	if (field != NULL && field < strchr(c->head, '\r'))
		sscanf(field + 6, "%500[^& ]", line);
	type = strcasestr(c->head, "\r\ncontent-type: ");
	if (wire_say(c->fd, "HTTP/1.1 %ld X\r\nConnection: X-Hop\r\nX-Hop: 1"
	    "\r\nX-End: 2\r\n%s%s", status > 0 ? status : 200, line,
	    line[0] == '\0' ? "" : "\r\n") == -1)
		return -1;
	if (type != NULL && wire_say(c->fd, "Content-Type: %.*s\r\n",
	    (int)strcspn(type + 16, "\r"), type + 16) == -1)
		return -1;
	if (knob(c, "chunked") > 0)
		return wire_say(c->fd, "Transfer-Encoding: chunked\r\n\r\n");
	if (framed)
		return wire_say(c->fd, "Connection: close\r\n\r\n");
	return wire_say(c->fd, "Content-Length: %zu\r\n\r\n", c->len);
}

static int
say_body(struct client *c)
{
	int coded = knob(c, "chunked") > 0;
	long cut = knob(c, "cut");
	size_t n, at, end = cut >= 0 && (size_t)cut < c->len ? (size_t)cut :
	    c->len;

	for (at = 0; at < end; at += n) {
		n = end - at < PIECE ? end - at : PIECE;
		if ((coded && wire_say(c->fd, "%zx\r\n", n) == -1) ||
		    wire_send(c->fd, c->body + at, n, WAIT_MS) == -1 ||
		    (coded && wire_say(c->fd, "\r\n") == -1))
			return -1;
	}
	if (end < c->len)
		return -1;
	return coded ? wire_say(c->fd, "0\r\nX-Trailer: 1\r\n\r\n") : 0;
}

/* 0 when the connection goes on. */
static int
answer(struct client *c)
{
	long slow = knob(c, "slow");

	if (knob(c, "hang") > 0) {
		wire_closed(c->fd, WAIT_MS);
		pthread_mutex_lock(&c->e->lock);
		c->e->count.gone++;
		pthread_mutex_unlock(&c->e->lock);
		return -1;
	}
	if (slow > 0)
		usleep((useconds_t)slow * 1000);
	if (knob(c, "drop") > 0)
		return -1;
	make_reply(c);
	if (say_head(c) == -1 || (strncmp(c->head, "HEAD ", 5) != 0 &&
	    say_body(c) == -1))
		return -1;
	return knob(c, "nolen") > 0 || knob(c, "early") > 0 ? -1 : 0;
}

/* ---- threads ---- */

/* A client that has closed counts no more, though its thread may not know. */
static int
is_open(const struct client *c)
{
	struct pollfd pfd = { .events = POLLRDHUP };

	if (c == NULL)
		return 0;
	pfd.fd = c->fd;
	return poll(&pfd, 1, 0) == 0;
}

static int
enter(struct client *c)
{
	struct echo *e = c->e;
	int i, open = 0;

	pthread_mutex_lock(&e->lock);
	cr_assert_lt(e->nclients, CLIENTS);
	for (i = 0; i < e->nclients; i++)
		open += is_open(e->clients[i]);
	e->clients[e->nclients++] = c;
	e->count.open++;
	if (open + 1 > e->count.peak)
		e->count.peak = open + 1;
	i = e->nclients - 1;
	pthread_mutex_unlock(&e->lock);
	return i;
}

static void
leave(struct client *c)
{
	struct echo *e = c->e;
	int i;

	pthread_mutex_lock(&e->lock);
	for (i = 0; i < e->nclients; i++)
		if (e->clients[i] == c)
			e->clients[i] = NULL;
	e->count.open--;
	close(c->fd);
	pthread_mutex_unlock(&e->lock);
}

static void
note(struct client *c)
{
	pthread_mutex_lock(&c->e->lock);
	c->e->count.requests++;
	if (!is_get(c))
		strlcpy(c->e->last, c->head, sizeof(c->e->last));
	pthread_mutex_unlock(&c->e->lock);
}

/* HTTP/1 heads begin with a method; wire_head() is for answers. */
static int
read_head(struct client *c)
{
	size_t n = 0;

	while (n < sizeof(c->head) - 1 &&
	    wire_read_all(c->fd, c->head + n, 1, WAIT_MS) == 0) {
		c->head[++n] = '\0';
		if (n >= 4 && memcmp(c->head + n - 4, "\r\n\r\n", 4) == 0)
			return 0;
	}
	return -1;
}

static void *
serve(void *arg)
{
	struct client *c = arg;

	while (read_head(c) == 0) {
		note(c);
		if (read_body(c) == -1 || answer(c) == -1)
			break;
	}
	leave(c);
	free(c->body);
	free(c);
	return NULL;
}

static void *
listen_on(void *arg)
{
	struct echo *e = arg;
	struct pollfd pfd = { e->fd, POLLIN, 0 };
	struct client *c;
	int fd;

	while (!__atomic_load_n(&e->stopping, __ATOMIC_ACQUIRE)) {
		if (poll(&pfd, 1, 50) != 1 ||
		    (fd = accept(e->fd, NULL, NULL)) == -1)
			continue;
		c = calloc(1, sizeof(*c));
		c->e = e;
		c->fd = fd;
		pthread_create(&e->threads[enter(c)], NULL, serve, c);
	}
	return NULL;
}

struct echo *
echo_start(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	struct echo *e = calloc(1, sizeof(*e));

	cr_assert_not_null(e);
	pthread_mutex_init(&e->lock, NULL);
	e->version = 1;
	e->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(e->fd, (struct sockaddr *)&sin, len), 0);
	cr_assert_eq(listen(e->fd, 128), 0);
	cr_assert_eq(getsockname(e->fd, (struct sockaddr *)&sin, &len), 0);
	e->port = ntohs(sin.sin_port);
	cr_assert_eq(pthread_create(&e->thread, NULL, listen_on, e), 0);
	return e;
}

void
echo_stop(struct echo **ep)
{
	struct echo *e = *ep;
	int i;

	if (e == NULL)
		return;
	__atomic_store_n(&e->stopping, 1, __ATOMIC_RELEASE);
	pthread_join(e->thread, NULL);
	pthread_mutex_lock(&e->lock);
	for (i = 0; i < e->nclients; i++)
		if (e->clients[i] != NULL)
			shutdown(e->clients[i]->fd, SHUT_RDWR);
	pthread_mutex_unlock(&e->lock);
	for (i = 0; i < e->nclients; i++)
		pthread_join(e->threads[i], NULL);
	close(e->fd);
	pthread_mutex_destroy(&e->lock);
	free(e);
	*ep = NULL;
}

int
echo_port(const struct echo *e)
{
	return e->port;
}

void
echo_set_version(struct echo *e, int version)
{
	pthread_mutex_lock(&e->lock);
	e->version = version;
	pthread_mutex_unlock(&e->lock);
}

struct echo_count
echo_count(struct echo *e)
{
	struct echo_count n;

	pthread_mutex_lock(&e->lock);
	n = e->count;
	pthread_mutex_unlock(&e->lock);
	return n;
}

void
echo_last(struct echo *e, char *head, size_t len)
{
	pthread_mutex_lock(&e->lock);
	strlcpy(head, e->last, len);
	pthread_mutex_unlock(&e->lock);
}

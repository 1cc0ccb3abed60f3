/* SPDX-License-Identifier: ISC */
/* receiver -- takes what is POSTed to it, or does not */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "receiver.h"
#include "wire.h"

#define REQUESTS	256
#define OPEN		64	/* that hang */
#define HEAD		4096
#define BODY		16384
#define PATIENCE	2000	/* ms, for a request to come whole */

struct receiver {
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	int		 fd, port;
	int		 over[2];	/* a pipe: closed, it is over */
	/* under the lock */
	int		 status, times;
	int		 count, peak;
	char		*head[REQUESTS], *body[REQUESTS];
	/* the thread's own */
	int		 hung[OPEN], nhung;
};

/* Forgets those whose client has gone. */
static void
sweep(struct receiver *r)
{
	char byte;
	int i = 0;

	while (i < r->nhung) {
		if (recv(r->hung[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
			close(r->hung[i]);
			r->hung[i] = r->hung[--r->nhung];
		} else {
			i++;
		}
	}
}

/* Keeps it; the status to answer, 0: none. */
static int
note(struct receiver *r, const char *head, const char *body)
{
	int status = 200;

	pthread_mutex_lock(&r->lock);
	if (r->count < REQUESTS) {
		r->head[r->count] = strdup(head);
		r->body[r->count] = strdup(body);
		r->count++;
	}
	if (r->times > 0) {
		r->times--;
		status = r->status;
	}
	pthread_mutex_unlock(&r->lock);
	return status;
}

/* Reads head and body: 0. */
static int
read_request(int fd, char head[HEAD], char body[BODY])
{
	size_t n = 0;
	int64_t len;

	while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0)
		if (n == HEAD - 1 ||
		    wire_read_all(fd, head + n++, 1, PATIENCE) == -1)
			return -1;
	head[n] = '\0';
	len = wire_content_length(head);
	if (len < 0 || len >= BODY ||
	    wire_read_all(fd, body, (size_t)len, PATIENCE) == -1)
		return -1;
	body[len] = '\0';
	return 0;
}

static void
serve(struct receiver *r, int fd)
{
	char head[HEAD], body[BODY];
	int status;

	pthread_mutex_lock(&r->lock);
	if (r->nhung + 1 > r->peak)
		r->peak = r->nhung + 1;
	pthread_mutex_unlock(&r->lock);
	if (read_request(fd, head, body) == -1) {
		close(fd);
		return;
	}
	status = note(r, head, body);
	if (status == 0 && r->nhung < OPEN) {
		r->hung[r->nhung++] = fd;
		return;
	}
	wire_say(fd, "HTTP/1.1 %d Said\r\nLocation: /elsewhere\r\n"
	    "Content-Length: 4\r\n\r\nyes\n", status);
	close(fd);
}

static void *
run(void *arg)
{
	struct receiver *r = arg;
	struct pollfd pfd[2] = {
		{ .fd = r->fd, .events = POLLIN },
		{ .fd = r->over[0], .events = POLLIN },
	};
	int fd;

	for (;;) {
		poll(pfd, 2, -1);
		if (pfd[1].revents != 0)
			return NULL;
		if ((fd = accept4(r->fd, NULL, NULL, SOCK_CLOEXEC)) == -1)
			continue;
		sweep(r);
		serve(r, fd);
	}
}

struct receiver *
receiver_start(void)
{
	struct receiver *r = calloc(1, sizeof(*r));
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	cr_assert_not_null(r);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(r->fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	cr_assert_eq(listen(r->fd, 64), 0);
	getsockname(r->fd, (struct sockaddr *)&sin, &len);
	r->port = ntohs(sin.sin_port);
	cr_assert_eq(pipe2(r->over, O_CLOEXEC), 0);
	pthread_mutex_init(&r->lock, NULL);
	cr_assert_eq(pthread_create(&r->thread, NULL, run, r), 0);
	return r;
}

void
receiver_stop(struct receiver **rp)
{
	struct receiver *r = *rp;
	int i;

	*rp = NULL;
	close(r->over[1]);
	pthread_join(r->thread, NULL);
	close(r->over[0]);
	close(r->fd);
	for (i = 0; i < r->nhung; i++)
		close(r->hung[i]);
	for (i = 0; i < r->count; i++) {
		free(r->head[i]);
		free(r->body[i]);
	}
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int
receiver_port(const struct receiver *r)
{
	return r->port;
}

void
receiver_script(struct receiver *r, int status, int times)
{
	pthread_mutex_lock(&r->lock);
	r->status = status;
	r->times = times;
	pthread_mutex_unlock(&r->lock);
}

int
receiver_count(struct receiver *r)
{
	int n;

	pthread_mutex_lock(&r->lock);
	n = r->count;
	pthread_mutex_unlock(&r->lock);
	return n;
}

int
receiver_peak(struct receiver *r)
{
	int n;

	pthread_mutex_lock(&r->lock);
	n = r->peak;
	pthread_mutex_unlock(&r->lock);
	return n;
}

const char *
receiver_head(struct receiver *r, int i)
{
	cr_assert(i < receiver_count(r), "no request %d", i);
	return r->head[i];
}

const char *
receiver_body(struct receiver *r, int i)
{
	cr_assert(i < receiver_count(r), "no request %d", i);
	return r->body[i];
}

/* SPDX-License-Identifier: ISC */
/* accept -- clients' connections; worker */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include <h2o.h>
#include <h2o/http1.h>

#include "reeld/counter.h"
#include "accept.h"

#define BATCH		16	/* connections taken in one go */
#define UNSENT		(128 << 10)	/* bytes in the kernel, not sent yet */
#define UNSENT_FAST	(1 << 20)	/* ... for a fast client: one piece */
#define FAST		(64u << 20)	/* bytes/s */

struct listener {
	h2o_socket_t	*sock;		/* NULL: not this worker's */
	h2o_accept_ctx_t context;
	unsigned	 index;
	int		 stopped;	/* at the cap of connections */
};

static struct listener listeners[CHILD_LISTENS];
static TAILQ_HEAD(, conn) conns = TAILQ_HEAD_INITIALIZER(conns);

static void on_accept(h2o_socket_t *, const char *);

static void
on_close(void *arg)
{
	struct conn *c = arg;
	unsigned i;

	TAILQ_REMOVE(&conns, c, next);
	free(c);
	worker.connections--;
	counter_add(COUNTER_CONNECTIONS_CLOSED, 1);
	for (i = 0; i < CHILD_LISTENS; i++)
		if (listeners[i].sock != NULL && listeners[i].stopped) {
			listeners[i].stopped = 0;
			h2o_socket_read_start(listeners[i].sock, on_accept);
		}
}

/* Who is there: for the log, and whether it is this machine. */
static void
name_peer(struct conn *c)
{
	struct sockaddr_storage ss;
	const struct sockaddr_in *in4 = (const void *)&ss;
	const struct sockaddr_in6 *in6 = (const void *)&ss;

	struct in6_addr address;

	memset(&ss, 0, sizeof(ss));
	memset(&address, 0, sizeof(address));
	h2o_socket_getpeername(c->sock, (struct sockaddr *)&ss);
	strlcpy(c->peer, "unix:", sizeof(c->peer));
	c->local = 1;
	if (ss.ss_family == AF_INET) {
		inet_ntop(AF_INET, &in4->sin_addr, c->peer, sizeof(c->peer));
		c->local = ntohl(in4->sin_addr.s_addr) >> 24 == 127;
		address.s6_addr[10] = address.s6_addr[11] = 0xff;
		memcpy(&address.s6_addr[12], &in4->sin_addr, 4);
	} else if (ss.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, c->peer,
		    sizeof(c->peer));
		c->local = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
		address = in6->sin6_addr;
	}
	memcpy(c->address, &address, sizeof(c->address));
}

static void
set_unsent(h2o_socket_t *sock, int most)
{
	setsockopt(h2o_socket_get_fd(sock), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
	    &most, sizeof(most));
}

void
accept_tune(struct conn *c, uint64_t rate)
{
	int fast = rate >= FAST;

	if (fast == c->fast)
		return;
	c->fast = fast;
	set_unsent(c->sock, fast ? UNSENT_FAST : UNSENT);
}

static void
take(struct listener *l, h2o_socket_t *sock)
{
	struct timeval now = *h2o_get_timestamp(&worker.context, NULL, NULL);
	struct conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		h2o_socket_close(sock);
		return;
	}
	set_unsent(sock, UNSENT);
	c->sock = sock;
	c->listen = l->index;
	c->serve = worker.conf->listens[l->index].serve;
	name_peer(c);
	TAILQ_INSERT_TAIL(&conns, c, next);
	worker.connections++;
	counter_add(COUNTER_CONNECTIONS, 1);
	sock->on_close.cb = on_close;
	sock->on_close.data = c;
	h2o_http1_accept(&l->context, sock, now);
}

static void
on_accept(h2o_socket_t *s, const char *err)
{
	struct listener *l = s->data;
	h2o_socket_t *sock;
	int i;

	if (err != NULL)
		return;
	for (i = 0; i < BATCH; i++) {
		if (worker.connections >= worker.conf->worker_connections) {
			l->stopped = 1;
			h2o_socket_read_stop(s);
			return;
		}
		if ((sock = h2o_evloop_socket_accept(s)) == NULL)
			return;
		take(l, sock);
	}
}

void
accept_init(void)
{
	struct listener *l;
	unsigned i;

	for (i = 0; i < CHILD_LISTENS && i < worker.conf->nlistens; i++) {
		if (worker.child->listens[i] == -1)
			continue;
		l = &listeners[i];
		l->index = i;
		l->context.ctx = &worker.context;
		l->context.hosts = worker.config.hosts;
		l->sock = h2o_evloop_socket_create(worker.context.loop,
		    worker.child->listens[i], H2O_SOCKET_FLAG_DONT_READ);
		l->sock->data = l;
		h2o_socket_read_start(l->sock, on_accept);
	}
}

void
accept_drain(void)
{
	struct conn *c;
	unsigned i;

	for (i = 0; i < CHILD_LISTENS; i++)
		if (listeners[i].sock != NULL) {
			h2o_socket_close(listeners[i].sock);
			listeners[i].sock = NULL;
		}
	TAILQ_FOREACH(c, &conns, next)
		if (c->requests == 0)
			shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
}

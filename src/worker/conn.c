/* SPDX-License-Identifier: ISC */
/* conn -- what reeld keeps of a client's connection; worker */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdlib.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/tally.h"
#include "accept.h"
#include "client.h"
#include "conn.h"
#include "http1.h"
#include "http2.h"
#include "linger.h"
#include "trust.h"

#define UNSENT		(128 << 10)	/* bytes in the kernel, not sent yet */
#define UNREAD		(64 << 10)	/* ... not read: libh2o takes all */
#define UNSENT_FAST	(1 << 20)	/* ... for a fast client: one piece */
#define FAST		(64u << 20)	/* bytes/s */
#define LINGER		1000		/* ms, without a request, in a drain */

static TAILQ_HEAD(, conn) conns = TAILQ_HEAD_INITIALIZER(conns);

/* ---- begin and end ---- */

/* What libh2o parses now; NULL once it has closed that. */
static struct conn *lent;

static void
on_close(void *arg)
{
	struct conn *c = arg;

	if (lent == c)
		lent = NULL;
	h2o_timeout_unlink(&c->timer);
	http1_forget(c);
	http2_forget(c);
	if (c->copy != -1)
		linger_begin(c->copy);
	if (c->counted)
		tally_leave(c->address);
	SSL_CTX_free(c->tls);
	TAILQ_REMOVE(&conns, c, next);
	free(c);
	worker.connections--;
	counter_add(COUNTER_CONNECTIONS_CLOSED, 1);
	accept_go_on();
}

void
conn_lend(struct conn *c)
{
	lent = c;
}

int
conn_is_back(void)
{
	return lent != NULL;
}

static void
set_unsent(h2o_socket_t *sock, int most)
{
	setsockopt(h2o_socket_get_fd(sock), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
	    &most, sizeof(most));
}

struct conn *
conn_create(h2o_socket_t *sock, unsigned serve)
{
	const int unread = UNREAD;
	struct conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		h2o_socket_close(sock);
		return NULL;
	}
	set_unsent(sock, UNSENT);
	setsockopt(h2o_socket_get_fd(sock), SOL_SOCKET, SO_RCVBUF, &unread,
	    sizeof(unread));
	c->sock = sock;
	c->serve = serve;
	c->copy = -1;
	c->quiet = c->taken = clock_ms();
	TAILQ_INSERT_TAIL(&conns, c, next);
	worker.connections++;
	counter_add(COUNTER_CONNECTIONS, 1);
	sock->on_close.cb = on_close;
	sock->on_close.data = c;
	return c;
}

/* ---- who it is ---- */

void
conn_name(struct conn *c, const struct sockaddr *sa)
{
	int first = c->peer[0] == '\0';

	client_address(sa, c->address);
	client_print(c->address, c->peer);
	/* A proxy elsewhere cannot make its client one of this machine. */
	c->local = (first || c->local) && client_is_local(c->address);
	c->trusted = trust_holds(sa);
}

int
conn_count(struct conn *c)
{
	unsigned most = worker.conf->client_connections;

	if (most == 0 || c->local || c->trusted)
		return 0;
	c->counted = 1;
	return tally_enter(c->address) > most ? -1 : 0;
}

/* ---- how it takes what it is sent ---- */

void
conn_tune(struct conn *c, uint64_t rate)
{
	int fast = rate >= FAST;

	if (fast == c->fast)
		return;
	c->fast = fast;
	set_unsent(c->sock, fast ? UNSENT_FAST : UNSENT);
}

void
conn_cut(struct conn *c)
{
	c->cut = 1;
	shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
}

/* Notes whether it took something since the last look: the kernel has less to
 * send, or libh2o had room to hand over more. */
static void
look_at_taking(struct conn *c, int64_t now)
{
	int unsent = 0;

	ioctl(h2o_socket_get_fd(c->sock), TIOCOUTQ, &unsent);
	if (unsent == c->unsent && c->sock->bytes_written == c->written)
		return;
	c->unsent = unsent;
	c->written = c->sock->bytes_written;
	c->taken = now;
}

/* All that is under way is answered and waits for the client to take it.  What
 * waits for its bytes, or is sent of an object, has clocks in reader.c. */
static int
is_stalled(const struct conn *c, int64_t now)
{
	return c->engaged != now && now - c->taken >= worker.conf->send_timeout;
}

/* ---- requests ---- */

void
conn_begin_request(struct conn *c)
{
	c->requests++;
	c->begun++;
}

void
conn_end_request(struct conn *c, int persistent)
{
	if (c->requests > 0 && --c->requests == 0)
		c->quiet = clock_ms();
	http1_done(c, persistent);
}

/* Nothing is under way, not even in the kernel. */
static int
is_idle(const struct conn *c)
{
	return c->requests == 0 && c->stage >= CONN_HTTP1 &&
	    c->sock->input->size == 0 && !h2o_socket_is_writing(c->sock) &&
	    !linger_pending(h2o_socket_get_fd(c->sock));
}

void
conn_expire(int64_t now)
{
	struct conn *c;

	TAILQ_FOREACH(c, &conns, next) {
		if (c->requests > 0 || h2o_socket_is_writing(c->sock))
			look_at_taking(c, now);
		else
			c->taken = now;
		if (is_stalled(c, now)) {
			counter_add(COUNTER_CLIENTS_STALLED, 1);
			conn_cut(c);
		} else if (worker.draining && now - c->quiet >= LINGER &&
		    is_idle(c)) {
			conn_cut(c);
		} else {
			http1_expire(c, now);
			http2_expire(c, now);
		}
	}
}

void
conn_drain(void)
{
	struct conn *c;

	TAILQ_FOREACH(c, &conns, next)
		if (c->stage == CONN_HTTP1 && is_idle(c))
			conn_cut(c);
}

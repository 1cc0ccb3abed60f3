/* SPDX-License-Identifier: ISC */
/* accept -- the listeners of a worker; worker */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/log.h"
#include "accept.h"
#include "gate.h"
#include "tls.h"

#define BATCH		16	/* connections taken in one go */

struct listener {
	char		*address;	/* as configured; NULL: unused */
	h2o_socket_t	*sock;
	SSL_CTX		*tls;		/* NULL: in the clear */
	int		 wants_tls, proxied;
	unsigned	 serve;
	int		 stopped;	/* at the cap of connections */
	int		 kept;		/* the configuration still has it */
};

static struct listener listeners[CHILD_LISTENS];

static void
take(struct listener *l, h2o_socket_t *sock)
{
	struct sockaddr_storage peer;
	struct conn *c;

	if (l->wants_tls && l->tls == NULL) {
		h2o_socket_close(sock);
		return;
	}
	/* One that has gone has no name any more. */
	if (h2o_socket_getpeername(sock, (struct sockaddr *)&peer) == 0) {
		h2o_socket_close(sock);
		return;
	}
	if ((c = conn_create(sock, l->serve)) == NULL)
		return;
	if (l->tls != NULL && SSL_CTX_up_ref(l->tls) == 1)
		c->tls = l->tls;
	conn_name(c, (const struct sockaddr *)&peer);
	gate_open(c, l->proxied);
}

/* Goes on when a connection closes; see accept_go_on(). */
static void
rest(struct listener *l)
{
	l->stopped = 1;
	h2o_socket_read_stop(l->sock);
}

/* Without a descriptor for it the next one stays in the queue. */
static int
is_short_of_files(int error)
{
	static struct log_limit limit = { .burst = 1 };

	if (error != EMFILE && error != ENFILE)
		return 0;
	if (log_allow(&limit))
		log_warn("%u connections, and no descriptor for another",
		    worker.connections);
	return worker.connections > 0;
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
			rest(l);
			return;
		}
		errno = 0;
		if ((sock = h2o_evloop_socket_accept(s)) == NULL) {
			if (is_short_of_files(errno))
				rest(l);
			return;
		}
		take(l, sock);
	}
}

void
accept_go_on(void)
{
	struct listener *l;

	for (l = listeners; l < listeners + CHILD_LISTENS; l++)
		if (l->stopped) {
			l->stopped = 0;
			h2o_socket_read_start(l->sock, on_accept);
		}
}

/* ---- the configuration ---- */

/* Nobody new is sent to it by now, but some may wait in its queue. */
static void
close_socket(struct listener *l)
{
	h2o_socket_t *sock;

	if (l->sock == NULL)
		return;
	while ((sock = h2o_evloop_socket_accept(l->sock)) != NULL)
		take(l, sock);
	h2o_socket_close(l->sock);
	l->sock = NULL;
	l->stopped = 0;
}

static void
close_listener(struct listener *l)
{
	close_socket(l);
	SSL_CTX_free(l->tls);
	free(l->address);
	memset(l, 0, sizeof(*l));
}

/* The listener of an address, or an unused one: what the configuration has not
 * was closed before. */
static struct listener *
find(const char *address)
{
	struct listener *l, *unused = NULL;

	for (l = listeners; l < listeners + CHILD_LISTENS; l++) {
		if (l->address == NULL)
			unused = l;
		else if (strcmp(l->address, address) == 0)
			return l;
	}
	return unused;
}

static void
take_socket(struct listener *l, const char *address, int fd)
{
	if (l->address == NULL)
		l->address = strdup(address);
	close_socket(l);
	l->sock = h2o_evloop_socket_create(worker.context.loop, fd,
	    H2O_SOCKET_FLAG_DONT_READ);
	l->sock->data = l;
	h2o_socket_read_start(l->sock, on_accept);
}

static void
take_identity(struct listener *l, int fd)
{
	SSL_CTX *fresh = tls_create(fd, l->address);

	if (fresh == NULL)
		return;			/* the old one, if any, goes on */
	SSL_CTX_free(l->tls);
	l->tls = fresh;
}

/* Listener `i` of the configuration. */
static void
configure(size_t i)
{
	const struct conf_listen *conf = &worker.conf->listens[i];
	int *sock = &worker.child->listens[i];
	int *identity = &worker.child->identities[i];
	struct listener *l = find(conf->address);

	if (*sock != -1 && l != NULL) {
		take_socket(l, conf->address, *sock);
		*sock = -1;
	}
	if (l == NULL || l->address == NULL)
		return;
	l->serve = conf->serve;
	l->proxied = conf->proxy_protocol;
	l->wants_tls = conf->tls;
	if (*identity != -1) {
		take_identity(l, *identity);
		*identity = -1;
	} else if (!conf->tls) {
		SSL_CTX_free(l->tls);
		l->tls = NULL;
	}
}

void
accept_conf(void)
{
	struct listener *l;
	size_t i;

	for (l = listeners; l < listeners + CHILD_LISTENS; l++)
		l->kept = 0;
	for (i = 0; i < worker.conf->nlistens; i++)
		if ((l = find(worker.conf->listens[i].address)) != NULL)
			l->kept = 1;
	for (l = listeners; l < listeners + CHILD_LISTENS; l++)
		if (!l->kept)
			close_listener(l);
	for (i = 0; i < worker.conf->nlistens; i++)
		configure(i);
}

void
accept_drain(void)
{
	struct listener *l;

	for (l = listeners; l < listeners + CHILD_LISTENS; l++)
		close_listener(l);
}

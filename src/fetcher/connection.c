/* SPDX-License-Identifier: ISC */
/* connection -- the sockets that libcurl opens and closes; fetcher */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/sys/queue.h>

#include "reeld/allow.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/hash.h"
#include "absent.h"
#include "connection.h"

#define PATIENCE	1000	/* ms until silence means something */
#define WINDOW_PAUSED	65536	/* bytes of a TCP window that does not grow */
#define WINDOW_MAX	(1 << 30)	/* the kernel knows better */

struct connection {
	SLIST_ENTRY(connection)	 next;
	struct seat		*seat;
	uint64_t		 tag;
	int			 fd;
	ino_t			 socket;	/* which one that is */
	int			 shut;		/* by us, not yet libcurl */
	int			 idle;
	int64_t			 idle_since;	/* ms */
	int64_t			 opened;	/* ms */
	struct sockaddr_storage	 peer;		/* it was opened for */
	socklen_t		 peer_len;
};

static SLIST_HEAD(, connection) connections =
    SLIST_HEAD_INITIALIZER(connections);

/* ---- where to ---- */

uint64_t
connection_aim(struct connection_use *use, const char *url)
{
	struct url u;
	uint64_t tag;
	size_t i;

	use->host[0] = '\0';
	use->port = 0;
	if (url_parse(url, strlen(url), &u, NULL) == -1)
		return 0;
	url_host(&u, use->host);
	use->port = u.port;
	tag = hash_mix(u.port * 2ULL + (uint64_t)u.https);
	for (i = 0; use->host[i] != '\0'; i++)
		tag = hash_mix(tag ^ (uint8_t)use->host[i]);
	return tag;
}

int
connection_allowed(const struct connection_use *use,
    const struct conf_origin *o, const struct sockaddr *sa)
{
	return o != NULL && allow_resolved(o->allow.v, o->allow.n, use->host,
	    use->port, sa);
}

/* ---- what libcurl opens and closes ---- */

static void
ended(struct connection *c)
{
	if (c->shut)
		return;
	c->shut = 1;
	seat_give(c->seat);
	counter_add(COUNTER_PULL_CLOSES, 1);
}

/* Ends an idle connection at once; libcurl finds it dead later. */
static void
shut(struct connection *c)
{
	shutdown(c->fd, SHUT_RDWR);
	ended(c);
}

/* Whether the other side of one that goes is there; `known` says that we can
 * still ask. */
static void
note_answer(const struct connection *c, int known)
{
	const struct sockaddr *sa = (const struct sockaddr *)&c->peer;
	struct tcp_info info = { .tcpi_state = TCP_SYN_SENT };
	socklen_t len = sizeof(info);

	if (known)
		getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	if (info.tcpi_state != TCP_SYN_SENT)
		absent_forget(sa, c->peer_len);
	else if (clock_ms() - c->opened >= PATIENCE)
		absent_note(sa, c->peer_len);
}

static void
forget(struct connection *c, int known)
{
	note_answer(c, known);
	ended(c);
	SLIST_REMOVE(&connections, c, connection, next);
	free(c);
}

/* Which socket a descriptor is. */
static ino_t
socket_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/*
 * libcurl 7.88 to 8.2 closes a socket that is not connected yet without a word
 * (curl #11439), and its number is soon another's: what we have under it would
 * count for ever, and end that other one.
 */
static void
drop_lost(void)
{
	struct connection *c, *more;

	SLIST_FOREACH_SAFE(c, &connections, next, more)
		if (socket_of(c->fd) != c->socket)
			forget(c, 0);
}

/* 1 when this address may be connected to now; else notes why not. */
static int
may_open(struct connection_use *use, const struct curl_sockaddr *sa)
{
	if (use->policy != NULL && !use->policy(use->arg, &sa->addr)) {
		use->refused = 1;
		return 0;
	}
	if (!use->insisting && absent_is(&sa->addr, sa->addrlen)) {
		use->skipped = 1;
		return 0;
	}
	use->refused = 0;	/* what follows is of an address that may be */
	use->full = seat_is_full(use->seat);
	return !use->full;
}

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct connection_use *use = arg;
	struct connection *c;
	int fd, one = 1;

	(void)purpose;
	drop_lost();
	if (!may_open(use, sa))
		return CURL_SOCKET_BAD;
	fd = socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
	if (fd == -1)
		return CURL_SOCKET_BAD;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return CURL_SOCKET_BAD;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->seat = use->seat;
	c->tag = use->tag;
	c->fd = fd;
	c->socket = socket_of(fd);
	c->opened = clock_ms();
	if (sa->addrlen <= sizeof(c->peer)) {
		memcpy(&c->peer, &sa->addr, sa->addrlen);
		c->peer_len = sa->addrlen;
	}
	use->fd = fd;
	seat_take(c->seat);
	SLIST_INSERT_HEAD(&connections, c, next);
	counter_add(COUNTER_PULL_CONNECTS, 1);
	return fd;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct connection *c;

	(void)arg;
	SLIST_FOREACH(c, &connections, next)
		if (c->fd == fd)
			break;
	if (c != NULL)
		forget(c, 1);
	return close(fd);
}

static int
port_of(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in4 = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;

	return ntohs(ss->ss_family == AF_INET6 ? in6->sin6_port :
	    in4->sin_port);
}

/* Whether it has these ports at its ends; fills in the peer's address. */
static int
is_between(const struct connection *c, int local_port, int port,
    struct sockaddr_storage *peer)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	memset(&own, 0, sizeof(own));
	memset(peer, 0, sizeof(*peer));
	if (getsockname(c->fd, (struct sockaddr *)&own, &len) == -1 ||
	    port_of(&own) != local_port)
		return 0;
	len = sizeof(*peer);
	return getpeername(c->fd, (struct sockaddr *)peer, &len) == 0 &&
	    port_of(peer) == port;
}

/* The request is about to be sent, perhaps on a connection that was idle: its
 * port at our end says on which.  libcurl's pool knows of no seat and of no
 * policy: what is another's, or may not be asked, is not used. */
static int
on_request(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct connection_use *use = arg;
	struct sockaddr_storage peer;
	struct connection *c;

	(void)ip;
	(void)local_ip;
	SLIST_FOREACH(c, &connections, next)
		if (!c->shut && c->seat == use->seat && c->tag == use->tag &&
		    is_between(c, local_port, port, &peer))
			break;
	if (c == NULL || (use->policy != NULL &&
	    !use->policy(use->arg, (struct sockaddr *)&peer))) {
		use->foreign = 1;
		return CURL_PREREQFUNC_ABORT;
	}
	c->idle = 0;
	use->fd = c->fd;
	return CURL_PREREQFUNC_OK;
}

void
connection_watch(CURL *easy, struct connection_use *use)
{
	use->refused = use->full = use->foreign = use->skipped = 0;
	use->insisting = use->insist;
	use->insist = 0;
	use->fd = -1;
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, use);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, use);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
}

int
connection_insist(struct connection_use *use)
{
	use->insist = use->skipped && !use->full;
	return use->insist;
}

void
connection_pause(const struct connection_use *use, int pause)
{
	int window = pause ? WINDOW_PAUSED : WINDOW_MAX;

	if (use->fd != -1)
		setsockopt(use->fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &window,
		    sizeof(window));
}

void
connection_make_room(struct seat *s, uint64_t tag)
{
	struct connection *c;

	drop_lost();
	SLIST_FOREACH(c, &connections, next)
		if (c->seat == s && c->idle && !c->shut && c->tag == tag)
			return;
	SLIST_FOREACH(c, &connections, next) {
		if (seat_open(s) < seat_limit(s))
			return;
		if (c->seat == s && c->idle && !c->shut)
			shut(c);
	}
}

/* ---- idle ones ---- */

void
connections_idle(void)
{
	struct connection *c;
	int64_t now = clock_ms();

	drop_lost();
	SLIST_FOREACH(c, &connections, next) {
		if (!c->idle)
			c->idle_since = now;
		c->idle = 1;
	}
}

void
connection_in_use(int fd)
{
	struct connection *c;

	SLIST_FOREACH(c, &connections, next)
		if (c->fd == fd && !c->shut)
			c->idle = 0;
}

void
connections_sweep(int64_t ms)
{
	struct connection *c;
	int64_t now = clock_ms();

	SLIST_FOREACH(c, &connections, next)
		if (c->idle && !c->shut && now - c->idle_since > ms)
			shut(c);
}

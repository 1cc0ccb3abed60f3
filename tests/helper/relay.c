/* SPDX-License-Identifier: ISC */
/* relay -- TLS or a proxy before a source; runs in test programs */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "harness.h"
#include "relay.h"

#define HEAD_MAX	8192
#define ACCOUNT_MAX	128

struct relay {
	struct relay_want want;
	SSL_CTX		*ctx;		/* NULL: no TLS */
	int		 fd, port;
	pthread_t	 thread;
	pthread_mutex_t	 lock;		/* of what follows */
	int		 active, connections, led;
	char		 asked[300], peer[64], head[HEAD_MAX + 1];
};

/* One client. */
struct link {
	struct relay	*relay;
	SSL		*ssl;		/* NULL: no TLS */
	int		 fd, to;
	char		 head[HEAD_MAX + 1];
	size_t		 len;		/* of what was read and not led on */
};

/* ---- the client's bytes ---- */

/* More than 0, or 0 at the end of it. */
static size_t
take(struct link *l, void *buf, size_t len)
{
	ssize_t n = l->ssl != NULL ? SSL_read(l->ssl, buf, (int)len) :
	    read(l->fd, buf, len);

	return n > 0 ? (size_t)n : 0;
}

static int
take_all(struct link *l, void *buf, size_t len)
{
	size_t n, got = 0;

	for (; got < len; got += n)
		if ((n = take(l, (char *)buf + got, len - got)) == 0)
			return 0;
	return 1;
}

static int
give(struct link *l, const void *buf, size_t len)
{
	ssize_t n;
	size_t at;

	for (at = 0; at < len; at += (size_t)n) {
		n = l->ssl != NULL ? SSL_write(l->ssl, (const char *)buf + at,
		    (int)(len - at)) : send(l->fd, (const char *)buf + at,
		    len - at, MSG_NOSIGNAL);
		if (n <= 0)
			return 0;
	}
	return 1;
}

static int
give_text(struct link *l, const char *text)
{
	return give(l, text, strlen(text));
}

/* Up to a NUL, for SOCKS 4. */
static int
take_word(struct link *l, char *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!take_all(l, &buf[i], 1))
			return 0;
		if (buf[i] == '\0')
			return 1;
	}
	return 0;
}

/* ---- where to ---- */

static int
lead_to(struct link *l, int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)port);
	l->to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(l->to, (struct sockaddr *)&sin, sizeof(sin)) == 0;
}

static int
asked_for(struct link *l, const char *host, int port)
{
	struct relay *r = l->relay;

	pthread_mutex_lock(&r->lock);
	snprintf(r->asked, sizeof(r->asked), "%s:%d", host, port);
	strlcpy(r->head, l->head, sizeof(r->head));
	pthread_mutex_unlock(&r->lock);
	return lead_to(l, port);
}

static int
socks4(struct link *l)
{
	unsigned char head[8], yes[8] = { 0, 90 };
	char user[256], host[256];

	if (!take_all(l, head, sizeof(head)) || head[0] != 4 ||
	    !take_word(l, user, sizeof(user)))
		return 0;
	inet_ntop(AF_INET, head + 4, host, sizeof(host));
	/* 4a: 0.0.0.x, and a name behind it */
	if (head[4] + head[5] + head[6] == 0 &&
	    !take_word(l, host, sizeof(host)))
		return 0;
	return asked_for(l, host, head[2] << 8 | head[3]) &&
	    give(l, yes, sizeof(yes));
}

/* RFC 1929. */
static int
socks5_account(struct link *l)
{
	unsigned char version, len, yes[2] = { 1, 0 };
	char user[256] = "", password[256] = "", both[520];

	if (!take_all(l, &version, 1) || !take_all(l, &len, 1) ||
	    !take_all(l, user, len) || !take_all(l, &len, 1) ||
	    !take_all(l, password, len))
		return 0;
	snprintf(both, sizeof(both), "%s:%s", user, password);
	yes[1] = strcmp(both, l->relay->want.account) != 0;
	return give(l, yes, sizeof(yes)) && yes[1] == 0;
}

/* RFC 1928. */
static int
socks5(struct link *l)
{
	unsigned char head[4], methods[255], port[2], len;
	unsigned char method[2] = { 5, 0 }, yes[10] = { 5, 0, 0, 1 };
	unsigned char address[16];
	char host[256] = "";

	if (!take_all(l, head, 2) || head[0] != 5 ||
	    !take_all(l, methods, head[1]))
		return 0;
	method[1] = l->relay->want.account != NULL ? 2 : 0;
	if (memchr(methods, method[1], head[1]) == NULL)
		method[1] = 255;
	if (!give(l, method, 2) || method[1] == 255 ||
	    (method[1] == 2 && !socks5_account(l)) || !take_all(l, head, 4))
		return 0;
	if (head[3] == 3) {
		if (!take_all(l, &len, 1) || !take_all(l, host, len))
			return 0;
	} else {
		if (!take_all(l, address, head[3] == 4 ? 16 : 4))
			return 0;
		inet_ntop(head[3] == 4 ? AF_INET6 : AF_INET, address, host,
		    sizeof(host));
	}
	return take_all(l, port, 2) &&
	    asked_for(l, host, port[0] << 8 | port[1]) &&
	    give(l, yes, sizeof(yes));
}

/* 1 when the head brings what the proxy wants to see. */
static int
http_account(const struct link *l)
{
	const char *account = l->relay->want.account;
	char line[64 + ACCOUNT_MAX * 2] = "\r\nProxy-Authorization: Basic ";

	if (account == NULL)
		return 1;
	EVP_EncodeBlock((unsigned char *)line + strlen(line),
	    (const unsigned char *)account, (int)strlen(account));
	return strstr(l->head, line) != NULL;
}

/* GET http://host:port/x becomes GET /x, of one request alone. */
static int
http_get(struct link *l)
{
	char method[16], host[256], *path, *rest, line[HEAD_MAX];
	int port, n;

	if (sscanf(l->head, "%15s http://%255[^:/]:%d", method, host, &port) !=
	    3 || (path = strchr(l->head + strlen(method) + 8, '/')) == NULL ||
	    (rest = strstr(path, "\r\n")) == NULL ||
	    !asked_for(l, host, port))
		return 0;
	n = snprintf(line, sizeof(line), "%s %.*s\r\nConnection: close%s",
	    method, (int)(rest - path), path, rest);
	l->len = 0;
	return send(l->to, line, (size_t)n, MSG_NOSIGNAL) == n;
}

static int
http(struct link *l)
{
	char host[256];
	size_t n;
	int port;

	for (l->len = 0; strstr(l->head, "\r\n\r\n") == NULL; l->len += n) {
		n = take(l, l->head + l->len, HEAD_MAX - l->len);
		if (n == 0)
			return 0;
	}
	if (!http_account(l)) {
		give_text(l, "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: "
		    "Basic realm=\"relay\"\r\nContent-Length: 0\r\n\r\n");
		return 0;
	}
	if (sscanf(l->head, "CONNECT %255[^:]:%d", host, &port) != 2)
		return http_get(l);
	l->len = 0;
	return asked_for(l, host, port) && give_text(l, "HTTP/1.1 200 It is "
	    "there\r\nETag: \"of the proxy\"\r\n\r\n");
}

static int
lead(struct link *l)
{
	switch (l->relay->want.way) {
	case RELAY_SOCKS4:
		return socks4(l);
	case RELAY_SOCKS5:
		return socks5(l);
	case RELAY_HTTP:
		return http(l);
	case RELAY_STRAIGHT:
		break;
	}
	return lead_to(l, l->relay->want.port);
}

/* ---- there and back ---- */

/* Until one of the two has gone. */
static void
pump(struct link *l)
{
	struct pollfd p[2] = { { l->fd, POLLIN, 0 }, { l->to, POLLIN, 0 } };
	char buf[16384];
	ssize_t n;

	for (;;) {
		if ((l->ssl == NULL || SSL_pending(l->ssl) == 0) &&
		    poll(p, 2, -1) == -1)
			return;
		if (p[0].revents != 0 ||
		    (l->ssl != NULL && SSL_pending(l->ssl) > 0)) {
			n = (ssize_t)take(l, buf, sizeof(buf));
			if (n == 0 || send(l->to, buf, (size_t)n,
			    MSG_NOSIGNAL) != n)
				return;
		}
		if (p[1].revents != 0) {
			n = read(l->to, buf, sizeof(buf));
			if (n <= 0 || !give(l, buf, (size_t)n))
				return;
		}
		p[0].revents = p[1].revents = 0;
	}
}

static void
note(struct relay *r, int *count, int more)
{
	pthread_mutex_lock(&r->lock);
	*count += more;
	pthread_mutex_unlock(&r->lock);
}

static void *
serve(void *arg)
{
	struct link *l = arg;
	struct relay *r = l->relay;
	int ok = 1;

	if (r->ctx != NULL) {
		l->ssl = SSL_new(r->ctx);
		SSL_set_fd(l->ssl, l->fd);
		ok = SSL_accept(l->ssl) == 1;
	}
	if (ok && lead(l)) {
		note(r, &r->led, 1);
		pump(l);
		if (l->ssl != NULL)
			SSL_shutdown(l->ssl);
	}
	SSL_free(l->ssl);
	close(l->fd);
	if (l->to != -1)
		close(l->to);
	free(l);
	note(r, &r->active, -1);
	return NULL;
}

static void
begin(struct relay *r, int fd, const struct sockaddr_in *peer)
{
	struct link *l = calloc(1, sizeof(*l));
	pthread_t thread;

	l->relay = r;
	l->fd = fd;
	l->to = -1;
	pthread_mutex_lock(&r->lock);
	r->connections++;
	r->active++;
	inet_ntop(AF_INET, &peer->sin_addr, r->peer, sizeof(r->peer));
	pthread_mutex_unlock(&r->lock);
	if (pthread_create(&thread, NULL, serve, l) == 0)
		pthread_detach(thread);
}

static void *
accept_all(void *arg)
{
	struct sockaddr_in peer;
	struct relay *r = arg;
	socklen_t len;
	int fd;

	for (;;) {
		len = sizeof(peer);
		fd = accept4(r->fd, (struct sockaddr *)&peer, &len,
		    SOCK_CLOEXEC);
		if (fd == -1 && errno != EINTR && errno != ECONNABORTED)
			return NULL;
		if (fd != -1)
			begin(r, fd, &peer);
	}
}

/* ---- begin and end ---- */

static SSL_CTX *
make_tls(const struct relay_want *want)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	cr_assert_eq(SSL_CTX_use_certificate_chain_file(ctx,
	    want->certificate), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey_file(ctx, want->key,
	    SSL_FILETYPE_PEM), 1);
	if (want->clients != NULL) {
		cr_assert_eq(SSL_CTX_load_verify_file(ctx, want->clients), 1);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
		    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	return ctx;
}

static void
listen_on(struct relay *r, const char *address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	inet_pton(AF_INET, address, &sin.sin_addr);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(r->fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(r->fd, 64) == -1 ||
	    getsockname(r->fd, (struct sockaddr *)&sin, &len) == -1)
		cr_assert_fail("relay: %s", strerror(errno));
	r->port = ntohs(sin.sin_port);
}

struct relay *
relay_start(const struct relay_want *want)
{
	struct relay *r = calloc(1, sizeof(*r));

	cr_assert_not_null(r);
	r->want = *want;
	signal(SIGPIPE, SIG_IGN);	/* OpenSSL writes to who has gone */
	pthread_mutex_init(&r->lock, NULL);
	if (want->certificate != NULL)
		r->ctx = make_tls(want);
	listen_on(r, want->address != NULL ? want->address : "127.0.0.1");
	cr_assert_eq(pthread_create(&r->thread, NULL, accept_all, r), 0);
	return r;
}

static int
count_of(struct relay *r, const int *count)
{
	int n;

	pthread_mutex_lock(&r->lock);
	n = *count;
	pthread_mutex_unlock(&r->lock);
	return n;
}

void
relay_stop(struct relay **rp)
{
	struct relay *r = *rp;

	if (r == NULL)
		return;
	*rp = NULL;
	shutdown(r->fd, SHUT_RDWR);
	pthread_join(r->thread, NULL);
	close(r->fd);
	cr_expect(AWAIT(count_of(r, &r->active) == 0, 5000));
	SSL_CTX_free(r->ctx);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int
relay_port(const struct relay *r)
{
	return r->port;
}

int
relay_connections(struct relay *r)
{
	return count_of(r, &r->connections);
}

int
relay_led(struct relay *r)
{
	return count_of(r, &r->led);
}

static const char *
copy_of(struct relay *r, const char *text)
{
	static char copy[HEAD_MAX + 1];

	pthread_mutex_lock(&r->lock);
	strlcpy(copy, text, sizeof(copy));
	pthread_mutex_unlock(&r->lock);
	return copy;
}

const char *
relay_asked(struct relay *r)
{
	return copy_of(r, r->asked);
}

const char *
relay_head(struct relay *r)
{
	return copy_of(r, r->head);
}

const char *
relay_peer(struct relay *r)
{
	return copy_of(r, r->peer);
}

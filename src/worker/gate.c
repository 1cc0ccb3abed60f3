/* SPDX-License-Identifier: ISC */
/* gate -- from an accepted socket to HTTP; worker */
#include "config.h"

#include <string.h>

#include "reeld/counter.h"
#include "reeld/proxy_header.h"
#include "gate.h"
#include "http1.h"
#include "http2.h"

static h2o_timeout_t gate_timeout;

static void
on_late(h2o_timeout_entry_t *timer)
{
	struct conn *c = H2O_STRUCT_FROM_MEMBER(struct conn, timer, timer);

	h2o_socket_close(c->sock);
}

/* ---- which HTTP ---- */

static void
let_through(struct conn *c, void (*begin)(struct conn *))
{
	h2o_timeout_unlink(&c->timer);
	h2o_socket_read_stop(c->sock);
	begin(c);
}

/* A client that knows that we speak HTTP/2 begins with its preface (RFC 9113,
 * 3.3), anybody else with what differs from it soon. */
static void
sniff(struct conn *c)
{
	const h2o_buffer_t *in = c->sock->input;
	size_t n = in->size < FRAME_PREFACE_LEN ? in->size : FRAME_PREFACE_LEN;

	if (memcmp(in->bytes, FRAME_PREFACE, n) != 0)
		let_through(c, http1_begin);
	else if (n == FRAME_PREFACE_LEN)
		let_through(c, http2_begin);
}

/* ---- TLS ---- */

static void on_read(h2o_socket_t *, const char *);

static void
await_http(struct conn *c)
{
	c->stage = CONN_SNIFF;
	h2o_socket_read_start(c->sock, on_read);
	if (c->sock->input->size > 0)
		sniff(c);
}

static void
on_handshake(h2o_socket_t *sock, const char *err)
{
	struct conn *c = sock->on_close.data;
	h2o_iovec_t protocol;

	if (err != NULL) {
		counter_add(COUNTER_TLS_FAILURES, 1);
		h2o_socket_close(sock);
		return;
	}
	counter_add(COUNTER_TLS_HANDSHAKES, 1);
	SSL_CTX_free(c->tls);
	c->tls = NULL;
	protocol = h2o_socket_ssl_get_selected_protocol(sock);
	if (h2o_memis(protocol.base, protocol.len, H2O_STRLIT("h2")))
		let_through(c, http2_begin);
	else
		await_http(c);
}

static void
shake_hands(struct conn *c)
{
	if (c->tls == NULL) {
		await_http(c);
		return;
	}
	c->stage = CONN_HANDSHAKE;
	h2o_socket_read_stop(c->sock);
	h2o_socket_ssl_handshake(c->sock, c->tls, NULL, on_handshake);
}

/* ---- who it is ---- */

static void
admit(struct conn *c)
{
	if (conn_count(c) == -1) {
		counter_add(COUNTER_CLIENTS_REFUSED, 1);
		h2o_socket_close(c->sock);
		return;
	}
	shake_hands(c);
}

/* Only a peer that is trusted may say who is behind it. */
static void
read_proxy_header(struct conn *c)
{
	struct sockaddr_storage source;
	enum proxy_header_verdict verdict;
	size_t used = 0;

	verdict = c->trusted ? proxy_header_parse(c->sock->input->bytes,
	    c->sock->input->size, &used, &source) : PROXY_HEADER_BAD;
	switch (verdict) {
	case PROXY_HEADER_MORE:
		return;
	case PROXY_HEADER_BAD:
		counter_add(COUNTER_BAD_PROXY, 1);
		h2o_socket_close(c->sock);
		return;
	case PROXY_HEADER_HIDDEN:
		c->local = c->trusted = 0;
		break;
	case PROXY_HEADER_WHOLE:
		if (source.ss_family != AF_UNSPEC)
			conn_name(c, (const struct sockaddr *)&source);
		break;
	}
	h2o_buffer_consume(&c->sock->input, used);
	admit(c);
}

static void
on_read(h2o_socket_t *sock, const char *err)
{
	struct conn *c = sock->on_close.data;

	if (err != NULL)
		h2o_socket_close(sock);
	else if (c->stage == CONN_PROXY)
		read_proxy_header(c);
	else
		sniff(c);
}

void
gate_init(void)
{
	h2o_timeout_init(worker.context.loop, &gate_timeout, GATE_TIME);
}

void
gate_open(struct conn *c, int proxied)
{
	c->timer.cb = on_late;
	h2o_timeout_link(worker.context.loop, &gate_timeout, &c->timer);
	if (proxied) {
		c->stage = CONN_PROXY;
		h2o_socket_read_start(c->sock, on_read);
	} else {
		admit(c);
	}
}

/* SPDX-License-Identifier: ISC */
/* http1 -- hands libh2o one checked HTTP/1 request at a time; worker */
#include "config.h"

#include <string.h>

#include <h2o.h>
#include <h2o/http1.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/passage.h"
#include "content.h"
#include "http1.h"
#include "linger.h"

#define REQUEST_TIME	10000	/* ms that a request may take to come */

/* In the place of a request that did not pass. */
#define REFUSED		"- / HTTP/1.0\r\n\r\n"
/* In the place of Expect, which libh2o would answer a second time. */
#define ANSWERED	"x-done"

static void
append(h2o_buffer_t **to, const char *bytes, size_t len)
{
	h2o_iovec_t room = h2o_buffer_reserve(to, len);

	memcpy(room.base, bytes, len);
	(*to)->size += len;
}

/* What was received waits in conn.ahead until it is a whole request. */
static void
take_in(struct conn *c)
{
	h2o_buffer_t **in = &c->sock->input;

	if ((*in)->size == 0)
		return;
	if (c->ahead == NULL)
		h2o_buffer_init(&c->ahead, &h2o_socket_buffer_prototype);
	append(&c->ahead, (*in)->bytes, (*in)->size);
	h2o_buffer_consume(in, (*in)->size);
}

/* Moves the first `len` bytes to where libh2o finds them. */
static void
hand_out(struct conn *c, size_t len)
{
	if (len == 0)
		return;
	append(&c->sock->input, c->ahead->bytes, len);
	h2o_buffer_consume(&c->ahead, len);
	if (c->ahead->size > 0)
		return;
	h2o_buffer_dispose(&c->ahead);
}

static void look(struct conn *);
static void on_read(h2o_socket_t *, const char *);

static void
go_on(struct conn *c)
{
	h2o_socket_read_start(c->sock, on_read);
	look(c);
}

static void
on_continued(h2o_socket_t *sock, const char *err)
{
	struct conn *c = sock->on_close.data;

	if (err != NULL)
		c->inner(sock, err);
	else
		go_on(c);
}

/* RFC 9110, 10.1.1.  Nothing else is being written: no request is under way.
 * Nor does one begin before this is. */
static void
say_continue(struct conn *c)
{
	h2o_iovec_t text = h2o_iovec_init(H2O_STRLIT(
	    "HTTP/1.1 100 Continue\r\n\r\n"));

	memcpy(c->ahead->bytes + c->message.expect, ANSWERED,
	    strlen(ANSWERED));
	c->message.expect = 0;
	h2o_socket_read_stop(c->sock);
	h2o_socket_write(c->sock, &text, 1, on_continued);
}

/* The head is not complete, or its body is not. */
static void
wait_for_rest(struct conn *c)
{
	if (c->message.head > 0 && c->message.expect > 0 &&
	    c->message.minor > 0)
		say_continue(c);
}

/* Nothing that follows counts. */
static void
refuse_it(struct conn *c)
{
	counter_add(COUNTER_BAD_REQUESTS, 1);
	h2o_buffer_dispose(&c->ahead);
	append(&c->sock->input, REFUSED, strlen(REFUSED));
}

/* One that nobody was asked to answer is an upgrade to HTTP/2 under way. */
static void
parse(struct conn *c)
{
	unsigned before = c->begun;

	conn_lend(c);
	c->inner(c->sock, NULL);
	if (!conn_is_back() || c->begun != before || c->upgrading)
		return;
	c->upgrading = 1;
	worker.upgrading++;
}

/* What it says of a body must be allowed before that is waited for. */
static enum message_verdict
walk(struct conn *c, size_t len)
{
	enum message_verdict v = message_walk(&c->message, c->ahead->bytes,
	    len);

	if (v != MESSAGE_BAD && c->message.head > 0 && content_admit(c) == -1)
		return MESSAGE_BAD;
	return v;
}

static void
look(struct conn *c)
{
	size_t len = c->ahead == NULL ? 0 : c->ahead->size;

	if (len == 0)
		return;
	switch (walk(c, len)) {
	case MESSAGE_MORE:
		wait_for_rest(c);
		return;
	case MESSAGE_WHOLE:
		if (c->message.expect > 0)
			memcpy(c->ahead->bytes + c->message.expect, ANSWERED,
			    strlen(ANSWERED));
		hand_out(c, c->message.length);
		message_init(&c->message, PASSAGE_CONTENT_MAX);
		break;
	case MESSAGE_BAD:
		refuse_it(c);
		break;
	}
	parse(c);
}

static void
on_read(h2o_socket_t *sock, const char *err)
{
	struct conn *c = sock->on_close.data;

	if (err != NULL) {
		c->inner(sock, err);
		return;
	}
	take_in(c);
	look(c);
}

static void
on_turn(struct again *a)
{
	go_on(H2O_STRUCT_FROM_MEMBER(struct conn, again, a));
}

/* libh2o waits for a request; we stand before it.  What is there already has
 * its turn after that of others, and nothing is read until then. */
static void
on_next(h2o_timeout_entry_t *timer)
{
	struct conn *c = H2O_STRUCT_FROM_MEMBER(struct conn, timer, timer);

	if (c->stage != CONN_HTTP1 || c->sock->_cb.read != c->inner)
		return;			/* it is being closed */
	c->sock->_cb.read = on_read;
	take_in(c);
	if (c->ahead == NULL)
		return;
	h2o_socket_read_stop(c->sock);
	c->again.run = on_turn;
	again_insert(&c->again);
}

/* libh2o sees nothing of a request before it is whole: it would give all the
 * same time. */
void
http1_expire(struct conn *c, int64_t now)
{
	if (c->stage == CONN_HTTP1 && c->requests == 0 && now - c->quiet >=
	    (c->admitted ? HTTP1_CONTENT_TIME : REQUEST_TIME))
		conn_cut(c);
}

static h2o_timeout_t next_timeout;

void
http1_init(void)
{
	h2o_timeout_init(worker.context.loop, &next_timeout, 0);
}

void
http1_done(struct conn *c, int persistent)
{
	if (c->stage != CONN_HTTP1)
		return;
	content_release(c);
	if (!persistent) {
		if (c->copy == -1)
			c->copy = linger_copy(h2o_socket_get_fd(c->sock));
		return;
	}
	/* Not now: libh2o is about to begin the next one. */
	if (!h2o_timeout_is_linked(&c->timer))
		h2o_timeout_link(worker.context.loop, &next_timeout,
		    &c->timer);
}

void
http1_begin(struct conn *c)
{
	struct timeval now = *h2o_get_timestamp(&worker.context, NULL, NULL);

	c->stage = CONN_HTTP1;
	c->timer.cb = on_next;
	c->quiet = clock_ms();
	message_init(&c->message, PASSAGE_CONTENT_MAX);
	take_in(c);
	h2o_http1_accept(&worker.accept, c->sock, now);
	c->inner = c->sock->_cb.read;
	c->sock->_cb.read = on_read;
	look(c);
}

void
http1_end_upgrade(struct conn *c)
{
	if (c->upgrading)
		worker.upgrading--;
	c->upgrading = 0;
}

void
http1_leave(struct conn *c)
{
	h2o_timeout_unlink(&c->timer);
	again_remove(&c->again);
	if (c->ahead != NULL)
		hand_out(c, c->ahead->size);
}

void
http1_forget(struct conn *c)
{
	http1_end_upgrade(c);
	content_release(c);
	again_remove(&c->again);
	if (c->ahead != NULL)
		h2o_buffer_dispose(&c->ahead);
}

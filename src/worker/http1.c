/* SPDX-License-Identifier: ISC */
/* http1 -- hands libh2o one checked HTTP/1 request at a time; worker */
#include "config.h"

#include <string.h>

#include <h2o.h>
#include <h2o/http1.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "http1.h"

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

/* Keeps what stands behind the first `len` bytes from libh2o. */
static void
withhold(struct conn *c, size_t len)
{
	h2o_buffer_t *in = c->sock->input;

	if (in->size == len)
		return;
	if (c->ahead == NULL)
		h2o_buffer_init(&c->ahead, &h2o_socket_buffer_prototype);
	append(&c->ahead, in->bytes + len, in->size - len);
	in->size = len;
}

static void
release(struct conn *c)
{
	if (c->ahead == NULL)
		return;
	append(&c->sock->input, c->ahead->bytes, c->ahead->size);
	h2o_buffer_dispose(&c->ahead);
	c->ahead = NULL;
}

static void
on_continued(h2o_socket_t *sock, const char *err)
{
	(void)sock;
	(void)err;		/* the next read has it too */
}

/* RFC 9110, 10.1.1.  Nothing else is being written: no request is under way. */
static void
say_continue(struct conn *c)
{
	h2o_iovec_t text = h2o_iovec_init(H2O_STRLIT(
	    "HTTP/1.1 100 Continue\r\n\r\n"));

	memcpy(c->sock->input->bytes + c->message.expect, ANSWERED,
	    strlen(ANSWERED));
	c->message.expect = 0;
	h2o_socket_write(c->sock, &text, 1, on_continued);
}

/* The head is not complete, or its body is not. */
static void
wait_for_rest(struct conn *c)
{
	if (c->message.head > 0 && c->message.expect > 0 &&
	    c->message.minor > 0 && !h2o_socket_is_writing(c->sock))
		say_continue(c);
}

static void
refuse_it(struct conn *c)
{
	counter_add(COUNTER_BAD_REQUESTS, 1);
	c->bad = 1;
	h2o_buffer_consume(&c->sock->input, c->sock->input->size);
	append(&c->sock->input, REFUSED, strlen(REFUSED));
}

static void
look(struct conn *c)
{
	const h2o_buffer_t *in = c->sock->input;

	switch (message_walk(&c->message, in->bytes, in->size)) {
	case MESSAGE_MORE:
		wait_for_rest(c);
		return;
	case MESSAGE_WHOLE:
		if (c->message.expect > 0)
			memcpy(c->sock->input->bytes + c->message.expect,
			    ANSWERED, strlen(ANSWERED));
		withhold(c, c->message.length);
		message_init(&c->message, WORKER_ENTITY_MAX);
		break;
	case MESSAGE_BAD:
		refuse_it(c);
		break;
	}
	c->inner(c->sock, NULL);
}

static void
on_read(h2o_socket_t *sock, const char *err)
{
	struct conn *c = sock->on_close.data;

	if (err != NULL)
		c->inner(sock, err);
	else
		look(c);
}

/* libh2o waits for a request; we stand before it. */
static void
on_next(h2o_timeout_entry_t *timer)
{
	struct conn *c = H2O_STRUCT_FROM_MEMBER(struct conn, timer, timer);

	if (c->stage != CONN_HTTP1 || c->sock->_cb.read != c->inner)
		return;			/* it is being closed */
	c->sock->_cb.read = on_read;
	release(c);
	if (c->sock->input->size > 0)
		look(c);
}

void
http1_done(struct conn *c)
{
	/* Not now: libh2o is about to begin the next one. */
	if (c->stage == CONN_HTTP1 && !h2o_timeout_is_linked(&c->timer))
		h2o_timeout_link(worker.context.loop,
		    &worker.context.zero_timeout, &c->timer);
}

void
http1_begin(struct conn *c)
{
	struct timeval now = *h2o_get_timestamp(&worker.context, NULL, NULL);

	c->stage = CONN_HTTP1;
	c->timer.cb = on_next;
	message_init(&c->message, WORKER_ENTITY_MAX);
	withhold(c, 0);
	h2o_http1_accept(&worker.accept, c->sock, now);
	c->inner = c->sock->_cb.read;
	on_next(&c->timer);
}

void
http1_leave(struct conn *c)
{
	h2o_timeout_unlink(&c->timer);
	release(c);
}

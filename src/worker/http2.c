/* SPDX-License-Identifier: ISC */
/* http2 -- stands between HTTP/2 clients and libh2o; worker */
#include "config.h"

#include <string.h>

#include <h2o.h>
#include <h2o/http2.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "content.h"
#include "http1.h"
#include "http2.h"

#define AGE_MAX		60000	/* ms without a complete request */

/* libh2o has stopped to read from these. */
static TAILQ_HEAD(, conn) paused = TAILQ_HEAD_INITIALIZER(paused);

/* ---- who is cut ---- */

static const enum counter counters[FRAME_VERDICTS] = {
#define FRAME_VERDICT(name, counter, text) [FRAME_##name] = COUNTER_##counter,
#include "reeld/frame.def"
#undef FRAME_VERDICT
};

static void
cut(struct conn *c, enum frame_verdict verdict)
{
	static struct log_limit limit = { .burst = 1 };

	counter_add(counters[verdict], 1);
	conn_cut(c);
	if (!log_allow(&limit))
		return;
	log_warn("%s: %s: cut (%lu since the last such line)", c->peer,
	    frame_words(verdict), limit.held + 1);
	limit.held = 0;
}

/* ---- frames ---- */

/* What it may hold of bodies that are not whole is FRAME_BODIES small ones, or
 * comes out of the sum of all.  0 or -1. */
static int
account(struct conn *c)
{
	size_t free = FRAME_BODIES * WORKER_ENTITY_MAX, held = 0;

	if (c->frames.content > free)
		held = (size_t)c->frames.content - free;
	if (held > c->content && content_take(held - c->content) == -1)
		return -1;
	if (held < c->content)
		content_give(c->content - held);
	c->content = held;
	return 0;
}

/* What the walk has not seen yet.  0: the connection was cut. */
static int
walk(struct conn *c)
{
	const h2o_buffer_t *in = c->sock->input;
	enum frame_verdict verdict;
	size_t walked = 0;

	verdict = frame_walk(&c->frames, (const uint8_t *)in->bytes +
	    c->walked, in->size - c->walked, worker.draining, clock_ms(),
	    &walked);
	c->walked += walked;
	if (verdict == FRAME_PASS && account(c) == -1)
		verdict = FRAME_CONTENT_FLOOD;
	if (verdict == FRAME_PASS)
		return 1;
	cut(c, verdict);
	return 0;
}

static void on_read(h2o_socket_t *, const char *);

/* libh2o is done with what it was given, and waits for more or does not. */
static void
stand_before(struct conn *c)
{
	if (c->sock->_cb.read == c->inner) {
		c->sock->_cb.read = on_read;
	} else if (c->sock->_cb.read == NULL && !c->paused) {
		c->paused = 1;
		TAILQ_INSERT_TAIL(&paused, c, paused_next);
	}
}

static void
go_on(struct conn *c)
{
	if (!c->paused)
		return;
	c->paused = 0;
	TAILQ_REMOVE(&paused, c, paused_next);
}

static void
on_read(h2o_socket_t *sock, const char *err)
{
	struct conn *c = sock->on_close.data;
	size_t before, used;

	/* With an error libh2o closes at once, and parses nothing. */
	if (err == NULL && !walk(c))
		err = "not acceptable";
	before = sock->input->size;
	conn_lend(c);
	c->inner(sock, err);
	if (!conn_is_back())
		return;
	used = before - sock->input->size;
	c->walked -= used < c->walked ? used : c->walked;
	stand_before(c);
}

void
http2_begin(struct conn *c)
{
	struct timeval now = *h2o_get_timestamp(&worker.context, NULL, NULL);
	size_t before = c->sock->input->size;

	c->stage = CONN_HTTP2;
	c->quiet = clock_ms();
	frame_init(&c->frames, FRAME_PREFACE_LEN, clock_ms());
	if (!walk(c)) {
		h2o_socket_close(c->sock);
		return;
	}
	conn_lend(c);
	h2o_http2_accept(&worker.accept, c->sock, now);
	if (!conn_is_back())
		return;
	c->inner = c->sock->_cb.read;
	c->walked -= before - c->sock->input->size;
	stand_before(c);
}

/* What came behind the upgraded request is walked in the next turn: libh2o is
 * in the middle of answering that. */
static void
on_upgraded(h2o_timeout_entry_t *timer)
{
	struct conn *c = H2O_STRUCT_FROM_MEMBER(struct conn, timer, timer);

	http1_leave(c);
	if (c->sock->input->size > c->walked)
		on_read(c->sock, NULL);
}

void
http2_upgrade(struct conn *c)
{
	http1_end_upgrade(c);
	c->stage = CONN_HTTP2;
	c->inner = c->sock->_cb.read;
	frame_init(&c->frames, FRAME_PREFACE_LEN, clock_ms());
	stand_before(c);
	c->timer.cb = on_upgraded;
	if (!h2o_timeout_is_linked(&c->timer))
		h2o_timeout_link(worker.context.loop,
		    &worker.context.zero_timeout, &c->timer);
}

/* RFC 9113, 8.2.1: a value neither begins nor ends with a blank. */
static int
has_blank(h2o_iovec_t value)
{
	return value.len > 0 && (strchr(" \t", value.base[0]) != NULL ||
	    strchr(" \t", value.base[value.len - 1]) != NULL);
}

const char *
http2_fault(const h2o_req_t *req)
{
	const h2o_header_t *field = req->headers.entries, *end;

	if (memchr(req->input.authority.base, '@',
	    req->input.authority.len) != NULL)
		return "userinfo in :authority (RFC 9113, 8.3.1)";
	for (end = field + req->headers.size; field < end; field++) {
		if (h2o_memis(field->name->base, field->name->len,
		    H2O_STRLIT("keep-alive")) || h2o_memis(field->name->base,
		    field->name->len, H2O_STRLIT("proxy-connection")))
			return "a field of the connection (RFC 9113, 8.2.2)";
		if (has_blank(field->value))
			return "a blank around a value (RFC 9113, 8.2.1)";
	}
	return NULL;
}

void
http2_aborted(struct conn *c)
{
	enum frame_verdict verdict;

	if (c->stage != CONN_HTTP2)
		return;
	verdict = frame_abort(&c->frames, clock_ms());
	if (verdict != FRAME_PASS)
		cut(c, verdict);
}

void
http2_look_again(void)
{
	struct conn *c, *following;

	TAILQ_FOREACH_SAFE(c, &paused, paused_next, following)
		if (c->sock->_cb.read == c->inner) {
			go_on(c);
			stand_before(c);
		}
}

void
http2_expire(struct conn *c, int64_t now)
{
	if (c->stage == CONN_HTTP2 && c->requests == 0 &&
	    now - c->quiet >= AGE_MAX)
		cut(c, FRAME_NO_REQUEST);
}

void
http2_forget(struct conn *c)
{
	content_give(c->content);
	go_on(c);
}

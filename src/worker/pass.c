/* SPDX-License-Identifier: ISC */
/* pass -- a request that passes to its source; worker */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/header.h"
#include "pass_part.h"
#include "refuse.h"

#define BUDGET		(1u << 20)	/* of a connection in one loop turn */

static struct passings passings = TAILQ_HEAD_INITIALIZER(passings);

/* ---- begin and end ---- */

/* The fetcher hears that nobody is here any more. */
static void
hang_up(struct passing *p)
{
	if (p->sock != NULL)
		h2o_socket_close(p->sock);
	p->sock = NULL;
}

static void
on_dispose(void *arg)
{
	struct passing *p = arg;

	hang_up(p);
	again_remove(&p->again);
	content_give(p->held);
	TAILQ_REMOVE(&passings, p, next);
}

/* No answer, or no more of one.  The request may be gone behind it. */
static void
give_up(struct passing *p, int status, int retry_after, const char *error,
    const char *text)
{
	hang_up(p);
	p->req->http1_is_persistent = 0;
	if (p->started) {
		counter_add(COUNTER_CLIENTS_CUT, 1);
		h2o_send(p->req, NULL, 0, H2O_SEND_STATE_ERROR);
	} else {
		refuse_instead(p->req, status, retry_after, error, text);
	}
}

static void
lose(struct passing *p)
{
	give_up(p, 503, 1, "proxy_internal_error", "the request was lost on "
	    "its way: its source may have seen it, or not");
}

/* ---- what comes from the fetcher ---- */

static void
send_piece(struct passing *p, h2o_iovec_t *piece, h2o_send_state_t state)
{
	p->flying = 1;
	if (!p->started) {
		p->started = 1;
		h2o_start_response(p->req, &p->generator);
	}
	h2o_send(p->req, piece, piece == NULL ? 0 : 1, state);
}

static void
take_body(struct passing *p, struct span payload)
{
	h2o_iovec_t piece = h2o_iovec_init(payload.base, payload.len);

	if (p->conn->turn != worker.turn) {
		p->conn->turn = worker.turn;
		p->conn->sent = 0;
	}
	p->conn->sent += payload.len;
	counter_add(COUNTER_BYTES_SERVED, payload.len);
	send_piece(p, &piece, H2O_SEND_STATE_IN_PROGRESS);
}

static void
take_failure(struct passing *p, struct span payload)
{
	const char *error, *text;
	int64_t status, retry;

	if (passage_number(&payload, &status) == -1 || status < 400 ||
	    status > 599 || passage_number(&payload, &retry) == -1 ||
	    (error = passage_word(&payload)) == NULL ||
	    (text = passage_word(&payload)) == NULL) {
		lose(p);
		return;
	}
	counter_add(COUNTER_SOURCE_ERRORS, 1);
	give_up(p, (int)status, (int)retry, error, text);
}

/* One frame; 1 when the next one may be taken at once. */
static int
take_frame(struct passing *p, enum passage_kind kind, struct span payload)
{
	p->heard = clock_ms();
	if (kind == PASSAGE_FAILURE) {
		take_failure(p, payload);
	} else if (kind == PASSAGE_HEAD && !p->known) {
		p->known = 1;
		if (passing_head(p, payload) == 0)
			return 1;
		give_up(p, 502, 0, "http_protocol_error",
		    "the source's answer cannot be passed on");
	} else if (kind == PASSAGE_BODY && p->known) {
		take_body(p, payload);
	} else if (kind == PASSAGE_END && p->known) {
		hang_up(p);
		send_piece(p, NULL, H2O_SEND_STATE_FINAL);
	} else {
		lose(p);
	}
	return 0;
}

/* The next frame, if all of it is there: 1. */
static int
next_frame(struct passing *p, struct passage_frame *f)
{
	if (p->in_len - p->in_at < sizeof(*f))
		return 0;
	memcpy(f, p->in + p->in_at, sizeof(*f));
	return !passage_sound(f) ||
	    p->in_len - p->in_at >= sizeof(*f) + f->len;
}

/* Reads more of it: 1; 0 when there is none yet, -1 when none will come. */
static int
read_more(struct passing *p)
{
	ssize_t n;

	memmove(p->in, p->in + p->in_at, p->in_len - p->in_at);
	p->in_len -= p->in_at;
	p->in_at = 0;
	do
		n = read(h2o_socket_get_fd(p->sock), p->in + p->in_len,
		    sizeof(p->in) - p->in_len);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	p->in_len += (size_t)n;
	return 1;
}

static void on_readable(h2o_socket_t *, const char *);

/* Takes frames until one is in flight to the client, or none is there. */
static void
go_on(struct passing *p)
{
	struct passage_frame f;
	struct span payload;
	int got = 1;

	while (got == 1) {
		if (!next_frame(p, &f)) {
			got = read_more(p);
			continue;
		}
		if (!passage_sound(&f)) {
			lose(p);
			return;
		}
		payload = (struct span){ p->in + p->in_at + sizeof(f), f.len };
		p->in_at += sizeof(f) + f.len;
		if (!take_frame(p, (enum passage_kind)f.kind, payload))
			return;
	}
	if (got == -1)
		lose(p);
	else
		h2o_socket_read_start(p->sock, on_readable);
}

static void
on_readable(h2o_socket_t *sock, const char *err)
{
	struct passing *p = sock->data;

	(void)err;		/* reading says it again */
	h2o_socket_read_stop(sock);
	go_on(p);
}

static void
on_again(struct again *a)
{
	go_on(H2O_STRUCT_FROM_MEMBER(struct passing, again, a));
}

static void
on_proceed(h2o_generator_t *g, h2o_req_t *req)
{
	struct passing *p = (struct passing *)g;

	(void)req;
	p->flying = 0;
	p->heard = clock_ms();
	if (p->sock == NULL)
		return;
	if (p->conn->turn == worker.turn && p->conn->sent >= BUDGET) {
		p->again.run = on_again;
		again_insert(&p->again);
		return;
	}
	go_on(p);
}

static void
on_stop(h2o_generator_t *g, h2o_req_t *req)
{
	(void)req;
	counter_add(COUNTER_CLIENTS_GONE, 1);
	http2_aborted(((struct passing *)g)->conn);
}

/* ---- the way there ---- */

/* What the fetcher did not take, it will not answer; that shows in reading. */
static void
on_written(h2o_socket_t *sock, const char *err)
{
	(void)sock;
	(void)err;
}

static struct passing *
create(h2o_req_t *req, const struct conf_origin *o, const char *url)
{
	struct passing *p;

	p = h2o_mem_alloc_shared(&req->pool, sizeof(*p), on_dispose);
	memset(p, 0, offsetof(struct passing, in));
	p->generator.proceed = on_proceed;
	p->generator.stop = on_stop;
	p->req = req;
	p->conn = worker_conn(req);
	p->origin = h2o_strdup(&req->pool, o->name, SIZE_MAX).base;
	p->url = h2o_strdup(&req->pool, url, SIZE_MAX).base;
	p->heard = clock_ms();
	TAILQ_INSERT_TAIL(&passings, p, next);
	return p;
}

/* Opens the way to the fetcher. */
static int
connect_fetcher(struct passing *p)
{
	int fd = passage_open(worker.child->passages);

	if (fd == -1)
		return -1;
	p->sock = h2o_evloop_socket_create(worker.context.loop, fd,
	    H2O_SOCKET_FLAG_DONT_READ);
	p->sock->data = p;
	return 0;
}

/* The last hop that it may go over is this one. */
static void
answer_options(h2o_req_t *req, const struct request *r)
{
	req->res.status = 204;
	req->res.reason = refuse_phrase(204);
	worker_add(req, "allow", pass_allow(req, r));
	worker_add(req, "via", "1.1 reeld");
	h2o_send_inline(req, "", 0);
}

void
pass_begin(h2o_req_t *req, const struct request *r, const char *url)
{
	struct passing *p;
	h2o_iovec_t out[2];

	if (passing_hops(req) == 0) {
		answer_options(req, r);
		return;
	}
	p = create(req, r->origin, url);
	out[0] = passing_ask(p);
	out[1] = req->entity;
	if (out[0].base == NULL) {
		refuse(req, 431, 0, NULL, "the head is too large to pass");
		return;
	}
	/* HTTP/1 has its share already. */
	if (req->version >= 0x200 && content_take(req->entity.len) == 0)
		p->held = req->entity.len;
	if ((req->version >= 0x200 && p->held != req->entity.len) ||
	    connect_fetcher(p) == -1) {
		refuse(req, 503, 1, "proxy_internal_error",
		    "too many requests are on their way to sources");
		return;
	}
	h2o_socket_write(p->sock, out, out[1].len > 0 ? 2 : 1, on_written);
	h2o_socket_read_start(p->sock, on_readable);
}

/* ---- clocks ---- */

/* libh2o does not look while an answer is made; HTTP/2 says so itself. */
static int
is_gone(const struct passing *p)
{
	struct pollfd fd = { .events = POLLRDHUP };

	if (p->req->version >= 0x200)
		return 0;
	fd.fd = h2o_socket_get_fd(p->conn->sock);
	return poll(&fd, 1, 0) == 1;
}

static void
expire(struct passing *p, int64_t now)
{
	if (p->flying || p->sock == NULL)
		return;			/* conn_expire() judges its client */
	p->conn->engaged = now;
	if (is_gone(p)) {
		counter_add(COUNTER_CLIENTS_GONE, 1);
		give_up(p, 499, 0, NULL, "the client went away");
	} else if (now - p->heard >= worker.conf->wait_max) {
		give_up(p, 504, 0, "http_response_timeout",
		    "the source did not answer in time");
	}
}

void
pass_expire(int64_t now)
{
	struct passing *p, *following;

	TAILQ_FOREACH_SAFE(p, &passings, next, following)
		expire(p, now);
}

/* SPDX-License-Identifier: ISC */
/* origin_conn -- one connection, request after request; runs in the source */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/sockios.h>

#include "now.h"
#include "origin_answer.h"
#include "origin_conn.h"
#include "origin_ctl.h"
#include "origin_feed.h"

#define TURN_MAX	(1024 * 1024)	/* sent before others have a turn */
#define PACED_SNDBUF	(128 * 1024)
#define MS		INT64_C(1000000)	/* in ns */
#define FLUSH		(5000 * MS)	/* RST waits this long for the ACKs */

enum state {
	READING,	/* for a request */
	PAUSED,		/* before the head, or stalled: nothing until wake */
	SENDING,
	FLUSHING	/* until all is acknowledged, then RST */
};

struct conn {
	int			 fd, control;
	const struct options	*opt;
	enum state		 state;
	int64_t			 wake;		/* INT64_MAX: poll alone */
	int64_t			 began;		/* when this state mattered */

	char			 in[REQUEST_MAX];
	size_t			 in_len;
	size_t			 in_taken;	/* by the request at work */
	struct request		 request;
	struct path		*path;		/* NULL: control, bad request */
	struct answer		 answer;
	struct feed		 feed;
};

static struct {
	int64_t	accepted, open, peak;
} tally;

struct conn *
conn_create(int fd, int control, const struct options *opt)
{
	struct conn *c;
	int one = 1;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		err(1, "connection");
	feed_init(&c->feed);
	c->fd = fd;
	c->control = control;
	c->opt = opt;
	c->wake = INT64_MAX;
	c->answer.content.fd = -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!control) {
		tally.accepted++;
		if (++tally.open > tally.peak)
			tally.peak = tally.open;
	}
	return c;
}

static void
log_answer(const struct conn *c, const char *how)
{
	char range[128];

	if (!c->opt->verbose)
		return;
	if (!request_header(&c->request, "Range", range, sizeof(range)))
		snprintf(range, sizeof(range), "-");
	fprintf(stderr, "%s %s %s %d %" PRId64 " %" PRId64 "ms%s\n",
	    c->request.method, c->path->name, range, c->answer.status,
	    c->feed.counted, (now_ns() - c->began) / MS, how);
}

/* The answer is over; what is left of it is forgotten. */
static void
end_answer(struct conn *c, const char *how)
{
	if (c->path != NULL) {
		log_answer(c, how);
		path_leave(c->path);
	}
	c->path = NULL;
	answer_fini(&c->answer);
	memmove(c->in, c->in + c->in_taken, c->in_len - c->in_taken);
	c->in_len -= c->in_taken;
	c->in_taken = 0;
	c->state = READING;
	c->wake = INT64_MAX;
}

void
conn_destroy(struct conn *c)
{
	if (c == NULL)
		return;
	if (c->path != NULL)
		c->path->aborted++;
	end_answer(c, " aborted");
	if (!c->control)
		tally.open--;
	close(c->fd);
	feed_fini(&c->feed);
	free(c);
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}

int64_t
conn_wake(const struct conn *c)
{
	return c->wake;
}

short
conn_events(const struct conn *c)
{
	if (c->state == READING)
		return POLLIN | POLLRDHUP;
	if (c->state == SENDING && c->wake == INT64_MAX)
		return POLLOUT | POLLRDHUP;
	return POLLRDHUP;
}

static void
begin_answer(struct conn *c)
{
	int size = PACED_SNDBUF;

	if (c->path != NULL && c->answer.status > 0 && c->answer.status < 600)
		c->path->status[c->answer.status]++;
	/* A slow answer must not hide in a big buffer, a fast one may. */
	if (c->answer.rate > 0)
		setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	c->began = now_ns();
	c->wake = c->began + c->answer.delay_us * 1000;
	c->state = PAUSED;
	feed_begin(&c->feed, &c->answer, c->path, c->wake);
}

static void
answer_bad_request(struct conn *c)
{
	answer_text(&c->answer, 400, "text/plain",
	    strdup("malformed request\n"));
	c->in_taken = c->in_len;
	begin_answer(c);
}

/* Takes the next request out of the input buffer, if it is whole. */
static void
take_request(struct conn *c)
{
	int64_t n = request_parse(&c->request, c->in, c->in_len);

	if (n == -1 || (n == 0 && c->in_len == sizeof(c->in))) {
		answer_bad_request(c);
		return;
	}
	if (n == 0)
		return;
	c->in_taken = (size_t)n;
	if (c->control) {
		ctl_answer(&c->answer, &c->request);
	} else {
		c->path = path_find(c->request.path);
		path_count_request(c->path, &c->request);
		path_enter(c->path);
		answer_make(&c->answer, &c->request, c->path, c->opt->root);
	}
	begin_answer(c);
}

/* 1 when the client has gone. */
static int
read_more(struct conn *c)
{
	ssize_t n;

	n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len,
	    MSG_DONTWAIT);
	if (n == -1)
		return errno != EAGAIN && errno != EINTR;
	c->in_len += (size_t)n;
	return n == 0;
}

/* Cuts as the script says: 1 when the connection is done now. */
static int
cut(struct conn *c)
{
	int rst = c->answer.rst;

	end_answer(c, " cut");
	if (!rst)
		return 1;
	c->state = FLUSHING;
	c->began = c->wake = now_ns();
	return 0;
}

/* RST drops what is unsent, so it waits until the client has it all. */
static int
flush_then_reset(struct conn *c)
{
	struct linger hard = { 1, 0 };
	int64_t now = now_ns();
	int unsent = 0;

	if (ioctl(c->fd, SIOCOUTQ, &unsent) == 0 && unsent > 0 &&
	    now - c->began < FLUSH) {
		c->wake = now + MS;
		return 0;
	}
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	return 1;
}

/* The answer was sent: 1 when the connection goes with it. */
static int
finish_answer(struct conn *c)
{
	int close = c->answer.close;

	end_answer(c, "");
	if (!close)
		take_request(c);	/* a pipelined one */
	return close;
}

/* Sends until the socket is full, the feed has nothing, or others want a
 * turn: 1 when the connection is done. */
static int
send_more(struct conn *c)
{
	struct feed *f = &c->feed;
	size_t turn = 0;
	ssize_t n;

	c->wake = INT64_MAX;
	for (;;) {
		switch (feed_next(f)) {
		case FEED_BYTES:
			break;
		case FEED_STALL:
			c->state = PAUSED;
			/* FALLTHROUGH */
		case FEED_WAIT:
			c->wake = f->wake;
			return 0;
		case FEED_CUT:
			return cut(c);
		case FEED_END:
			return finish_answer(c);
		}
		/* Only here, so that an end is seen in the turn it comes. */
		if (turn >= TURN_MAX)
			return 0;
		n = send(c->fd, f->buf + f->sent, f->len - f->sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			return 1;
		if (n == -1) {
			feed_blocked(f);
			return 0;
		}
		feed_took(f, (size_t)n);
		turn += (size_t)n;
	}
}

int
conn_step(struct conn *c, short revents)
{
	if (c->state == READING) {
		if (revents == 0)
			return 0;
		if (read_more(c))
			return 1;
		take_request(c);
		if (c->state == READING)
			return 0;
	} else if ((revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
		return 1;
	else if (revents == 0 && now_ns() < c->wake)
		return 0;
	if (c->state == FLUSHING)
		return flush_then_reset(c);
	if (now_ns() < c->wake && c->state == PAUSED)
		return 0;
	if (c->answer.status == 0)	/* hangup=1 */
		return cut(c);
	c->state = SENDING;
	return send_more(c);
}

json_t *
conn_stats(void)
{
	return json_pack("{sI sI sI}",
	    "connections", (json_int_t)tally.accepted,
	    "open", (json_int_t)tally.open,
	    "peak", (json_int_t)tally.peak);
}

void
conn_reset(void)
{
	tally.accepted = 0;
	tally.peak = tally.open;
}

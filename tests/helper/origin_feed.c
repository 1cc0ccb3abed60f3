/* SPDX-License-Identifier: ISC */
/* origin_feed -- an answer as bytes, paced and counted; runs in the source */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "now.h"
#include "origin_feed.h"

#define BUF_MAX		(128 * 1024)
#define FRAME_MAX	64		/* chunk size line and CRLF */

#define MS		INT64_C(1000000)	/* in ns */
#define SECOND		(1000 * MS)
#define TICK		(4 * MS)	/* a paced answer sends this often */
#define SLICE		(10 * MS)	/* and never more than this at once */
#define LATE		(100 * MS)	/* what a busy machine may make up */

void
feed_init(struct feed *f)
{
	memset(f, 0, sizeof(*f));
	if ((f->buf = malloc(BUF_MAX + FRAME_MAX)) == NULL)
		err(1, "output buffer");
}

void
feed_fini(struct feed *f)
{
	free(f->buf);
	f->buf = NULL;
}

void
feed_begin(struct feed *f, const struct answer *a, struct path *path,
    int64_t start)
{
	char *buf = f->buf;

	memset(f, 0, sizeof(*f));
	f->buf = buf;
	f->a = a;
	f->path = path;
	/* One tick is there to be spent: the first bytes do not wait. */
	f->paid = start - TICK;
}

/* Content bytes that the pace allows now; 0 before `wake`. */
static int64_t
pace_allows(struct feed *f)
{
	int64_t rate = f->a->rate, now, due;
	__int128 n;

	if (rate <= 0)
		return INT64_MAX;
	now = now_ns();
	/* A reader that would not take its bytes has no claim to a burst; a
	 * late turn of ours is made up for. */
	due = now - (f->full ? SLICE : LATE);
	f->full = 0;
	if (f->paid < due)
		f->paid = due;
	due = f->paid + (TICK > SECOND / rate ? TICK : SECOND / rate);
	if (now < due) {
		f->wake = due;
		return 0;
	}
	due = now - f->paid > SLICE ? SLICE : now - f->paid;
	n = (__int128)due * rate / SECOND;
	return n > 0 ? (int64_t)n : 1;
}

static void
pace_pay(struct feed *f, int64_t n)
{
	if (f->a->rate > 0)
		f->paid += (int64_t)((__int128)n * SECOND / f->a->rate);
}

/* A mishap of a kind that comes at most `limit` times (0: always) and has
 * come `done` times. */
static int
is_armed(int64_t limit, int64_t done)
{
	return limit == 0 || done < limit;
}

/* How far content may go before the next mishap: *room is cut down to it, or
 * it is now. */
static enum feed_next
meet_mishap(struct feed *f, int64_t *room)
{
	const struct answer *a = f->a;
	struct path *p = f->path;
	int64_t left;

	if (p == NULL)
		return FEED_BYTES;
	if (a->cut_at != 0 && now_us() >= a->cut_at) {
		p->cuts++;
		return FEED_CUT;
	}
	if (is_armed(a->cut_limit, p->cuts)) {
		if ((left = a->cut_after - f->content) <= 0) {
			p->cuts++;
			return FEED_CUT;
		}
		*room = left < *room ? left : *room;
	}
	if (!f->stalled && is_armed(a->stall_limit, p->stalls)) {
		if ((left = a->stall_after - f->content) <= 0) {
			p->stalls++;
			f->stalled = 1;
			f->wake = a->stall_us > 0 ?
			    now_ns() + a->stall_us * 1000 : INT64_MAX;
			return FEED_STALL;
		}
		*room = left < *room ? left : *room;
	}
	return FEED_BYTES;
}

static enum feed_next
next_of_head(struct feed *f)
{
	size_t n = f->a->head_len - f->head;

	if (f->a->dribble_us > 0) {
		if (f->head > 0 && now_ns() < f->paid) {
			f->wake = f->paid;
			return FEED_WAIT;
		}
		n = 1;
		f->paid = now_ns() + f->a->dribble_us * 1000;
	}
	memcpy(f->buf, f->a->head + f->head, n);
	f->head += n;
	f->len = n;
	return FEED_BYTES;
}

static enum feed_next
next_of_end(struct feed *f)
{
	if (!f->a->chunked || f->last_chunk)
		return FEED_END;
	f->last_chunk = 1;
	f->len = (size_t)snprintf(f->buf, BUF_MAX, "0\r\n%s\r\n",
	    f->a->trailers ? "X-Trailer: end\r\n" : "");
	return FEED_BYTES;
}

/* `n` bytes of piece `p` into buf, as a chunk if need be. */
static void
put_piece(struct feed *f, const struct piece *p, size_t n)
{
	if (f->a->chunked)
		f->len = (size_t)snprintf(f->buf, FRAME_MAX, "%zx\r\n", n);
	if (p->text != NULL) {
		memcpy(f->buf + f->len, p->text + f->piece_at, n);
	} else {
		f->from = p->from + f->piece_at;
		content_read(&f->a->content, f->from, f->buf + f->len, n);
		f->body = f->len;
		f->body_end = f->len + n;
		f->content += (int64_t)n;
		pace_pay(f, (int64_t)n);
	}
	f->len += n;
	if (f->a->chunked) {
		memcpy(f->buf + f->len, "\r\n", 2);
		f->len += 2;
	}
	f->piece_at += (int64_t)n;
}

/* The piece that has bytes left, or NULL. */
static const struct piece *
current_piece(struct feed *f)
{
	const struct piece *p = &f->a->piece[f->piece];

	for (; f->piece < f->a->pieces; f->piece++, p++) {
		if (p->to - p->from > f->piece_at)
			return p;
		f->piece_at = 0;
	}
	return NULL;
}

enum feed_next
feed_next(struct feed *f)
{
	const struct piece *p;
	int64_t room = BUF_MAX, left;
	enum feed_next next;

	if (f->sent < f->len)
		return FEED_BYTES;
	f->sent = f->len = f->body = f->body_end = 0;
	if (f->head < f->a->head_len)
		return next_of_head(f);
	/* A cut at the very end still is one. */
	if ((next = meet_mishap(f, &room)) != FEED_BYTES)
		return next;
	if ((p = current_piece(f)) == NULL)
		return next_of_end(f);
	left = p->to - p->from - f->piece_at;
	room = left < room ? left : room;
	if (p->text == NULL) {
		if ((left = pace_allows(f)) == 0)
			return FEED_WAIT;
		room = left < room ? left : room;
	}
	put_piece(f, p, (size_t)room);
	return FEED_BYTES;
}

void
feed_took(struct feed *f, size_t n)
{
	size_t from = f->sent > f->body ? f->sent : f->body;
	size_t to = f->sent + n < f->body_end ? f->sent + n : f->body_end;

	f->sent += n;
	if (to <= from || f->path == NULL)
		return;
	f->counted += (int64_t)(to - from);
	path_count_sent(f->path, f->from + (int64_t)(from - f->body),
	    f->from + (int64_t)(to - f->body));
}

void
feed_blocked(struct feed *f)
{
	f->full = 1;
}

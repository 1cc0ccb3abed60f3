/* SPDX-License-Identifier: ISC */
/* deliver -- sends published bytes straight from the arena; worker */
#include "config.h"

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/spool.h"
#include "conn.h"
#include "reader.h"
#include "reader_row.h"
#include "use.h"

#define PIECE		(1u << 20)	/* bytes in one h2o_send() */
#define PIECE_TLS	(64u << 10)	/* HTTP/1 over TLS is encrypted whole */
#define BUDGET		(1u << 20)	/* of a connection in one loop turn, */
#define BUDGET_SHARED	(512u << 10)	/* ... and beside several others */
#define SEVERAL		2
#define RATE_MS		500		/* between two samples of the rate */
#define RATE_BYTES	(8u << 20)	/* ... or sooner, after so much */

/* ---- where the bytes are ---- */

/* Pins the segment of `position`; -1 when it is not in the arena. */
static int
enter(struct reader *r, uint64_t position)
{
	uint32_t number = (uint32_t)(position / arena_segment_size());

	if (r->segment.id != 0 && r->number == number)
		return 0;
	segment_unpin(&r->segment);
	r->number = number;
	if (segment_find(r->object, number, &r->segment) == -1)
		return -1;
	segment_touch(r->segment);
	/* The next one is wanted soon. */
	if (spool_is_away(r->object, number + 1))
		spool_ring();
	return 0;
}

/* Bytes that can be sent from `position` on, of at most `want`. */
static uint32_t
ready_at(struct reader *r, uint64_t position, uint64_t want)
{
	uint32_t offset = (uint32_t)(position % arena_segment_size());
	uint32_t rest = arena_segment_size() - offset;

	if (enter(r, position) == -1)
		return 0;
	return segment_ready(r->segment, offset, want < rest ?
	    (uint32_t)want : rest);
}

/* Where the body ends: for an object without a size, where it turned out to. */
static uint64_t
part_end(struct reader *r, const struct part *p)
{
	int64_t size;

	if (!r->endless)
		return p->to;
	object_state(r->object, &size);
	return size >= 0 ? (uint64_t)size : UINT64_MAX;
}

/* What the row says of the part we are in. */
static int
note_row(struct reader *r, int waiting)
{
	if (r->part < r->nparts && r->parts[r->part].text.base == NULL)
		r->state.end = r->parts[r->part].to;
	return reader_row(r, r->position, waiting);
}

/* ---- waiting ---- */

/* What the object is was found out, or it is another's meanwhile. */
static int
was_answered(const struct reader *r)
{
	struct object_info info;

	object_info(r->object, &info);
	if (r->phase == READER_CHECKING)
		return use_has_lost(r, &info) || use_was_asked(r);
	return use_has_lost(r, &info) || info.state != OBJECT_ASKING ||
	    (use_wants_stored(r) && use_was_looked_up(r));
}

/* Announces first, looks then: what comes in between rings. */
int
deliver_can_go_on(struct reader *r)
{
	struct segment_ref before;

	object_wait(r->object);
	if (r->phase != READER_SENDING)
		return was_answered(r);
	do {
		if (r->segment.id != 0 || segment_obtain(r->object, r->number,
		    SEGMENT_EVICT, &r->segment) == 0)
			segment_wait(r->segment);
		else
			arena_wait_room();
		before = r->segment;
		if (ready_at(r, r->position, 1) > 0 ||
		    r->position >= part_end(r, &r->parts[r->part]))
			return 1;
		/* Somebody else may have linked it meanwhile. */
	} while (r->segment.id != before.id);
	return 0;
}

/* Announces, looks again, parks.  1 when there is something after all. */
static int
wait_here(struct reader *r)
{
	struct object_info info;

	if (note_row(r, 1) == -1) {
		reader_cut(r);
		return 0;
	}
	if (deliver_can_go_on(r))
		return 1;
	/* A past object gets nothing more; what it had was sent. */
	object_info(r->object, &info);
	if (info.past)
		reader_start_over(r);
	else if (r->gone)
		reader_cut(r);
	else
		reader_park(r);
	return 0;
}

/* ---- sending ---- */

static int
is_http2(const struct reader *r)
{
	return r->req->version >= 0x200;
}

/* What may go into one h2o_send(); 0: this turn's budget is used up. */
static uint32_t
allowance(struct reader *r)
{
	h2o_socket_t *sock;
	uint32_t budget;

	if (is_http2(r))
		return PIECE;		/* libh2o is fair among streams */
	if (r->conn->turn != worker.turn) {
		r->conn->turn = worker.turn;
		r->conn->sent = 0;
		worker.senders++;
	}
	budget = worker.senders_before > SEVERAL ? BUDGET_SHARED : BUDGET;
	if (r->conn->sent >= budget)
		return 0;
	sock = r->req->conn->callbacks->get_socket(r->req->conn);
	return sock->ssl != NULL ? PIECE_TLS : budget < PIECE ? budget : PIECE;
}

static void
note_sent(struct reader *r, size_t n)
{
	int64_t now = clock_ms();

	r->conn->sent += n;
	r->sent += n;
	counter_add(COUNTER_BYTES_SERVED, n);
	if (now - r->rated < RATE_MS && (now == r->rated ||
	    r->sent - r->rated_bytes < RATE_BYTES))
		return;
	r->state.rate = (r->sent - r->rated_bytes) * 1000 /
	    (uint64_t)(now - r->rated);
	r->rated = now;
	r->rated_bytes = r->sent;
	conn_tune(r->conn, r->state.rate);
}

static void
next_part(struct reader *r)
{
	r->part++;
	if (r->part < r->nparts)
		r->position = r->parts[r->part].from;
}

/* The next stretch of the body, of at most `max` bytes; empty: not there. */
static h2o_iovec_t
next_piece(struct reader *r, uint32_t max)
{
	struct part *p = &r->parts[r->part];
	h2o_iovec_t piece = { NULL, 0 };
	uint64_t end;
	uint32_t n;

	if (p->text.base != NULL) {
		piece = p->text;
		next_part(r);
		return piece;
	}
	end = part_end(r, p);
	n = ready_at(r, r->position, end - r->position < max ?
	    end - r->position : max);
	if (n == 0)
		return piece;
	piece.base = (char *)(uintptr_t)segment_bytes(r->segment) +
	    r->position % arena_segment_size();
	piece.len = n;
	r->position += n;
	/* The end may have become known since. */
	if (r->position >= part_end(r, p))
		next_part(r);
	return piece;
}

/* The row follows the playhead; a request that one pinned segment serves
 * needs none. */
static void
follow(struct reader *r)
{
	if (r->row != -1 || r->part < r->nparts)
		note_row(r, 0);
}

/* The head goes out with the first bytes: until then an error can still be
 * told as one. */
static void
hand_over(struct reader *r, h2o_iovec_t *piece, size_t n,
    h2o_send_state_t state)
{
	r->progress = clock_ms();
	if (!r->started) {
		r->started = 1;
		h2o_start_response(r->req, &r->generator);
	}
	h2o_send(r->req, piece, n, state);
}

void
deliver(struct reader *r)
{
	h2o_iovec_t piece;
	uint32_t max;

	while (r->part < r->nparts && r->parts[r->part].text.base == NULL &&
	    r->position >= part_end(r, &r->parts[r->part]))
		next_part(r);
	if (r->part == r->nparts) {
		hand_over(r, NULL, 0, H2O_SEND_STATE_FINAL);
		return;
	}
	if ((max = allowance(r)) == 0) {
		reader_yield(r);
		return;
	}
	piece = next_piece(r, max);
	if (piece.len == 0) {
		if (!wait_here(r))
			return;
		piece = next_piece(r, max);
		if (piece.len == 0) {		/* only its end was news */
			deliver(r);
			return;
		}
	}
	note_sent(r, piece.len);
	follow(r);
	hand_over(r, &piece, 1, r->part == r->nparts ?
	    H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

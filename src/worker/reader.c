/* SPDX-License-Identifier: ISC */
/* reader -- one request for an object; worker */
#include "config.h"

#include <string.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/spool.h"
#include "client.h"
#include "http2.h"
#include "passed.h"
#include "reader.h"
#include "reader_row.h"
#include "recheck.h"
#include "refuse.h"
#include "use.h"
#include "watch.h"

struct readers readers = TAILQ_HEAD_INITIALIZER(readers);
/* Where readers_each() goes on. */
static struct reader *cursor;

void
readers_each(void (*visit)(struct reader *, int64_t now), int64_t now)
{
	struct reader *r;

	for (r = TAILQ_FIRST(&readers); r != NULL; r = cursor) {
		cursor = TAILQ_NEXT(r, next);
		visit(r, now);
	}
}

/* ---- begin and end ---- */

/* The request's pool is going: runs once, however the request ended. */
static void
on_dispose(void *arg)
{
	struct reader *r = arg;

	if (cursor == r)
		cursor = TAILQ_NEXT(r, next);
	again_remove(&r->again);
	if (r->watched)
		watch_remove(r);
	if (r->row != -1)
		row_close(r->row);
	segment_unpin(&r->segment);
	object_unpin(&r->object);
	/* A pull that nobody needs any more is noticed at once. */
	if (r->row != -1)
		arena_ring_fetcher();
	TAILQ_REMOVE(&readers, r, next);
}

static void
on_again(struct again *a)
{
	deliver(H2O_STRUCT_FROM_MEMBER(struct reader, again, a));
}

void
reader_yield(struct reader *r)
{
	r->again.run = on_again;
	again_insert(&r->again);
}

static void
on_proceed(h2o_generator_t *g, h2o_req_t *req)
{
	(void)req;
	deliver((struct reader *)g);
}

static void
on_stop(h2o_generator_t *g, h2o_req_t *req)
{
	(void)req;
	counter_add(COUNTER_CLIENTS_GONE, 1);
	http2_aborted(((struct reader *)g)->conn);
}

static struct reader *
create(h2o_req_t *req, const struct conf_origin *origin, const char *url,
    const char *fields)
{
	struct reader *r;

	r = h2o_mem_alloc_shared(&req->pool, sizeof(*r), on_dispose);
	memset(r, 0, sizeof(*r));
	r->generator.proceed = on_proceed;
	r->generator.stop = on_stop;
	r->req = req;
	r->conn = worker_conn(req);
	r->origin = h2o_strdup(&req->pool, origin->name, SIZE_MAX).base;
	r->url = h2o_strdup(&req->pool, url, SIZE_MAX).base;
	r->type = origin->type;
	r->fields = h2o_strdup(&req->pool, fields, SIZE_MAX).base;
	r->vary = passed_names(&req->pool, origin);
	r->row = -1;
	r->is_head = h2o_memis(req->method.base, req->method.len,
	    H2O_STRLIT("HEAD"));
	r->rated = clock_ms();
	use_note(r);
	memcpy(r->state.address, client_of(req)->address,
	    sizeof(r->state.address));
	TAILQ_INSERT_TAIL(&readers, r, next);
	return r;
}

/* ---- waiting ---- */

void
reader_park(struct reader *r)
{
	if (r->parked)
		return;
	r->parked = 1;
	r->waiting_since = clock_ms();
	counter_add(COUNTER_WAITS, 1);
	if (!r->watched)
		watch_add(r);
	reader_ring(r);
}

void
reader_unpark(struct reader *r)
{
	r->parked = 0;
}

void
reader_cut(struct reader *r)
{
	reader_unpark(r);
	counter_add(COUNTER_CLIENTS_CUT, 1);
	r->req->http1_is_persistent = 0;
	if (r->started)
		h2o_send(r->req, NULL, 0, H2O_SEND_STATE_ERROR);
	else
		refuse_instead(r->req, 503, 1, "proxy_internal_error",
		    "the request cannot be served now");
}

void
reader_lost(struct reader *r)
{
	r->gone = 1;
	if (!r->parked)
		return;		/* proceed() or stop() will see it */
	counter_add(COUNTER_CLIENTS_GONE, 1);
	reader_unpark(r);
	r->req->http1_is_persistent = 0;
	if (r->started)
		h2o_send(r->req, NULL, 0, H2O_SEND_STATE_ERROR);
	else
		refuse_instead(r->req, 499, 0, NULL,
		    "the client went away");
}

/* ---- until the object is known ---- */

static void start(struct reader *);

/* Finds or inserts the object of the request.  What its source says from now on
 * counts as said for it.  -1: an answer was given. */
static int
obtain(struct reader *r)
{
	struct object_info info;

	if (object_obtain_for(r->key, r->origin, r->url, r->fields, &r->object,
	    &r->created) == -1) {
		refuse(r->req, 503, 1, "proxy_internal_error",
		    "no room for another object");
		return -1;
	}
	object_touch(r->object);
	object_info(r->object, &info);
	r->state.answers = r->created ? 0 : info.answers;
	return 0;
}

/* Where pulling should begin while nobody knows the size. */
static uint64_t
first_wish(struct reader *r, uint64_t *end)
{
	h2o_iovec_t range = worker_header(r->req, "range");
	struct range_wish wish;

	range_first(range.base, range.len, &wish);
	*end = UINT64_MAX;
	if (r->is_head || wish.kind == RANGE_WISH_SUFFIX) {
		*end = 1;		/* only to learn the size */
		return 0;
	}
	if (wish.kind == RANGE_WISH_NONE)
		return 0;
	if (wish.kind == RANGE_WISH_FROM && wish.last != RANGE_OPEN)
		*end = wish.last + 1;
	return wish.first;
}

static void
wait_for_answer(struct reader *r, enum reader_phase phase)
{
	uint64_t position = first_wish(r, &r->state.end);

	r->phase = phase;
	r->asked |= phase == READER_CHECKING;
	r->state.flags = (r->is_head ? ROW_HEAD : 0u) |
	    (phase == READER_CHECKING ? ROW_CHECK : 0u);
	if (reader_row(r, position, 1) == -1) {
		refuse(r->req, 503, 1, "proxy_internal_error",
		    "too many requests wait");
		return;
	}
	if (deliver_can_go_on(r))		/* announces, looks again */
		start(r);
	else
		reader_park(r);
}

static void
fail(struct reader *r)
{
	struct object_failure f;

	object_failure(r->object, &f);
	counter_add(COUNTER_SOURCE_ERRORS, 1);
	reader_give_row(r);
	refuse_failure(r->req, &f);
}

/* only-if-cached: the catalogue may know it; no source is asked. */
static void
wait_for_catalogue(struct reader *r)
{
	r->phase = READER_ASKING;
	if (use_was_looked_up(r))
		use_refuse(r);
	else if (deliver_can_go_on(r))
		start(r);
	else
		reader_park(r);
}

static void
serve(struct reader *r)
{
	switch (use_decide(r)) {
	case CACHING_SERVE_ASKING:
		recheck_start(r->object);
		/* FALLTHROUGH */
	case CACHING_SERVE:
		respond(r);
		break;
	case CACHING_ASK:
		wait_for_answer(r, READER_CHECKING);
		break;
	case CACHING_ERROR:
		fail(r);
		break;
	case CACHING_TIMEOUT:
		use_refuse(r);
		break;
	}
}

static void
start(struct reader *r)
{
	struct object_info info;
	int64_t size;

	object_info(r->object, &info);
	if (use_has_lost(r, &info) && r->phase != READER_SENDING) {
		if (info.pass)
			use_alone(r);
		object_unpin(&r->object);
		if (obtain(r) == -1)
			return;
		r->state.answers = 0;	/* it is newer than the request */
	}
	switch (object_state(r->object, &size)) {
	case OBJECT_ASKING:
		if (use_wants_stored(r))
			wait_for_catalogue(r);
		else
			wait_for_answer(r, READER_ASKING);
		break;
	case OBJECT_FAILED:
		fail(r);
		break;
	case OBJECT_KNOWN:
		if (r->alone && !info.purged)
			spool_purge(r->object);
		serve(r);
		break;
	}
}

void
reader_start_over(struct reader *r)
{
	if (r->started) {
		reader_cut(r);		/* no bytes of two generations */
		return;
	}
	reader_unpark(r);
	refuse_forget(r->req);
	segment_unpin(&r->segment);
	r->phase = READER_ASKING;
	r->endless = 0;
	start(r);
}

void
reader_begin(h2o_req_t *req, const struct conf_origin *origin,
    const uint8_t key[HASH_LEN], const char *url, const char *fields)
{
	struct reader *r = create(req, origin, url, fields);

	memcpy(r->key, key, HASH_LEN);
	if (obtain(r) == 0)
		start(r);
}

void
reader_ask_size(h2o_req_t *req, const struct conf_origin *origin,
    const uint8_t key[HASH_LEN], const char *url)
{
	struct reader *r = create(req, origin, url, "");

	memcpy(r->key, key, HASH_LEN);
	r->is_head = r->asks_size = 1;
	if (obtain(r) == 0)
		start(r);
}

/* ---- bells ---- */

/* What a parked reader waits for cannot come: tells it so, or cuts it. */
static void
end_hopeless(struct reader *r)
{
	struct object_info info;

	if (r->phase != READER_SENDING)
		return;
	object_info(r->object, &info);
	if (info.past) {
		reader_start_over(r);
	} else if (!reader_waits_for_disk(r) &&
	    object_broken(r->object, r->position, r->state.since)) {
		if (r->started) {
			counter_add(COUNTER_SOURCE_ERRORS, 1);
			reader_cut(r);
		} else {
			reader_unpark(r);
			fail(r);
		}
	}
}

static void
look(struct reader *r, int64_t now)
{
	(void)now;
	if (!r->parked)
		return;
	if (!deliver_can_go_on(r)) {
		end_hopeless(r);
		return;
	}
	reader_unpark(r);
	if (r->phase == READER_SENDING)
		deliver(r);
	else
		start(r);
}

void
reader_look_all(void)
{
	readers_each(look, 0);
}

static void
look_for_room(struct reader *r, int64_t now)
{
	if (r->phase == READER_SENDING && r->segment.id == 0)
		look(r, now);
}

void
reader_look_roomless(void)
{
	readers_each(look_for_room, 0);
}

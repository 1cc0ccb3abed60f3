/* SPDX-License-Identifier: ISC */
/* respond -- the head of the answer, and the plan of its body; worker */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/condition.h"
#include "reeld/content_range.h"
#include "reeld/counter.h"
#include "reeld/date.h"
#include "reeld/spool.h"
#include "beam.h"
#include "reader.h"
#include "refuse.h"
#include "use.h"

#define LOOKED_AT	256	/* segments, to tell a hit from a join */

static struct span
span_from(h2o_iovec_t v)
{
	return (struct span){ v.base, v.len };
}

/* ---- hit, join or miss ---- */

/* Whether `want` bytes of a segment are there, in memory or on disk. */
static int
is_there(struct reader *r, uint32_t number, uint32_t offset, uint32_t want)
{
	struct segment_ref seg;
	int there;

	if (spool_loads() && spool_is_away(r->object, number))
		return 1;
	if (segment_find(r->object, number, &seg) == -1)
		return 0;
	there = segment_ready(seg, offset, want) == want;
	segment_unpin(&seg);
	return there;
}

static int
all_there(struct reader *r, uint64_t from, uint64_t to)
{
	uint32_t ss = arena_segment_size(), offset, want;
	unsigned looked = 0;

	while (from < to) {
		offset = (uint32_t)(from % ss);
		want = to - from < ss - offset ? (uint32_t)(to - from) :
		    ss - offset;
		if (looked++ == LOOKED_AT ||
		    !is_there(r, (uint32_t)(from / ss), offset, want))
			return 0;
		from += want;
	}
	return 1;
}

/* Whether this request began the object, and not from the catalogue. */
static int
is_miss(const struct reader *r)
{
	struct object_info info;

	if (!r->created)
		return 0;
	object_info(r->object, &info);
	/* A source that was asked as well may come too late, or not at all. */
	return (info.pulls > 0 && info.answers > 0) ||
	    spool_count(r->object) == 0;
}

/* Whether every byte of the body is. */
static int
is_whole(struct reader *r)
{
	size_t i;

	for (i = 0; i < r->nparts; i++)
		if (r->parts[i].text.base == NULL && (r->endless ||
		    !all_there(r, r->parts[i].from, r->parts[i].to)))
			return 0;
	return 1;
}

/* RFC 9211, 2: whether the source was asked, and why. */
static void
print_status(const struct reader *r, const struct object_info *info,
    const char *stored, char *text, size_t len)
{
	long long left = info->fresh.fresh_until - clock_wall();
	const char *why = !r->asked ? "miss" : r->was_fresh ? "request" :
	    "stale";

	if (stored != NULL)
		snprintf(text, len, "reeld; fwd=%s%s", why, stored);
	else if (r->asked)
		snprintf(text, len, "reeld; fwd=%s; ttl=%lld", why, left);
	else
		snprintf(text, len, "reeld; hit; ttl=%lld", left);
}

static void
add_cache_status(struct reader *r)
{
	const char *cache = "FOLLOW", *stored = "; collapsed";
	struct object_info info;
	char status[64];

	object_info(r->object, &info);
	if (info.pass) {
		cache = "PASS";
		stored = "";
		counter_add(COUNTER_PASSES, 1);
	} else if (is_miss(r)) {
		cache = "MISS";
		stored = "; stored";
		counter_add(COUNTER_MISSES, 1);
	} else if (is_whole(r)) {
		cache = "HIT";
		stored = NULL;
		counter_add(COUNTER_HITS, 1);
	} else {
		counter_add(COUNTER_JOINS, 1);
	}
	print_status(r, &info, stored, status, sizeof(status));
	worker_add(r->req, "x-cache", cache);
	worker_add(r->req, "cache-status", status);
}

/* ---- headers ---- */

static void
add_number(h2o_req_t *req, const char *name, int64_t n)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%lld", (long long)n);
	worker_add(req, name, buf);
}

static void
add_common(struct reader *r, const struct object_answer *a)
{
	struct object_info info;
	char date[DATE_LEN + 1];
	int64_t age;

	object_info(r->object, &info);
	age = clock_wall() - info.fresh.born;
	worker_add(r->req, "etag", a->etag);
	if (a->mtime >= 0) {
		date_print(a->mtime, date);
		worker_add(r->req, "last-modified", date);
	}
	add_number(r->req, "age", age > 0 ? age : 0);
	if (a->control[0] != '\0')
		worker_add(r->req, "cache-control", a->control);
	if (r->vary != NULL)
		worker_add(r->req, "vary", r->vary);
	worker_add(r->req, "via", "1.1 reeld");
	if (r->type == CONF_BEAM)
		worker_add(r->req, "cache-control", BEAM_CACHE_CONTROL);
}

/* A whole object of unknown length has no ranges to offer. */
static void
add_ranges(struct reader *r, const struct object_answer *a)
{
	worker_add(r->req, "accept-ranges", a->size >= 0 ? "bytes" : "none");
}

/* ---- bodies ---- */

static struct part *
new_parts(struct reader *r, size_t n)
{
	r->parts = h2o_mem_alloc_pool(&r->req->pool, n * sizeof(*r->parts));
	memset(r->parts, 0, n * sizeof(*r->parts));
	return r->parts;
}

static void
one_part(struct reader *r, uint64_t from, uint64_t to)
{
	new_parts(r, 1);
	r->parts[0].from = from;
	r->parts[0].to = to;
	r->nparts = from < to ? 1 : 0;
}

/* multipart/byteranges (RFC 9110, 14.6); returns the length of the body. */
static uint64_t
many_parts(struct reader *r, const struct range *ranges, size_t n,
    const struct object_answer *a)
{
	struct content_range cr = { CONTENT_RANGE_PART, 0, 0, a->size };
	char boundary[24], type[64], value[CONTENT_RANGE_LEN], *text;
	uint64_t length = 0;
	size_t i;

	snprintf(boundary, sizeof(boundary), "reeld%08x%08x", arc4random(),
	    arc4random());
	snprintf(type, sizeof(type), "multipart/byteranges; boundary=%s",
	    boundary);
	worker_add(r->req, "content-type", type);
	new_parts(r, 2 * n + 1);
	for (i = 0; i <= n; i++) {
		text = h2o_mem_alloc_pool(&r->req->pool, 384);
		if (i < n) {
			cr.first = ranges[i].first;
			cr.last = ranges[i].last;
			content_range_print(&cr, value, sizeof(value));
			snprintf(text, 384, "%s--%s\r\nContent-Type: %s\r\n"
			    "Content-Range: %s\r\n\r\n", i == 0 ? "" : "\r\n",
			    boundary, a->type, value);
		} else {
			snprintf(text, 384, "\r\n--%s--\r\n", boundary);
		}
		r->parts[2 * i].text = h2o_iovec_init(text, strlen(text));
		/* The playhead stays where the bytes around it are. */
		r->parts[2 * i].from = i < n ? ranges[i].first :
		    ranges[n - 1].last + 1;
		length += strlen(text);
		if (i == n)
			break;
		r->parts[2 * i + 1].from = ranges[i].first;
		r->parts[2 * i + 1].to = ranges[i].last + 1;
		length += ranges[i].last - ranges[i].first + 1;
	}
	r->nparts = 2 * n + 1;
	return length;
}

/* ---- the answer ---- */

static void
begin_body(struct reader *r)
{
	r->phase = READER_SENDING;
	r->part = 0;
	r->state.flags = 0;
	r->state.waiting = 0;
	if (r->is_head || r->nparts == 0) {
		r->part = r->nparts;
		if (r->row != -1) {
			row_close(r->row);
			r->row = -1;
			arena_ring_fetcher();
		}
		deliver(r);
		return;
	}
	r->position = r->parts[0].from;
	if (r->row != -1)
		r->state.start = r->nparts > 1 ? r->parts[1].from :
		    r->position;
	deliver(r);
}

static void
whole(struct reader *r, const struct object_answer *a)
{
	r->req->res.status = 200;
	r->req->res.reason = refuse_phrase(200);
	worker_add(r->req, "content-type", a->type);
	one_part(r, 0, a->size >= 0 ? (uint64_t)a->size : UINT64_MAX);
	r->endless = a->size < 0;
	/* Only its end tells the end of the body. */
	if (r->endless && r->req->version < 0x101)
		r->req->http1_is_persistent = 0;
	if (a->size >= 0)
		r->req->res.content_length = (size_t)a->size;
}

static void
partial(struct reader *r, const struct range *ranges, size_t n,
    const struct object_answer *a)
{
	struct content_range cr = { CONTENT_RANGE_PART, ranges[0].first,
		ranges[0].last, a->size };
	char value[CONTENT_RANGE_LEN];

	r->req->res.status = 206;
	r->req->res.reason = refuse_phrase(206);
	if (n > 1) {
		r->req->res.content_length = many_parts(r, ranges, n, a);
		return;
	}
	content_range_print(&cr, value, sizeof(value));
	worker_add(r->req, "content-type", a->type);
	worker_add(r->req, "content-range", value);
	one_part(r, ranges[0].first, ranges[0].last + 1);
	r->req->res.content_length = ranges[0].last - ranges[0].first + 1;
}

static void
unsatisfiable(struct reader *r, const struct object_answer *a)
{
	struct content_range cr = { CONTENT_RANGE_UNSATISFIED, 0, 0, a->size };
	char value[CONTENT_RANGE_LEN], text[96];

	content_range_print(&cr, value, sizeof(value));
	worker_add(r->req, "content-range", value);
	worker_add(r->req, "accept-ranges", "bytes");
	worker_add(r->req, "etag", a->etag);
	snprintf(text, sizeof(text), "the object has %lld bytes",
	    (long long)a->size);
	refuse(r->req, 416, 0, NULL, text);
}

/* 304 and 412: the head alone.  1 when the request was answered so. */
static int
conditional(struct reader *r, const struct object_answer *a)
{
	struct condition c = {
		.if_match = span_from(worker_header(r->req, "if-match")),
		.if_none_match = span_from(worker_header(r->req,
		    "if-none-match")),
		.if_modified_since = span_from(worker_header(r->req,
		    "if-modified-since")),
		.if_unmodified_since = span_from(worker_header(r->req,
		    "if-unmodified-since")),
		.now = clock_wall(),
	};

	switch (condition_check(&c, a->etag, a->mtime, 1)) {
	case CONDITION_PASS:
		return 0;
	case CONDITION_FAILED:
		worker_add(r->req, "etag", a->etag);
		refuse(r->req, 412, 0, NULL, "the object is another one now");
		return 1;
	case CONDITION_NOT_MODIFIED:
		break;
	}
	r->req->res.status = 304;
	r->req->res.reason = refuse_phrase(304);
	add_common(r, a);
	one_part(r, 0, 0);
	add_cache_status(r);
	begin_body(r);
	return 1;
}

void
respond(struct reader *r)
{
	h2o_iovec_t value = worker_header(r->req, "range");
	h2o_iovec_t if_range = worker_header(r->req, "if-range");
	struct range ranges[RANGE_MAX];
	struct object_answer a;
	enum range_verdict verdict = RANGE_NONE;
	size_t n = 0;

	if (object_answer(r->object, &a) == -1) {
		refuse(r->req, 503, 1, "proxy_internal_error",
		    "the object is not known");
		return;
	}
	if (r->asks_size) {
		beam_size(r, a.size);
		return;
	}
	if (r->type == CONF_BEAM)
		beam_type(r, &a);
	if (conditional(r, &a))
		return;
	/* Of a HEAD the Range means nothing (RFC 9110, 14.2). */
	if (value.base != NULL && !r->is_head && a.size >= 0 &&
	    condition_range(if_range.base, if_range.len, a.etag, a.mtime,
	    clock_wall()))
		verdict = range_parse(value.base, value.len,
		    (uint64_t)a.size, ranges, RANGE_MAX, &n);
	if (verdict == RANGE_UNSATISFIABLE) {
		unsatisfiable(r, &a);
		return;
	}
	if (verdict == RANGE_NONE)
		whole(r, &a);
	else
		partial(r, ranges, n, &a);
	if (use_wants_stored(r) && !r->is_head && !is_whole(r)) {
		use_refuse(r);
		return;
	}
	add_common(r, &a);
	add_ranges(r, &a);
	add_cache_status(r);
	begin_body(r);
}

/* SPDX-License-Identifier: ISC */
/* pull -- one transfer from a source into the segments of a region; fetcher */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "ask.h"
#include "body.h"
#include "choice.h"
#include "loop.h"
#include "pull.h"
#include "rest.h"
#include "verdict.h"

#define REPEATS		4		/* of a request, for what it was told */
#define FULL_WAIT	20		/* ms, when the seat's limit said no */
#define RING_BYTES	(256u << 10)
#define RING_US		1000
#define RATE_MS		100		/* between two samples of the rate */

struct pulls pulls = TAILQ_HEAD_INITIALIZER(pulls);
static uint32_t last_id;

/* ---- begin and end ---- */

struct source *
pull_source(const struct pull *p)
{
	return &p->target->sources.v[p->source];
}

static struct pull *
create(struct target *t)
{
	struct pull *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("no memory");
	p->target = t;
	p->region = -1;
	p->last = -1;
	p->wanted_from = UINT64_MAX;
	p->state = PLAN_ASKING;
	p->begun = p->heard = p->rated = clock_ms();
	p->info.id = ++last_id;
	p->info.object = t->object;
	t->pulls++;
	TAILQ_INSERT_TAIL(&pulls, p, next);
	return p;
}

static void
destroy(struct pull *p)
{
	if (p->asking)
		loop_remove(p->easy);
	fill_fini(&p->fill);
	proof_destroy(p->proof);
	if (p->region != -1)
		region_close(p->region);
	curl_easy_cleanup(p->easy);
	curl_slist_free_all(p->headers);
	p->target->pulls--;
	TAILQ_REMOVE(&pulls, p, next);
	free(p);
}

static void
note_region(struct pull *p)
{
	static const enum region_state states[] = {
		[PLAN_ASKING] = REGION_ASKING,
		[PLAN_PULLING] = REGION_PULLING,
		[PLAN_PAUSED] = REGION_PAUSED,
		[PLAN_NO_ROOM] = REGION_PAUSED,
		[PLAN_RESTING] = REGION_RESTING,
	};

	p->info.position = p->fill.position;
	p->info.source = p->source;
	p->info.state = states[p->state];
	if (p->region != -1)
		region_write(p->region, &p->info);
}

struct pull *
pull_start(struct target *t, uint64_t begin, uint64_t end, int has_reader)
{
	struct pull *p = create(t);
	int64_t size;

	object_state(t->object, &size);
	p->info.begin = p->info.position = p->reached = begin;
	p->info.end = end;
	p->info.pull = object_new_pull(t->object);
	p->has_reader = has_reader;
	p->evict_until = has_reader ? begin + 1 : 0;
	p->region = region_open(&p->info);
	object_own(t->object, p->info.pull, begin, end);
	fill_init(&p->fill, t->object, begin, size);
	choice_source(p);
	pull_ask(p);
	return p;
}

struct pull *
pull_check(struct target *t)
{
	struct pull *p = create(t);

	p->check = 1;
	fill_init(&p->fill, t->object, 0, -1);
	choice_source(p);
	pull_ask(p);
	return p;
}

void
pull_stop(struct pull *p)
{
	destroy(p);
}

void
pull_cut(struct pull *p, uint64_t end)
{
	p->info.end = end;
	if (p->fill.position >= end)
		destroy(p);
	else
		note_region(p);
}

void
pull_pause(struct pull *p, enum plan_state why)
{
	if (p->state != PLAN_PULLING || !p->asking)
		return;
	p->state = why;
	counter_add(COUNTER_PULL_PAUSES, 1);
	connection_pause(&p->socket, 1);
	curl_easy_pause(p->easy, CURLPAUSE_RECV);
	note_region(p);
}

void
pull_resume(struct pull *p)
{
	CURLcode code;

	if (p->state == PLAN_RESTING) {
		choice_source(p);
		pull_ask(p);
		return;
	}
	if ((p->state != PLAN_PAUSED && p->state != PLAN_NO_ROOM) ||
	    !p->asking)
		return;
	p->state = PLAN_PULLING;
	p->heard = clock_ms();
	connection_pause(&p->socket, 0);
	/* Delivers what waited at once; body_take() may have had enough. */
	if ((code = curl_easy_pause(p->easy, CURLPAUSE_CONT)) != CURLE_OK) {
		loop_remove(p->easy);
		pull_ended(p, code);
	}
}

/* ---- bytes ---- */

int
pull_ring(struct pull *p, int64_t now)
{
	if (p->fill.unrung == 0)
		return 0;
	if (p->fill.unrung < RING_BYTES && now - p->rung < RING_US)
		return 1;
	p->rung = now;
	note_region(p);
	fill_ring(&p->fill);
	return 0;
}

void
pull_reset(struct pull *p, uint64_t position, int64_t size)
{
	fill_fini(&p->fill);
	fill_init(&p->fill, p->target->object, position, size);
	p->info.begin = position;
	p->info.end = size >= 0 ? (uint64_t)size : UINT64_MAX;
	note_region(p);
}

struct target *
pull_move(struct pull *p, struct object_ref object)
{
	struct target *t = target_of(object, ask_conf());

	if (t == NULL)
		return NULL;
	fill_fini(&p->fill);
	p->target->pulls--;
	p->target = t;
	t->pulls++;
	p->reached = 0;
	p->version = t->version;
	if (t->sources.home == SOURCE_NONE)
		t->sources.home = p->source;
	p->info.object = object;
	p->info.pull = object_new_pull(object);
	return t;
}

/* ---- requests ---- */

void
pull_rest(struct pull *p, int64_t when)
{
	p->retry_at = when;
	p->state = PLAN_RESTING;
	note_region(p);
}

/* 1 when its source wants to be left alone, for longer than a viewer waits or
 * not, and there is no other.  Another pull may have heard so since this one
 * chose it. */
static int
is_closed(struct pull *p)
{
	int64_t now = clock_ms(), ms;

	if (source_closed_for(pull_source(p), now) != 0)
		choice_source(p);
	if ((ms = source_closed_for(pull_source(p), now)) == 0)
		return 0;
	p->head.retry_after = (ms + 999) / 1000;
	pull_break(p, "destination_unavailable", 503,
	    "the source wants to be left alone for %lld s",
	    (long long)p->head.retry_after);
	p->final = ms > ask_conf()->wait_max;
	pull_rest(p, p->final ? 0 : now + ms);
	return 1;
}

void
pull_ask(struct pull *p)
{
	const char *why;

	p->judged = p->takes = p->again = p->over = p->hopeless = 0;
	p->comparing = p->final = 0;
	p->held = 0;
	p->trouble[0] = p->reason[0] = '\0';
	p->skip = p->redo = p->dropped = 0;
	p->asked_pulled = p->pulled;
	p->asked_us = clock_us();
	p->heard = clock_ms();
	p->state = PLAN_ASKING;
	if (is_closed(p))
		return;
	if (!target_may_ask(p->target, source_url(pull_source(p)), &why)) {
		pull_break(p, "destination_ip_prohibited", 403, "%s", why);
		p->final = 1;
		pull_rest(p, 0);
		return;
	}
	choice_proof(p);
	if (ask_prepare(p, body_take) == -1)
		fatal("no memory");
	counter_add(COUNTER_PULLS, 1);
	p->asking = 1;
	loop_add(p->easy);
	note_region(p);
}

void
pull_break(struct pull *p, const char *error, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->trouble, sizeof(p->trouble), fmt, ap);
	va_end(ap);
	p->error = error;
	p->status = status;
	p->takes = 0;
}

/* The transfer ended well: is there more to ask for? */
static void
finished(struct pull *p)
{
	int64_t size;

	object_state(p->target->object, &size);
	if (p->done || !p->takes || p->fill.position >= p->info.end) {
		destroy(p);
	} else if (p->body_end == UINT64_MAX) {
		/* Only its end tells the length. */
		if (size < 0 || (uint64_t)size == p->fill.position)
			fill_eof(&p->fill);
		else
			body_resized(p);
		if (p->trouble[0] != '\0')
			rest(p);
		else
			destroy(p);
	} else if (p->fill.position > p->reached) {
		/* A shorter range than was asked. */
		p->reached = p->fill.position;
		p->attempt = p->repeats = 0;
		pull_ask(p);
	} else {
		pull_break(p, "http_response_incomplete", 502,
		    "the source sends no body");
		rest(p);
	}
}

static void
repeat(struct pull *p)
{
	if (++p->repeats <= REPEATS) {
		pull_ask(p);
		return;
	}
	pull_break(p, "http_protocol_error", 502,
	    "the source never answers what it is asked");
	rest(p);
}

/* libcurl took a connection of its pool that is not for this pull: once more,
 * on a new one. */
static int
is_foreign(struct pull *p)
{
	if (!p->socket.foreign || p->fresh)
		return 0;
	p->fresh = 1;
	return 1;
}

void
pull_ended(struct pull *p, CURLcode code)
{
	p->asking = 0;
	if (!p->judged && code == CURLE_OK)
		verdict_take(p);
	if (p->over)
		code = CURLE_OK;
	if (p->trouble[0] != '\0') {
		rest(p);
	} else if (p->done) {
		destroy(p);
	} else if (p->comparing) {
		pull_break(p, "http_response_incomplete", 502,
		    "it ended before its file could be compared");
		rest(p);
	} else if (p->again) {
		repeat(p);
	} else if (code == CURLE_OK && p->head.status >= 300 &&
	    p->head.status < 400) {
		if (ask_redirect(p) == 0)
			pull_ask(p);
		else
			rest(p);
	} else if (code == CURLE_OK) {
		finished(p);
	} else if (is_foreign(p) || (code == CURLE_COULDNT_CONNECT &&
	    connection_insist(&p->socket))) {
		pull_ask(p);
	} else if (p->socket.full) {
		pull_rest(p, clock_ms() + FULL_WAIT);
	} else {
		ask_why(p, code);
		rest(p);
	}
}

void
pull_reload(struct pull *p)
{
	if (p->target->origin != NULL && p->version == p->target->version)
		return;
	if (p->asking)
		loop_remove(p->easy);
	p->asking = 0;
	p->source = 0;
	p->tried = 0;
	if (p->target->origin != NULL) {
		pull_rest(p, clock_ms());
		return;
	}
	pull_break(p, "destination_unavailable", 502,
	    "its origin is no longer configured");
	p->final = 1;
	rest(p);
}

/* ---- clocks ---- */

uint64_t
pull_rate(const struct pull *p, int64_t now)
{
	int64_t ms = now - p->asked_us / 1000;

	if (p->info.rate != 0)
		return p->info.rate;
	return ms < 5 ? 0 : (p->pulled - p->asked_pulled) * 1000 /
	    (uint64_t)ms;
}

static void
sample_rate(struct pull *p, int64_t now)
{
	uint64_t rate;

	if (now - p->rated < RATE_MS)
		return;
	rate = (p->pulled - p->rated_pulled) * 1000 /
	    (uint64_t)(now - p->rated);
	p->info.rate = p->info.rate == 0 ? rate : (p->info.rate + rate) / 2;
	p->rated = now;
	p->rated_pulled = p->pulled;
}

void
pull_tick(struct pull *p, int64_t now)
{
	int64_t patience = p->target->origin == NULL ? 0 :
	    p->target->origin->stall_timeout;

	if (p->state == PLAN_RESTING) {
		if (p->held != 0)
			rest_over(p);
		else if (p->final)
			rest(p);
		return;		/* the planner says when it goes on */
	}
	sample_rate(p, now);
	if ((p->state == PLAN_ASKING || p->state == PLAN_PULLING) &&
	    now - p->heard > patience) {
		loop_remove(p->easy);
		p->asking = 0;
		pull_break(p, p->judged ? "connection_read_timeout" :
		    "http_response_timeout", 504,
		    "the source sent no byte for %lld s",
		    (long long)(patience / 1000));
		rest(p);
		return;
	}
	note_region(p);
}

/* SPDX-License-Identifier: ISC */
/* verdict -- what follows from a source's response head; fetcher */
#include "config.h"

#include <errno.h>

#include "reeld/answer.h"
#include "reeld/clock.h"
#include "reeld/etag.h"
#include "reeld/log.h"
#include "beam.h"
#include "choice.h"
#include "describe.h"
#include "freshness.h"
#include "head.h"
#include "stranger.h"
#include "verdict.h"

#define CHANGE_AGAIN	60000		/* ms: changing twice is a failure */

int
verdict_changed(struct pull *p)
{
	static struct log_limit limit = { .burst = 10 };
	struct target *t = p->target, *fresh;
	struct object_ref object;
	int64_t now = clock_ms(), quiet = CHANGE_AGAIN;

	if (target_is_content_addressed(t)) {
		pull_break(p, "http_protocol_error", 502,
		    "it has other bytes under the piece's name");
		return -1;
	}
	if (t->origin != NULL && t->origin->ttl >= 0 && t->origin->ttl < quiet)
		quiet = t->origin->ttl;
	if (t->changed != 0 && now - t->changed < quiet) {
		pull_break(p, "http_protocol_error", 502,
		    "the source changed again within %lld s",
		    (long long)(quiet / 1000));
		return -1;
	}
	if (object_renew(t->object, &object) == -1) {
		pull_break(p, "proxy_internal_error", 502,
		    "no record for the new version");
		return -1;
	}
	if (log_allow(&limit))
		log_info("%s changed at its source", log_vis(t->url));
	fresh = pull_move(p, object);
	object_unpin(&object);
	if (fresh == NULL) {
		pull_break(p, "proxy_internal_error", 502,
		    "the new version is gone");
		return -1;
	}
	fresh->changed = now;
	return 0;
}

/* The body is the object's from `first` on. */
static void
take_body(struct pull *p, const struct answer *v)
{
	p->takes = v->body && !p->check;
	p->skip = v->skip;
	p->body_end = v->last >= 0 ? (uint64_t)v->last + 1 :
	    v->size >= 0 ? (uint64_t)v->size : UINT64_MAX;
	p->fill.size = v->size >= 0 ? v->size : p->fill.size;
	if (v->size >= 0 && p->info.end > (uint64_t)v->size)
		p->info.end = (uint64_t)v->size;
	if (p->state == PLAN_ASKING) {
		p->state = PLAN_PULLING;
		p->rated = clock_ms();	/* its rate counts from here */
		p->rated_pulled = p->pulled;
	}
	object_own(p->target->object, p->info.pull, p->info.begin,
	    p->info.end);
}

/* The answer could not be published.  If the catalogue was faster, it is asked
 * for once more, and compared with what that says. */
static void
undescribed(struct pull *p)
{
	if (errno == EEXIST)
		p->again = 1;
	else
		pull_break(p, "proxy_internal_error", 502,
		    "no room to describe the object");
}

static void
on_data(struct pull *p, const struct answer *v, int known, int no_ranges)
{
	struct object_info info;

	object_info(p->target->object, &info);
	if (!known || (v->size >= 0 && info.size < 0) ||
	    no_ranges != info.no_ranges) {
		if ((!known && object_claim(p->target->object) == -1) ||
		    describe(p, p->target->object, v->size, no_ranges) == -1) {
			undescribed(p);
			return;
		}
	} else {
		freshness_renew(p);
	}
	p->fill.skip = 0;	/* of a piece's answer before, perhaps */
	if (no_ranges && !p->check) {
		/* Its body begins at 0: what exists is passed over (P9). */
		pull_reset(p, 0, v->size >= 0 ? v->size : info.size);
		p->fill.skip = 1;
	}
	take_body(p, v);
	p->done = p->check;
}

static void
on_changed(struct pull *p, const struct answer *v)
{
	/* 200 is the usual answer to an If-Range that does not match. */
	int no_ranges = p->head.status == 200 && p->ranged && !p->if_range;
	int64_t size;

	if (verdict_changed(p) == -1)
		return;
	if (!v->body || p->check) {
		/* Nothing to publish: the next reader's pull describes it. */
		p->done = 1;
		return;
	}
	if (object_state(p->target->object, &size) == OBJECT_KNOWN) {
		/* Another pull saw a new version, perhaps not this one: its
		 * bytes are asked for by that one's validators. */
		pull_reset(p, p->first, size);
		p->again = p->fill.position < p->info.end;
		p->done = !p->again;
		return;
	}
	if (describe(p, p->target->object, v->size, no_ranges) == -1) {
		pull_break(p, "proxy_internal_error", 502,
		    "no room to describe the object");
		return;
	}
	pull_reset(p, v->first + v->skip, v->size);
	take_body(p, v);
}

/* The source has nothing there.  Where nobody knew the size, this is it, but
 * for a source that contradicts what it sent before.  0 or -1. */
static int
learn_size(struct pull *p, int64_t size)
{
	if (size == (int64_t)p->fill.position) {
		fill_eof(&p->fill);
		return 0;
	}
	if (p->pulled == 0) {
		object_sized(p->target->object, size);
		return 0;
	}
	pull_break(p, "http_protocol_error", 502,
	    "the source ends before what it sent");
	return -1;
}

/* The first answer is 416: its validators and type are those of an error page.
 * The object's are learned from its first byte. */
static void
ask_first_byte(struct pull *p)
{
	pull_reset(p, 0, -1);
	p->info.end = 1;
	p->again = 1;
}

static void
on_size(struct pull *p, const struct answer *v, int known)
{
	struct head *h = &p->head;
	int64_t size;

	object_state(p->target->object, &size);
	if (!known && h->status == 416) {
		if (v->size != 0) {
			ask_first_byte(p);
			return;
		}
		h->etag[0] = h->type[0] = '\0';
		h->modified = -1;
	}
	if (!known && (object_claim(p->target->object) == -1 ||
	    describe(p, p->target->object, v->size, 0) == -1)) {
		undescribed(p);
		return;
	}
	if (known && p->check)
		freshness_renew(p);
	else if (known && size == -1 && learn_size(p, v->size) == -1)
		return;
	p->done = 1;
}

static void
on_error(struct pull *p, const struct answer *v)
{
	const struct head *h = &p->head;

	pull_break(p, "destination_unavailable", v->status, "%s", v->reason);
	/* What a source says on purpose is not asked again; one that wants to
	 * be left alone may be, later. */
	if (v->status != 503 && (v->status == 404 || v->status == 410 ||
	    h->status < 500))
		p->hopeless = 1;
}

/* 401, 403, 404 and 410 of a redirect's target: its token is over, the
 * original address makes a new one (P10). */
static int
resolves_again(struct pull *p)
{
	int s = p->head.status;

	if (p->redirects > 0 || (s != 401 && s != 403 && s != 404 && s != 410))
		return 0;
	return p->again = choice_resolve(p);
}

static int
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

static struct answer
judge(const struct pull *p, int known)
{
	struct answer_asked asked = {
		.first = p->first, .last = p->last, .range = p->ranged,
		.if_range = p->if_range,
	};
	struct answer_head head = head_answer(p);
	struct answer_object object = { .known = known, .size = -1,
		.etag = "", .modified = -1 };
	struct object_answer a;

	if (known && choice_known(p, &a) == 0) {
		object.size = a.size;
		object.etag = a.source_etag;
		object.modified = a.mtime;
	}
	return answer_judge(&asked, &head, &object);
}

/* A 304 that names another version than it was asked about renews nothing
 * (RFC 9111, 4.3.4). */
static void
on_unchanged(struct pull *p)
{
	struct object_answer a;

	if (choice_known(p, &a) == -1 || a.source_etag[0] == '\0' ||
	    p->head.etag[0] == '\0' ||
	    etag_equal_weak(p->head.etag, a.source_etag)) {
		freshness_renew(p);
		p->done = 1;
	} else if (choice_is_home(p)) {
		p->done = verdict_changed(p) == 0;
	} else {
		stranger_other(p, "its file has changed");
	}
}

void
verdict_take(struct pull *p)
{
	struct answer v;
	int64_t size;
	int known;

	p->judged = 1;
	p->fresh = 0;
	if (is_redirect(p->head.status) || resolves_again(p))
		return;		/* pull_ended() goes on from there */
	p->redirects = 0;
	seat_answered(p->target->seat, clock_us() - p->asked_us);
	known = object_state(p->target->object, &size) == OBJECT_KNOWN;
	if (p->check && p->head.status == 304) {
		on_unchanged(p);
		return;
	}
	if (p->head.bad_length) {
		pull_break(p, "http_protocol_error", 502,
		    "its Content-Length is no number");
		return;
	}
	v = judge(p, known);
	beam_check(p, &v);
	if (known && v.verdict != ANSWER_BROKEN && v.verdict != ANSWER_ERROR) {
		if (stranger_pretends(p, &v))
			return;
		if (choice_is_stranger(p)) {
			if (!stranger_meet(p, &v))
				on_changed(p, &v);
			return;
		}
	}
	switch (v.verdict) {
	case ANSWER_DATA:
		on_data(p, &v, known, 0);
		break;
	case ANSWER_WHOLE:
		on_data(p, &v, known, 1);
		break;
	case ANSWER_CHANGED:
		if (choice_is_home(p))
			on_changed(p, &v);
		else
			stranger_other(p, "its file has changed");
		break;
	case ANSWER_EMPTY:
	case ANSWER_SIZE:
		on_size(p, &v, known);
		break;
	case ANSWER_AGAIN_PLAIN:
		p->no_if_range = p->again = 1;
		break;
	case ANSWER_AGAIN_WHOLE:
		p->no_range = p->again = 1;
		break;
	case ANSWER_BROKEN:
		pull_break(p, "http_protocol_error", v.status, "%s", v.reason);
		break;
	case ANSWER_ERROR:
		on_error(p, &v);
		break;
	}
}

/* SPDX-License-Identifier: ISC */
/* rest -- what follows when a pull broke; fetcher */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "ask.h"
#include "choice.h"
#include "hook.h"
#include "rest.h"
#include "tier.h"

#define HELD		10000	/* ms that the catalogue has, then */
#define BACKOFF_MAX	3		/* it doubles so often */
#define PROGRESS	(64u << 10)	/* so much makes an attempt good */
#define QUIET		10000		/* ms that a failed object has rest */

static int
is_definite(int status)
{
	return status == 404 || status == 410;
}

static unsigned
attempts(const struct pull *p)
{
	return p->target->origin == NULL ? 1 : p->target->origin->retries + 1;
}

/* Keeps what readers will be told: that there is no such file only if no source
 * had another reason. */
static void
note_failure(struct pull *p)
{
	struct object_failure *f = &p->told;

	if (p->target->sources.n > 1 && is_definite(p->status) &&
	    f->status != 0 && !is_definite(f->status))
		return;
	memset(f, 0, sizeof(*f));
	f->status = p->status;
	f->received = p->head.status;
	f->retry_after = p->status != 503 ? 0 : p->head.retry_after > 0 ?
	    (int)p->head.retry_after : 1;
	snprintf(f->error, sizeof(f->error), "%s", p->error);
	ask_url_name(source_url(pull_source(p)), p->told_source,
	    sizeof(p->told_source));
	p->told_attempt = p->attempt + 1;
	strlcpy(p->told_reason, p->trouble, sizeof(p->told_reason));
	snprintf(f->text, sizeof(f->text), "%s: attempt %u of %u: %s",
	    p->told_source, p->told_attempt, attempts(p), p->trouble);
}

/* Those who want to hear of what readers are told. */
static void
tell_hooks(const struct pull *p)
{
	struct notice n = {
		.origin = p->target->origin, .url = p->target->url,
		.source = p->told_source, .error = p->told.error,
		.reason = p->told_reason, .status = p->told.status,
		.attempt = p->told_attempt,
	};

	if (n.origin != NULL && p->target->readers > 0)
		hook_tell(&n);
}

/* Tells the readers that it cannot be had, and ends. */
static void
give_up(struct pull *p)
{
	static struct log_limit limit = { .burst = 10 };
	char name[256];
	int64_t quiet;

	p->told.position = p->fill.position;
	ask_source_name(p, name, sizeof(name));
	if (log_allow(&limit))
		log_warn("%s: attempt %u of %u: %s", log_vis(name),
		    p->told_attempt, attempts(p), log_vis(p->told_reason));
	if (!p->check) {
		quiet = p->told.retry_after * 1000LL;
		p->target->quiet_until = clock_ms() +
		    (quiet > QUIET ? quiet : QUIET);
		object_fail(p->target->object, &p->told);
		tell_hooks(p);
	} else
		object_missed(p->target->object, &p->told);
	pull_stop(p);
}

/* What the catalogue knows makes the failure void: another pull begins, if one
 * is still needed. */
void
rest_over(struct pull *p)
{
	int early = tier_may_know(ask_conf(), p->target->object);
	int64_t now = clock_ms(), size;

	if (p->held == 0 && early && !p->check)
		p->held = now;
	if (p->held != 0 && early && now - p->held < HELD)
		pull_rest(p, 0);
	else if (p->held != 0 &&
	    object_state(p->target->object, &size) == OBJECT_KNOWN)
		pull_stop(p);
	else
		give_up(p);
}

/* What a server did wrong lets others go first for a while.  That it lacks one
 * file is no fault. */
static void
blame(struct pull *p, int64_t now)
{
	struct source *from = pull_source(p);

	if (p->hopeless || p->final || p->target->origin == NULL ||
	    strcmp(p->error, "proxy_internal_error") == 0)
		return;
	server_blame(from->server, now, p->target->origin->cool_down);
	if (p->head.retry_after > 0 && p->status == 503)
		source_close(from, now, now + p->head.retry_after * 1000);
}

static void
log_break(const struct pull *p, unsigned attempt, const char *what, int64_t ms)
{
	static struct log_limit limit = { .burst = 10 };
	char name[256];

	if (!log_allow(&limit))
		return;
	ask_source_name(p, name, sizeof(name));
	log_info("%s: attempt %u: %s; %s in %lld ms", log_vis(name),
	    attempt, log_vis(p->trouble), what, (long long)ms);
}

/* ms that all sources want to be left alone. */
static int64_t
closed_for(const struct pull *p, int64_t now)
{
	const struct sources *s = &p->target->sources;
	uint32_t next = sources_fall_back(s, 0, now);

	return next == SOURCE_NONE ? 0 : source_closed_for(&s->v[next], now);
}

/* Whether another source is to be asked at once: one that is well, or, if
 * nothing came of this attempt, one that cools down: such go last, but before
 * all are left alone for a while. */
static int
has_another(const struct pull *p, int good, int64_t now)
{
	const struct sources *s = &p->target->sources;
	uint32_t next;

	if (p->final)
		return 0;
	if (sources_choose(s, p->tried, now) != SOURCE_NONE)
		return 1;
	next = sources_fall_back(s, p->tried, now);
	return !good && next != SOURCE_NONE &&
	    source_closed_for(&s->v[next], now) == 0;
}

/* ms to wait before the attempt after the n-th: 1, 2, 4, 8, 8, ... delays. */
static int64_t
backoff(const struct pull *p)
{
	unsigned n = p->attempt == 0 ? 0 : p->attempt - 1;
	int64_t ms = p->target->origin->retry_delay <<
	    (n < BACKOFF_MAX ? n : BACKOFF_MAX);

	if (p->attempt == 0)
		return 0;	/* the last attempt was a good one */
	return ms + (int64_t)arc4random_uniform((uint32_t)(ms / 10) + 1);
}

/* Whether to try all sources once more.  Who waits to hear whether a whole
 * object has changed gets it as it is; a time that a source named is waited
 * for once, if it is no longer than a player waits. */
static int
may_retry(const struct pull *p, int64_t closed)
{
	const struct target *t = p->target;

	return t->origin != NULL && p->hope && !p->final &&
	    p->attempt <= t->origin->retries &&
	    closed <= (p->obeyed ? 0 : ask_conf()->wait_max) &&
	    !(p->check && target_is_whole(t));
}

/* A token may end without a word: what broke behind a redirect is asked of the
 * original address once before it counts as a failure. */
static int
renew(struct pull *p)
{
	if (p->renewed || p->hopeless || p->final)
		return 0;
	return p->renewed = choice_resolve(p);
}

void
rest(struct pull *p)
{
	int64_t now = clock_ms(), ms, closed;
	int good = p->fill.position >= p->reached + PROGRESS;

	counter_add(COUNTER_PULL_FAILURES, 1);
	if (p->fill.position > p->reached)
		p->reached = p->fill.position;
	if (good) {
		p->attempt = p->repeats = 0;
		p->tried = 0;
		p->told.status = p->renewed = p->obeyed = 0;
	} else if (renew(p)) {
		log_break(p, p->attempt + 1, "its first address", 0);
		pull_rest(p, now);
		return;
	}
	note_failure(p);
	blame(p, now);
	p->hope |= !p->hopeless;
	p->tried |= UINT64_C(1) << p->source;
	if (has_another(p, good, now)) {
		log_break(p, p->attempt + 1, "another source", 0);
		pull_rest(p, now);
		return;
	}
	p->attempt += !good;
	closed = closed_for(p, now);
	if (!may_retry(p, closed)) {
		rest_over(p);
		return;
	}
	ms = backoff(p);
	if (closed > 0)
		p->obeyed = 1;
	if (ms < closed)
		ms = closed;
	log_break(p, p->attempt + (unsigned)good, "again", ms);
	p->tried = 0;
	p->hope = 0;
	pull_rest(p, now + ms);
}

/* SPDX-License-Identifier: ISC */
/* caching_use -- what may be done with what is stored; worker */
#include "config.h"

#include "reeld/caching.h"
#include "reeld/header.h"

const char *const caching_use_names[] = {
	[CACHING_SERVE] = "serve",
	[CACHING_SERVE_ASKING] = "serve, asking",
	[CACHING_ASK] = "ask",
	[CACHING_ERROR] = "error",
	[CACHING_TIMEOUT] = "504"
};

void
caching_wish_init(struct caching_wish *w)
{
	cache_control_init(&w->control);
	w->lines = w->pragma = 0;
}

void
caching_wish_note(struct caching_wish *w, struct span name, struct span value)
{
	if (header_is(name, "cache-control")) {
		cache_control_parse(&w->control, value);
		w->lines++;
	} else if (header_is(name, "pragma")) {
		w->pragma |= header_listed(value, "no-cache");
	}
}

/* Pragma counts where there is no Cache-Control (RFC 7234, 5.4). */
static int
wants_asking(const struct caching_wish *w)
{
	return (w->control.said & CACHE_CONTROL_NO_CACHE) != 0 ||
	    (w->lines == 0 && w->pragma);
}

static int
is_young(const struct freshness *f, const struct caching_wish *w, int64_t now)
{
	return w->control.max_age == -1 ||
	    now - f->born <= w->control.max_age;
}

/* Fresh, and as fresh as the client wants it.  What is immutable need not be
 * asked about because somebody loads a page again (RFC 8246, 2): browsers say
 * max-age=0 then. */
static int
is_fresh(const struct freshness *f, const struct caching_wish *w, int64_t now)
{
	int64_t left = f->fresh_until - now;

	if (left <= 0 || left < w->control.min_fresh)
		return 0;
	return is_young(f, w, now) || ((f->flags & CACHING_IMMUTABLE) != 0 &&
	    w->control.max_age == 0);
}

/* The client takes it stale (RFC 9111, 5.2.1.2). */
static int
is_taken_stale(const struct freshness *f, const struct caching_wish *w,
    int64_t now)
{
	return (f->flags & CACHING_MUST) == 0 && w->control.min_fresh == -1 &&
	    now - f->fresh_until <= w->control.max_stale &&
	    is_young(f, w, now);
}

/* The source allows it stale, while it is asked about (RFC 5861, 3). */
static int
is_lent(const struct freshness *f, const struct caching_wish *w, int64_t now)
{
	return (f->flags & CACHING_MUST) == 0 && w->control.min_fresh == -1 &&
	    now < f->while_until && is_young(f, w, now);
}

/* The source could not be asked: better what is stored than nothing, unless
 * the source forbids that (RFC 9111, 4.2.4; RFC 5861, 4).  What the client
 * would rather have does not count: its directives are advice (5.2.1). */
static enum caching_use
after_failure(const struct freshness *f, int64_t now)
{
	if ((f->flags & CACHING_NO_CACHE) != 0)
		return CACHING_ERROR;
	if (now < f->fresh_until)
		return CACHING_SERVE;
	if ((f->flags & CACHING_MUST) != 0)
		return CACHING_ERROR;
	return now < f->error_until || now < f->while_until ? CACHING_SERVE :
	    CACHING_ERROR;
}

enum caching_use
caching_use(const struct freshness *f, const struct caching_wish *w,
    enum caching_source source, int64_t now)
{
	int unasked = (f->flags & CACHING_NO_CACHE) == 0 && !wants_asking(w);

	if (source == CACHING_ANSWERED)
		return CACHING_SERVE;
	if (unasked && (is_fresh(f, w, now) || is_taken_stale(f, w, now)))
		return CACHING_SERVE;
	if (source == CACHING_GONE)
		return CACHING_ERROR;
	if (source == CACHING_FAILED)
		return after_failure(f, now);
	if (unasked && is_lent(f, w, now))
		return CACHING_SERVE_ASKING;
	return (w->control.said & CACHE_CONTROL_IF_CACHED) != 0 ?
	    CACHING_TIMEOUT : CACHING_ASK;
}

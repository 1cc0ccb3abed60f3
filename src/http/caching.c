/* SPDX-License-Identifier: ISC */
/* caching -- what a shared cache may keep, and how long it is fresh; fetcher */
#include "config.h"

#include <sys/param.h>

#include <inttypes.h>
#include <stdio.h>

#include <bsd/string.h>

#include "reeld/caching.h"
#include "reeld/date.h"
#include "reeld/header.h"

#include "scan.h"

#define HEURISTIC_MOST	86400	/* s (RFC 9111, 4.2.2) */
#define FORCED_LEAST	3600	/* s, by force_cache without a ttl */

const char *const caching_verdict_names[] = {
	[CACHING_STORE] = "store",
	[CACHING_STATUS] = "status",
	[CACHING_NO_STORE] = "no-store",
	[CACHING_PRIVATE] = "private",
	[CACHING_VARIES] = "varies",
	[CACHING_AUTHORIZED] = "authorized"
};

/* ---- the lines of a head ---- */

void
caching_init(struct caching_head *h)
{
	memset(h, 0, sizeof(*h));
	cache_control_init(&h->control);
	h->expires = h->date = h->modified = h->age = -1;
}

/* Joins a line to the text; what is too long, or no text, makes it long. */
static void
join_line(struct caching_head *h, struct span line)
{
	size_t n = strlen(h->text), i;
	const char *comma = n > 0 ? ", " : "";
	int plain = 1;

	for (i = 0; i < line.len; i++)
		plain &= line.base[i] >= ' ' && line.base[i] <= '~';
	if (!plain || n + strlen(comma) + line.len >= CACHING_TEXT)
		strlcpy(h->text, "no-cache", CACHING_TEXT);
	else
		snprintf(h->text + n, CACHING_TEXT - n, "%s%.*s", comma,
		    (int)line.len, line.base);
}

/* The first of several values counts; one that is no number says nothing
 * (RFC 9111, 5.1). */
static void
note_age(struct caching_head *h, struct span value)
{
	struct span first;
	uint64_t n;

	if (h->aged || !scan_member(&value, &first))
		return;
	h->aged = 1;
	if (scan_number(&first, &n) > 0 && first.len == 0)
		h->age = (int64_t)MIN(n, (uint64_t)CACHE_CONTROL_MOST);
}

/* No date is one that has passed (RFC 9111, 5.3), and so are two. */
static void
note_expires(struct caching_head *h, struct span value, int64_t now)
{
	int64_t date = date_parse(value.base, value.len, now);

	if (date == -1 || (h->expires != -1 && h->expires != date))
		date = 0;
	h->expires = date;
}

void
caching_note(struct caching_head *h, struct span name, struct span value,
    int64_t now)
{
	if (header_is(name, "cache-control")) {
		cache_control_parse(&h->control, value);
		join_line(h, value);
		h->lines++;
	} else if (header_is(name, "expires")) {
		note_expires(h, value, now);
	} else if (header_is(name, "age")) {
		note_age(h, value);
	} else if (header_is(name, "date") && h->date == -1) {
		h->date = date_parse(value.base, value.len, now);
	} else if (header_is(name, "last-modified") && h->modified == -1) {
		h->modified = date_parse(value.base, value.len, now);
	} else if (header_is(name, "vary")) {
		h->varies |= header_listed(value, "*");
	}
}

void
caching_complete(struct caching_head *h, const struct freshness *stored,
    const char *text, int64_t modified, int64_t now)
{
	/* What Expires said is stored as a Cache-Control. */
	int renewed = (stored->flags & CACHING_EXPIRES) != 0 &&
	    h->expires != -1;

	if (h->lines == 0 && text[0] != '\0' && !renewed)
		caching_note(h, span_of("cache-control"), span_of(text), now);
	if (h->modified == -1)
		h->modified = modified;
}

/* ---- ages and lifetimes ---- */

/* An answer without a Date has that of its coming (RFC 9110, 6.6.1). */
static int64_t
date_of(const struct caching_head *h, const struct caching_case *c)
{
	return h->date == -1 ? c->answered : h->date;
}

/* RFC 9111, 4.2.3. */
static int64_t
initial_age(const struct caching_head *h, const struct caching_case *c)
{
	int64_t apparent = c->answered - date_of(h, c);
	int64_t delay = MAX(c->answered - c->requested, 0);
	int64_t corrected = MAX(h->age, 0) + delay;

	return MAX(MAX(apparent, corrected), 0);
}

/* What the source says, for a shared cache (RFC 9111, 4.2.1); -1: nothing. */
static int64_t
explicit_lifetime(const struct caching_head *h, const struct caching_case *c)
{
	if (h->control.s_maxage != -1)
		return h->control.s_maxage;
	if (h->control.max_age != -1)
		return h->control.max_age;
	if (h->expires == -1)
		return -1;
	return MAX(h->expires - date_of(h, c), 0);
}

/* A tenth of the time that it did not change (RFC 9111, 4.2.2). */
static int64_t
heuristic_lifetime(const struct caching_head *h, const struct caching_case *c)
{
	int64_t unchanged = date_of(h, c) - h->modified;

	if (h->modified == -1 || unchanged <= 0)
		return 0;
	return MIN(unchanged / 10, HEURISTIC_MOST);
}

static uint32_t
flags_of(const struct caching_head *h, const struct caching_case *c)
{
	const struct cache_control *said = &h->control;
	uint32_t flags = 0;

	if ((said->said & CACHE_CONTROL_NO_CACHE) != 0 && !c->force)
		flags |= CACHING_NO_CACHE;
	if ((said->said & CACHE_CONTROL_REVALIDATE) != 0 ||
	    said->s_maxage != -1)
		flags |= CACHING_MUST;
	if ((said->said & CACHE_CONTROL_IMMUTABLE) != 0)
		flags |= CACHING_IMMUTABLE;
	if (explicit_lifetime(h, c) == -1)
		flags |= CACHING_UNSAID;
	if (h->expires != -1 && h->lines == 0)
		flags |= CACHING_EXPIRES;
	return flags;
}

static int64_t
fresh_until(const struct caching_head *h, const struct caching_case *c,
    int64_t born)
{
	int64_t lifetime = explicit_lifetime(h, c), until, least;

	if (lifetime != -1)
		until = born + lifetime;
	else if (c->ttl != -1)
		until = c->answered + c->ttl;
	else
		until = born + heuristic_lifetime(h, c);
	if (!c->force)
		return until;
	least = c->answered + (c->ttl != -1 ? c->ttl : FORCED_LEAST);
	return MAX(until, least);
}

/* ---- may it be kept? ---- */

/* Those of which reeld can make an object, and the one that renews it. */
static int
is_understood(int status)
{
	return status == 200 || status == 206 || status == 304 ||
	    status == 416;
}

/* RFC 9111, 3.  must-understand makes no-store void for a status that is
 * understood (5.2.2.3), and reeld keeps no other. */
static enum caching_verdict
verdict_of(const struct caching_head *h, const struct caching_case *c)
{
	unsigned said = h->control.said;

	if (!is_understood(c->status))
		return CACHING_STATUS;
	if ((said & CACHE_CONTROL_NO_STORE) != 0 && !c->force &&
	    (said & CACHE_CONTROL_UNDERSTAND) == 0)
		return CACHING_NO_STORE;
	if ((said & CACHE_CONTROL_PRIVATE) != 0 && !c->force)
		return CACHING_PRIVATE;
	if (h->varies)
		return CACHING_VARIES;
	if (c->authorized && h->control.s_maxage == -1 &&
	    (said & (CACHE_CONTROL_PUBLIC | CACHE_CONTROL_REVALIDATE)) == 0)
		return CACHING_AUTHORIZED;
	return CACHING_STORE;
}

enum caching_verdict
caching_judge(const struct caching_head *h, const struct caching_case *c,
    struct freshness *f)
{
	const struct cache_control *said = &h->control;

	f->flags = flags_of(h, c);
	f->born = c->answered - initial_age(h, c);
	f->fresh_until = fresh_until(h, c, f->born);
	f->while_until = f->fresh_until + MAX(said->while_stale, 0);
	f->error_until = said->if_error == -1 ? INT64_MAX :
	    f->fresh_until + said->if_error;
	return verdict_of(h, c);
}

void
caching_print(const struct caching_head *h, const struct caching_case *c,
    char text[CACHING_TEXT])
{
	if (h->lines == 0 && h->expires != -1)
		snprintf(text, CACHING_TEXT, "max-age=%" PRId64,
		    explicit_lifetime(h, c));
	else
		strlcpy(text, h->text, CACHING_TEXT);
}

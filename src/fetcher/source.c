/* SPDX-License-Identifier: ISC */
/* source -- one URL that an object can come from; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/sys/queue.h>

#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/url.h"
#include "source.h"

#define CLOSED_MAX	1024	/* remembered */

/* An address that said Retry-After: players ask again long before, and what
 * they read was forgotten then. */
struct closed {
	TAILQ_ENTRY(closed)	 next;
	char			*url;
	int64_t			 until;		/* ms */
};

static TAILQ_HEAD(, closed) closed = TAILQ_HEAD_INITIALIZER(closed);
static unsigned nclosed;

static void
forget_closed(struct closed *c)
{
	TAILQ_REMOVE(&closed, c, next);
	nclosed--;
	free(c->url);
	free(c);
}

/* What is remembered of an address; NULL: nothing. */
static struct closed *
find_closed(const char *url, int64_t now)
{
	struct closed *c, *more;

	TAILQ_FOREACH_SAFE(c, &closed, next, more) {
		if (c->until <= now)
			forget_closed(c);
		else if (strcmp(c->url, url) == 0)
			return c;
	}
	return NULL;
}

void
source_close(struct source *s, int64_t now, int64_t until)
{
	struct closed *c;

	s->closed_until = until;
	if (!s->shared)
		return;
	if ((c = find_closed(s->url, now)) != NULL)
		forget_closed(c);
	if (nclosed == CLOSED_MAX)
		forget_closed(TAILQ_FIRST(&closed));
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->url = strdup(s->url)) == NULL)
		fatal("no memory");
	c->until = until;
	TAILQ_INSERT_TAIL(&closed, c, next);
	nclosed++;
}

/* `base` is the configured address that `url` was made of; NULL: its client
 * named it. */
static void
insert(struct sources *s, const char *base, const char *url, int shared)
{
	const struct closed *known;
	struct source *more;

	if (s->n == SOURCES_MAX)
		return;
	if ((more = reallocarray(s->v, s->n + 1UL, sizeof(*more))) == NULL)
		fatal("no memory");
	s->v = more;
	more = &s->v[s->n++];
	memset(more, 0, sizeof(*more));
	more->modified = -1;
	more->server = server_of(base);
	if ((more->url = strdup(url)) == NULL)
		fatal("no memory");
	more->shared = shared;
	if (shared && (known = find_closed(url, clock_ms())) != NULL)
		more->closed_until = known->until;
}

void
sources_init(struct sources *s, const struct conf_origin *o, const char *url)
{
	char other[URL_MAX + 1];
	/* what a client adds may be why it was told so */
	int shared = o != NULL && o->pass_headers.n == 0;
	size_t i;

	memset(s, 0, sizeof(*s));
	s->home = SOURCE_NONE;
	insert(s, o == NULL ? NULL : o->url, url, shared);
	if (o == NULL || o->url == NULL)
		return;
	for (i = 0; i < o->backup.n; i++)
		if (url_rebase(url, o->url, o->backup.v[i], other,
		    sizeof(other)) != -1)
			insert(s, o->backup.v[i], other, shared);
}

void
sources_fini(struct sources *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		free(s->v[i].url);
		free(s->v[i].resolved);
	}
	free(s->v);
	memset(s, 0, sizeof(*s));
}

int
sources_equal(const struct sources *a, const struct sources *b)
{
	uint32_t i;

	if (a->n != b->n)
		return 0;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->v[i].url, b->v[i].url) != 0)
			return 0;
	return 1;
}

const char *
source_url(const struct source *s)
{
	return s->resolved != NULL ? s->resolved : s->url;
}

void
source_redirect(struct source *s, const char *to)
{
	free(s->resolved);
	s->resolved = NULL;
	s->turn++;
	if (to != NULL && (s->resolved = strdup(to)) == NULL)
		fatal("no memory");
}

int64_t
source_closed_for(const struct source *s, int64_t now)
{
	return now >= s->closed_until ? 0 : s->closed_until - now;
}

static int
may_choose(const struct sources *s, uint32_t i, uint64_t tried, int64_t now)
{
	return i < s->n && (tried >> i & 1) == 0 &&
	    s->v[i].like != SOURCE_OTHER &&
	    source_closed_for(&s->v[i], now) == 0 &&
	    server_is_well(s->v[i].server, now);
}

uint32_t
sources_choose(const struct sources *s, uint64_t tried, int64_t now)
{
	uint32_t i;

	if (may_choose(s, s->home, tried, now))
		return s->home;
	for (i = 0; i < s->n; i++)
		if (may_choose(s, i, tried, now))
			return i;
	return SOURCE_NONE;
}

uint32_t
sources_fall_back(const struct sources *s, uint64_t tried, int64_t now)
{
	int64_t wait, least = INT64_MAX;
	uint32_t i, best = SOURCE_NONE;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].like == SOURCE_OTHER || (tried >> i & 1) != 0)
			continue;
		wait = source_closed_for(&s->v[i], now);
		if (wait < least || (wait == least && i == s->home)) {
			least = wait;
			best = i;
		}
	}
	return best;
}

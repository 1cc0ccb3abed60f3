/* SPDX-License-Identifier: ISC */
/* source -- one URL that an object can come from; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "reeld/log.h"
#include "reeld/url.h"
#include "source.h"

static void
insert(struct sources *s, const char *base, const char *url)
{
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
}

void
sources_init(struct sources *s, const struct conf_origin *o, const char *url)
{
	char other[URL_MAX + 1];
	size_t i;

	memset(s, 0, sizeof(*s));
	s->home = SOURCE_NONE;
	insert(s, o == NULL || o->url == NULL ? url : o->url, url);
	if (o == NULL || o->url == NULL)
		return;
	for (i = 0; i < o->backup.n; i++)
		if (url_rebase(url, o->url, o->backup.v[i], other,
		    sizeof(other)) != -1)
			insert(s, o->backup.v[i], other);
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

/* SPDX-License-Identifier: ISC */
/* cache_control -- the directives of Cache-Control; fetcher, worker */
#include "config.h"

#include <stddef.h>

#include "reeld/cache_control.h"
#include "reeld/header.h"

#include "octet.h"
#include "scan.h"

/* ---- the tables ---- */

static const struct flag {
	const char	*name;
	unsigned	 bit;
	int		 plain;		/* with an argument it is another */
	int		 names;		/* an argument names fields */
} flags[] = {
	{ "no-store", CACHE_CONTROL_NO_STORE, 0, 0 },
	{ "no-cache", CACHE_CONTROL_NO_CACHE, 0, 1 },
	{ "private", CACHE_CONTROL_PRIVATE, 0, 1 },
	{ "must-revalidate", CACHE_CONTROL_REVALIDATE, 0, 0 },
	{ "proxy-revalidate", CACHE_CONTROL_REVALIDATE, 0, 0 },
	{ "only-if-cached", CACHE_CONTROL_IF_CACHED, 0, 0 },
	/* These allow more: only as they are written in the RFCs. */
	{ "public", CACHE_CONTROL_PUBLIC, 1, 0 },
	{ "must-understand", CACHE_CONTROL_UNDERSTAND, 1, 0 },
	{ "immutable", CACHE_CONTROL_IMMUTABLE, 1, 0 },
};

#define PLACE(f)	offsetof(struct cache_control, f)

static const struct period {
	const char	*name;
	size_t		 place;
	int64_t		 strictest;	/* what nonsense counts as */
	int64_t		 bare;		/* without an argument */
} periods[] = {
	{ "max-age", PLACE(max_age), 0, 0 },
	{ "s-maxage", PLACE(s_maxage), 0, 0 },
	{ "min-fresh", PLACE(min_fresh), CACHE_CONTROL_MOST,
	    CACHE_CONTROL_MOST },
	{ "max-stale", PLACE(max_stale), 0, CACHE_CONTROL_MOST },
	{ "stale-while-revalidate", PLACE(while_stale), 0, 0 },
	{ "stale-if-error", PLACE(if_error), 0, 0 },
};

/* What reeld has of an answer, and hands on. */
static const char *const kept[] = {
	"age", "cache-control", "content-length", "content-range",
	"content-type", "date", "etag", "expires", "last-modified", "vary"
};

/* ---- one directive ---- */

struct directive {
	struct span	 name;
	struct span	 argument;	/* without quotes; base NULL: none */
	int		 broken;	/* bytes that are no part of either */
};

/* The length of the first member of a list, in which commas may be quoted.  A
 * quote that has no end hides nothing. */
static size_t
member_len(struct span s)
{
	const char *comma = memchr(s.base, ',', s.len);
	size_t n;
	int quoted = 0;

	for (n = 0; n < s.len && (quoted || s.base[n] != ','); n++) {
		if (s.base[n] == '"')
			quoted = !quoted;
		else if (quoted && s.base[n] == '\\' && n + 1 < s.len)
			n++;
	}
	if (quoted && comma != NULL)
		return (size_t)(comma - s.base);
	return n;
}

static struct span
without_quotes(struct span s)
{
	if (s.len < 2 || s.base[0] != '"' || s.base[s.len - 1] != '"')
		return s;
	return scan_trim((struct span){ s.base + 1, s.len - 2 });
}

/* Takes the next member off the list; 0 after the last. */
static int
next_directive(struct span *list, struct directive *d)
{
	struct span s;
	size_t n;

	do {
		if (list->len == 0)
			return 0;
		n = member_len(*list);
		s = scan_trim((struct span){ list->base, n });
		n += n < list->len;
		*list = (struct span){ list->base + n, list->len - n };
	} while (s.len == 0);
	for (n = 0; n < s.len && octet_token((unsigned char)s.base[n]); n++)
		continue;
	d->name = (struct span){ s.base, n };
	d->argument = (struct span){ NULL, 0 };
	s = (struct span){ s.base + n, s.len - n };
	d->broken = s.len > 0 && !scan_char(&s, '=');
	if (n < (size_t)(s.base - d->name.base) && !d->broken)
		d->argument = without_quotes(s);
	return 1;
}

/* ---- what it says ---- */

/* Whether one of the fields that are named is a part of what reeld hands on;
 * no name at all counts as every one. */
static int
names_ours(struct span names)
{
	struct span name;
	size_t i;
	int some = 0;

	while (scan_member(&names, &name)) {
		some = 1;
		for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (header_is(name, kept[i]))
				return 1;
	}
	return !some;
}

static void
set_flag(struct cache_control *c, const struct flag *f,
    const struct directive *d)
{
	int bare = d->argument.base == NULL && !d->broken;

	if ((f->plain && !bare) || (f->names && d->argument.base != NULL &&
	    !names_ours(d->argument)))
		return;
	c->said |= f->bit;
}

static void
set_period(struct cache_control *c, const struct period *p,
    const struct directive *d)
{
	int64_t *place = (int64_t *)(void *)((char *)c + p->place), seconds;
	struct span s = d->argument;
	uint64_t n;

	if (s.base == NULL)
		seconds = d->broken ? p->strictest : p->bare;
	else if (scan_number(&s, &n) == 0 || s.len > 0)
		seconds = p->strictest;
	else
		seconds = n < CACHE_CONTROL_MOST ? (int64_t)n :
		    CACHE_CONTROL_MOST;
	*place = *place == -1 || *place == seconds ? seconds : p->strictest;
}

static void
set(struct cache_control *c, const struct directive *d)
{
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (header_is(d->name, flags[i].name))
			set_flag(c, &flags[i], d);
	for (i = 0; i < sizeof(periods) / sizeof(periods[0]); i++)
		if (header_is(d->name, periods[i].name))
			set_period(c, &periods[i], d);
}

void
cache_control_init(struct cache_control *c)
{
	c->said = 0;
	c->max_age = c->s_maxage = c->min_fresh = c->max_stale = -1;
	c->while_stale = c->if_error = -1;
}

void
cache_control_parse(struct cache_control *c, struct span line)
{
	struct directive d;

	while (next_directive(&line, &d))
		set(c, &d);
}

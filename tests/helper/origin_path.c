/* SPDX-License-Identifier: ISC */
/* origin_path -- what is known about one path; runs in the source */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "origin_path.h"

/* Sorted, disjoint, not touching. */
struct spans {
	size_t		 n, room;
	struct span {
		int64_t	 from, to;
	}		*v;
};

static struct path *paths;

static void
spans_insert(struct spans *s, int64_t from, int64_t to)
{
	size_t i, j;

	for (i = 0; i < s->n && s->v[i].to < from; i++)
		continue;
	for (j = i; j < s->n && s->v[j].from <= to; j++) {
		from = s->v[j].from < from ? s->v[j].from : from;
		to = s->v[j].to > to ? s->v[j].to : to;
	}
	if (i == j && s->n == s->room) {
		s->room = s->room * 2 + 8;
		s->v = reallocarray(s->v, s->room, sizeof(*s->v));
		if (s->v == NULL)
			err(1, "spans");
	}
	/* [i, j) become one. */
	memmove(s->v + i + 1, s->v + j, (s->n - j) * sizeof(*s->v));
	s->n = s->n + 1 - (j - i);
	s->v[i].from = from;
	s->v[i].to = to;
}

static int64_t
spans_total(const struct spans *s)
{
	int64_t total = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		total += s->v[i].to - s->v[i].from;
	return total;
}

struct path *
path_find(const char *name)
{
	struct path *p;

	for (p = paths; p != NULL; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->name = strdup(name)) == NULL ||
	    (p->sent = calloc(1, sizeof(*p->sent))) == NULL)
		err(1, "path");
	script_init(&p->over);
	p->next = paths;
	paths = p;
	return p;
}

void
path_count_request(struct path *p, const struct request *r)
{
	char range[256];
	size_t n = r->head_len;

	p->requests++;
	p->ranged += request_header(r, "Range", range, sizeof(range));
	if (n >= sizeof(p->last))
		n = sizeof(p->last) - 1;
	memcpy(p->last, r->head, n);
	p->last[n] = '\0';
}

void
path_count_sent(struct path *p, int64_t from, int64_t to)
{
	if (to <= from)
		return;
	p->bytes += to - from;
	spans_insert(p->sent, from, to);
}

void
path_enter(struct path *p)
{
	if (++p->active > p->peak)
		p->peak = p->active;
}

void
path_leave(struct path *p)
{
	p->active--;
}

void
path_reset(int scripts)
{
	struct path *p;

	for (p = paths; p != NULL; p = p->next) {
		p->sent->n = 0;
		p->requests = p->finals = p->ranged = p->bytes = 0;
		p->aborted = p->cuts = p->stalls = 0;
		p->peak = p->active;
		memset(p->status, 0, sizeof(p->status));
		p->last[0] = '\0';
		if (scripts)
			script_init(&p->over);
	}
}

static json_t *
one_stats(const struct path *p)
{
	json_t *status = json_object();
	char code[8];
	int i;

	for (i = 100; i < 600; i++) {
		if (p->status[i] == 0)
			continue;
		snprintf(code, sizeof(code), "%d", i);
		json_object_set_new(status, code, json_integer(p->status[i]));
	}
	/* `last` may hold any bytes: what is no UTF-8 is left out. */
	return json_pack("{sI sI sI sI sI sI sI sI so so*}",
	    "requests", (json_int_t)p->requests,
	    "ranged", (json_int_t)p->ranged,
	    "bytes", (json_int_t)p->bytes,
	    "distinct", (json_int_t)spans_total(p->sent),
	    "aborted", (json_int_t)p->aborted,
	    "cuts", (json_int_t)p->cuts,
	    "active", (json_int_t)p->active,
	    "peak", (json_int_t)p->peak,
	    "status", status,
	    "last", json_string(p->last));
}

json_t *
path_stats(void)
{
	json_t *all = json_object(), *one;
	const struct path *p;

	for (p = paths; p != NULL; p = p->next) {
		if ((one = one_stats(p)) == NULL)
			continue;
		json_object_set_new(all, p->name, one);
	}
	return all;
}

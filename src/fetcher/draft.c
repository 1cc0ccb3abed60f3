/* SPDX-License-Identifier: ISC */
/* draft -- the regions, as a turn of the planner leaves them; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "draft.h"

#define NO_VERB		(-1)

static void
init_work(struct work *w, const struct plan_region *r)
{
	memset(w, 0, sizeof(*w));
	w->r = *r;
	w->end = r->end;
	w->verb = NO_VERB;
	w->lead = UINT64_MAX;
	w->front = INT64_MAX;
}

struct draft *
draft_create(const struct plan_picture *p)
{
	struct draft *d;
	size_t i;

	if ((d = malloc(sizeof(*d))) == NULL)
		return NULL;
	d->p = p;
	if ((d->sights = calloc(p->nobjects + 1, sizeof(*d->sights))) == NULL) {
		free(d);
		return NULL;
	}
	for (i = 0; i < p->nobjects; i++) {
		d->sights[i].filling = p->objects[i].filling &&
		    p->objects[i].fill == PLAN_FILL_ALL;
		d->sights[i].first = UINT64_MAX;
	}
	for (d->n = 0; d->n < p->nregions && d->n < PLAN_REGIONS; d->n++)
		init_work(&d->work[d->n], &p->regions[d->n]);
	return d;
}

void
draft_destroy(struct draft *d)
{
	if (d == NULL)
		return;
	free(d->sights);
	free(d);
}

/* ---- what is there ---- */

/* The number of extents that end at `at` or before. */
static size_t
extents_before(const struct plan_object *o, uint64_t at)
{
	size_t low = 0, high = o->nhave, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (o->have[mid].end <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t
draft_have_until(const struct plan_object *o, uint64_t at)
{
	size_t i = extents_before(o, at);

	return i < o->nhave && o->have[i].begin <= at ? o->have[i].end : at;
}

uint64_t
draft_begin(const struct plan_object *o, uint64_t at)
{
	uint64_t begin = at / o->block * o->block;
	size_t i = extents_before(o, at);

	return i > 0 && o->have[i - 1].end > begin ? o->have[i - 1].end : begin;
}

uint64_t
draft_size(const struct plan_object *o)
{
	return o->size >= 0 ? (uint64_t)o->size : UINT64_MAX;
}

/* ---- who owns what (P2) ---- */

static int
is_gone(const struct work *w)
{
	return w->verb == PLAN_STOP || w->verb == PLAN_PREEMPT;
}

int
draft_alive(const struct work *w, uint32_t object)
{
	return !is_gone(w) && !w->r.check && w->r.object == object;
}

uint64_t
draft_owned_from(const struct draft *d, const struct work *w)
{
	uint64_t block = d->p->objects[w->r.object].block;
	uint64_t from = w->r.position / block * block;

	return from > w->r.begin ? from : w->r.begin;
}

struct work *
draft_owner(struct draft *d, uint32_t object, uint64_t at)
{
	struct work *w;

	for (w = d->work; w < d->work + d->n; w++)
		if (draft_alive(w, object) && at < w->r.end &&
		    draft_owned_from(d, w) <= at)
			return w;
	return NULL;
}

struct work *
draft_any(struct draft *d, uint32_t object)
{
	struct work *w;

	for (w = d->work; w < d->work + d->n; w++)
		if (draft_alive(w, object))
			return w;
	return NULL;
}

struct work *
draft_check(struct draft *d, uint32_t object)
{
	struct work *w;

	for (w = d->work; w < d->work + d->n; w++)
		if (w->r.check && w->r.object == object)
			return w;
	return NULL;
}

struct work *
draft_next(struct draft *d, const struct work *before)
{
	struct work *w;

	for (w = d->work; w < d->work + d->n; w++)
		if (w != before && draft_alive(w, before->r.object) &&
		    w->r.begin == before->r.end && w->r.begin < w->r.end)
			return w;
	return NULL;
}

uint64_t
draft_free_until(const struct draft *d, uint32_t object, uint64_t begin)
{
	const struct plan_object *o = &d->p->objects[object];
	uint64_t end = draft_size(o), from;
	const struct work *w;
	size_t i = extents_before(o, begin);

	if (i < o->nhave && o->have[i].begin < end)
		end = o->have[i].begin;
	for (w = d->work; w < d->work + d->n; w++) {
		if (!draft_alive(w, object))
			continue;
		from = draft_owned_from(d, w);
		if (from >= begin && from < end && from < w->r.end)
			end = from;
	}
	return end;
}

unsigned
draft_count(const struct draft *d, uint32_t object, enum stake least)
{
	const struct work *w;
	unsigned n = 0;

	for (w = d->work; w < d->work + d->n; w++)
		if (draft_alive(w, object) && w->stake >= least)
			n++;
	return n;
}

/* ---- places (P4) ---- */

int
draft_holds_place(const struct draft *d, const struct work *w, uint32_t account)
{
	return !is_gone(w) && w->r.state != PLAN_RESTING &&
	    d->p->objects[w->r.object].account == account;
}

int
draft_places(const struct draft *d, uint32_t account)
{
	int left = (int)d->p->accounts[account].limit;
	const struct work *w;

	for (w = d->work; w < d->work + d->n; w++)
		left -= draft_holds_place(d, w, account);
	return left;
}

void
draft_queue(struct draft *d, uint32_t object)
{
	const struct plan_object *o = d->p->objects;
	uint32_t i, before = 0;

	if (d->sights[object].queued != 0)
		return;
	for (i = 0; i < d->p->nobjects; i++)
		before += d->sights[i].queued != 0 &&
		    o[i].account == o[object].account;
	d->sights[object].queued = before + 1;
}

struct work *
draft_insert(struct draft *d, uint32_t object, uint64_t begin, uint64_t end)
{
	struct plan_region r = { .id = PLAN_NONE, .object = object,
	    .begin = begin, .position = begin, .end = end,
	    .since = d->p->now, .state = PLAN_ASKING };
	struct work *w;

	if (d->n == PLAN_REGIONS)
		return NULL;
	w = &d->work[d->n++];
	init_work(w, &r);
	w->fresh = 1;
	w->verb = PLAN_START;
	return w;
}

void
draft_remove(struct work *w, enum plan_verb why)
{
	w->verb = why;
}

/* ---- steps ---- */

static int
has_step(const struct work *w, enum plan_verb verb)
{
	switch (verb) {
	case PLAN_STOP:
	case PLAN_PREEMPT:
	case PLAN_PAUSE:
	case PLAN_RESUME:
	case PLAN_START:
	case PLAN_CHECK:
		return w->verb == (int)verb;
	case PLAN_CUT:
		return !w->fresh && !is_gone(w) && w->r.end != w->end;
	case PLAN_FILL:
	case PLAN_QUEUE:
		break;
	}
	return 0;
}

static struct plan_step
step_of(const struct work *w, enum plan_verb verb)
{
	return (struct plan_step){ .verb = verb, .object = w->r.object,
	    .region = w->r.id, .begin = w->r.begin, .end = w->r.end,
	    .reader = w->stake != STAKE_NOBODY };
}

/* Who waits, and for how many others. */
static size_t
print_queues(const struct draft *d, struct plan_step *steps, size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < d->p->nobjects && n < max; i++)
		if (d->sights[i].queued != 0)
			steps[n++] = (struct plan_step){ .verb = PLAN_QUEUE,
			    .object = (uint32_t)i, .region = PLAN_NONE,
			    .begin = d->sights[i].queued - 1 };
	return n;
}

size_t
draft_print(const struct draft *d, struct plan_step *steps, size_t max)
{
	/* What is closed is closed before anything is opened (P4), and what
	 * is cut, before somebody else begins there (P2). */
	static const enum plan_verb order[] = {
		PLAN_STOP, PLAN_PREEMPT, PLAN_PAUSE, PLAN_CUT, PLAN_RESUME,
		PLAN_START, PLAN_CHECK
	};
	const struct work *w;
	size_t i, n = 0;

	for (i = 0; i < d->p->nobjects && n < max; i++)
		if (d->sights[i].filling && !d->p->objects[i].filling)
			steps[n++] = (struct plan_step){ .verb = PLAN_FILL,
			    .object = (uint32_t)i, .region = PLAN_NONE };
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (w = d->work; w < d->work + d->n && n < max; w++)
			if (has_step(w, order[i]))
				steps[n++] = step_of(w, order[i]);
	return n + print_queues(d, steps + n, max - n);
}

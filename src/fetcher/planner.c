/* SPDX-License-Identifier: ISC */
/* planner -- who is pulled for, from where to where; pure, in the fetcher */
#include "config.h"

#include <stdlib.h>

#include "draft.h"
#include "places.h"

#define TEE_SEQUENCE	(2u << 20)	/* taken in sequence: playing (P5) */
#define LINGER_MS	1000		/* after a HEAD, for the GET */
#define SPLIT_AFTER_MS	1000		/* a region is slow by then (P6) */
#define FOREVER		(INT64_MAX / 2)	/* ms */

static const struct plan_object *
object_of(const struct draft *d, const struct work *w)
{
	return &d->p->objects[w->r.object];
}

static int64_t
time_for(uint64_t bytes, uint64_t rate)
{
	uint64_t ms = bytes / (rate / 1000 + 1);

	return ms < FOREVER ? (int64_t)ms : FOREVER;
}

/* How much a reader may have in front before pulling for it rests (P5). */
static uint64_t
ahead_limit(const struct draft *d, uint32_t object)
{
	const struct plan_object *o = &d->p->objects[object];
	uint64_t limit = o->fill_ahead;

	if (d->sights[object].filling)
		limit = UINT64_MAX;
	else if (o->fill == PLAN_FILL_NONE)
		limit = o->segment;
	if (o->window != 0 && o->window < limit)
		limit = o->window;
	return limit > 2ULL * o->block ? limit : 2ULL * o->block;
}

/* ---- what broke, and has rested (P10) ---- */

static int
has_rested(const struct draft *d, const struct work *w)
{
	return w->r.state == PLAN_RESTING && w->r.rest != 0 &&
	    w->r.rest <= d->p->now;
}

/* A region that broke is tried again. */
static void
wake(struct work *w)
{
	w->verb = PLAN_RESUME;
	w->r.state = PLAN_ASKING;
}

/* ---- readers join what runs (P3) ---- */

static void
raise_stake(struct work *w, const struct need *n, enum stake stake)
{
	uint64_t lead = w->r.position > n->r->position ?
	    w->r.position - n->r->position : 0;

	if (w->stake < stake)
		w->stake = stake;
	if (lead < w->lead)
		w->lead = lead;
	if (n->front < w->front)
		w->front = n->front;
}

static void
stand_behind(struct work *w, struct need *n)
{
	n->behind = w;
	w->hungry |= n->r->waiting;
	if (n->missing > w->wanted)
		w->wanted = n->missing;
	raise_stake(w, n, STAKE_READER);
}

/* Whether a running region gets to the missing byte before the reader wants
 * it, or else before a new request would be answered. */
static int
in_reach(const struct draft *d, const struct work *w, const struct need *n)
{
	const struct plan_object *o = object_of(d, w);

	if (n->missing / o->block <= w->r.position / o->block)
		return 1;
	if (w->r.rate == 0 || w->r.state == PLAN_NO_ROOM ||
	    w->r.state == PLAN_RESTING)
		return 0;
	return time_for(n->missing - w->r.position, w->r.rate) <=
	    (n->front > o->answer ? n->front : o->answer);
}

/* Finds the region that will serve a reader: 0 when it needs one of its own.
 * Before the source has answered, and without ranges, there is but one. */
static int
join(struct draft *d, struct need *n)
{
	uint32_t object = n->r->object;
	const struct plan_object *o = &d->p->objects[object];
	struct work *w = draft_owner(d, object, n->missing);

	if (!o->known && w == NULL)
		w = draft_any(d, object);
	if (w == NULL && o->no_ranges && draft_any(d, object) != NULL) {
		d->sights[object].stranded = 1;
		return 1;
	}
	if (w == NULL)
		return !n->r->waiting && n->missing - n->r->position >=
		    ahead_limit(d, object) / 2;
	if (o->known && !o->no_ranges && !in_reach(d, w, n)) {
		if (w->stake == STAKE_NOBODY)
			w->stake = STAKE_INDIRECT;	/* until it is cut */
		return 0;
	}
	stand_behind(w, n);
	return 1;
}

/* ---- ... or get regions of their own ---- */

/* Where a region for a reader has to end: at least where something exists or
 * is owned.  Where no fill goes on that is the end of what was asked, so that
 * the connection can be used again (a HEAD waits for its GET, though); where
 * not all fits, the end of what fits before the reader (P7). */
static uint64_t
end_for(const struct draft *d, const struct need *n, uint64_t begin)
{
	const struct plan_object *o = &d->p->objects[n->r->object];
	uint64_t end = draft_free_until(d, n->r->object, begin);
	uint64_t last = end;

	if (o->no_ranges)
		return draft_size(o);
	if (!d->sights[n->r->object].filling && !n->r->head)
		last = n->r->end;
	if (o->window != 0 && o->known && last > n->r->position + o->window)
		last = n->r->position + o->window;
	if (last <= begin)
		last = begin + 1;
	if (last >= end)
		return end;
	last = (last + o->block - 1) / o->block * o->block;
	return last < end ? last : end;
}

/* No region of an object runs without a reader beside two that have readers:
 * a viewer who seeks then never has more than two connections. */
static void
stop_idle(struct draft *d, uint32_t object)
{
	struct work *w;

	for (w = d->work; w < d->work + d->n; w++)
		if (w->stake == STAKE_NOBODY && draft_alive(w, object))
			draft_remove(w, PLAN_STOP);
}

/* A new region for a reader, cut off from who would come too late; without a
 * place for it, the reader waits for that one. */
static void
start(struct draft *d, struct need *n)
{
	uint32_t object = n->r->object;
	const struct plan_object *o = &d->p->objects[object];
	uint64_t begin = o->no_ranges ? 0 : draft_begin(o, n->missing);
	struct work *owner, *w;

	if (d->n == PLAN_REGIONS)
		return;
	if (!places_make(d, n)) {
		owner = draft_owner(d, object, n->missing);
		if (owner != NULL)
			stand_behind(owner, n);
		return;
	}
	if (draft_count(d, object, STAKE_INDIRECT) > 0)
		stop_idle(d, object);
	owner = draft_owner(d, object, n->missing);
	if (owner != NULL)
		owner->r.end = begin;
	w = draft_insert(d, object, begin, end_for(d, n, begin));
	stand_behind(w, n);
}

/* What a reader still needs; 0: nothing of a source. */
static int
init_need(const struct draft *d, const struct plan_reader *r, struct need *n)
{
	const struct plan_object *o;
	uint64_t end;

	if (r->object >= d->p->nobjects)
		return 0;
	o = &d->p->objects[r->object];
	end = r->end < draft_size(o) ? r->end : draft_size(o);
	n->r = r;
	n->missing = draft_have_until(o, r->position);
	n->behind = NULL;
	if (o->known && (r->head || r->check || n->missing >= end))
		return 0;
	n->front = FOREVER;
	if (r->waiting || n->missing <= r->position)
		n->front = 0;
	else if (r->rate != 0)
		n->front = time_for(n->missing - r->position, r->rate);
	return 1;
}

/* Who waits longest comes first, then who will have to wait soonest. */
static int
by_need(const void *a, const void *b)
{
	const struct need *x = a, *y = b;

	if (x->r->waiting != y->r->waiting)
		return y->r->waiting - x->r->waiting;
	if (x->r->waiting && x->r->since != y->r->since)
		return x->r->since < y->r->since ? -1 : 1;
	if (x->front != y->front)
		return x->front < y->front ? -1 : 1;
	return x->r < y->r ? -1 : x->r > y->r;
}

static struct need *
create_needs(const struct draft *d, size_t *count)
{
	struct need *needs;
	size_t i, n = 0;

	needs = reallocarray(NULL, d->p->nreaders + 1, sizeof(*needs));
	if (needs == NULL)
		return NULL;
	for (i = 0; i < d->p->nreaders; i++)
		if (init_need(d, &d->p->readers[i], &needs[n]))
			n++;
	qsort(needs, n, sizeof(*needs), by_need);
	*count = n;
	return needs;
}

/* Those who can wait for nobody get regions, the neediest first.  What was
 * started for one may serve the next. */
static void
start_all(struct draft *d, struct need *needs, size_t count)
{
	struct need *n;

	for (n = needs; n < needs + count; n++) {
		if (n->behind == NULL) {
			if (!join(d, n))
				start(d, n);
		} else if (draft_alive(n->behind, n->r->object) &&
		    has_rested(d, n->behind) && places_make(d, n)) {
			wake(n->behind);
		}
	}
}

/* ---- slow sources (P6) ---- */

/* A region with waiting readers goes on twice: the last of its parts, behind
 * the segment that they are in, becomes another's. */
static void
split(struct draft *d, struct work *w)
{
	const struct plan_object *o = object_of(d, w);
	struct work *next, *more;
	uint64_t at;

	if (w->stake != STAKE_READER || !w->hungry || o->split < 2 ||
	    !o->known || o->no_ranges || o->size < 0 ||
	    w->r.state != PLAN_PULLING ||
	    d->p->now - w->r.since < SPLIT_AFTER_MS ||
	    draft_count(d, w->r.object, STAKE_INDIRECT) >= o->split ||
	    draft_places(d, o->account) <= 0)
		return;
	while ((next = draft_next(d, w)) != NULL)
		w = next;
	at = w->wanted > w->r.position ? w->wanted : w->r.position;
	at = (at / o->segment + 1) * o->segment;
	if (w->fresh || at >= w->r.end ||
	    (more = draft_insert(d, w->r.object, at, w->r.end)) == NULL)
		return;
	more->stake = STAKE_INDIRECT;
	w->r.end = at;
	stop_idle(d, w->r.object);
}

/* With a region, a reader needs those that were split off it. */
static void
need_parts(struct draft *d, const struct need *n)
{
	struct work *w = n->behind;
	unsigned i;

	if (w == NULL || !draft_alive(w, n->r->object))
		return;
	for (i = 1; i < object_of(d, w)->split; i++) {
		if ((w = draft_next(d, w)) == NULL)
			return;
		raise_stake(w, n, STAKE_INDIRECT);
	}
}

/* ---- without a reader (P5) ---- */

/* A whole fill begins when somebody plays: from near the start, or for a
 * while in sequence.  A HEAD, a prefetch or a lone look at the tail begins
 * none. */
static void
look_at(struct draft *d, const struct plan_reader *r)
{
	const struct plan_object *o;
	struct sight *s;

	if (r->prefetch)
		return;
	if (r->object >= d->p->nobjects || r->head)
		return;
	o = &d->p->objects[r->object];
	s = &d->sights[r->object];
	s->watched = 1;
	s->doubted |= r->check;
	if (r->position < s->first)
		s->first = r->position;
	if (!r->check && o->fill == PLAN_FILL_ALL &&
	    (r->start < o->tee_window ||
	    r->position >= r->start + TEE_SEQUENCE))
		s->filling = 1;
}

/* Whether filling goes on: for whoever plays, else if the object fits. */
static int
may_fill(const struct draft *d, uint32_t object)
{
	const struct plan_object *o = &d->p->objects[object];

	return d->sights[object].filling && o->fill == PLAN_FILL_ALL &&
	    (d->sights[object].watched || (o->may_fill && o->size >= 0)) &&
	    draft_count(d, object, STAKE_INDIRECT) < 2;
}

/* What a HEAD began waits a moment for the GET. */
static int
lingers(const struct draft *d, const struct work *w)
{
	const struct plan_object *o = object_of(d, w);

	return !d->sights[w->r.object].watched &&
	    d->p->now - w->r.since < LINGER_MS + o->answer &&
	    w->r.pulled <= 2ULL * o->block;
}

/* A fill that meets a full arena ends, unless saving will make room for it:
 * what was on its way would be lost each time. */
static int
may_go_on(const struct draft *d, const struct work *w)
{
	const struct plan_object *o = object_of(d, w);

	if (lingers(d, w))
		return 1;
	return may_fill(d, w->r.object) &&
	    (w->r.state != PLAN_NO_ROOM || o->spooled) &&
	    !d->sights[w->r.object].stranded &&
	    draft_places(d, o->account) >= 0;
}

/* Of the regions that nobody stands behind the last one may go on: there the
 * reader was that may come back. */
static void
judge_idle(struct draft *d, uint32_t object)
{
	struct work *w = draft_check(d, object), *last = NULL;

	if (w != NULL && w->r.state == PLAN_RESTING &&
	    !d->sights[object].doubted)
		draft_remove(w, PLAN_STOP);
	for (w = d->work; w < d->work + d->n; w++) {
		if (!draft_alive(w, object) || w->stake != STAKE_NOBODY)
			continue;
		if (last != NULL && w->r.since < last->r.since) {
			draft_remove(w, PLAN_STOP);
			continue;
		}
		if (last != NULL)
			draft_remove(last, PLAN_STOP);
		last = w;
	}
	if (last != NULL && !may_go_on(d, last))
		draft_remove(last, PLAN_STOP);
}

/* The first hole from `at` on that nobody owns; 0: there is none. */
static int
find_gap(struct draft *d, uint32_t object, uint64_t at, uint64_t *begin)
{
	const struct plan_object *o = &d->p->objects[object];
	struct work *w;

	while ((at = draft_have_until(o, at)) < draft_size(o)) {
		if ((w = draft_owner(d, object, at)) == NULL) {
			*begin = draft_begin(o, at);
			return 1;
		}
		at = w->r.end;
	}
	return 0;
}

static void
judge_all(struct draft *d, const struct need *needs, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		need_parts(d, &needs[i]);
	for (i = 0; i < d->p->nobjects; i++)
		judge_idle(d, (uint32_t)i);
}

/* The same, after regions were cut and preempted. */
static void
judge_again(struct draft *d, const struct need *needs, size_t count)
{
	struct work *w;

	for (w = d->work; w < d->work + d->n; w++)
		if (w->stake == STAKE_INDIRECT)
			w->stake = STAKE_NOBODY;
	judge_all(d, needs, count);
}

/* Where filling goes on: in front of the first reader, else at the first hole;
 * but not behind all readers if what is there has to be evicted again. */
static int
choose_gap(struct draft *d, uint32_t object, uint64_t *begin)
{
	uint64_t first = d->sights[object].first;

	return (first != UINT64_MAX && find_gap(d, object, first, begin)) ||
	    (d->p->objects[object].may_fill &&
	    find_gap(d, object, 0, begin));
}

/* Fills a gap in the background, on a place and in room that nobody wants. */
static void
fill_gap(struct draft *d, uint32_t object)
{
	const struct plan_object *o = &d->p->objects[object];
	uint64_t begin;

	if (!may_fill(d, object) || !o->known || o->size < 0 || o->no_ranges ||
	    (o->window != 0 && (!o->spooled || d->sights[object].watched)) ||
	    d->p->room < 2ULL * o->segment ||
	    draft_places(d, o->account) <= 0 ||
	    draft_count(d, object, STAKE_NOBODY) !=
	    draft_count(d, object, STAKE_INDIRECT) ||
	    !choose_gap(d, object, &begin))
		return;
	draft_insert(d, object, begin, draft_free_until(d, object, begin));
}

/* What broke and has rested goes on, on a place that nobody wants. */
static void
wake_idle(struct draft *d, struct work *w)
{
	if (draft_alive(w, w->r.object) && w->stake != STAKE_READER &&
	    has_rested(d, w) && draft_places(d, object_of(d, w)->account) > 0)
		wake(w);
}

/* ---- far enough ahead (P5: ahead, none) ---- */

/* Rests a region that is far enough, or wakes it up.  Without a reader that
 * is one block, for the size, or a whole fill. */
static void
pace(const struct draft *d, struct work *w)
{
	uint64_t limit = ahead_limit(d, w->r.object), lead = w->lead;

	if (w->fresh || !draft_alive(w, w->r.object))
		return;
	if (w->stake == STAKE_NOBODY) {
		lead = w->r.pulled;
		limit = may_fill(d, w->r.object) ? UINT64_MAX :
		    object_of(d, w)->block;
	}
	if (w->r.state == PLAN_PULLING && lead >= limit)
		w->verb = PLAN_PAUSE;
	else if (w->r.state == PLAN_PAUSED && lead <= limit / 2)
		w->verb = PLAN_RESUME;
}

/* ---- has it changed? ---- */

/* One connection asks for all who want to know. */
static void
check(struct draft *d, const struct plan_reader *r)
{
	struct need n = { .r = r };
	struct work *w;

	if (!r->check || r->object >= d->p->nobjects ||
	    !d->p->objects[r->object].known)
		return;
	w = draft_check(d, r->object);
	if ((w != NULL && !has_rested(d, w)) || d->n == PLAN_REGIONS ||
	    !places_make(d, &n))
		return;
	if (w != NULL) {
		wake(w);
		return;
	}
	w = draft_insert(d, r->object, 0, 0);
	w->verb = PLAN_CHECK;
	w->r.check = 1;
}

/* ---- one turn ---- */

size_t
plan(const struct plan_picture *p, struct plan_step *steps, size_t max)
{
	struct draft *d = draft_create(p);
	struct need *needs = NULL;
	size_t i, n, count = 0;

	if (d == NULL || (needs = create_needs(d, &count)) == NULL) {
		draft_destroy(d);
		return 0;
	}
	for (i = 0; i < p->nreaders; i++)
		look_at(d, &p->readers[i]);
	for (i = 0; i < count; i++)
		join(d, &needs[i]);
	judge_all(d, needs, count);
	places_shed(d);
	start_all(d, needs, count);
	for (i = 0; i < p->nreaders; i++)
		check(d, &p->readers[i]);
	judge_again(d, needs, count);
	for (i = 0, n = d->n; i < n; i++)
		split(d, &d->work[i]);
	for (i = 0; i < d->n; i++)
		wake_idle(d, &d->work[i]);
	for (i = 0; i < p->nobjects; i++)
		fill_gap(d, (uint32_t)i);
	for (i = 0; i < d->n; i++)
		pace(d, &d->work[i]);
	n = draft_print(d, steps, max);
	free(needs);
	draft_destroy(d);
	return n;
}

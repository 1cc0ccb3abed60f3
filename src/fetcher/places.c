/* SPDX-License-Identifier: ISC */
/* places -- whose connection goes when a reader needs one; fetcher */
#include "config.h"

#include "draft.h"
#include "places.h"

#define TURN_MS		4000		/* a place is held at least so long */
#define TURN_BYTES	(4u << 20)	/* and for so much */
#define TURN_MAX_MS	8000		/* but no longer for a slow source */

/* Whether a region's readers got what a turn gives, or all that fits.  Without
 * ranges it would have to begin anew, and might never come to the end. */
static int
had_its_turn(const struct draft *d, const struct work *w)
{
	const struct plan_object *o = &d->p->objects[w->r.object];
	int64_t held = d->p->now - w->r.since;

	if (!w->hungry && (w->r.state == PLAN_PAUSED ||
	    w->r.state == PLAN_NO_ROOM || w->lead >= o->fill_ahead))
		return 1;
	return !o->no_ranges && (held >= TURN_MAX_MS ||
	    (held >= TURN_MS && w->r.pulled >= TURN_BYTES));
}

/* Whether a region has to give its place to a reader.  One that has a turn's
 * time in front can wait for the next. */
static int
gives_way(const struct draft *d, const struct work *w, const struct need *n)
{
	if (w->fresh || w->r.check)
		return 0;
	if (w->stake < STAKE_READER)
		return 1;
	return n->front < TURN_MS && n->front <= w->front && had_its_turn(d, w);
}

/* Who goes first: what fewer readers need, then whose readers have most in
 * front, then who was there longest. */
static int
goes_before(const struct work *a, const struct work *b)
{
	if (a->stake != b->stake)
		return a->stake < b->stake;
	if (a->front != b->front)
		return a->front > b->front;
	if (a->lead != b->lead)
		return a->lead > b->lead;
	return a->r.since < b->r.since;
}

static struct work *
find_victim(struct draft *d, const struct need *n, uint32_t account)
{
	struct work *w, *best = NULL;

	for (w = d->work; w < d->work + d->n; w++)
		if (draft_holds_place(d, w, account) && gives_way(d, w, n) &&
		    (best == NULL || goes_before(w, best)))
			best = w;
	return best;
}

int
places_make(struct draft *d, const struct need *n)
{
	uint32_t account = d->p->objects[n->r->object].account;
	struct work *w;

	while (draft_places(d, account) <= 0) {
		if ((w = find_victim(d, n, account)) == NULL) {
			if (n->r->waiting)
				draft_queue(d, n->r->object);
			return 0;
		}
		draft_remove(w, PLAN_PREEMPT);
	}
	return 1;
}

static struct work *
find_least(struct draft *d, uint32_t account)
{
	struct work *w, *best = NULL;

	for (w = d->work; w < d->work + d->n; w++)
		if (draft_holds_place(d, w, account) &&
		    (best == NULL || goes_before(w, best)))
			best = w;
	return best;
}

void
places_shed(struct draft *d)
{
	struct work *w;
	uint32_t i;

	for (i = 0; i < d->p->naccounts; i++)
		while (draft_places(d, i) < 0 && (w = find_least(d, i)) != NULL)
			draft_remove(w, PLAN_PREEMPT);
}

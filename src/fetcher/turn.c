/* SPDX-License-Identifier: ISC */
/* turn -- draws the planner's picture and takes its steps; fetcher */
#include "config.h"

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "picture.h"
#include "pull.h"
#include "turn.h"

#define STEPS_MAX	256	/* taken in one turn */

static struct pull *
pull_of(uint32_t id)
{
	struct pull *p;

	TAILQ_FOREACH(p, &pulls, next)
		if (p->info.id == id)
			return p;
	return NULL;
}

/* Steps for a pull that has ended since are void. */
static void
take_step(const struct plan_step *s)
{
	struct pull *p = s->region == PLAN_NONE ? NULL : pull_of(s->region);
	struct target *t = picture_target(s->object);

	if (p == NULL && s->region != PLAN_NONE)
		return;
	switch (s->verb) {
	case PLAN_PREEMPT:
		counter_add(COUNTER_PULL_PREEMPTED, 1);
		pull_stop(p);
		break;
	case PLAN_STOP:
		pull_stop(p);
		break;
	case PLAN_PAUSE:
		pull_pause(p, PLAN_PAUSED);
		break;
	case PLAN_RESUME:
		pull_resume(p);
		break;
	case PLAN_CUT:
		pull_cut(p, s->end);
		break;
	case PLAN_START:
		pull_start(t, s->begin, s->end, s->reader);
		break;
	case PLAN_CHECK:
		pull_check(t);
		break;
	case PLAN_FILL:
		object_set_filling(t->object, 1);
		break;
	case PLAN_QUEUE:
		t->queued = (unsigned)s->begin + 1;
		seat_queue(t->seat);
		break;
	}
}

/* Says which objects wait for a connection, and what each account has. */
static void
tell_queues(void)
{
	struct target *t;

	TAILQ_FOREACH(t, &targets, next)
		object_set_queued(t->object, t->queued);
	seat_tell();
}

/* How far a pull may evict, whether a reader stands before it, and where the
 * first one is ahead of it (P7, P9). */
static void
note_window(struct pull *p, const struct row_state *rows, size_t nrows,
    uint64_t window)
{
	uint64_t at;
	size_t i;

	p->has_reader = 0;
	p->evict_until = 0;
	p->wanted_from = UINT64_MAX;
	for (i = 0; i < nrows; i++) {
		if (rows[i].object.id != p->target->object.id ||
		    rows[i].object.gen != p->target->object.gen)
			continue;
		at = rows[i].position;
		if (at > p->fill.position) {
			if (at < p->wanted_from)
				p->wanted_from = at;
			continue;
		}
		p->has_reader = 1;
		if ((rows[i].flags & ROW_PREFETCH) != 0)
			continue;
		if (at + window > p->evict_until)
			p->evict_until = at + window;
	}
	p->wanted_until = p->wanted_from == UINT64_MAX ? 0 :
	    p->wanted_from + window;
}

int64_t
turn_take(const struct conf *conf)
{
	static struct plan_step steps[STEPS_MAX];
	struct plan_picture picture = picture_draw(conf);
	const struct row_state *rows;
	struct pull *p, *next;
	struct target *t;
	size_t i, n, nrows;
	int64_t busy;

	n = plan(&picture, steps, STEPS_MAX);
	TAILQ_FOREACH(t, &targets, next)
		t->queued = 0;
	for (i = 0; i < n; i++)
		take_step(&steps[i]);
	tell_queues();
	rows = picture_rows(&nrows);
	TAILQ_FOREACH(p, &pulls, next)
		note_window(p, rows, nrows, segment_window(nrows));
	TAILQ_FOREACH_SAFE(p, &pulls, next, next)
		if (p->state == PLAN_NO_ROOM)
			pull_resume(p);
	busy = TAILQ_EMPTY(&pulls) && nrows == 0 ? TURN_REST : TURN_TICK;
	busy += clock_ms();
	return busy < picture_due() ? busy : picture_due();
}

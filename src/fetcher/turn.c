/* SPDX-License-Identifier: ISC */
/* turn -- draws the planner's picture and takes its steps; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "reeld/row.h"
#include "draft.h"
#include "planner.h"
#include "pull.h"
#include "target.h"
#include "turn.h"

#define ROWS_MAX	65536	/* seen in one turn */
#define STEPS_MAX	256	/* taken in one turn */

static struct row_state *rows;
static struct coverage *coverages;
static struct plan_object *objects;
static struct target **by_index;
static struct plan_reader *readers;
static struct plan_account *accounts;
static struct plan_region regions[PLAN_REGIONS];
static size_t nrows, nobjects, nreaders, naccounts, nregions;
static size_t room_objects, room_readers, room_accounts;

static void *
grow(void *array, size_t n, size_t size)
{
	if ((array = reallocarray(array, n, size)) == NULL)
		fatal("no memory");
	return array;
}

/* ---- the picture ---- */

/* Every object that somebody reads, or that is pulled for. */
static void
find_targets(const struct conf *conf)
{
	struct target *t;
	size_t i;

	if (rows == NULL)
		rows = grow(NULL, ROWS_MAX, sizeof(*rows));
	nrows = row_take(rows, ROWS_MAX);
	TAILQ_FOREACH(t, &targets, next)
		t->readers = 0;
	for (i = 0; i < nrows; i++)
		if ((t = target_of(rows[i].object, conf)) != NULL)
			t->readers++;
}

static int
is_idle(const struct target *t)
{
	struct object_info info;

	if (t->readers > 0 || t->pulls > 0)
		return 0;
	object_info(t->object, &info);
	return info.past || info.state != OBJECT_KNOWN || !info.filling ||
	    info.size < 0;
}

static void
make_room(void)
{
	room_objects = room_objects == 0 ? 64 : room_objects * 2;
	objects = grow(objects, room_objects, sizeof(*objects));
	by_index = grow(by_index, room_objects, sizeof(*by_index));
	coverages = grow(coverages, room_objects, sizeof(*coverages));
}

/* Numbers the targets; those that nobody reads and that need no filling are
 * let go. */
static void
number_targets(void)
{
	struct target *t, *next;

	nobjects = 0;
	TAILQ_FOREACH_SAFE(t, &targets, next, next) {
		if (is_idle(t)) {
			target_destroy(t);
			continue;
		}
		if (nobjects == room_objects)
			make_room();
		t->index = (unsigned)nobjects;
		by_index[nobjects++] = t;
	}
}

/* What each reader may have in front of it of an object larger than the arena,
 * beside the segment that it stands in; never less than is kept for it. */
static uint64_t
window(void)
{
	uint64_t share = arena_size() / (nrows > 0 ? nrows : 1);

	return share > 2ULL * arena_segment_size() ?
	    share - arena_segment_size() : segment_window(nrows);
}

/* Bytes of an object that are not there. */
static uint64_t
missing(const struct plan_object *o)
{
	uint64_t n = (uint64_t)o->size;
	size_t i;

	for (i = 0; i < o->nhave; i++)
		n -= o->have[i].end - o->have[i].begin;
	return n;
}

/* It failed of late: its source is asked for those who wait alone. */
static int
is_quiet(const struct target *t)
{
	return clock_ms() < t->quiet_until;
}

static void
draw_object(struct plan_object *o, struct target *t)
{
	static const enum plan_fill fills[] = {
		[CONF_FILL_ALL] = PLAN_FILL_ALL,
		[CONF_FILL_AHEAD] = PLAN_FILL_AHEAD,
		[CONF_FILL_NONE] = PLAN_FILL_NONE,
	};
	struct object_info info;

	object_info(t->object, &info);
	memset(o, 0, sizeof(*o));
	o->account = seat_number(t->seat);
	o->known = info.state == OBJECT_KNOWN;
	o->no_ranges = info.no_ranges;
	o->filling = info.filling && !info.past;
	o->size = info.size;
	o->block = arena_block_size();
	o->segment = arena_segment_size();
	o->fill = PLAN_FILL_NONE;
	o->split = 1;
	o->answer = seat_answer(t->seat);
	if (t->origin != NULL && !info.past) {
		o->fill = fills[t->origin->fill];
		o->fill_ahead = t->origin->fill_ahead;
		o->tee_window = t->origin->tee_window;
		o->split = t->origin->split;
	}
	if (is_quiet(t)) {
		o->fill = PLAN_FILL_NONE;
		o->filling = 0;
	}
	if (info.size >= 0 && (uint64_t)info.size > arena_size())
		o->window = window();
	t->coverage.object = t->object;
	t->coverage.size = info.size;
}

static void
draw_objects(uint64_t room)
{
	size_t i;

	for (i = 0; i < nobjects; i++) {
		draw_object(&objects[i], by_index[i]);
		coverages[i] = by_index[i]->coverage;
	}
	if (coverage_take(coverages, nobjects) == -1)
		fatal("no memory");
	for (i = 0; i < nobjects; i++) {
		by_index[i]->coverage = coverages[i];
		objects[i].have = coverages[i].extents;
		objects[i].nhave = coverages[i].n;
		objects[i].may_fill = objects[i].size >= 0 &&
		    missing(&objects[i]) <= room;
	}
}

/* Whether a pull is on its way to the first byte that a reader lacks. */
static int
is_pulled(const struct target *t, const struct row_state *r)
{
	uint64_t at = draft_have_until(&objects[t->index], r->position);
	const struct pull *p;

	TAILQ_FOREACH(p, &pulls, next)
		if (p->target == t && !p->check && p->info.begin <= at &&
		    at < p->info.end)
			return 1;
	return 0;
}

/* A reader of a past object gets what is there; one whose byte was given up
 * is being told so. */
static int
counts(const struct target *t, const struct row_state *r)
{
	struct object_info info;

	object_info(t->object, &info);
	return !info.past && info.state != OBJECT_FAILED &&
	    t->origin != NULL &&
	    (r->waiting || !is_quiet(t) || is_pulled(t, r)) &&
	    !object_broken(t->object, r->position, r->since);
}

/* Whether the source has answered since the row waits for that. */
static int
was_checked(const struct target *t, const struct row_state *r)
{
	struct object_info info;
	int64_t waits = (clock_ms() - r->since) / 1000;

	object_info(t->object, &info);
	return info.answered >= clock_wall() - waits;
}

static void
draw_reader(struct plan_reader *to, const struct target *t,
    const struct row_state *r)
{
	memset(to, 0, sizeof(*to));
	to->object = t->index;
	to->start = r->start;
	to->position = r->position;
	to->end = r->end;
	to->rate = r->rate;
	to->since = r->since;
	to->waiting = r->waiting;
	to->head = (r->flags & ROW_HEAD) != 0;
	if ((r->flags & ROW_CHECK) != 0) {
		to->end = to->position;	/* wants no byte before that */
		to->check = !was_checked(t, r);
	}
}

static void
draw_readers(const struct conf *conf)
{
	struct target *t;
	size_t i;

	if (nrows > room_readers) {
		room_readers = nrows * 2;
		readers = grow(readers, room_readers, sizeof(*readers));
	}
	nreaders = 0;
	for (i = 0; i < nrows; i++) {
		t = target_of(rows[i].object, conf);
		if (t != NULL && counts(t, &rows[i]))
			draw_reader(&readers[nreaders++], t, &rows[i]);
	}
}

static void
draw_accounts(void)
{
	struct seat *s;

	for (naccounts = 0; (s = seat_at((unsigned)naccounts)) != NULL;
	    naccounts++) {
		if (naccounts == room_accounts) {
			room_accounts = naccounts == 0 ? 16 : naccounts * 2;
			accounts = grow(accounts, room_accounts,
			    sizeof(*accounts));
		}
		accounts[naccounts].limit = seat_limit(s);
	}
}

static void
draw_regions(int64_t now)
{
	struct plan_region *r;
	struct pull *p;

	nregions = 0;
	TAILQ_FOREACH(p, &pulls, next) {
		if (nregions == PLAN_REGIONS)
			break;
		r = &regions[nregions++];
		memset(r, 0, sizeof(*r));
		r->id = p->info.id;
		r->object = p->target->index;
		r->begin = p->info.begin;
		r->end = p->info.end;
		r->position = p->fill.position;
		r->pulled = p->pulled;
		r->rate = pull_rate(p, now);
		r->since = p->begun;
		r->state = p->state;
		r->rest = p->state == PLAN_RESTING ? p->retry_at : 0;
		r->check = p->check;
	}
}

static struct plan_picture
draw(const struct conf *conf)
{
	struct plan_picture picture;

	find_targets(conf);
	number_targets();
	memset(&picture, 0, sizeof(picture));
	picture.now = clock_ms();
	picture.room = arena_room_free();
	draw_objects(picture.room);
	draw_readers(conf);
	draw_accounts();
	draw_regions(picture.now);
	picture.accounts = accounts;
	picture.naccounts = naccounts;
	picture.objects = objects;
	picture.nobjects = nobjects;
	picture.regions = regions;
	picture.nregions = nregions;
	picture.readers = readers;
	picture.nreaders = nreaders;
	return picture;
}

/* ---- the steps ---- */

static struct pull *
pull_of(uint32_t id)
{
	struct pull *p;

	TAILQ_FOREACH(p, &pulls, next)
		if (p->info.id == id)
			return p;
	return NULL;
}

/* A row may still ask for a check whose answer its worker has yet to see. */
static int
is_stale(const struct target *t)
{
	struct object_info info;

	object_info(t->object, &info);
	return clock_wall() >= info.fresh_until;
}

/* Steps for a pull that has ended since are void. */
static void
take_step(const struct plan_step *s)
{
	struct pull *p = s->region == PLAN_NONE ? NULL : pull_of(s->region);
	struct target *t = by_index[s->object];

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
		if (is_stale(t))
			pull_check(t);
		break;
	case PLAN_FILL:
		object_set_filling(t->object, 1);
		break;
	}
}

/* How far a pull may evict, whether a reader stands before it, and where the
 * first one is ahead of it (P7, P9). */
static void
note_window(struct pull *p, uint64_t window)
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
		if (at + window > p->evict_until)
			p->evict_until = at + window;
	}
	p->wanted_until = p->wanted_from == UINT64_MAX ? 0 :
	    p->wanted_from + window;
}

int
turn_take(const struct conf *conf)
{
	static struct plan_step steps[STEPS_MAX];
	struct plan_picture picture = draw(conf);
	struct pull *p, *next;
	size_t i, n;

	n = plan(&picture, steps, STEPS_MAX);
	for (i = 0; i < n; i++)
		take_step(&steps[i]);
	TAILQ_FOREACH(p, &pulls, next)
		note_window(p, segment_window(nrows));
	TAILQ_FOREACH_SAFE(p, &pulls, next, next)
		if (p->state == PLAN_NO_ROOM)
			pull_resume(p);
	return !TAILQ_EMPTY(&pulls) || nrows > 0;
}

/* SPDX-License-Identifier: ISC */
/* picture -- the world as a turn of the planner sees it; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/spool.h"
#include "beam.h"
#include "draft.h"
#include "pass.h"
#include "picture.h"
#include "pull.h"
#include "tier.h"
#include "verify.h"

#define ROWS_MAX	65536	/* seen in one turn */
#define SPOOL_FIRST	100	/* ms that the catalogue has, then a source */

static struct row_state *rows;
static struct coverage *coverages;
static struct plan_object *objects;
static struct target **by_index;
static struct plan_reader *readers;
static struct plan_account *accounts;
static struct plan_region regions[PLAN_REGIONS];
static size_t nrows, nobjects, nreaders, naccounts, nregions;
static size_t room_objects, room_readers, room_accounts;
static int64_t due;		/* ms: when to look again at the latest */

static void *
grow(void *array, size_t n, size_t size)
{
	if ((array = reallocarray(array, n, size)) == NULL)
		fatal("no memory");
	return array;
}

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

/* Nobody reads it, nothing is pulled for it, and it needs no filling: what was
 * whole once is not filled again when some of it is evicted. */
static int
is_idle(const struct target *t)
{
	struct object_info info;

	if (t->readers > 0 || t->pulls > 0 || verify_is_busy(t))
		return 0;
	object_info(t->object, &info);
	if (info.past || info.purged || info.state != OBJECT_KNOWN ||
	    !info.filling || info.spilled || info.size < 0)
		return 1;
	if (!target_is_whole(t))
		return 0;
	object_set_filling(t->object, 0);
	return 1;
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

/* Whether the spool has room for all of an object and takes it (P5). */
static int
fits_spool(const struct conf *conf, int64_t size)
{
	uint64_t most = (uint64_t)SPOOL_SEGMENTS * arena_segment_size();

	return size >= 0 && conf->spool.directory != NULL && spool_saves() &&
	    (uint64_t)size <= conf->spool.low && (uint64_t)size <= most;
}

static void
draw_object(struct plan_object *o, struct target *t, const struct conf *conf)
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
	o->no_ranges = beam_no_ranges(t, info.no_ranges);
	o->filling = info.filling && !info.past && !info.purged;
	o->size = info.size;
	o->block = arena_block_size();
	o->segment = arena_segment_size();
	o->fill = PLAN_FILL_NONE;
	o->split = 1;
	o->answer = seat_answer(t->seat);
	o->spooled = fits_spool(conf, info.size);
	if (t->origin != NULL && !info.past) {
		o->fill = fills[t->origin->fill];
		o->fill_ahead = t->origin->fill_ahead;
		o->tee_window = t->origin->tee_window;
		o->split = t->origin->split;
	}
	/* What is purged is for its readers alone; what the disk cannot hold
	 * whole would be pulled for ever. */
	if ((info.purged || info.spilled) && o->fill == PLAN_FILL_ALL)
		o->fill = PLAN_FILL_AHEAD;
	if (info.spilled)
		o->filling = o->spooled = 0;
	if (is_quiet(t)) {
		o->fill = PLAN_FILL_NONE;
		o->filling = 0;
	}
	if (info.size >= 0 && (uint64_t)info.size > arena_size())
		o->window = window();
	t->spooled = o->spooled;
	t->coverage.object = t->object;
	t->coverage.size = info.size;
}

static void
look_again_at(int64_t ms)
{
	if (ms < due)
		due = ms;
}

/* What is there: in the arena, or on disk, from where it can be brought. */
static void
draw_objects(const struct conf *conf, uint64_t room)
{
	int64_t until;
	size_t i;

	if (tier_comes(conf, &until))
		look_again_at(until);
	for (i = 0; i < nobjects; i++) {
		draw_object(&objects[i], by_index[i], conf);
		coverages[i] = by_index[i]->coverage;
	}
	if (coverage_take(coverages, nobjects) == -1)
		fatal("no memory");
	for (i = 0; i < nobjects; i++) {
		if (tier_brings(conf) && spool_cover(&coverages[i]) == -1)
			fatal("no memory");
		by_index[i]->coverage = coverages[i];
		objects[i].have = coverages[i].extents;
		objects[i].nhave = coverages[i].n;
		objects[i].may_fill = objects[i].size >= 0 &&
		    (objects[i].spooled || missing(&objects[i]) <= room);
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

/* The catalogue is asked before a source is, and has a moment for that, once
 * the spooler is there. */
static int
asks_spool(const struct target *t, const struct row_state *r,
    const struct conf *conf)
{
	int64_t until;

	if (!tier_comes(conf, &until))
		until = r->since + SPOOL_FIRST;
	if (t->pulls > 0 || !tier_may_know(conf, t->object) ||
	    clock_ms() >= until)
		return 0;
	look_again_at(until);
	return 1;
}

/* A reader of a past object gets what is there, but of one that was purged he
 * gets all; one whose byte was given up is being told so. */
static int
counts(const struct target *t, const struct row_state *r,
    const struct conf *conf)
{
	struct object_info info;

	object_info(t->object, &info);
	return !info.past && info.state != OBJECT_FAILED &&
	    t->origin != NULL &&
	    (r->waiting || !is_quiet(t) || is_pulled(t, r)) &&
	    !object_broken(t->object, r->position, r->since) &&
	    !asks_spool(t, r, conf);
}

/* Whether a reader waits for what is on disk: no source is hurried for him. */
static int
waits_for_disk(const struct target *t, const struct row_state *r,
    const struct conf *conf)
{
	return tier_brings(conf) && spool_is_away(t->object,
	    (uint32_t)(r->position / arena_segment_size()));
}

/* Whether the source has answered since the row waits for that, or could not
 * be asked. */
static int
was_checked(const struct target *t, const struct row_state *r)
{
	struct object_info info;

	object_info(t->object, &info);
	return info.answers != r->answers;
}

static void
draw_reader(struct plan_reader *to, const struct target *t,
    const struct row_state *r, const struct conf *conf)
{
	memset(to, 0, sizeof(*to));
	to->object = t->index;
	to->start = r->start;
	to->position = r->position;
	to->end = r->end;
	to->rate = r->rate;
	to->since = r->since;
	to->waiting = r->waiting && !waits_for_disk(t, r, conf);
	to->head = (r->flags & ROW_HEAD) != 0;
	to->prefetch = (r->flags & ROW_PREFETCH) != 0;
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
		if (t != NULL && counts(t, &rows[i], conf))
			draw_reader(&readers[nreaders++], t, &rows[i], conf);
	}
}

/* The places that requests which pass leave. */
static unsigned
places_of(const struct seat *s)
{
	unsigned limit = seat_limit(s), taken = pass_places(s, clock_ms());

	return taken < limit ? limit - taken : 0;
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
		accounts[naccounts].limit = places_of(s);
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

struct plan_picture
picture_draw(const struct conf *conf)
{
	struct plan_picture picture;

	due = INT64_MAX;
	find_targets(conf);
	number_targets();
	memset(&picture, 0, sizeof(picture));
	picture.now = clock_ms();
	picture.room = arena_room_free();
	draw_objects(conf, picture.room);
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

struct target *
picture_target(uint32_t index)
{
	return by_index[index];
}

const struct row_state *
picture_rows(size_t *n)
{
	*n = nrows;
	return rows;
}

int64_t
picture_due(void)
{
	return due;
}

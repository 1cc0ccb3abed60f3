/* SPDX-License-Identifier: ISC */
/* planner_world -- a simulated world for the planner to plan; a test */
#include "config.h"

#include <string.h>

#include "planner_world.h"

#define BEGIN_MS	100000
#define RATE_KNOWN_MS	150	/* of pulling, until a rate is known */

/* splitmix64 (public domain, S. Vigna). */
uint64_t
world_random(struct world *w, uint64_t n)
{
	uint64_t x = w->random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return n == 0 ? 0 : (x ^ (x >> 31)) % n;
}

static int
one_in(struct world *w, uint64_t n)
{
	return world_random(w, n) == 0;
}

/* ---- its beginning ---- */

static size_t
blocks_of(const struct world_object *o)
{
	return (size_t)((o->size + o->p.block - 1) / o->p.block);
}

uint64_t
world_block_len(const struct world_object *o, size_t block)
{
	uint64_t left = o->size - block * o->p.block;

	return left < o->p.block ? left : o->p.block;
}

/* Some of it is there from before, and some of that in halves. */
static void
init_blocks(struct world *w, struct world_object *o)
{
	size_t b, n = blocks_of(o);
	int there = one_in(w, 2);

	for (b = 0; b < n && one_in(w, 2); b++)
		;
	for (; b < n; b++) {
		if (one_in(w, 8))
			there = !there;
		if (!there)
			continue;
		o->valid[b] = (uint32_t)(one_in(w, 6) ?
		    world_random(w, world_block_len(o, b)) :
		    world_block_len(o, b));
		w->resident += o->valid[b] > 0;
	}
	o->p.known = 1;
	if (!o->hides_size)
		o->p.size = (int64_t)o->size;
	o->p.no_ranges = o->hides_ranges;
}

static void
init_object(struct world *w, struct world_object *o)
{
	static const enum plan_fill fills[] = { PLAN_FILL_ALL, PLAN_FILL_ALL,
	    PLAN_FILL_AHEAD, PLAN_FILL_NONE };
	uint64_t blocks = 1 + world_random(w, WORLD_BLOCKS - 1);

	o->p.account = (uint32_t)world_random(w, WORLD_ACCOUNTS);
	o->p.size = -1;
	o->p.block = (uint32_t)w->block;
	o->p.segment = o->p.block * 16;
	o->p.fill = fills[world_random(w, 4)];
	o->p.fill_ahead = w->block * world_random(w, 40);
	o->p.tee_window = w->block * (1 + world_random(w, 4));
	o->p.split = one_in(w, 4) ? 2 + (unsigned)world_random(w, 2) : 1;
	o->p.answer = 1 + (int64_t)world_random(w, 300);
	o->size = one_in(w, 30) ? 0 : blocks * w->block -
	    (one_in(w, 2) ? world_random(w, w->block) : 0);
	o->rate = 1 + w->block * (10 + world_random(w, 300)) / 1000;
	o->hides_size = one_in(w, 10);
	o->hides_ranges = one_in(w, 10);
	if (one_in(w, 3))
		init_blocks(w, o);
}

void
world_init(struct world *w, uint64_t seed)
{
	static const uint64_t blocks[] = { 128, 1024, 16384, 131072 };
	size_t i;

	memset(w, 0, sizeof(*w));
	w->random = seed;
	w->now = BEGIN_MS;
	w->block = blocks[world_random(w, 4)];
	w->breaks = one_in(w, 3);
	w->evicts = one_in(w, 3);
	w->spools = w->evicts && one_in(w, 2);
	w->pens_lack = one_in(w, 4);
	w->next_id = 1;
	for (i = 0; i < WORLD_ACCOUNTS; i++)
		w->accounts[i].limit = 1 + (unsigned)world_random(w, 4);
	w->nobjects = 1 + world_random(w, WORLD_OBJECTS);
	for (i = 0; i < w->nobjects; i++)
		init_object(w, &w->objects[i]);
	w->capacity = w->evicts ? w->resident + 48 + world_random(w, 100) :
	    UINT32_MAX;
}

/* ---- what is there ---- */

uint64_t
world_missing(const struct world_object *o, uint64_t at)
{
	size_t b;

	for (; at < o->size; at = (b + 1) * o->p.block) {
		b = (size_t)(at / o->p.block);
		if (at - b * o->p.block < o->valid[b])
			at = b * o->p.block + o->valid[b];
		if (o->valid[b] < world_block_len(o, b))
			return at;
	}
	return o->size;
}

uint64_t
world_owned_from(const struct world *w, const struct plan_region *r)
{
	uint64_t from = r->position / w->block * w->block;

	return from > r->begin ? from : r->begin;
}

struct world_region *
world_region(struct world *w, uint32_t id)
{
	size_t i;

	for (i = 0; i < w->nregions; i++)
		if (w->regions[i].p.id == id)
			return &w->regions[i];
	return NULL;
}

static void
remove_region(struct world *w, struct world_region *r)
{
	*r = w->regions[--w->nregions];
}

int
world_watched(const struct world *w)
{
	size_t i;

	for (i = 0; i < WORLD_READERS; i++)
		if (w->readers[i].here)
			return 1;
	return 0;
}

/* ---- readers ---- */

static void
arrive(struct world *w, struct world_reader *r)
{
	struct world_object *o;

	memset(r, 0, sizeof(*r));
	r->here = 1;
	r->p.object = (uint32_t)world_random(w, w->nobjects);
	o = &w->objects[r->p.object];
	switch (world_random(w, 4)) {
	case 0:
		break;
	case 1:				/* a look at the tail */
		r->p.start = o->size - world_random(w, o->size / 8 + 1);
		break;
	default:
		r->p.start = world_random(w, o->size + 1);
		break;
	}
	r->p.position = r->p.start;
	r->p.end = one_in(w, 3) ? r->p.start + 1 +
	    world_random(w, o->size / 4 + 1) : UINT64_MAX;
	r->rate = one_in(w, 3) ? o->rate * 10 :
	    1 + o->rate * world_random(w, 30) / 10;
	r->p.since = w->now;
	r->p.waiting = 1;
	if (!o->p.known && one_in(w, 8))
		r->p.head = 1;
	else if (o->p.known && one_in(w, 8))
		r->p.check = 1;
}

/* Takes what is there; one that has all it wanted, or asked for what is not
 * there, leaves. */
static void
read_some(struct world *w, struct world_reader *r, int64_t ms)
{
	struct world_object *o = &w->objects[r->p.object];
	uint64_t there = world_missing(o, r->p.position), end = o->size;
	uint64_t most = r->rate * (uint64_t)ms;
	int waiting;

	if (r->p.end < end)
		end = r->p.end;
	if (o->p.known && (r->p.head || r->p.position >= end)) {
		r->here = 0;
		return;
	}
	if (r->paused || r->p.check || !o->p.known)
		most = 0;
	if (there > end)
		there = end;
	waiting = !o->p.known || r->p.check || there == r->p.position;
	if (there > r->p.position + most)
		there = r->p.position + most;
	if (there < r->p.position)
		there = r->p.position;
	r->p.position = there;
	if (waiting != r->p.waiting)
		r->p.since = w->now;
	r->p.waiting = waiting;
	r->p.rate = w->now - r->p.since > 100 && !waiting ?
	    r->rate * 1000 : 0;
	if (there >= end && o->p.known && !r->p.check)
		r->here = 0;
}

static uint64_t
window(const struct world *w)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < WORLD_READERS; i++)
		n += (unsigned)w->readers[i].here;
	n = w->capacity / (2 * n + 1);
	return (n < 2 ? 2 : n) * w->block;
}

/* ---- room ---- */

static int
in_use(const struct world *w, size_t object, uint64_t block)
{
	const struct plan_reader *r;
	size_t i;

	for (i = 0; i < w->nregions; i++)
		if (w->regions[i].p.object == object &&
		    w->regions[i].p.position / w->block == block)
			return 1;
	for (i = 0; i < WORLD_READERS; i++) {
		r = &w->readers[i].p;
		if (w->readers[i].here && r->object == object &&
		    block >= r->position / w->block &&
		    block * w->block < r->position + window(w))
			return 1;
	}
	return 0;
}

/* Whether block `b` can go: a spool has whole ones alone. */
static int
may_go(const struct world *w, const struct world_object *o, size_t b)
{
	return o->valid[b] != 0 && !o->away[b] &&
	    (!w->spools || o->valid[b] == world_block_len(o, b));
}

/* Lets go of one block that nobody is near; 0: there is none. */
static int
evict(struct world *w)
{
	size_t k, b, n = w->nobjects * WORLD_BLOCKS, at = world_random(w, n);
	struct world_object *o;

	for (k = 0; k < n; k++, at = (at + 1) % n) {
		o = &w->objects[at / WORLD_BLOCKS];
		b = at % WORLD_BLOCKS;
		if (!may_go(w, o, b) || in_use(w, at / WORLD_BLOCKS, b))
			continue;
		if (w->spools)
			o->away[b] = 1;
		else
			o->valid[b] = 0;
		w->resident--;
		return 1;
	}
	return 0;
}

/* Whether a region writes where a reader wants to have it soon. */
static int
is_read(const struct world *w, const struct plan_region *r)
{
	const struct plan_reader *p;
	size_t i;

	for (i = 0; i < WORLD_READERS; i++) {
		p = &w->readers[i].p;
		if (w->readers[i].here && p->object == r->object &&
		    p->position < r->position + w->block &&
		    r->position < p->position + window(w))
			return 1;
	}
	return 0;
}

/* For nobody, what was saved goes: sometimes nothing is yet. */
static int
get_room(struct world *w, const struct plan_region *r)
{
	return w->resident < w->capacity ||
	    ((is_read(w, r) || (w->spools && one_in(w, 2))) && evict(w));
}

/* ---- regions ---- */

/* The size became known: no region goes beyond it. */
static void
learn_size(struct world *w, uint32_t object)
{
	struct world_object *o = &w->objects[object];
	struct plan_region *r;
	size_t i;

	o->p.size = (int64_t)o->size;
	for (i = 0; i < w->nregions; i++) {
		r = &w->regions[i].p;
		if (r->object == object && r->end > o->size && !r->check)
			r->end = o->size > r->position ? o->size : r->position;
	}
}

/* The source ignored the range: this region brings all, the others close. */
static void
learn_no_ranges(struct world *w, struct world_region *r)
{
	uint32_t object = r->p.object, id = r->p.id;
	size_t i;

	w->objects[object].p.no_ranges = 1;
	for (i = 0; i < w->nregions;)
		if (w->regions[i].p.object == object &&
		    !w->regions[i].p.check && w->regions[i].p.id != id)
			remove_region(w, &w->regions[i]);
		else
			i++;
	r = world_region(w, id);
	r->p.begin = r->p.position = 0;
	r->p.end = w->objects[object].p.size == -1 ? UINT64_MAX :
	    w->objects[object].size;
}

static void
end_checks(struct world *w, uint32_t object)
{
	size_t i;

	for (i = 0; i < WORLD_READERS; i++)
		if (w->readers[i].p.object == object)
			w->readers[i].p.check = 0;
}

/* The head of the answer is there: 0 when the region is gone with it. */
static int
answer(struct world *w, size_t i)
{
	struct world_region *r = &w->regions[i];
	struct world_object *o = &w->objects[r->p.object];
	uint32_t id = r->p.id;

	if (r->p.check) {
		end_checks(w, r->p.object);
		remove_region(w, r);
		return 0;
	}
	o->p.known = 1;
	r->p.state = PLAN_PULLING;
	if (!o->hides_size)
		learn_size(w, r->p.object);
	if (o->hides_ranges) {
		learn_no_ranges(w, r);
		r = world_region(w, id);
	} else if (r->p.position >= o->size) {	/* 416 */
		learn_size(w, r->p.object);
		remove_region(w, r);
		return 0;
	}
	r->asked = w->now;
	return 1;
}

/* Publishes up to `most` bytes within one block; 0: there is no room. */
static uint64_t
write_some(struct world *w, struct world_object *o, struct world_region *r,
    uint64_t most)
{
	size_t b = (size_t)(r->p.position / w->block);
	uint64_t off = r->p.position % w->block, len = world_block_len(o, b);
	int shown;

	if (most > len - off)
		most = len - off;
	if (most > r->p.end - r->p.position)
		most = r->p.end - r->p.position;
	if (o->p.no_ranges && o->valid[b] > off) {	/* skips */
		if (most > o->valid[b] - off)
			most = o->valid[b] - off;
		r->p.position += most;
		return most;
	}
	shown = !r->no_pen || off + most == len;
	if (shown && o->valid[b] == 0) {
		if (get_room(w, &r->p))
			w->resident++;
		else if (o->p.no_ranges && !is_read(w, &r->p))
			shown = 0;		/* on its way to a reader */
		else
			return 0;
	}
	if (shown)
		o->valid[b] = (uint32_t)(off + most);
	r->p.position += most;
	r->p.pulled += most;
	o->pulled[b] += most;
	w->pulled += most;
	return most;
}

/* 0 when the region is gone. */
static int
send_some(struct world *w, size_t i, int64_t ms)
{
	struct world_region *r = &w->regions[i];
	struct world_object *o = &w->objects[r->p.object];
	uint64_t left = o->rate * (uint64_t)ms, n;

	r->p.state = PLAN_PULLING;
	while (left > 0 && r->p.position < r->p.end &&
	    r->p.position < o->size) {
		if ((n = write_some(w, o, r, left)) == 0) {
			r->p.state = PLAN_NO_ROOM;
			break;
		}
		left -= n;
	}
	if (w->now - r->asked >= RATE_KNOWN_MS)
		r->p.rate = o->rate * 1000;
	if (r->p.position >= o->size)
		learn_size(w, r->p.object);
	if (r->p.position < r->p.end)
		return 1;
	remove_region(w, r);
	return 0;
}

/* 0 when the region is gone. */
static int
go_on(struct world *w, size_t i, int64_t ms)
{
	struct world_region *r = &w->regions[i];

	switch (r->p.state) {
	case PLAN_ASKING:
		if (w->now - r->asked < w->objects[r->p.object].p.answer)
			return 1;
		return answer(w, i);
	case PLAN_PULLING:
	case PLAN_NO_ROOM:
		return send_some(w, i, ms);
	case PLAN_PAUSED:
	case PLAN_RESTING:
		break;
	}
	return 1;
}

void
world_pass(struct world *w, int64_t ms)
{
	size_t i;

	w->now += ms;
	for (i = 0; i < w->nregions;)
		if (go_on(w, i, ms))
			i++;
	for (i = 0; i < WORLD_READERS; i++)
		if (w->readers[i].here)
			read_some(w, &w->readers[i], ms);
}

/* ---- events ---- */

static void
break_region(struct world *w)
{
	struct world_region *r;

	if (w->nregions == 0)
		return;
	r = &w->regions[world_random(w, w->nregions)];
	r->p.state = PLAN_RESTING;
	r->p.rest = w->now + 50 + (int64_t)world_random(w, 1500);
	r->p.rate = 0;
}

void
world_happen(struct world *w)
{
	struct world_reader *r = &w->readers[world_random(w, WORLD_READERS)];

	if (w->breaks && one_in(w, 10))
		break_region(w);
	if (w->evicts && one_in(w, 10))
		evict(w);
	if (one_in(w, 60))		/* a reload */
		w->accounts[world_random(w, WORLD_ACCOUNTS)].limit =
		    1 + (unsigned)world_random(w, 4);
	if (!one_in(w, 3))
		return;
	if (!r->here)
		arrive(w, r);
	else if (one_in(w, 3))
		r->here = 0;
	else if (one_in(w, 2))
		r->paused = !r->paused;
	else
		arrive(w, r);			/* a seek */
}

void
world_calm(struct world *w)
{
	size_t i;

	for (i = 0; i < WORLD_READERS; i++) {
		w->readers[i].paused = 0;
		w->readers[i].rate =
		    w->objects[w->readers[i].p.object].rate * 10;
	}
}

/* ---- the planner's side ---- */

static void
draw_object(const struct world *w, struct world_object *o)
{
	uint64_t begin, missing = 0;
	size_t b, n = 0;

	for (b = 0; b < blocks_of(o); b++) {
		missing += world_block_len(o, b) - o->valid[b];
		if (o->valid[b] == 0)
			continue;
		begin = b * w->block;
		if (n > 0 && o->have[n - 1].end == begin)
			o->have[n - 1].end += o->valid[b];
		else
			o->have[n++] = (struct extent){ begin,
			    begin + o->valid[b] };
	}
	o->p.have = o->have;
	o->p.nhave = n;
	o->p.may_fill = missing <= (w->capacity - w->resident) * w->block;
	o->p.window = w->evicts && !o->p.may_fill && o->p.size % 2 == 0 ?
	    window(w) : 0;
	o->p.spooled = w->spools;
	o->p.may_fill |= o->p.spooled;
}

const struct plan_picture *
world_picture(struct world *w)
{
	struct plan_picture *p = &w->picture;
	size_t i;

	*p = (struct plan_picture){ .now = w->now,
	    .room = (w->capacity - w->resident) * w->block,
	    .accounts = w->accounts, .naccounts = WORLD_ACCOUNTS,
	    .objects = w->p_objects, .nobjects = w->nobjects,
	    .regions = w->p_regions, .nregions = w->nregions,
	    .readers = w->p_readers };
	for (i = 0; i < w->nobjects; i++) {
		draw_object(w, &w->objects[i]);
		w->p_objects[i] = w->objects[i].p;
	}
	for (i = 0; i < w->nregions; i++)
		w->p_regions[i] = w->regions[i].p;
	for (i = 0; i < WORLD_READERS; i++)
		if (w->readers[i].here)
			w->p_readers[p->nreaders++] = w->readers[i].p;
	return p;
}

static const char *
insert_region(struct world *w, const struct plan_step *s)
{
	struct world_region *r;

	if (s->object >= w->nobjects)
		return "an object that is none";
	if (w->nregions == WORLD_REGIONS)
		return "more regions than anybody can want";
	r = &w->regions[w->nregions++];
	memset(r, 0, sizeof(*r));
	r->p.id = w->next_id++;
	r->p.object = s->object;
	r->p.begin = r->p.position = s->begin;
	r->p.end = s->end;
	r->p.since = r->asked = w->now;
	r->p.state = PLAN_ASKING;
	r->p.check = s->verb == PLAN_CHECK;
	r->no_pen = w->pens_lack && one_in(w, 3);
	w->starts += s->verb == PLAN_START;
	return NULL;
}

const char *
world_take(struct world *w, const struct plan_step *s)
{
	struct world_region *r = NULL;

	if (s->region != PLAN_NONE && (r = world_region(w, s->region)) == NULL)
		return "a region that is none";
	switch (s->verb) {
	case PLAN_STOP:
	case PLAN_PREEMPT:
		remove_region(w, r);
		return NULL;
	case PLAN_PAUSE:
		if (r->p.state != PLAN_PULLING)
			return "pauses what does not pull";
		r->p.state = PLAN_PAUSED;
		w->pauses++;
		return NULL;
	case PLAN_RESUME:
		if (r->p.state != PLAN_PAUSED && r->p.state != PLAN_RESTING)
			return "resumes what neither pauses nor rests";
		r->asked = r->p.state == PLAN_RESTING ? w->now : r->asked;
		r->p.state = r->p.state == PLAN_RESTING ? PLAN_ASKING :
		    PLAN_PULLING;
		return NULL;
	case PLAN_CUT:
		if (s->end <= r->p.position || s->end >= r->p.end)
			return "cuts where the region is not";
		r->p.end = s->end;
		return NULL;
	case PLAN_START:
	case PLAN_CHECK:
		return insert_region(w, s);
	case PLAN_QUEUE:
		return NULL;
	case PLAN_FILL:
		w->objects[s->object].p.filling = 1;
		return NULL;
	}
	return "no verb at all";
}

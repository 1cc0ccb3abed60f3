/* SPDX-License-Identifier: ISC */
/* planner_judge -- the planner's rules, judged from the world; a test */
#include "config.h"

#include "planner_judge.h"

#define TURN_MS		4000	/* as P4 has it */
#define TURN_MAX_MS	8000
#define TURN_BYTES	(4u << 20)
#define LINGER_MS	1000	/* as P5 has it */
#define SEQUENCE	(2u << 20)

static struct world *w;
static const struct plan_step *steps;
static size_t nsteps;
static int complete;

#define RULE(c, text) do { if (!(c)) return text; } while (0)

void
judge_init(struct world *world, const struct plan_step *s, size_t n, int all)
{
	w = world;
	steps = s;
	nsteps = n;
	complete = all;
}

/* ---- what the rules speak of ---- */

static const struct world_object *
object_of(const struct plan_region *r)
{
	return &w->objects[r->object];
}

static int
in_line(const struct world_object *o)
{
	return !o->p.known || o->p.no_ranges;
}

/* The first byte that a reader lacks; 0: it lacks nothing. */
static int
lacks(const struct plan_reader *r, uint64_t *missing)
{
	const struct world_object *o = &w->objects[r->object];

	if (!o->p.known) {
		*missing = r->position;
		return 1;
	}
	*missing = world_missing(o, r->position);
	return !r->head && !r->check && *missing < r->end &&
	    (*missing < o->size || o->p.size < 0);
}

static int
serves(const struct plan_region *region, const struct plan_reader *r)
{
	uint64_t missing;

	if (region->check || region->object != r->object ||
	    !lacks(r, &missing))
		return 0;
	return !object_of(region)->p.known ||
	    (world_owned_from(w, region) <= missing && missing < region->end);
}

static int64_t
front(const struct plan_reader *r, uint64_t missing)
{
	if (r->waiting || missing == r->position)
		return 0;
	return r->rate == 0 ? INT64_MAX :
	    (int64_t)((missing - r->position) * 1000 / r->rate);
}

/* P3: whether a region comes in time; to a ms, and to a byte per ms. */
static int
reaches(const struct plan_region *region, const struct plan_reader *r)
{
	const struct world_object *o = object_of(region);
	uint64_t missing;
	int64_t time;

	lacks(r, &missing);
	if (in_line(o) || missing / w->block <= region->position / w->block)
		return 1;
	if (region->rate == 0 || region->state == PLAN_RESTING ||
	    region->state == PLAN_NO_ROOM)
		return 0;
	time = front(r, missing);
	if (time < o->p.answer)
		time = o->p.answer;
	return (int64_t)((missing - region->position) /
	    (region->rate / 1000 + 1)) <= time;
}

static int
is_read(const struct plan_region *region)
{
	size_t i;

	for (i = 0; i < w->picture.nreaders; i++)
		if (serves(region, &w->p_readers[i]))
			return 1;
	return 0;
}

/* P6: one that goes on where a region with a reader ends. */
static int
is_extra(const struct plan_region *region, unsigned depth)
{
	const struct plan_region *r;
	size_t i;

	for (i = 0; depth > 1 && i < w->nregions; i++) {
		r = &w->regions[i].p;
		if (r->object == region->object && !r->check &&
		    r->end == region->begin &&
		    (is_read(r) || is_extra(r, depth - 1)))
			return 1;
	}
	return 0;
}

enum judge_stake
judge_stake(const struct plan_region *region)
{
	if (is_read(region))
		return READ;
	return is_extra(region, object_of(region)->p.split) ? EXTRA : IDLE;
}

static unsigned
count(uint32_t object, enum judge_stake from, enum judge_stake to)
{
	const struct plan_region *r;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < w->nregions; i++) {
		r = &w->regions[i].p;
		if (r->object == object && !r->check &&
		    judge_stake(r) >= from && judge_stake(r) <= to)
			n++;
	}
	return n;
}

static unsigned
connections(uint32_t account)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < w->nregions; i++)
		if (w->regions[i].p.state != PLAN_RESTING &&
		    object_of(&w->regions[i].p)->p.account == account)
			n++;
	return n;
}

/* Regions of the account that have to give way to any reader. */
static unsigned
yielding(uint32_t account)
{
	const struct plan_region *r;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < w->nregions; i++) {
		r = &w->regions[i].p;
		if (object_of(r)->p.account == account && !r->check &&
		    r->state != PLAN_RESTING && judge_stake(r) < READ)
			n++;
	}
	return n;
}

static int
is_full(uint32_t account)
{
	return connections(account) >= w->accounts[account].limit;
}

static int
is_watched(uint32_t object)
{
	size_t i;

	for (i = 0; i < w->picture.nreaders; i++)
		if (w->p_readers[i].object == object && !w->p_readers[i].head)
			return 1;
	return 0;
}

/* ---- the steps, each before it is taken ---- */

/* P1, P2: what is asked for is neither there nor owned. */
static const char *
judge_range(const struct plan_step *s)
{
	const struct world_object *o = &w->objects[s->object];
	const struct plan_region *r;
	uint64_t b = s->begin / w->block;
	size_t i;

	RULE(s->begin < s->end, "P2: an empty region");
	RULE(o->p.known || count(s->object, IDLE, READ) == 0,
	    "P3: a second region before the first answer");
	if (o->p.no_ranges) {
		RULE(s->begin == 0, "P9: not from the start");
		RULE(count(s->object, IDLE, READ) == 0, "P9: a second region");
		return NULL;
	}
	RULE(s->begin < o->size || o->p.size < 0, "P1: beyond the end");
	RULE(o->valid[b] == s->begin % w->block,
	    "P1: neither on a block nor at an edge, or present");
	while (++b * w->block < s->end && b * w->block < o->size)
		RULE(o->valid[b] == 0, "P1: what is there is asked again");
	RULE(s->end % w->block == 0 || (int64_t)s->end == o->p.size ||
	    (o->p.size < 0 && s->end == UINT64_MAX), "P2: ends in a block");
	for (i = 0; i < w->nregions; i++) {
		r = &w->regions[i].p;
		RULE(r->object != s->object || r->check ||
		    s->end <= world_owned_from(w, r) || r->end <= s->begin ||
		    world_owned_from(w, r) >= r->end,
		    "P2: what is owned is asked again");
	}
	return NULL;
}

/* P5, P7: what is pulled for nobody. */
static const char *
judge_idle_start(const struct plan_step *s)
{
	const struct world_object *o = &w->objects[s->object];

	RULE(o->p.fill == PLAN_FILL_ALL && o->p.filling,
	    "P5: fills what is not to be filled");
	RULE(is_watched(s->object) || (o->p.may_fill && o->p.size >= 0),
	    "P5: fills without a reader what does not fit");
	RULE(w->picture.room >= 2ULL * o->p.segment && (o->p.window == 0 ||
	    (o->p.spooled && !is_watched(s->object))),
	    "P7: fills without room");
	return NULL;
}

/* P5, P6, P7: what is pulled for a reader. */
static const char *
judge_reader_start(const struct plan_step *s)
{
	const struct world_object *o = &w->objects[s->object];
	const struct plan_reader *r;
	uint64_t missing, last;
	size_t i;

	for (i = 0; i < w->picture.nreaders; i++) {
		r = &w->p_readers[i];
		if (r->object != s->object || !lacks(r, &missing))
			continue;
		if (o->p.no_ranges)
			return NULL;
		last = (r->end < o->size ? r->end : o->size) + w->block;
		if (s->begin > missing || missing - s->begin >= w->block)
			continue;
		RULE(o->p.fill == PLAN_FILL_ALL || r->head || s->end <= last ||
		    is_watched(s->object) == 0 || r->end == UINT64_MAX ||
		    o->p.size < 0 || w->picture.nreaders > 1,
		    "P5: more than was asked");
		RULE(o->p.window == 0 || r->position + o->p.window + w->block >=
		    s->end || s->end <= s->begin + 2 * w->block ||
		    w->picture.nreaders > 1, "P7: more than fits");
		return NULL;
	}
	RULE(o->p.split > 1 && s->begin % o->p.segment == 0,
	    "P3: a region for a reader who does not need it");
	RULE(count(s->object, EXTRA, READ) < o->p.split, "P6: too many parts");
	return NULL;
}

/* P7: a fill that has only to wait until the spool has made room. */
static int
waits_for_spool(const struct plan_region *r)
{
	const struct plan_object *o = &object_of(r)->p;

	return r->state == PLAN_NO_ROOM && o->spooled && o->filling &&
	    o->fill == PLAN_FILL_ALL && o->size >= 0 && !o->no_ranges &&
	    count(r->object, IDLE, IDLE) == 1 &&
	    count(r->object, EXTRA, READ) < 2 &&
	    connections(o->account) <= w->accounts[o->account].limit;
}

/* P3, P6: what somebody needs goes on, unless somebody else comes. */
static const char *
judge_stop(const struct plan_step *s)
{
	const struct plan_region *r = &world_region(w, s->region)->p;
	const struct plan_step *to;

	if (!complete)
		return NULL;		/* he may not have got a step */
	for (to = steps; to < steps + nsteps; to++)
		if (to->object == s->object && to->verb != PLAN_STOP)
			return NULL;
	RULE(judge_stake(r) == IDLE, "P3: stops what a reader needs");
	RULE(!waits_for_spool(r), "P7: stops what the spool has room for");
	return NULL;
}

/* P5: somebody plays. */
static const char *
judge_fill_step(const struct plan_step *s)
{
	const struct plan_object *o = &w->objects[s->object].p;
	const struct plan_reader *r;
	size_t i;

	RULE(o->fill == PLAN_FILL_ALL && !o->filling, "P5: no such fill");
	for (i = 0; i < w->picture.nreaders; i++) {
		r = &w->p_readers[i];
		if (r->object == s->object && !r->head &&
		    (r->start < o->tee_window ||
		    r->position - r->start >= SEQUENCE))
			return NULL;
	}
	return "P5: a fill that nobody began";
}

const char *
judge_step(const struct plan_step *s)
{
	const struct world_region *r = s->region == PLAN_NONE ? NULL :
	    world_region(w, s->region);
	uint32_t account = w->objects[s->object].p.account;
	const char *wrong;

	if (s->verb == PLAN_FILL)
		return judge_fill_step(s);
	if (s->verb == PLAN_STOP && !r->p.check)
		return judge_stop(s);
	if (s->verb == PLAN_START || s->verb == PLAN_CHECK ||
	    (s->verb == PLAN_RESUME && r->p.state == PLAN_RESTING))
		RULE(!is_full(account), "P4: more connections than allowed");
	if (s->verb == PLAN_RESUME && r->p.state == PLAN_RESTING)
		RULE(r->p.rest <= w->now, "P10: tried again too soon");
	if (s->verb != PLAN_START)
		return NULL;
	if ((wrong = judge_range(s)) != NULL)
		return wrong;
	return s->reader ? judge_reader_start(s) : judge_idle_start(s);
}

/* ---- the turn, after it ---- */

/* P2: each byte has one owner. */
static const char *
judge_owners(void)
{
	const struct plan_region *x, *y;
	size_t i, k;

	for (i = 0; i < w->nregions; i++)
		for (k = 0; k < i; k++) {
			x = &w->regions[i].p;
			y = &w->regions[k].p;
			RULE(x->object != y->object || x->check || y->check ||
			    world_owned_from(w, x) >= y->end ||
			    world_owned_from(w, y) >= x->end,
			    "P2: two own one byte");
		}
	return NULL;
}

static const struct plan_region *
server_of(const struct plan_reader *r)
{
	size_t i;

	for (i = 0; i < w->nregions; i++)
		if (serves(&w->regions[i].p, r))
			return &w->regions[i].p;
	return NULL;
}

/* P3: who waits is served in time, or there is no place for it. */
static const char *
judge_reader(const struct plan_reader *r)
{
	const struct world_object *o = &w->objects[r->object];
	const struct plan_region *by;
	uint64_t missing;

	if (!r->waiting || !lacks(r, &missing))
		return NULL;
	by = server_of(r);
	if (by != NULL && reaches(by, r) && (by->state != PLAN_RESTING ||
	    by->rest > w->now))
		return NULL;
	if (o->p.no_ranges && count(r->object, IDLE, READ) > 0)
		return NULL;		/* waits for that one's end */
	RULE(is_full(o->p.account), by == NULL ?
	    "P3: a place is free, a reader waits for nobody" :
	    "P3: a place is free, a reader waits for who comes too late");
	RULE(yielding(o->p.account) == 0,
	    "P4: a reader waits, a place is used for nobody");
	return NULL;
}

/* P4: whether whoever stood behind a region has to let it go now; at once if
 * the limit was lowered. */
static const char *
judge_victim(const struct plan_region *r, int lowered)
{
	uint64_t lead = UINT64_MAX;
	int64_t held = w->now - r->since;
	int lost = 0, hungry = 0;
	size_t i;

	for (i = 0; i < w->picture.nreaders; i++) {
		const struct plan_reader *p = &w->p_readers[i];

		if (!serves(r, p) || !reaches(r, p) || server_of(p) != NULL)
			continue;
		lost = 1;
		hungry |= p->waiting;
		if (r->position <= p->position)
			lead = 0;
		else if (r->position - p->position < lead)
			lead = r->position - p->position;
	}
	if (!lost)
		return NULL;
	RULE(yielding(object_of(r)->p.account) == 0,
	    "P4: a reader loses its place, nobody's region does not");
	RULE(lowered || (!object_of(r)->p.no_ranges &&
	    (held >= TURN_MAX_MS ||
	    (held >= TURN_MS && r->pulled >= TURN_BYTES))) ||
	    (!hungry && (r->state == PLAN_PAUSED || r->state == PLAN_NO_ROOM ||
	    lead >= object_of(r)->p.fill_ahead)),
	    "P4: a reader loses its place before its turn is over");
	return NULL;
}

/* P4: a place is taken away for somebody only. */
static const char *
judge_preempt(const struct plan_step *s)
{
	const struct plan_region *r = NULL;
	const struct plan_step *to;
	uint32_t account = w->objects[s->object].p.account;
	unsigned held = 0;
	size_t i;

	for (i = 0; i < w->picture.nregions; i++) {
		if (w->p_regions[i].id == s->region)
			r = &w->p_regions[i];
		held += w->p_regions[i].state != PLAN_RESTING &&
		    object_of(&w->p_regions[i])->p.account == account;
	}
	if (held > w->accounts[account].limit)
		return judge_victim(r, 1);
	for (to = steps; to < steps + nsteps; to++)
		if (w->objects[to->object].p.account == account &&
		    ((to->verb == PLAN_START && to->reader) ||
		    to->verb == PLAN_CHECK || to->verb == PLAN_RESUME))
			return judge_victim(r, 0);
	return "P4: preempted for nobody";
}

/* P5: who may go on without a reader. */
static const char *
judge_idle(const struct plan_region *r)
{
	const struct world_object *o = object_of(r);

	RULE(count(r->object, IDLE, IDLE) == 1,
	    "P5: two regions without a reader");
	RULE(count(r->object, EXTRA, READ) < 2,
	    "P5: a region without a reader beside two with one");
	if (w->now - r->since < LINGER_MS + o->p.answer &&
	    r->pulled <= 2ULL * o->p.block &&
	    count(r->object, EXTRA, READ) == 0)
		return NULL;
	RULE(o->p.fill == PLAN_FILL_ALL && o->p.filling,
	    "P5: pulled for nobody");
	RULE(is_watched(r->object) || (o->p.may_fill && o->p.size >= 0),
	    "P5: goes on without a reader although it does not fit");
	RULE(r->state != PLAN_NO_ROOM || o->p.spooled,
	    "P7: waits for room for nobody");
	RULE(r->state != PLAN_PAUSED, "P5: a fill that rests");
	return NULL;
}

static uint64_t
ahead_limit(const struct plan_object *o)
{
	uint64_t limit = o->fill == PLAN_FILL_NONE ? o->segment :
	    o->fill_ahead;

	if (o->filling && o->fill == PLAN_FILL_ALL)
		limit = UINT64_MAX;
	if (o->window != 0 && o->window < limit)
		limit = o->window;
	return limit < 2ULL * o->block ? 2ULL * o->block : limit;
}

/* P5: no further ahead than its readers may be, and not at rest before. */
static const char *
judge_pace(const struct plan_region *r)
{
	uint64_t limit = ahead_limit(&object_of(r)->p), lead;
	uint64_t all = UINT64_MAX, near = UINT64_MAX;
	size_t i;

	for (i = 0; i < w->picture.nreaders; i++) {
		const struct plan_reader *p = &w->p_readers[i];

		if (!serves(r, p))
			continue;
		lead = r->position > p->position ? r->position - p->position :
		    0;
		if (lead < all)
			all = lead;
		if (lead < near && reaches(r, p))
			near = lead;
	}
	RULE(r->state != PLAN_PULLING || all < limit, "P5: too far ahead");
	RULE(r->state != PLAN_PAUSED || near > limit / 2,
	    "P5: rests while its reader runs short");
	return NULL;
}

static const char *
judge_region(const struct plan_region *r)
{
	if (r->check)
		return NULL;
	switch (judge_stake(r)) {
	case IDLE:
		return judge_idle(r);
	case EXTRA:
		break;
	case READ:
		return judge_pace(r);
	}
	return NULL;
}

const char *
judge_turn(void)
{
	const char *wrong = judge_owners();
	size_t i;

	if (!complete)
		return wrong;		/* not all that was to be done */
	for (i = 0; i < w->nregions && wrong == NULL; i++)
		wrong = judge_region(&w->regions[i].p);
	for (i = 0; i < WORLD_ACCOUNTS && wrong == NULL; i++)
		if (connections((uint32_t)i) > w->accounts[i].limit)
			wrong = "P4: more connections than the limit";
	for (i = 0; i < w->picture.nreaders && wrong == NULL; i++)
		wrong = judge_reader(&w->p_readers[i]);
	for (i = 0; i < nsteps && wrong == NULL; i++)
		if (steps[i].verb == PLAN_PREEMPT)
			wrong = judge_preempt(&steps[i]);
	return wrong;
}

/* ---- a history, as it goes on ---- */

/* P1: in a world where nothing is lost no byte comes twice. */
const char *
judge_bytes(void)
{
	const struct world_object *o;
	size_t b;

	if (w->breaks || (w->evicts && !w->spools) || w->pens_lack)
		return NULL;
	for (o = w->objects; o < w->objects + w->nobjects; o++)
		for (b = 0; b < WORLD_BLOCKS && !o->hides_ranges; b++)
			RULE(o->pulled[b] <= o->valid[b],
			    "P1: a byte was pulled twice");
	return NULL;
}

/* Nobody waits longer than for everybody else's turn; one without ranges lasts
 * until the end. */
const char *
judge_patience(void)
{
	int64_t most = TURN_MAX_MS + 1000;
	size_t i;

	for (i = 0; i < w->nobjects; i++)
		if (w->objects[i].hides_ranges)
			most += (int64_t)(w->objects[i].size /
			    w->objects[i].rate);
	most = 5000 + WORLD_READERS * most;
	for (i = 0; i < w->picture.nreaders; i++)
		RULE(!w->p_readers[i].waiting ||
		    w->now - w->p_readers[i].since < most,
		    "a reader is never served");
	return NULL;
}

/* P5: what was to be filled is whole. */
const char *
judge_fills(void)
{
	const struct world_object *o;

	for (o = w->objects; o < w->objects + w->nobjects; o++)
		RULE(o->p.fill != PLAN_FILL_ALL || !o->p.filling ||
		    o->hides_ranges || w->evicts || o->p.size < 0 ||
		    world_missing(o, 0) == o->size, "P5: a fill has a gap");
	return NULL;
}

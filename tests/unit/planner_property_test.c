/* SPDX-License-Identifier: ISC */
/*
 * planner_property_test -- the planner's rules, in random histories
 *
 * Each history is a world (tests/helper/planner_world.h) in which things happen
 * for a while and that then comes to rest.  After each turn of the planner the
 * rules are judged anew, from the world alone.  HISTORIES=n runs so many;
 * SEED=n runs that one, and tells its steps.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "tests/helper/planner_judge.h"
#include "tests/helper/planner_world.h"

#define STEPS		256
#define TURNS		60	/* in which things happen */
#define MOST_TURNS	5000	/* until all have come to rest */

static struct world w;
static struct plan_step steps[STEPS];

static void
tell(const struct plan_step *s)
{
	static const char *const verbs[] = { "stop", "preempt", "pause",
	    "resume", "cut", "start", "check", "fill" };

	printf("%" PRId64 ": %s object %u region %d [%" PRIu64 ", %" PRId64
	    ")%s\n", w.now, verbs[s->verb], s->object, (int)s->region,
	    s->begin, (int64_t)s->end, s->reader ? " for a reader" : "");
}

static void
tell_region(const char *when, const struct plan_region *r)
{
	printf("  %s: region %u of %u: [%" PRIu64 ", %" PRId64 ") at %" PRIu64
	    ", state %d, rate %" PRIu64 ", since %" PRId64 ", pulled %" PRIu64
	    ", stake %d\n", when, r->id, r->object, r->begin, (int64_t)r->end,
	    r->position, (int)r->state, r->rate, r->since, r->pulled,
	    (int)judge_stake(r));
}

static void
tell_world(void)
{
	const struct plan_reader *p;
	size_t i;

	for (i = 0; i < w.picture.nregions; i++)
		tell_region("before", &w.p_regions[i]);
	for (i = 0; i < w.nregions; i++)
		tell_region("after", &w.regions[i].p);
	for (i = 0; i < w.picture.nreaders; i++) {
		p = &w.p_readers[i];
		printf("  reader of %u: at %" PRIu64 ", end %" PRId64
		    ", missing %" PRIu64 ", waits %d since %" PRId64 "\n",
		    p->object, p->position, (int64_t)p->end,
		    world_missing(&w.objects[p->object], p->position),
		    p->waiting, p->since);
	}
	for (i = 0; i < w.nobjects; i++)
		printf("  object %zu: size %" PRIu64 ", known %d, account %u "
		    "of %u, block %u, fill %d%s, ahead %" PRIu64 ", window %"
		    PRIu64 "\n", i, w.objects[i].size, w.objects[i].p.known,
		    w.objects[i].p.account,
		    w.accounts[w.objects[i].p.account].limit,
		    w.objects[i].p.block, (int)w.objects[i].p.fill,
		    w.objects[i].p.filling ? ", filling" : "",
		    w.objects[i].p.fill_ahead, w.objects[i].p.window);
}

/* One turn of the planner; what is wrong with it, or NULL. */
static const char *
turn(int aloud)
{
	size_t i, n, max = world_random(&w, 40) == 0 ?
	    1 + world_random(&w, 3) : STEPS;
	const char *wrong = NULL;

	n = plan(world_picture(&w), steps, max);
	judge_init(&w, steps, n, n < max);
	for (i = 0; i < n && wrong == NULL; i++) {
		if (aloud)
			tell(&steps[i]);
		if ((wrong = judge_step(&steps[i])) == NULL)
			wrong = world_take(&w, &steps[i]);
	}
	return wrong != NULL ? wrong : judge_turn();
}

static const char *
live(int aloud)
{
	const char *wrong = NULL;
	int i;

	for (i = 0; i < TURNS && wrong == NULL; i++) {
		world_happen(&w);
		if ((wrong = turn(aloud)) != NULL)
			break;
		world_pass(&w, 1 + (int64_t)world_random(&w, 400));
		wrong = judge_bytes();
	}
	return wrong;
}

static const char *
come_to_rest(int aloud)
{
	unsigned starts = w.starts, pauses = w.pauses, turns = 0;
	uint64_t pulled = w.pulled, blocks;
	const char *wrong;

	world_calm(&w);
	while ((wrong = turn(aloud)) == NULL &&
	    (world_watched(&w) || w.nregions > 0)) {
		world_pass(&w, 1 + (int64_t)world_random(&w, 400));
		if (turns++ == MOST_TURNS)
			return "no end";
		if ((wrong = judge_bytes()) != NULL ||
		    (wrong = judge_patience()) != NULL)
			break;
	}
	if (wrong != NULL)
		return wrong;
	blocks = (w.pulled - pulled) / w.block;
	if (w.starts - starts > 2 * WORLD_READERS + blocks)
		return "P3: more starts than blocks";
	if (w.pauses - pauses > 2 * WORLD_READERS + blocks)
		return "P5: more pauses than blocks";
	return judge_fills();
}

static const char *
history(uint64_t seed, int aloud)
{
	const char *wrong;

	world_init(&w, seed);
	wrong = live(aloud);
	return wrong != NULL ? wrong : come_to_rest(aloud);
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

Test(planner_property, histories)
{
	uint64_t n = number("HISTORIES", getenv("SOAK") ? 1000000 : 20000);
	uint64_t first = number("SEED", 1), seed;
	const char *wrong;

	if (getenv("SEED") != NULL)
		n = 1;
	printf("%" PRIu64 " histories from SEED=%" PRIu64 "\n", n, first);
	for (seed = first; seed < first + n; seed++) {
		wrong = history(seed, getenv("SEED") != NULL);
		if (wrong != NULL)
			tell_world();
		cr_assert_null(wrong, "SEED=%" PRIu64 ", at %" PRId64 ": %s",
		    seed, w.now, wrong);
	}
}

/* SPDX-License-Identifier: ISC */
/* planner_test -- each rule of the planner, as pictures and their steps */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../src/fetcher/planner.h"

/* A film is a thousand blocks of 1 KiB, in segments of 64; each picture says
 * in what it differs. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define K	1024ULL
#define M	(1024 * K)
#define END	(1000 * K)
#define NOW	100000

#define FILM(...) { .known = 1, .size = END, .block = K, .segment = 64 * K, \
    .fill_ahead = 64 * K, .tee_window = 8 * K, .split = 1, .answer = 100, \
    __VA_ARGS__ }
/* A region that has pulled from `b` to `p`, at 1 MB/s, for half a second. */
#define PULL(i, b, p, e, ...) { .id = (i), .begin = (b) * K, \
    .position = (p) * K, .end = (e) * K, .pulled = ((p) - (b)) * K, \
    .rate = 1000000, .since = NOW - 500, .state = PLAN_PULLING, __VA_ARGS__ }
/* Waits at `a`, for all from there on. */
#define WAITS(a, ...) { .start = (a) * K, .position = (a) * K, .end = END, \
    .since = NOW - 10, .waiting = 1, __VA_ARGS__ }
/* Takes 100 KB/s, and is at `a`. */
#define PLAYS(a, ...) { .start = 0, .position = (a) * K, .end = END, \
    .rate = 100000, .since = NOW - 1000, __VA_ARGS__ }
#define ALL	{ 0, END }

#define OBJECTS	2
#define REGIONS	5
#define READERS	9
#define EXTENTS	3

struct scene {
	const char	*name, *steps;
	unsigned	 limit;		/* 0: 4 */
	uint64_t	 room;		/* 0: plenty, 1: none */
	size_t		 max;		/* steps; 0: plenty */
	struct plan_object objects[OBJECTS];
	struct extent	 have[EXTENTS];	/* of the first object */
	struct plan_region regions[REGIONS];
	struct plan_reader readers[READERS];
};

static const char *const verbs[] = {
	"stop", "preempt", "pause", "resume", "cut", "start", "check", "fill",
	"queue"
};

/* In blocks if it can be said so. */
static const char *
place(uint64_t at)
{
	static char text[4][32];
	static int turn;
	char *s = text[turn++ % 4];

	if (at == UINT64_MAX)
		return "end";
	if (at % K == 0)
		snprintf(s, sizeof(text[0]), "%" PRIu64, (uint64_t)(at / K));
	else
		snprintf(s, sizeof(text[0]), "%" PRIu64 "b", at);
	return s;
}

/* "verb [object:]what", one after the other. */
static void
print(char *text, size_t len, const struct plan_step *s, size_t n)
{
	FILE *f = fmemopen(text, len, "w");
	size_t i;

	for (i = 0; i < n; i++, s++) {
		fprintf(f, "%s%s", i == 0 ? "" : ", ", verbs[s->verb]);
		switch (s->verb) {
		case PLAN_STOP:
		case PLAN_PREEMPT:
		case PLAN_PAUSE:
		case PLAN_RESUME:
			fprintf(f, " %u", s->region);
			break;
		case PLAN_CUT:
			fprintf(f, " %u at %s", s->region, place(s->end));
			break;
		case PLAN_START:
			fprintf(f, " ");
			if (s->object != 0)
				fprintf(f, "%u:", s->object);
			fprintf(f, "%s-%s%s", place(s->begin), place(s->end),
			    s->reader ? "" : " idle");
			break;
		case PLAN_CHECK:
		case PLAN_QUEUE:
		case PLAN_FILL:
			if (s->object != 0)
				fprintf(f, " %u", s->object);
			break;
		}
	}
	fclose(f);
}

static void
play(const struct scene *s)
{
	struct plan_account account = { .limit = s->limit ? s->limit : 4 };
	struct plan_object objects[OBJECTS];
	struct plan_picture p = { .now = NOW,
	    .room = s->room ? s->room : 1000 * M, .accounts = &account,
	    .naccounts = 1, .objects = objects, .regions = s->regions,
	    .readers = s->readers };
	struct plan_step steps[64];
	char text[1024] = "";

	memcpy(objects, s->objects, sizeof(objects));
	objects[0].have = s->have;
	while (objects[0].nhave < EXTENTS && s->have[objects[0].nhave].end != 0)
		objects[0].nhave++;
	while (p.nobjects < OBJECTS && objects[p.nobjects].block != 0)
		p.nobjects++;
	while (p.nregions < REGIONS && s->regions[p.nregions].id != 0)
		p.nregions++;
	while (p.nreaders < READERS && s->readers[p.nreaders].end != 0)
		p.nreaders++;
	print(text, sizeof(text), steps,
	    plan(&p, steps, s->max ? s->max : sizeof(steps) / sizeof(*steps)));
	cr_expect_str_eq(text, s->steps, "%s:\n  want: %s\n  got:  %s", s->name,
	    s->steps, text);
}

#define PLAY(scenes) do { \
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) \
		play(&scenes[i]); \
} while (0)

Test(planner, what_is_there_is_not_asked)	/* P1 */
{
	static const struct scene scenes[] = {
	    { "nothing is wanted", "", .objects = { FILM() } },
	    { "all is there", "fill", .objects = { FILM() }, .have = { ALL },
	      .readers = { PLAYS(5) } },
	    { "all that is asked is there", "",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 10 * K } },
	      .readers = { WAITS(0, .end = 10 * K) } },
	    { "from its block, not from a segment", "start 100-1000",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .readers = { WAITS(100, .position = 100 * K + 700) } },
	    { "from the edge that a writer left", "start 102500b-1000",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 50 * K, 100 * K + 100 } },
	      .readers = { WAITS(100, .position = 100 * K + 700) } },
	    { "a writer's edge in another block", "start 101-1000",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 50 * K, 100 * K + 100 } },
	      .readers = { WAITS(101) } },
	    { "what lies before is used first", "start 110-1000",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 100 * K, 110 * K } }, .readers = { WAITS(105) } },
	    { "until what exists", "start 100-500",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 50 * K }, { 500 * K, 600 * K } },
	      .readers = { WAITS(100) } },
	    { "the end of a film is no whole block", "start 1000-1024010b",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD, .size = END + 10) },
	      .readers = { WAITS(1000, .end = UINT64_MAX) } },
	    { "beyond the end is nothing", "",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .readers = { WAITS(1000, .end = UINT64_MAX) } },
	    { "an empty object", "", .objects = { FILM(.size = 0,
	      .fill = PLAN_FILL_AHEAD) }, .readers = { WAITS(0) } },
	    { "a reader of nothing known", "", .objects = { FILM() },
	      .readers = { WAITS(0, .object = 7) } },
	};

	PLAY(scenes);
}

Test(planner, one_owner)	/* P2 */
{
	static const struct scene scenes[] = {
	    { "until what is owned", "start 100-500",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 500 * K, 520 * K } },
	      .regions = { PULL(1, 500, 520, 1000) },
	      .readers = { WAITS(100), WAITS(520) } },
	    { "what a region has pulled and lost is free up to there",
	      "start 100-520",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .regions = { PULL(1, 500, 520, 1000) },
	      .readers = { WAITS(100), WAITS(520) } },
	    { "whoever owned the start is cut", "cut 1 at 600, start 600-900",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 10 * K }, { 900 * K, 910 * K } },
	      .regions = { PULL(1, 0, 10, 900), PULL(2, 900, 910, 1000) },
	      .readers = { WAITS(10), WAITS(600), WAITS(910) } },
	    { "a writer without a pen shows whole blocks only", "",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 10 * K } },
	      .regions = { PULL(1, 0, 10, 1000, .position = 10 * K + 512) },
	      .readers = { WAITS(10) } },
	    { "... and fills do not go into its block", "start 500-1000 idle",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 10 * K } },
	      .regions = { PULL(1, 0, 10, 500, .position = 10 * K + 512) },
	      .readers = { PLAYS(0) } },
	};

	PLAY(scenes);
}

Test(planner, readers_join_or_get_their_own)	/* P3 */
{
	static const struct scene scenes[] = {
	    { "nine at once", "fill, start 0-end",
	      .objects = { FILM(.known = 0, .size = -1) },
	      .readers = { WAITS(0), WAITS(0), WAITS(0), WAITS(0), WAITS(0),
	      WAITS(0), WAITS(0), WAITS(0), WAITS(0) } },
	    { "nine at once, of a known film", "fill, start 0-1000",
	      .objects = { FILM() },
	      .readers = { WAITS(0), WAITS(0), WAITS(0), WAITS(0), WAITS(0),
	      WAITS(0), WAITS(0), WAITS(0), WAITS(0) } },
	    { "all wait for the first answer", "",
	      .objects = { FILM(.known = 0, .size = -1, .filling = 1) },
	      .regions = { PULL(1, 0, 0, 0, .state = PLAN_ASKING,
	      .end = UINT64_MAX) },
	      .readers = { WAITS(0), WAITS(300), WAITS(900) } },
	    { "... also those who came to what lies before it", "fill",
	      .objects = { FILM(.known = 0, .size = -1) },
	      .regions = { PULL(1, 500, 500, 0, .state = PLAN_ASKING,
	      .end = UINT64_MAX) },
	      .readers = { WAITS(500), WAITS(0) } },
	    { "viewers at 0, 30 and 60 %: the second",
	      "cut 1 at 300, start 300-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K } }, .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { PLAYS(0), WAITS(300) } },
	    { "viewers at 0, 30 and 60 %: the third",
	      "cut 2 at 600, start 600-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 200 * K }, { 300 * K, 400 * K } },
	      .regions = { PULL(1, 0, 200, 300), PULL(2, 300, 400, 1000) },
	      .readers = { PLAYS(0), PLAYS(300), WAITS(600) } },
	    { "viewers at 0, 30 and 60 %, all at once",
	      "start 600-1000, start 300-600, start 0-300",
	      .objects = { FILM(.filling = 1) },
	      .readers = { WAITS(0, .since = NOW - 1), WAITS(300,
	      .since = NOW - 2), WAITS(600, .since = NOW - 3) } },
	    { "... the other way round: who is started is cut",
	      "start 0-300, start 300-600, start 600-1000",
	      .objects = { FILM(.filling = 1) },
	      .readers = { WAITS(0), WAITS(300), WAITS(600) } },
	    { "inside reach: sooner there than a new answer", "",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K } }, .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { WAITS(190) } },
	    { "out of reach", "cut 1 at 205, start 205-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K } }, .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { WAITS(205) } },
	    { "the same, where answers take long", "",
	      .objects = { FILM(.filling = 1, .answer = 200) },
	      .have = { { 0, 100 * K } }, .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { WAITS(205) } },
	    { "a reader with enough in front can wait as long", "",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 10 * K }, { 400 * K, 500 * K } },
	      .regions = { PULL(1, 0, 10, 400), PULL(2, 500, 500, 1000) },
	      .readers = { PLAYS(10), PLAYS(400), PLAYS(410) } },
	    { "with less in front than the way takes",
	      "cut 1 at 510, start 510-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 10 * K }, { 490 * K, 510 * K } },
	      .regions = { PULL(1, 0, 10, 1000) },
	      .readers = { PLAYS(10), PLAYS(490) } },
	    { "a broken region does not come", "cut 1 at 12, start 12-1000",
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 10 * K } },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_RESTING,
	      .rest = NOW + 500) }, .readers = { WAITS(10), WAITS(12) } },
	    { "nor one without room", "cut 1 at 12, start 12-1000",
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 10 * K } },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_NO_ROOM) },
	      .readers = { PLAYS(0), WAITS(12) } },
	    { "the tail does not wait for the head",
	      "cut 1 at 990, start 990-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 20 * K } }, .regions = { PULL(1, 0, 20, 1000) },
	      .readers = { WAITS(990), PLAYS(0) } },
	    { "who has far more in front than he may gets none yet", "",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 100 * K } }, .readers = { PLAYS(50) } },
	    { "... but in time", "start 100-1000",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 100 * K } }, .readers = { PLAYS(70) } },
	    { "what does not fit in steps waits", "fill",
	      .objects = { FILM() }, .max = 1, .readers = { WAITS(0) } },
	};

	PLAY(scenes);
}

Test(planner, seeks)	/* P3, P5 */
{
	static const struct scene scenes[] = {
	    { "who was left goes on beside the reader",
	      "cut 1 at 600, start 600-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K } }, .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { WAITS(600) } },
	    { "the next seek: one of those left goes on",
	      "stop 1, cut 2 at 800, start 800-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K }, { 600 * K, 610 * K } },
	      .regions = { PULL(1, 0, 100, 600), PULL(2, 600, 610, 1000,
	      .since = NOW - 300) }, .readers = { WAITS(800) } },
	    { "back into what is there: both go on", "",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K }, { 600 * K, 610 * K } },
	      .regions = { PULL(1, 0, 100, 600), PULL(2, 600, 610, 1000,
	      .since = NOW - 300) }, .readers = { PLAYS(50) } },
	    { "none without a reader beside two that have one",
	      "stop 1, cut 2 at 800, start 800-1000",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K }, { 600 * K, 610 * K } },
	      .regions = { PULL(1, 0, 100, 600), PULL(2, 600, 610, 1000) },
	      .readers = { WAITS(610), WAITS(800) } },
	    { "... also when they are there already", "stop 1",
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K } }, .regions = { PULL(1, 0, 100, 300),
	      PULL(2, 300, 310, 600), PULL(3, 600, 610, 1000) },
	      .readers = { WAITS(310), WAITS(610) } },
	    { "where no fill goes on, nobody's regions become gaps",
	      "stop 1, start 600-1000",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 100 * K } }, .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { WAITS(600) } },
	};

	PLAY(scenes);
}

Test(planner, places)	/* P4 */
{
	static const struct scene scenes[] = {
	    { "nobody's region goes first",
	      "preempt 1, start 1:0-500", .limit = 2,
	      .objects = { FILM(.filling = 1, .may_fill = 1),
	      FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 0, 1000), PULL(2, 0, 0, 500,
	      .object = 1, .begin = 500 * K, .position = 500 * K,
	      .end = END, .since = 0, .pulled = 9 * M) },
	      .readers = { WAITS(500, .object = 1), WAITS(0, .object = 1) } },
	    { "a place is held for a turn", "queue", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .since = NOW - 3999,
	      .pulled = 9 * M) }, .readers = { WAITS(10), WAITS(600) } },
	    { "... and for so much", "queue", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .since = NOW - 5000,
	      .pulled = 4 * M - 1) }, .readers = { WAITS(10), WAITS(600) } },
	    { "after that it goes to who waits",
	      "preempt 1, start 600-1000", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .since = NOW - 4000,
	      .pulled = 4 * M) }, .readers = { WAITS(10), WAITS(600) } },
	    { "... a slow source's too, in the end",
	      "preempt 1, start 600-1000", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .since = NOW - 8000) },
	      .readers = { WAITS(10), WAITS(600) } },
	    { "or when the holder's reader has enough",
	      "preempt 1, start 600-1000", .limit = 1,
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 64 * K } },
	      .regions = { PULL(1, 0, 64, 1000) },
	      .readers = { PLAYS(0), WAITS(600) } },
	    { "not before", "queue", .limit = 1,
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 63 * K } },
	      .regions = { PULL(1, 0, 63, 1000) },
	      .readers = { PLAYS(0), WAITS(600) } },
	    { "or when he has all that fits",
	      "preempt 1, start 600-1000", .limit = 1,
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 10 * K } },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_NO_ROOM) },
	      .readers = { PLAYS(0), WAITS(600) } },
	    { "who has most in front gives way",
	      "preempt 2, start 800-1000", .limit = 2,
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 64 * K },
	      { 300 * K, 400 * K } }, .regions = { PULL(1, 0, 64, 300),
	      PULL(2, 300, 400, 1000) },
	      .readers = { PLAYS(0), PLAYS(300), WAITS(800) } },
	    { "who waited longest comes first",
	      "preempt 1, start 800-1000, queue", .limit = 1,
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 100 * K } },
	      .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { PLAYS(0), WAITS(600), WAITS(800, .since = 5) } },
	    { "who has enough in front takes no place from readers", "",
	      .limit = 1, .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K }, { 300 * K, 800 * K } },
	      .regions = { PULL(1, 0, 100, 300) },
	      .readers = { PLAYS(0), PLAYS(310) } },
	    { "who has little does, of one with more",
	      "preempt 1, start 800-1000", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .have = { { 0, 100 * K }, { 300 * K, 800 * K } },
	      .regions = { PULL(1, 0, 100, 300) },
	      .readers = { PLAYS(0), PLAYS(700) } },
	    { "back-off holds no place", "cut 1 at 600, start 600-1000",
	      .limit = 1, .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_RESTING,
	      .rest = NOW + 1) }, .readers = { WAITS(10), WAITS(600) } },
	    { "after it, a place is asked for", "resume 1",
	      .limit = 1, .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_RESTING,
	      .rest = NOW) }, .readers = { WAITS(10) } },
	    { "... like anybody else's", "queue", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 500, .state = PLAN_RESTING,
	      .rest = NOW), PULL(2, 500, 510, 1000) },
	      .readers = { WAITS(10), WAITS(510) } },
	    { "... without a reader only a free one", "", .limit = 1,
	      .objects = { FILM(.filling = 1, .may_fill = 1),
	      FILM(.filling = 1, .may_fill = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_RESTING,
	      .rest = NOW), PULL(2, 500, 510, 1000, .object = 1) } },
	    { "a lower limit: nobody's regions go", "stop 1", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 500), PULL(2, 500, 510, 1000) },
	      .readers = { WAITS(510) } },
	    { "a lower limit takes one of them away", "preempt 1",
	      .limit = 1, .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 500), PULL(2, 500, 510, 1000) },
	      .readers = { WAITS(10, .since = 5), WAITS(510) } },
	    { "one place, three viewers", "start 600-1000, queue", .limit = 1,
	      .objects = { FILM(.filling = 1) },
	      .readers = { WAITS(600), WAITS(300), WAITS(0) } },
	};

	PLAY(scenes);
}

Test(planner, fills)	/* P5 */
{
	static const struct scene scenes[] = {
	    { "near the start begins a fill", "fill, start 7-1000",
	      .objects = { FILM() }, .readers = { WAITS(7) } },
	    { "a lone look elsewhere does not", "start 8-10",
	      .objects = { FILM() },
	      .readers = { WAITS(8, .end = 9 * K + 1) } },
	    { "2 MiB in sequence do", "fill",
	      .objects = { FILM(.size = 9 * M) },
	      .have = { { 0, 9 * M } }, .readers = { { .start = M,
	      .position = 3 * M, .end = 9 * M } } },
	    { "less does not", "", .objects = { FILM(.size = 9 * M) },
	      .have = { { 0, 9 * M } }, .readers = { { .start = M,
	      .position = 3 * M - 1, .end = 9 * M } } },
	    { "fill = ahead has none", "start 0-1000",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .readers = { WAITS(0) } },
	    { "fill = none has none, and ends with what is asked",
	      "start 0-5", .objects = { FILM(.fill = PLAN_FILL_NONE) },
	      .readers = { WAITS(0, .end = 4 * K + 1) } },
	    { "gaps in front of the first reader", "start 500-1000 idle",
	      .objects = { FILM(.filling = 1) }, .have = { { 300 * K,
	      400 * K } }, .regions = { PULL(1, 400, 400, 500) },
	      .readers = { PLAYS(310) } },
	    { "then the first hole, if it fits", "start 0-300 idle",
	      .objects = { FILM(.filling = 1, .may_fill = 1) },
	      .have = { { 300 * K, END } }, .readers = { PLAYS(310) } },
	    { "else not", "", .objects = { FILM(.filling = 1) },
	      .have = { { 300 * K, END } }, .readers = { PLAYS(310) } },
	    { "one at a time", "", .objects = { FILM(.filling = 1,
	      .may_fill = 1) }, .have = { { 300 * K, 400 * K } },
	      .regions = { PULL(1, 400, 400, 500) } },
	    { "on spare places", "", .limit = 1,
	      .objects = { FILM(.filling = 1), FILM(.filling = 1,
	      .may_fill = 1) }, .regions = { PULL(1, 0, 10, 1000) },
	      .readers = { WAITS(10) } },
	    { "... each place once", "start 0-1000 idle", .limit = 1,
	      .objects = { FILM(.filling = 1, .may_fill = 1),
	      FILM(.filling = 1, .may_fill = 1) } },
	    { "without a reader, if it fits", "start 0-1000 idle",
	      .objects = { FILM(.filling = 1, .may_fill = 1) } },
	    { "else not", "stop 1", .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000) } },
	    { "... nor of unknown length", "stop 1",
	      .objects = { FILM(.filling = 1, .may_fill = 1, .size = -1) },
	      .regions = { PULL(1, 0, 10, 0, .end = UINT64_MAX) } },
	    { "a HEAD begins no fill", "start 0-end",
	      .objects = { FILM(.known = 0, .size = -1) },
	      .readers = { WAITS(0, .head = 1, .end = 1) } },
	    { "... nor keeps one up", "stop 1", .objects = { FILM(.filling = 1,
	      .fill = PLAN_FILL_ALL) }, .regions = { PULL(1, 0, 10, 1000) },
	      .readers = { WAITS(0, .head = 1) } },
	    { "what it began waits for the GET", "pause 1",
	      .objects = { FILM() }, .have = { { 0, K } },
	      .regions = { PULL(1, 0, 1, 1000, .since = NOW - 1099) } },
	    { "... a moment", "stop 1", .objects = { FILM() },
	      .have = { { 0, K } }, .regions = { PULL(1, 0, 1, 1000,
	      .since = NOW - 1100, .state = PLAN_PAUSED) } },
	    { "... which finds it", "fill, resume 1", .objects = { FILM() },
	      .have = { { 0, K } }, .regions = { PULL(1, 0, 1, 1000,
	      .state = PLAN_PAUSED) }, .readers = { WAITS(0) } },
	    { "... unless its place is needed", "fill 1, preempt 1, "
	      "start 1:0-1000", .limit = 1, .objects = { FILM(), FILM() },
	      .have = { { 0, K } }, .regions = { PULL(1, 0, 1, 1000) },
	      .readers = { WAITS(0, .object = 1) } },
	    { "a HEAD of what is known needs nothing", "",
	      .objects = { FILM() }, .readers = { WAITS(0, .head = 1) } },
	    { "ahead: enough", "pause 1",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 64 * K } }, .regions = { PULL(1, 0, 64, 1000) },
	      .readers = { PLAYS(0) } },
	    { "ahead: not yet enough", "",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 63 * K } }, .regions = { PULL(1, 0, 63, 1000) },
	      .readers = { PLAYS(0) } },
	    { "ahead: less than half is used up", "",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 64 * K } }, .regions = { PULL(1, 0, 64, 1000,
	      .state = PLAN_PAUSED) }, .readers = { PLAYS(31) } },
	    { "ahead: half is used up", "resume 1",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 64 * K } }, .regions = { PULL(1, 0, 64, 1000,
	      .state = PLAN_PAUSED) }, .readers = { PLAYS(32) } },
	    { "ahead: who is furthest counts", "resume 1",
	      .objects = { FILM(.fill = PLAN_FILL_AHEAD) },
	      .have = { { 0, 64 * K } }, .regions = { PULL(1, 0, 64, 1000,
	      .state = PLAN_PAUSED) }, .readers = { PLAYS(0), PLAYS(50) } },
	    { "none: a segment in front", "pause 1",
	      .objects = { FILM(.fill = PLAN_FILL_NONE, .fill_ahead = M) },
	      .have = { { 0, 64 * K } }, .regions = { PULL(1, 0, 64, 1000) },
	      .readers = { PLAYS(0) } },
	    { "all: never enough", "", .objects = { FILM(.filling = 1) },
	      .have = { { 0, 900 * K } }, .regions = { PULL(1, 0, 900, 1000) },
	      .readers = { PLAYS(0) } },
	    { "all, but nobody plays: enough", "pause 1",
	      .objects = { FILM() }, .have = { { 100 * K, 164 * K } },
	      .regions = { PULL(1, 100, 164, 1000) },
	      .readers = { PLAYS(100, .start = 100 * K) } },
	};

	PLAY(scenes);
}

Test(planner, splits)	/* P6 */
{
	static const struct scene scenes[] = {
	    { "slow, and a reader waits", "cut 1 at 64, start 64-1000",
	      .objects = { FILM(.split = 2, .filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .since = NOW - 1000) },
	      .readers = { WAITS(10) } },
	    { "not at once", "", .objects = { FILM(.split = 2,
	      .filling = 1) }, .regions = { PULL(1, 0, 10, 1000) },
	      .readers = { WAITS(10) } },
	    { "not while nobody waits", "", .objects = { FILM(.split = 2,
	      .filling = 1) }, .have = { { 0, 10 * K } },
	      .regions = { PULL(1, 0, 10, 1000, .since = 0) },
	      .readers = { PLAYS(0) } },
	    { "not over N", "", .objects = { FILM(.split = 2,
	      .filling = 1) }, .regions = { PULL(1, 0, 10, 64, .since = 0),
	      PULL(2, 64, 70, 1000, .since = 0) }, .readers = { WAITS(10) } },
	    { "... but up to N, at the last part",
	      "cut 2 at 128, start 128-1000",
	      .objects = { FILM(.split = 3, .filling = 1) },
	      .regions = { PULL(1, 0, 10, 64, .since = 0),
	      PULL(2, 64, 70, 1000) }, .readers = { WAITS(10) } },
	    { "on free places", "", .limit = 1, .objects = { FILM(.split = 2,
	      .filling = 1) }, .regions = { PULL(1, 0, 10, 1000, .since = 0) },
	      .readers = { WAITS(10) } },
	    { "a part gives way to a reader", "preempt 2, start 1:0-2",
	      .limit = 2, .objects = { FILM(.split = 2, .filling = 1),
	      FILM(.fill = PLAN_FILL_NONE) },
	      .regions = { PULL(1, 0, 10, 64, .since = 0, .pulled = 9 * M),
	      PULL(2, 64, 70, 1000) },
	      .readers = { WAITS(10), WAITS(0, .object = 1, .end = 2 * K) } },
	    { "split = 1 is none", "", .objects = { FILM(.filling = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .since = 0) },
	      .readers = { WAITS(10) } },
	};

	PLAY(scenes);
}

Test(planner, room)	/* P7 */
{
	static const struct scene scenes[] = {
	    { "no room: no fill begins", "", .room = 1,
	      .objects = { FILM(.filling = 1, .may_fill = 1) } },
	    { "... nor with less than two segments", "", .room = 128 * K - 1,
	      .objects = { FILM(.filling = 1, .may_fill = 1) } },
	    { "room for two", "start 0-1000 idle", .room = 128 * K,
	      .objects = { FILM(.filling = 1, .may_fill = 1) } },
	    { "a fill that meets no room ends", "stop 1", .room = 1,
	      .objects = { FILM(.filling = 1, .may_fill = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_NO_ROOM) } },
	    { "... unless saving makes room: it waits", "", .room = 1,
	      .objects = { FILM(.filling = 1, .may_fill = 1, .spooled = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_NO_ROOM) } },
	    { "... but not without a fill", "stop 1", .room = 1,
	      .objects = { FILM(.may_fill = 1, .spooled = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_NO_ROOM) } },
	    { "readers get their regions", "start 500-1000", .room = 1,
	      .objects = { FILM(.filling = 1) }, .readers = { WAITS(500) } },
	    { "... and keep them", "", .room = 1,
	      .objects = { FILM(.filling = 1) }, .have = { { 0, 10 * K } },
	      .regions = { PULL(1, 0, 10, 1000, .state = PLAN_NO_ROOM) },
	      .readers = { PLAYS(0) } },
	    { "no more than fits before a reader", "start 500-540",
	      .objects = { FILM(.filling = 1, .window = 40 * K) },
	      .readers = { WAITS(500) } },
	    { "... the rest when half is used up", "start 540-561",
	      .objects = { FILM(.filling = 1, .window = 40 * K) },
	      .have = { { 500 * K, 540 * K } }, .readers = { PLAYS(521) } },
	    { "... not before, nor in the background", "",
	      .objects = { FILM(.filling = 1, .window = 40 * K) },
	      .have = { { 500 * K, 540 * K } }, .readers = { PLAYS(520) } },
	};

	PLAY(scenes);
}

Test(planner, no_ranges)	/* P9 */
{
	static const struct scene scenes[] = {
	    { "from the start, past what exists", "start 0-1000",
	      .objects = { FILM(.filling = 1, .no_ranges = 1) },
	      .have = { { 0, 50 * K } }, .readers = { WAITS(600) } },
	    { "unknown length too", "start 0-end",
	      .objects = { FILM(.filling = 1, .no_ranges = 1, .size = -1) },
	      .readers = { WAITS(600) } },
	    { "all join the one region, however far", "",
	      .objects = { FILM(.filling = 1, .no_ranges = 1) },
	      .have = { { 0, 10 * K } }, .regions = { PULL(1, 0, 10, 1000) },
	      .readers = { WAITS(10), WAITS(600), WAITS(900) } },
	    { "whom it has passed waits for its end", "",
	      .objects = { FILM(.filling = 1, .no_ranges = 1) },
	      .have = { { 0, 10 * K }, { 50 * K, 100 * K } },
	      .regions = { PULL(1, 0, 100, 1000) },
	      .readers = { WAITS(10), WAITS(100) } },
	    { "... or until nobody needs it", "stop 1, start 0-1000",
	      .objects = { FILM(.filling = 1, .no_ranges = 1) },
	      .have = { { 0, 10 * K }, { 50 * K, 100 * K } },
	      .regions = { PULL(1, 0, 100, 1000) }, .readers = { WAITS(10) } },
	    { "no fill of gaps", "",
	      .objects = { FILM(.filling = 1, .may_fill = 1,
	      .no_ranges = 1) } },
	    { "no ranges, no parts", "", .objects = { FILM(.split = 2,
	      .filling = 1, .no_ranges = 1) },
	      .regions = { PULL(1, 0, 10, 1000, .since = 0) },
	      .readers = { WAITS(10) } },
	    { "ranges of an unknown length", "cut 1 at 900, start 900-end",
	      .objects = { FILM(.filling = 1, .size = -1) },
	      .regions = { PULL(1, 0, 10, 0, .end = UINT64_MAX) },
	      .readers = { WAITS(10), WAITS(900, .end = UINT64_MAX) } },
	    { "... but what it lost is asked for again", "start 3-10",
	      .objects = { FILM(.filling = 1, .size = -1) },
	      .have = { { 0, 3 * K } },
	      .regions = { PULL(1, 0, 10, 0, .end = UINT64_MAX) },
	      .readers = { WAITS(3), WAITS(10) } },
	};

	PLAY(scenes);
}

Test(planner, checks)
{
	static const struct scene scenes[] = {
	    { "one asks for all", "check", .objects = { FILM() },
	      .have = { ALL }, .readers = { WAITS(0, .check = 1),
	      WAITS(5, .check = 1) } },
	    { "once", "", .objects = { FILM() }, .have = { ALL },
	      .regions = { PULL(1, 0, 0, 0, .check = 1) },
	      .readers = { WAITS(0, .check = 1) } },
	    { "it owns nothing", "start 0-1000", .objects = { FILM(
	      .filling = 1) }, .regions = { PULL(1, 0, 0, 1000,
	      .check = 1) }, .readers = { WAITS(0) } },
	    { "it holds a place", "queue", .limit = 1, .objects = { FILM(
	      .filling = 1) }, .regions = { PULL(1, 0, 0, 0, .check = 1,
	      .since = 0, .pulled = 9 * M) }, .readers = { WAITS(0) } },
	    { "it takes nobody's", "preempt 1, check", .limit = 1,
	      .objects = { FILM(), FILM(.filling = 1, .may_fill = 1) },
	      .have = { ALL }, .regions = { PULL(1, 0, 10, 1000,
	      .object = 1) }, .readers = { WAITS(0, .check = 1,
	      .start = 500 * K) } },
	    { "it is tried again", "resume 1", .objects = { FILM() },
	      .have = { ALL }, .regions = { PULL(1, 0, 0, 0, .check = 1,
	      .state = PLAN_RESTING, .rest = NOW) },
	      .readers = { WAITS(0, .check = 1) } },
	    { "... while somebody asks", "stop 1", .objects = { FILM() },
	      .have = { ALL }, .regions = { PULL(1, 0, 0, 0, .check = 1,
	      .state = PLAN_RESTING, .rest = NOW) } },
	};

	PLAY(scenes);
}

/* SPDX-License-Identifier: ISC */
/* status -- what `reelctl status` prints; master */
#include "config.h"

#include <inttypes.h>
#include <unistd.h>

#include <jansson.h>

#include "reeld/counter.h"
#include "reeld/slot.h"
#include "status.h"

/* The counters that people look at first; JSON has all. */
static const enum counter shown[] = {
	COUNTER_REQUESTS, COUNTER_HITS, COUNTER_JOINS, COUNTER_MISSES,
	COUNTER_BYTES_SERVED, COUNTER_RESPONSES_4XX, COUNTER_RESPONSES_5XX,
	COUNTER_PULLS, COUNTER_PULL_CONNECTS, COUNTER_PULL_BYTES,
	COUNTER_PULL_FAILURES, COUNTER_EVICTED_BYTES, COUNTER_REPULLED_BYTES,
	COUNTER_REPAIRS, COUNTER_RESPAWNS,
};
#define SHOWN (sizeof(shown) / sizeof(shown[0]))

/* Two units are enough: 45s, 5m03s, 3h12m, 9d04h. */
static const char *
print_span(char buf[32], int64_t ms)
{
	int64_t s = ms / 1000;

	if (s < 60)
		snprintf(buf, 32, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(buf, 32, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, 32, "%" PRId64 "h%02" PRId64 "m", s / 3600,
		    s / 60 % 60);
	else
		snprintf(buf, 32, "%" PRId64 "d%02" PRId64 "h", s / 86400,
		    s / 3600 % 24);
	return buf;
}

static const char *
print_size(char buf[32], uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	double value = (double)bytes;
	size_t i = 0;

	for (; value >= 1024 && units[i + 1] != '\0'; i++)
		value /= 1024;
	snprintf(buf, 32, i == 0 || value >= 100 ? "%.0f%c" : "%.1f%c", value,
	    units[i]);
	return buf;
}

static void
print_place(const struct status *st, const struct place *p, FILE *out)
{
	char title[ROLE_TITLE], up[32], beat[32] = "-", slot[16] = "-";
	int64_t ms = place_silence(p, st->now);

	if (ms != -1)
		snprintf(beat, sizeof(beat), "%.1fs", (double)ms / 1000);
	if (p->slot != -1)
		snprintf(slot, sizeof(slot), "%d", p->slot);
	fprintf(out, "%-10s %5s %8d %8s %9u %10s  %s\n",
	    role_title(p->role, p->index, title), slot, (int)p->pid,
	    place_alive(p) ? print_span(up, st->now - p->since) : "-",
	    p->restarts, beat,
	    p->last ? "leaving" : place_state_names[p->state]);
}

void
status_print(const struct status *st, FILE *out)
{
	const struct place *p = st->crew->places;
	char up[32], used[32], size[32];
	size_t i;

	fprintf(out, "reeld %s, %s, up %s\n", REELD_VERSION, st->state,
	    print_span(up, st->now - st->began));
	fprintf(out, "arena %s of %s in use%s\n\n",
	    print_size(used, arena_room_used()),
	    print_size(size, arena_size()),
	    arena_condemned() ? ", condemned" : "");
	fprintf(out, "%-10s %5s %8s %8s %9s %10s  %s\n", "process", "slot",
	    "pid", "up", "restarts", "heartbeat", "state");
	fprintf(out, "%-10s %5s %8d %8s %9s %10s  %s\n", "master", "-",
	    (int)getpid(), up, "-", "-", st->state);
	for (; p < st->crew->places + CREW_PLACES; p++)
		if (p->state != PLACE_UNUSED)
			print_place(st, p, out);
	fprintf(out, "\n");
	for (i = 0; i < SHOWN; i++)
		fprintf(out, "%-24s %15" PRIu64 "\n",
		    counter_table[shown[i]].metric, counter_sum(shown[i]));
}

static json_t *
place_json(const struct status *st, const struct place *p)
{
	int64_t ms = place_silence(p, st->now);
	json_t *o;

	o = json_pack("{s:s, s:i, s:s, s:b, s:i, s:i}",
	    "role", role_name(p->role),
	    "index", (int)p->index,
	    "state", place_state_names[p->state],
	    "leaving", p->last,
	    "pid", (int)p->pid,
	    "restarts", (int)p->restarts);
	json_object_set_new(o, "slot",
	    p->slot == -1 ? json_null() : json_integer(p->slot));
	json_object_set_new(o, "up_ms", !place_alive(p) ? json_null() :
	    json_integer(st->now - p->since));
	json_object_set_new(o, "heartbeat_ms",
	    ms == -1 ? json_null() : json_integer(ms));
	return o;
}

void
status_print_json(const struct status *st, FILE *out)
{
	const struct place *p = st->crew->places;
	json_t *o, *processes = json_array(), *counters = json_object();
	size_t i;

	for (; p < st->crew->places + CREW_PLACES; p++)
		if (p->state != PLACE_UNUSED)
			json_array_append_new(processes, place_json(st, p));
	for (i = 0; i < COUNTERS; i++)
		json_object_set_new(counters, counter_table[i].metric,
		    json_integer((json_int_t)counter_sum((enum counter)i)));
	o = json_pack("{s:s, s:s, s:i, s:I, s:{s:I, s:I, s:I, s:b}, s:o, s:o}",
	    "version", REELD_VERSION, "state", st->state,
	    "pid", (int)getpid(),
	    "up_ms", (json_int_t)(st->now - st->began),
	    "arena",
	    "size", (json_int_t)arena_size(),
	    "used", (json_int_t)arena_room_used(),
	    "segment_size", (json_int_t)arena_segment_size(),
	    "condemned", arena_condemned(),
	    "processes", processes, "counters", counters);
	json_dumpf(o, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(o);
}

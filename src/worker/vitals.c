/* SPDX-License-Identifier: ISC */
/* vitals -- how reeld is: counters, gauges, and what is wrong; worker */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/region.h"
#include "reeld/row.h"
#include "reeld/seats.h"
#include "reeld/slot.h"
#include "reeld/spool.h"
#include "vitals.h"
#include "worker.h"

static size_t
count_regions(void)
{
	static struct region_info regions[REGION_MAX];

	return region_take(regions, REGION_MAX);
}

/* ---- metrics ---- */

static void
gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
	fprintf(out, "# HELP reeld_%s %s\n# TYPE reeld_%s gauge\n"
	    "reeld_%s %llu\n", name, help, name, name,
	    (unsigned long long)value);
}

/* Of the objects in the arena. */
static int
see_object(void *arg, struct object_ref object)
{
	uint64_t *spooled = arg;

	spooled[0] += spool_count(object);
	spooled[1] += spool_bytes(object);
	return 0;
}

static void
spool_gauges(FILE *out)
{
	uint64_t spooled[2] = { 0, 0 };

	object_each(see_object, spooled);
	gauge(out, "spool_state", "0 none, 1 working, 2 full, 3 broken, "
	    "4 unwritable",
	    spool_state());
	gauge(out, "spool_known_segments",
	    "Segments on disk of the objects in the arena", spooled[0]);
	gauge(out, "spool_known_bytes",
	    "Bytes on disk of the objects in the arena", spooled[1]);
}

/* The exposition format's escapes of a label value. */
static void
print_label(FILE *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '\\' || *s == '"')
			fprintf(out, "\\%c", *s);
		else
			fputc(*s == '\n' ? ' ' : *s, out);
}

static void
account_gauge(FILE *out, const struct seats_info *accounts, size_t n,
    const char *name, const char *text, size_t offset)
{
	const struct seats_info *a;
	uint32_t value;

	fprintf(out, "# HELP reeld_account_%s %s\n"
	    "# TYPE reeld_account_%s gauge\n", name, text, name);
	for (a = accounts; a < accounts + n; a++) {
		memcpy(&value, (const char *)a + offset, sizeof(value));
		fprintf(out, "reeld_account_%s{account=\"", name);
		print_label(out, a->account);
		fprintf(out, "\"} %u\n", (unsigned)value);
	}
}

static void
account_gauges(FILE *out)
{
	static struct seats_info accounts[SEATS_MAX];
	size_t n = seats_take(accounts, SEATS_MAX);

	account_gauge(out, accounts, n, "connections", "Connections open",
	    offsetof(struct seats_info, open));
	account_gauge(out, accounts, n, "limit", "Connections allowed",
	    offsetof(struct seats_info, limit));
	account_gauge(out, accounts, n, "waiting",
	    "Objects whose readers wait for a connection",
	    offsetof(struct seats_info, waiting));
}

void
vitals_metrics(FILE *out)
{
	unsigned i;

	for (i = 0; i < COUNTERS; i++)
		fprintf(out, "# HELP reeld_%s %s\n# TYPE reeld_%s counter\n"
		    "reeld_%s %llu\n", counter_table[i].metric,
		    counter_table[i].help, counter_table[i].metric,
		    counter_table[i].metric,
		    (unsigned long long)counter_sum(i));
	gauge(out, "arena_bytes", "Size of the arena", arena_size());
	gauge(out, "arena_used_bytes", "Payload reserved or resident",
	    arena_room_used());
	gauge(out, "viewers", "Requests that read an object", row_count());
	gauge(out, "pulls", "Pulls under way", count_regions());
	gauge(out, "client_connections", "Client connections open",
	    counter_sum(COUNTER_CONNECTIONS) -
	    counter_sum(COUNTER_CONNECTIONS_CLOSED));
	gauge(out, "source_connections", "Source connections open",
	    counter_sum(COUNTER_PULL_CONNECTS) -
	    counter_sum(COUNTER_PULL_CLOSES));
	spool_gauges(out);
	account_gauges(out);
}

/* ---- problems ---- */

static int
has_fetcher(void)
{
	struct slot_info info;
	unsigned i;

	for (i = 0; i < ARENA_SLOTS; i++)
		if (slot_info(i, &info) == 0 && info.role == ARENA_FETCHER)
			return 1;
	return 0;
}

static int64_t
up_since(void)
{
	struct slot_info info;
	int64_t first = clock_ms();
	unsigned i;

	for (i = 0; i < ARENA_SLOTS; i++)
		if (slot_info(i, &info) == 0 && info.since < first)
			first = info.since;
	return first;
}

/* What is wrong with the spool, if one is configured; NULL: nothing. */
static const char *
spool_problem(void)
{
	if (worker.conf->spool.directory == NULL)
		return NULL;
	switch (spool_state()) {
	case SPOOL_NONE:
		return "no spooler is running";
	case SPOOL_FULL:
		return "the spool is full, nothing is saved";
	case SPOOL_BROKEN:
		return "the spool cannot be used";
	case SPOOL_UNWRITABLE:
		return "the spool cannot be written, nothing is saved";
	case SPOOL_WORKING:
		break;
	}
	return NULL;
}

json_t *
vitals_json(int *serves)
{
	json_t *problems = json_array();
	const char *spool = spool_problem();

	if (arena_condemned())
		json_array_append_new(problems,
		    json_string("the arena is condemned"));
	if (!has_fetcher())
		json_array_append_new(problems,
		    json_string("no fetcher is running"));
	*serves = json_array_size(problems) == 0;
	if (spool != NULL)
		json_array_append_new(problems, json_string(spool));
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:{}, s:o}",
	    "status", !*serves ? "unhealthy" : spool != NULL ? "degraded" :
	    "healthy",
	    "root_path", "", "version", REELD_VERSION,
	    "uptime_seconds", (json_int_t)((clock_ms() - up_since()) / 1000),
	    "active_streams", (json_int_t)count_regions(),
	    "active_clients", (json_int_t)row_count(),
	    "total_bytes_served",
	    (json_int_t)counter_sum(COUNTER_BYTES_SERVED),
	    "stats", "problems", problems);
}

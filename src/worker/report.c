/* SPDX-License-Identifier: ISC */
/* report -- what reeld says of itself; worker */
#include "config.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/arena.h"
#include "reeld/log.h"
#include "reeld/region.h"
#include "reeld/row.h"
#include "reeld/seats.h"
#include "reeld/spool.h"
#include "reeld/url.h"
#include "client.h"
#include "map.h"
#include "report.h"

#define ROWS_MAX	65536

/* Rows and regions as they are now, taken once per report. */
struct now {
	struct row_state	*rows;
	size_t			 nrows;
	struct region_info	 regions[REGION_MAX];
	size_t			 nregions;
};

static struct now *
take_now(void)
{
	struct now *n = calloc(1, sizeof(*n));
	size_t max = row_count() + 256;

	if (n == NULL)
		return NULL;
	if ((n->rows = calloc(max, sizeof(*n->rows))) != NULL)
		n->nrows = row_take(n->rows, max);
	n->nregions = region_take(n->regions, REGION_MAX);
	return n;
}

static void
drop_now(struct now *n)
{
	if (n == NULL)
		return;
	free(n->rows);
	free(n);
}

/* Origin and URL, without what only the source may see. */
static void
name_of(struct object_ref object, char *origin, char *url)
{
	char whole[OBJECT_TEXT];

	object_url(object, origin, whole);
	url_public(whole, url, OBJECT_TEXT);
}

static int
same(struct object_ref a, struct object_ref b)
{
	return a.id == b.id && a.gen == b.gen;
}

static unsigned
viewers_of(const struct now *n, struct object_ref object)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < n->nrows; i++)
		sum += same(n->rows[i].object, object) &&
		    (n->rows[i].flags & ROW_PREFETCH) == 0;
	return sum;
}

static unsigned
pulls_of(const struct now *n, struct object_ref object)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < n->nregions; i++)
		sum += same(n->regions[i].object, object);
	return sum;
}

/* An end that nobody knows yet is -1. */
static json_int_t
offset(uint64_t at)
{
	return at > INT64_MAX ? -1 : (json_int_t)at;
}

static json_t *
pull_json(const struct region_info *r)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:i, s:I, s:s}",
	    "id", (json_int_t)r->pull, "begin", offset(r->begin),
	    "end", offset(r->end), "position", offset(r->position),
	    "source", (int)r->source, "rate", (json_int_t)r->rate,
	    "state", region_state_names[r->state]);
}

/* ---- objects ---- */

struct objects {
	struct now	*now;
	json_t		*array;
	const char	*key;
};

/* What of it is in memory, and what besides on disk. */
static void
cover(struct map_cover *c)
{
	coverage_take(&c->memory, 1);
	coverage_take(&c->have, 1);
	if (!spool_loads())
		return;
	spool_cover(&c->have);
	spool_cover_partial(&c->partial, &c->lacks);
}

static void
draw(struct map *m, struct object_ref object, const struct object_info *info,
    const struct now *now, uint64_t *there)
{
	struct coverage none = { .object = object, .size = info->size };
	struct map_cover c = { .have = none, .memory = none, .partial = none };

	cover(&c);
	map_draw(m, &c, info->owner);
	*there = map_there(&c, 0, UINT64_MAX);
	coverage_fini(&c.memory);
	coverage_fini(&c.have);
	coverage_fini(&c.partial);
	m->pulls = pulls_of(now, object);
	m->viewers = viewers_of(now, object);
	m->on_disk = spool_count(object);
	m->verdict = object_verdict_names[info->verdict];
}

static json_t *
pulls_json(const struct now *now, struct object_ref object)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < now->nregions; i++)
		if (same(now->regions[i].object, object))
			json_array_append_new(array,
			    pull_json(&now->regions[i]));
	return array;
}

static const char *
state_of(const struct object_info *info)
{
	static const char *const states[] = { "asking", "known", "failed" };

	return info->past ? "past" : info->pass ? "pass" :
	    info->purged ? "purged" : states[info->state];
}

static int
see_object(void *arg, struct object_ref object)
{
	struct objects *o = arg;
	struct object_info info;
	struct object_answer a;
	struct map m;
	char origin[64], url[OBJECT_TEXT], hex[2 * HASH_LEN + 1];
	uint64_t have;
	json_t *etag;
	unsigned i;

	object_info(object, &info);
	for (i = 0; i < HASH_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", info.key[i]);
	if (o->key != NULL && strcmp(o->key, hex) != 0)
		return 0;
	memset(&m, 0, sizeof(m));
	memset(&a, 0, sizeof(a));
	object_answer(object, &a);
	name_of(object, origin, url);
	draw(&m, object, &info, o->now, &have);
	/* Sources may put bytes into an ETag that are no UTF-8. */
	etag = json_string(a.etag);
	if (etag == NULL)
		etag = json_string(log_vis(a.etag));
	json_array_append_new(o->array, json_pack(
	    "{s:s, s:s, s:s, s:I, s:I, s:I, s:i, s:o, s:s, s:i, s:s?, s:i, s:o,"
	    " s:[s,s]}",
	    "key", hex, "origin", origin, "url", url,
	    "size", (json_int_t)info.size, "have", (json_int_t)have,
	    "on_disk", (json_int_t)spool_bytes(object),
	    "generation", (int)info.generation,
	    "etag", etag, "state", state_of(&info),
	    "queued", (int)info.queued, "verified", m.verdict,
	    "viewers", (int)m.viewers, "pulls", pulls_json(o->now, object),
	    "map", m.fill, m.owner));
	return 0;
}

json_t *
report_objects(const char *key)
{
	struct objects o = { take_now(), json_array(), key };

	if (o.now != NULL)
		object_each(see_object, &o);
	drop_now(o.now);
	return o.array;
}

/* ---- map ---- */

struct maps {
	struct now	*now;
	const char	*pattern;
	FILE		*out;
	unsigned	 n;
};

int
report_fits(const char *pattern, const char *url)
{
	struct map m;

	map_name(&m, url);
	return fnmatch(pattern, m.name, 0) == 0 ||
	    strstr(url, pattern) != NULL;
}

static int
see_map(void *arg, struct object_ref object)
{
	struct maps *s = arg;
	struct object_info info;
	struct map m;
	char origin[64], url[OBJECT_TEXT];
	uint64_t have;

	memset(&m, 0, sizeof(m));
	object_info(object, &info);
	name_of(object, origin, url);
	map_name(&m, url);
	if (info.past || info.purged || (s->pattern != NULL &&
	    !report_fits(s->pattern, url)))
		return 0;
	draw(&m, object, &info, s->now, &have);
	map_print(&m, s->out);
	s->n++;
	return 0;
}

unsigned
report_map(const char *pattern, FILE *out)
{
	struct maps s = { take_now(), pattern, out, 0 };

	if (s.now != NULL)
		object_each(see_map, &s);
	drop_now(s.now);
	return s.n;
}

/* ---- pulls and clients ---- */

json_t *
report_pulls(void)
{
	struct now *now = take_now();
	char origin[64], url[OBJECT_TEXT];
	json_t *array = json_array(), *one;
	struct object_ref object;
	size_t i;

	for (i = 0; now != NULL && i < now->nregions; i++) {
		object = now->regions[i].object;
		if (object_pin(object) == -1)
			continue;
		name_of(object, origin, url);
		object_unpin(&object);
		one = pull_json(&now->regions[i]);
		json_object_set_new(one, "url", json_string(url));
		json_array_append_new(array, one);
	}
	drop_now(now);
	return array;
}

json_t *
report_accounts(void)
{
	static struct seats_info accounts[SEATS_MAX];
	size_t i, n = seats_take(accounts, SEATS_MAX);
	json_t *array = json_array();

	for (i = 0; i < n; i++)
		json_array_append_new(array, json_pack("{s:s, s:i, s:i, s:i}",
		    "account", log_vis(accounts[i].account),
		    "limit", (int)accounts[i].limit,
		    "open", (int)accounts[i].open,
		    "waiting", (int)accounts[i].waiting));
	return array;
}

json_t *
report_clients(void)
{
	struct now *now = take_now();
	char origin[64], url[OBJECT_TEXT], name[CLIENT_NAME];
	const struct row_state *row;
	json_t *array = json_array();
	struct object_ref object;
	size_t i;

	for (i = 0; now != NULL && i < now->nrows; i++) {
		row = &now->rows[i];
		object = row->object;
		if (object_pin(object) == -1)
			continue;
		name_of(object, origin, url);
		object_unpin(&object);
		client_print(row->address, name);
		json_array_append_new(array, json_pack(
		    "{s:I, s:s, s:s, s:I, s:I, s:I, s:b, s:I}",
		    "id", (json_int_t)row->slot << 16 | row->number,
		    "address", name, "url", url, "start", offset(row->start),
		    "position", offset(row->position), "end",
		    offset(row->end), "waiting", row->waiting, "rate",
		    (json_int_t)row->rate));
	}
	drop_now(now);
	return array;
}

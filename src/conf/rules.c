/* SPDX-License-Identifier: ISC */
/* rules -- what parameters mean for each other; every process */
#include "config.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>

#include "reeld/log.h"
#include "reeld/panic.h"

#include "rules.h"
#include "text.h"

#define SEGMENTS_MIN	4	/* of an arena that can hold two windows */
#define WORKERS_MAX	30	/* old and new sets fit the 64 slots */
#define BACKOFF_MAX	8	/* retries wait 1, 2, 4, 8, 8, ... delays */

/* The mark of one parameter, by its name. */
static const struct mark *
mark_of(struct reading *reader, enum param_section section, const char *name)
{
	const struct param *param = param_find(section, name);

	ASSERT(param != NULL);
	return reading_mark(reader, param);
}

static void
listen_rules(struct reading *reader, const struct conf_listen *listener)
{
	if (listener->tls &&
	    (listener->certificate == NULL || listener->key == NULL))
		reading_error(reader, listener->file, listener->line,
		    "listen \"%s\": tls needs certificate and key",
		    log_vis(listener->address));
	if (!listener->tls &&
	    (listener->certificate != NULL || listener->key != NULL))
		reading_warning(reader, listener->file, listener->line,
		    "listen \"%s\": certificate and key are of no use without "
		    "tls = true", log_vis(listener->address));
}

static void
spool_rules(struct reading *reader, struct conf_spool *spool)
{
	const struct mark *max = mark_of(reader, PARAM_SPOOL, "max");
	const struct mark *low = mark_of(reader, PARAM_SPOOL, "low");

	if (low->line == 0)
		spool->low = spool->max / 10 * 9;
	else if (!max->bad && !low->bad && spool->low > spool->max)
		reading_error(reader, low->file, low->line,
		    "low is more than max");
}

static void
address_rules(struct reading *reader, const struct conf_origin *origin)
{
	const struct mark *match = mark_of(reader, PARAM_ORIGIN, "match");
	const struct mark *url = mark_of(reader, PARAM_ORIGIN, "url");
	const struct mark *type = mark_of(reader, PARAM_ORIGIN, "type");

	if (match->line == 0)
		reading_error(reader, origin->file, origin->line,
		    "origin \"%s\" has no match", log_vis(origin->name));
	if (type->bad)
		return;
	if (origin->type == CONF_OPEN && url->line != 0)
		reading_error(reader, url->file, url->line,
		    "url: clients name it where type is open");
	if (origin->type != CONF_OPEN && url->line == 0)
		reading_error(reader, origin->file, origin->line,
		    "origin \"%s\" has no url", log_vis(origin->name));
}

/* What is of no use, or of use only with something else. */
static void
source_rules(struct reading *reader, const struct conf_origin *origin)
{
	const struct mark *backup = mark_of(reader, PARAM_ORIGIN, "backup");
	const struct mark *cert = mark_of(reader, PARAM_ORIGIN,
	    "client_certificate");
	const struct mark *key = mark_of(reader, PARAM_ORIGIN, "client_key");
	const struct mark *proxy = mark_of(reader, PARAM_ORIGIN, "proxy");
	const struct mark *insecure = mark_of(reader, PARAM_ORIGIN, "insecure");

	if (origin->type == CONF_OPEN && origin->backup.n > 0)
		reading_error(reader, backup->file, backup->line,
		    "backup: clients name the source where type is open");
	/* its allow list holds for addresses, which the proxy would choose */
	if (origin->type == CONF_OPEN && origin->proxy != NULL)
		reading_error(reader, proxy->file, proxy->line,
		    "proxy: where type is open reeld itself must see the "
		    "addresses");
	if (key->line != 0 && cert->line == 0)
		reading_error(reader, key->file, key->line,
		    "client_key needs client_certificate");
	if (origin->insecure && origin->ca_file != NULL)
		reading_warning(reader, insecure->file, insecure->line,
		    "ca_file is of no use with insecure = true");
}

static void
origin_rules(struct reading *reader, struct conf_origin *origin)
{
	address_rules(reader, origin);
	source_rules(reader, origin);
	if (origin->account == NULL)
		origin->account = text_copy(origin->name);
	/* Strangers choose what an open origin pulls: not all of it. */
	if (origin->type == CONF_OPEN &&
	    mark_of(reader, PARAM_ORIGIN, "fill")->line == 0)
		origin->fill = CONF_FILL_AHEAD;
}

void
rules_section(struct reading *reader)
{
	switch (reader->section) {
	case PARAM_LISTEN:
		listen_rules(reader, reader->base);
		return;
	case PARAM_SPOOL:
		spool_rules(reader, reader->base);
		return;
	case PARAM_ORIGIN:
		origin_rules(reader, reader->base);
		return;
	case PARAM_GLOBAL:
	case PARAM_SECTIONS:
		break;
	}
	PANIC("no section %d", (int)reader->section);
}

static unsigned
count_processors(void)
{
	cpu_set_t set;
	unsigned n;

	/* More processors than the set has bits for: more than enough. */
	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return WORKERS_MAX;
	n = (unsigned)CPU_COUNT(&set);
	return n > WORKERS_MAX ? WORKERS_MAX : n;
}

static void
arena_rules(struct reading *reader)
{
	const struct mark *arena = mark_of(reader, PARAM_GLOBAL, "arena_size");
	const struct mark *segment = mark_of(reader, PARAM_GLOBAL,
	    "segment_size");
	const struct mark *mark = arena->line != 0 ? arena : segment;
	const struct conf *conf = reader->conf;

	if (!arena->bad && !segment->bad &&
	    conf->arena_size / conf->segment_size < SEGMENTS_MIN)
		reading_error(reader, mark->file, mark->line,
		    "arena_size is less than %d segments of segment_size",
		    SEGMENTS_MIN);
}

/* Origins before `origin` with its match, or with its account and another
 * limit.  The smallest limit of an account counts, as a limit is a promise to
 * a provider. */
static void
neighbour_rules(struct reading *reader, struct conf_origin *origin)
{
	struct conf_origin *other;

	for (other = reader->conf->origins; other < origin; other++) {
		if (origin->match != NULL && other->match != NULL &&
		    strcmp(origin->match, other->match) == 0)
			reading_error(reader, origin->file, origin->line,
			    "origin \"%s\" has the match of origin \"%s\"",
			    log_vis(origin->name), log_vis(other->name));
		if (strcmp(origin->account, other->account) != 0 ||
		    origin->max_connections == other->max_connections)
			continue;
		reading_warning(reader, origin->file, origin->line,
		    "origins \"%s\" and \"%s\" share an account: the smaller "
		    "max_connections counts for both", log_vis(other->name),
		    log_vis(origin->name));
		if (other->max_connections < origin->max_connections)
			origin->max_connections = other->max_connections;
	}
	for (other = reader->conf->origins; other < origin; other++)
		if (strcmp(origin->account, other->account) == 0)
			other->max_connections = origin->max_connections;
}

/*
 * The longest that a viewer may see nothing before reeld gives the source up:
 * a running pull stalls, and then every retry waits and fails to connect.
 */
static int64_t
retry_time(const struct conf_origin *origin)
{
	int64_t sum = origin->stall_timeout, wait = origin->retry_delay;
	unsigned i;

	for (i = 0; i < origin->retries; i++) {
		sum += wait + origin->connect_timeout;
		if (wait < BACKOFF_MAX * origin->retry_delay)
			wait *= 2;
	}
	return sum;
}

static void
retry_rules(struct reading *reader, const struct conf_origin *origin)
{
	int64_t sum = retry_time(origin), max = reader->conf->wait_max;

	if (sum > max)
		reading_warning(reader, origin->file, origin->line,
		    "origin \"%s\": stall_timeout and %u retries add up to "
		    "%.1f s, more than wait_max (%.1f s)",
		    log_vis(origin->name), origin->retries,
		    (double)sum / 1000, (double)max / 1000);
}

void
rules_whole(struct reading *reader)
{
	struct conf *conf = reader->conf;
	size_t i;

	conf->workers_auto = conf->workers == 0;
	if (conf->workers_auto)
		conf->workers = count_processors();
	arena_rules(reader);
	for (i = 0; i < conf->norigins; i++)
		neighbour_rules(reader, &conf->origins[i]);
	if (reader->errors > 0)
		return;
	for (i = 0; i < conf->norigins; i++)
		retry_rules(reader, &conf->origins[i]);
	if (conf->nlistens == 0)
		reading_warning(reader, conf->file, 1,
		    "no listen section: nobody can connect");
}

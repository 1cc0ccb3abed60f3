/* SPDX-License-Identifier: ISC */
/* target -- an object as the fetcher sees it; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/allow.h"
#include "reeld/hash.h"
#include "reeld/log.h"
#include "reeld/url.h"
#include "target.h"
#include "verify.h"

struct targets targets = TAILQ_HEAD_INITIALIZER(targets);

static void
find_origin(struct target *t, const struct conf *conf)
{
	t->origin = conf_origin(conf, t->origin_name);
	t->seat = t->origin == NULL ? seat_of(t->origin_name, 0) :
	    seat_of(t->origin->account, t->origin->max_connections);
}

/* The same number for the same address in every fetcher; never 0. */
static uint32_t
mark_of(const char *url)
{
	const struct hash_piece piece = { url, strlen(url) };
	uint8_t digest[HASH_LEN];
	uint32_t mark;

	hash_key(&piece, 1, digest);
	memcpy(&mark, digest, sizeof(mark));
	return mark | 1;
}

/* Who described the object, which may have been before a death or a reload. */
static void
find_home(const struct target *t, struct sources *s)
{
	uint32_t i, mark = object_home(t->object);

	for (i = 0; mark != 0 && i < s->n; i++)
		if (mark_of(s->v[i].url) == mark) {
			s->home = i;
			return;
		}
}

void
target_set_home(struct target *t, uint32_t i)
{
	if (t->sources.home == i && object_home(t->object) != 0)
		return;
	t->sources.home = i;
	object_set_home(t->object, mark_of(t->sources.v[i].url));
}

static struct target *
create(struct object_ref object, const struct conf *conf)
{
	char url[OBJECT_TEXT];
	struct target *t;

	if (object_pin(object) == -1)
		return NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("no memory");
	t->object = object;
	object_url(object, t->origin_name, url);
	if ((t->url = strdup(url)) == NULL)
		fatal("no memory");
	find_origin(t, conf);
	sources_init(&t->sources, t->origin, t->url);
	find_home(t, &t->sources);
	TAILQ_INSERT_TAIL(&targets, t, next);
	return t;
}

struct target *
target_of(struct object_ref object, const struct conf *conf)
{
	struct target *t;

	TAILQ_FOREACH(t, &targets, next)
		if (t->object.id == object.id && t->object.gen == object.gen)
			return t;
	return create(object, conf);
}

void
target_destroy(struct target *t)
{
	if (t == NULL)
		return;
	TAILQ_REMOVE(&targets, t, next);
	verify_forget(t);
	coverage_fini(&t->coverage);
	object_unpin(&t->object);
	free(t->url);
	sources_fini(&t->sources);
	free(t);
}

static void
find_sources(struct target *t)
{
	struct sources fresh;

	sources_init(&fresh, t->origin, t->url);
	if (sources_equal(&fresh, &t->sources)) {
		sources_fini(&fresh);
		return;
	}
	find_home(t, &fresh);
	sources_fini(&t->sources);
	t->sources = fresh;
	t->gave = 0;
	t->version++;
}

void
target_reload(const struct conf *conf)
{
	struct target *t;
	size_t i;

	seat_forget_limits();
	server_forget_all();
	for (i = 0; i < conf->norigins; i++)
		seat_of(conf->origins[i].account,
		    conf->origins[i].max_connections);
	TAILQ_FOREACH(t, &targets, next) {
		find_origin(t, conf);
		find_sources(t);
		t->quiet_until = 0;
	}
}

int
target_may_ask(const struct target *t, const char *url, const char **why)
{
	char host[URL_HOST_MAX + 1];
	struct url u;

	if (t->origin == NULL) {
		*why = "its origin is no longer configured";
		return 0;
	}
	if (url_parse(url, strlen(url), &u, why) == -1)
		return 0;
	if (t->origin->type != CONF_OPEN)
		return 1;
	url_host(&u, host);
	*why = "credentials are not allowed in an address";
	if (u.credentials)
		return 0;
	*why = "the host is not allowed";
	return allow_name(t->origin->allow.v, t->origin->allow.n, host,
	    u.port);
}

int
target_is_whole(const struct target *t)
{
	const struct coverage *c = &t->coverage;
	int64_t size;

	object_state(t->object, &size);
	if (c->n == 0)
		return size == 0;
	return c->n == 1 && c->extents[0].begin == 0 && size >= 0 &&
	    c->extents[0].end >= (uint64_t)size;
}

int
target_is_content_addressed(const struct target *t)
{
	return t->origin != NULL && t->origin->type == CONF_BEAM;
}

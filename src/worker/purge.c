/* SPDX-License-Identifier: ISC */
/* purge -- takes objects away, from memory and from disk; worker */
#include "config.h"

#include <string.h>

#include <bsd/string.h>

#include "reeld/clock.h"
#include "reeld/spool.h"
#include "aim.h"
#include "purge.h"
#include "report.h"
#include "request.h"
#include "worker.h"

#define LOOKS		64	/* objects that the catalogue is asked for */
#define LOOK_MAX	5000	/* ms that it has for that */

struct purge {
	const char	*what;
	int		 exact;		/* the whole address */
	int		 n;
};

/* An object that may be in the catalogue alone, pinned until that is known. */
static struct look {
	struct object_ref object;	/* id 0: free */
	int64_t		 since;		/* ms */
} looks[LOOKS];

static int
see_object(void *arg, struct object_ref object)
{
	struct purge *p = arg;
	struct object_info info;
	char origin[64], url[OBJECT_TEXT];

	object_info(object, &info);
	object_url(object, origin, url);
	if (info.past || info.purged || (p->exact ? strcmp(url, p->what) != 0 :
	    !report_fits(p->what, url)))
		return 0;
	if (spool_purge(object) == 0)
		p->n++;
	return 0;
}

static int
purge_all(const char *what, int exact)
{
	struct purge p = { what, exact, 0 };

	object_each(see_object, &p);
	return p.n;
}

/* ---- what is on disk alone ---- */

/* 1 when nothing more is to be done for it. */
static int
is_over(const struct look *l, int64_t now)
{
	struct object_info info;

	object_wait(l->object);
	object_info(l->object, &info);
	if (info.state == OBJECT_KNOWN && !info.purged)
		spool_purge(l->object);
	return info.state != OBJECT_ASKING || info.purged ||
	    (spool_loads() && spool_looked(l->object)) ||
	    now - l->since >= LOOK_MAX;
}

void
purge_look_all(void)
{
	struct look *l;

	for (l = looks; l < looks + LOOKS; l++)
		if (l->object.id != 0 && is_over(l, clock_ms()))
			object_unpin(&l->object);
}

/* What nobody has asked for since the start is in the catalogue alone: a record
 * is made for it, which the spooler looks up, and purged when it has. */
static int
look_up(const struct aim *a)
{
	struct look *l;
	int created;

	for (l = looks; l < looks + LOOKS && l->object.id != 0; l++)
		;
	/* A spooler that is not there yet comes soon. */
	if (worker.conf->spool.directory == NULL ||
	    spool_state() == SPOOL_BROKEN || l == looks + LOOKS ||
	    object_obtain(a->key, a->origin->name, a->url, &l->object,
	    &created) == -1)
		return 0;
	l->since = clock_ms();
	spool_ring();
	purge_look_all();
	return 1;
}

static int
purge_one(const struct aim *a)
{
	struct object_ref object;
	struct object_info info;
	int purged;

	if (object_find(a->key, &object) == -1)
		return look_up(a);
	object_info(object, &info);
	purged = info.state == OBJECT_ASKING && !spool_looked(object) ?
	    look_up(a) : spool_purge(object) == 0;
	object_unpin(&object);
	return purged;
}

int
purge_run(const char *what, const char **why)
{
	struct aim a;

	if (!aim_is_address(what))
		return purge_all(what, 0);
	if (aim_take(what, &a, why) == 0)
		return purge_one(&a);
	/* Its origin may be configured no more. */
	return url_scheme(what, strlen(what)) ? purge_all(what, 1) : -1;
}

void
purge_object(const struct conf_origin *o, const char *url)
{
	struct aim a;

	a.origin = o;
	strlcpy(a.url, url, sizeof(a.url));
	request_key(o, url, a.key);
	purge_one(&a);
	if (o->pass_headers.n > 0)	/* then there are several keys */
		purge_all(url, 1);
}

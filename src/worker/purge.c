/* SPDX-License-Identifier: ISC */
/* purge -- takes objects away, from memory and from disk; worker */
#include "config.h"

#include <string.h>

#include <bsd/string.h>

#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/spool.h"
#include "aim.h"
#include "purge.h"
#include "report.h"
#include "request.h"
#include "worker.h"

#define LOOKS		64	/* objects that the catalogue is told of */
#define LOOK_MAX	5000	/* ms that it has for that */

struct purge {
	const char	*what;
	int		 exact;		/* the whole address */
	int		 n;
};

/* An object that was purged, pinned until the catalogue was told. */
static struct look {
	struct object_ref object;	/* id 0: free */
	int		 known;		/* more than its key was there */
	int64_t		 since;		/* ms */
	purge_told	*tell;
	void		*arg;
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

/* ---- one, and what of it is on disk ---- */

/* 1 when it is known what has become of it, or too late: `n` objects, -1: what
 * is on disk may be found again. */
static int
is_told(const struct look *l, int64_t now, int *n)
{
	struct object_info info;

	object_wait(l->object);
	object_info(l->object, &info);
	*n = info.purged == SPOOL_PURGING ? -1 :
	    l->known || info.purged == SPOOL_PURGED;
	return *n != -1 || now - l->since >= LOOK_MAX;
}

void
purge_look_all(void)
{
	int64_t now = clock_ms();
	struct look *l;
	int n;

	for (l = looks; l < looks + LOOKS; l++)
		if (l->object.id != 0 && is_told(l, now, &n)) {
			object_unpin(&l->object);
			l->tell(l->arg, n);
		}
}

/* 1 when there is a spool, which may have it: one that cannot be used now finds
 * it when it can. */
static int
may_be_on_disk(void)
{
	return worker.conf->spool.directory != NULL;
}

static struct look *
free_look(void)
{
	struct look *l;

	for (l = looks; l < looks + LOOKS; l++)
		if (l->object.id == 0)
			return l;
	return NULL;
}

/* What nobody has asked for since the start is in the catalogue alone: a record
 * is made for it, by which the spooler knows its key. */
static int
purge_one(const struct aim *a, purge_told *tell, void *arg, const char **why)
{
	struct look *l = free_look();
	struct object_ref object;
	struct object_info info;
	int created;

	*why = "too many purges wait for the spool";
	if (l == NULL)
		return -1;
	if (object_find(a->key, &object) == -1) {
		*why = "no room for another object";
		if (!may_be_on_disk())
			return 0;
		if (object_obtain(a->key, a->origin->name, a->url, &object,
		    &created) == -1)
			return -1;
	}
	object_info(object, &info);
	object_wait(object);
	*why = "the arena is condemned";
	if (spool_purge(object) == -1) {
		object_unpin(&object);
		return -1;
	}
	*l = (struct look){ object, info.state != OBJECT_ASKING, clock_ms(),
	    tell, arg };
	if (!may_be_on_disk()) {
		object_unpin(&l->object);
		return 1;
	}
	return PURGE_LATER;
}

/* Where fields of clients are passed on, an address has several objects. */
static int
purge_address(const struct aim *a, purge_told *tell, void *arg,
    const char **why)
{
	int n = a->origin->pass_headers.n > 0 ? purge_all(a->url, 1) : 0;

	return n > 0 ? n : purge_one(a, tell, arg, why);
}

int
purge_run(const char *what, purge_told *tell, void *arg, const char **why)
{
	struct aim a;

	if (!aim_is_address(what))
		return purge_all(what, 0);
	if (aim_take(what, &a, why) == 0)
		return purge_address(&a, tell, arg, why);
	/* Its origin may be configured no more. */
	return url_scheme(what, strlen(what)) ? purge_all(what, 1) : -1;
}

static void
tell_nobody(void *arg, int n)
{
	(void)arg;
	(void)n;
}

void
purge_object(const struct conf_origin *o, const char *url)
{
	static struct log_limit limit = { .burst = 10 };
	struct aim a;
	const char *why;

	a.origin = o;
	strlcpy(a.url, url, sizeof(a.url));
	request_key(o, url, "", a.key);
	if (purge_address(&a, tell_nobody, NULL, &why) != -1)
		return;
	purge_all(url, 1);	/* what is in memory, at least */
	if (log_allow(&limit))
		log_warn("%s: what the spool has may be served again: %s",
		    log_vis(url), why);
}

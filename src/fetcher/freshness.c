/* SPDX-License-Identifier: ISC */
/* freshness -- how long an answer is good for; fetcher */
#include "config.h"

#include "reeld/clock.h"
#include "reeld/spool.h"
#include "beam.h"
#include "choice.h"
#include "fields.h"
#include "freshness.h"

enum caching_verdict
freshness_judge(const struct pull *p, struct freshness *f,
    char control[CACHING_TEXT])
{
	const struct conf_origin *o = p->target->origin;
	int64_t now = clock_wall();
	struct caching_case c = {
		.status = p->head.status,
		.authorized = fields_authorize(p->target->object),
		.requested = now - (clock_us() - p->asked_us) / 1000000,
		.answered = now,
		.ttl = o == NULL || o->ttl < 0 ? -1 : (o->ttl + 999) / 1000,
		.force = o != NULL && o->force_cache,
	};
	enum caching_verdict verdict;

	caching_print(&p->head.caching, &c, control);
	verdict = caching_judge(&p->head.caching, &c, f);
	return beam_keeps(p, f, control) ? CACHING_STORE : verdict;
}

void
freshness_renew(struct pull *p)
{
	struct object_ref object = p->target->object;
	char control[CACHING_TEXT];
	struct object_answer a;
	struct object_info info;
	struct freshness f;

	if (p->head.status == 304 && object_answer(object, &a) == 0)
		caching_complete(&p->head.caching, &a.fresh, a.control,
		    a.mtime, clock_wall());
	object_info(object, &info);
	if (freshness_judge(p, &f, control) != CACHING_STORE && !info.purged)
		spool_purge(object);
	else if (p->check || choice_is_home(p))
		object_fresh(object, &f, control);
}

/* SPDX-License-Identifier: ISC */
/* use -- whether what is stored will do for a request; worker */
#include "config.h"

#include <bsd/stdlib.h>

#include "reeld/clock.h"
#include "reeld/hash.h"
#include "reeld/region.h"
#include "reeld/spool.h"
#include "refuse.h"
#include "use.h"

#define MISSED_FOR	10000	/* ms: a source that failed is not asked */

void
use_note(struct reader *r)
{
	const h2o_header_t *line = r->req->headers.entries, *end;

	caching_wish_init(&r->wish);
	for (end = line + r->req->headers.size; line < end; line++)
		caching_wish_note(&r->wish, (struct span){ line->name->base,
		    line->name->len }, (struct span){ line->value.base,
		    line->value.len });
}

int
use_wants_stored(const struct reader *r)
{
	return (r->wish.control.said & CACHE_CONTROL_IF_CACHED) != 0;
}

int
use_was_looked_up(const struct reader *r)
{
	/* One that is configured and not there comes soon. */
	return spool_state() == SPOOL_NONE ?
	    worker.conf->spool.directory == NULL : spool_looked(r->object);
}

int
use_was_asked(const struct reader *r)
{
	struct object_info info;

	object_info(r->object, &info);
	return info.answers != r->state.answers;
}

/* Why it could not be asked; FAILED is for a while, and for all who come. */
static enum caching_source
after_miss(const struct reader *r, const struct object_info *info)
{
	struct object_failure f;
	int64_t rest;

	object_failure(r->object, &f);
	rest = f.retry_after * 1000LL;
	if (info->answers == r->state.answers && clock_ms() - info->missed >=
	    (rest > MISSED_FOR ? rest : MISSED_FOR))
		return CACHING_UNASKED;
	return f.status == 404 || f.status == 410 ? CACHING_GONE :
	    CACHING_FAILED;
}

static enum caching_source
source_of(const struct reader *r, const struct object_info *info)
{
	if (info->missed != 0)
		return after_miss(r, info);
	return info->answers != r->state.answers ? CACHING_ANSWERED :
	    CACHING_UNASKED;
}

static int
is_on_its_way(const struct reader *r)
{
	static struct region_info regions[REGION_MAX];
	size_t i, n = region_take(regions, REGION_MAX);

	for (i = 0; i < n; i++)
		if (regions[i].object.id == r->object.id &&
		    regions[i].object.gen == r->object.gen &&
		    regions[i].state != REGION_RESTING)
			return 1;
	return 0;
}

/* Bytes that are on their way are for all who come meanwhile, unless the source
 * or the client says something else. */
static int
may_join(const struct reader *r, const struct freshness *f)
{
	return (f->flags & (CACHING_UNSAID | CACHING_NO_CACHE |
	    CACHING_MUST)) == CACHING_UNSAID && r->wish.lines == 0 &&
	    !r->wish.pragma && is_on_its_way(r);
}

enum caching_use
use_decide(struct reader *r)
{
	struct object_info info;
	enum caching_use use;
	int64_t now = clock_wall();

	object_info(r->object, &info);
	if (!r->asked)
		r->was_fresh = now < info.fresh.fresh_until &&
		    (info.fresh.flags & CACHING_NO_CACHE) == 0;
	use = caching_use(&info.fresh, &r->wish, source_of(r, &info), now);
	if (use == CACHING_ASK && may_join(r, &info.fresh))
		return CACHING_SERVE;
	return use;
}

void
use_refuse(struct reader *r)
{
	refuse_instead(r->req, 504, 0, NULL,
	    "it is not stored, or not fresh, and only-if-cached was asked");
}

/* ---- what may not be shared ---- */

int
use_has_lost(const struct reader *r, const struct object_info *info)
{
	return info->past ||
	    (info->purged && !(info->pass && r->created));
}

void
use_alone(struct reader *r)
{
	uint8_t salt[HASH_LEN];
	struct hash_piece pieces[2] = {
		{ r->key, HASH_LEN }, { salt, sizeof(salt) }
	};

	arc4random_buf(salt, sizeof(salt));
	hash_key(pieces, 2, r->key);
	r->alone = 1;
}

/* SPDX-License-Identifier: ISC */
/* tier -- how far the disk can be counted on; fetcher */
#include "config.h"

#include "reeld/clock.h"
#include "reeld/spool.h"
#include "tier.h"

#define COMES	3000	/* ms that a spooler has to take its place */

static int64_t missed;	/* ms: since when none is there; 0: one is */

int
tier_comes(const struct conf *conf, int64_t *until)
{
	int64_t now = clock_ms();

	if (conf->spool.directory == NULL || spool_state() != SPOOL_NONE)
		missed = 0;
	else if (missed == 0)
		missed = now;
	*until = missed + COMES;
	return missed != 0 && now < *until;
}

int
tier_brings(const struct conf *conf)
{
	int64_t until;

	return tier_comes(conf, &until) || spool_loads();
}

int
tier_may_know(const struct conf *conf, struct object_ref object)
{
	int64_t until, size;

	return object_state(object, &size) == OBJECT_ASKING &&
	    (tier_comes(conf, &until) || !spool_looked(object));
}

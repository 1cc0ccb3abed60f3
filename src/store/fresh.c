/* SPDX-License-Identifier: ISC */
/* fresh -- how long an object is good for; every role */
#include "config.h"

#include <bsd/string.h>

#include "fresh.h"
#include "layout.h"
#include "shared.h"

#define TRIES	64	/* of a torn read, then nothing is known */

void
fresh_write(struct object *o, const struct freshness *f, const char *control)
{
	/* A dead predecessor may have left it odd. */
	uint32_t told = o->told | 1;
	char text[CACHING_TEXT] = "";

	strlcpy(text, control, sizeof(text));
	SET(o->told, told);
	FENCE();
	SET(o->born, f->born);
	SET(o->fresh_until, f->fresh_until);
	SET(o->while_until, f->while_until);
	SET(o->error_until, f->error_until);
	SET(o->caching, f->flags);
	COPY(o->control, text, sizeof(text));
	SET(o->told, told + 1);
}

void
fresh_read(const struct object *o, struct freshness *f, char *control)
{
	uint32_t told;
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if ((told = LOAD(o->told)) & 1)
			continue;
		f->born = LOAD(o->born);
		f->fresh_until = LOAD(o->fresh_until);
		f->while_until = LOAD(o->while_until);
		f->error_until = LOAD(o->error_until);
		f->flags = LOAD(o->caching);
		if (control != NULL)
			memcpy(control, o->control, CACHING_TEXT);
		FENCE();
		if (LOAD(o->told) == told)
			return;
	}
	memset(f, 0, sizeof(*f));
	f->flags = CACHING_NO_CACHE;
	if (control != NULL)
		strlcpy(control, "no-cache", CACHING_TEXT);
}

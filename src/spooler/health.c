/* SPDX-License-Identifier: ISC */
/* health -- whether the spool works, and what is wrong with it; spooler */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "reeld/panic.h"
#include "health.h"
#include "trouble.h"

#define AGAIN	10000	/* ms, then a trouble is looked at again */

static enum spool_state state = SPOOL_WORKING;
static char trouble[512];
static int64_t due;
static int here, corrupt;

static void
enter(enum spool_state next)
{
	state = next;
	if (here)
		spool_set_state(state);
}

void
health_here(void)
{
	here = 1;
	spool_here();
	spool_set_state(state);
}

enum spool_state
health_state(void)
{
	return state;
}

void
health_good(void)
{
	if (state == SPOOL_WORKING)
		return;
	log_info("spool: works again");
	trouble[0] = '\0';
	enter(SPOOL_WORKING);
}

void
health_bad(enum spool_state next, const char *fmt, ...)
{
	char text[sizeof(trouble)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	counter_add(COUNTER_SPOOL_ERRORS, 1);
	if (state == SPOOL_BROKEN && next != SPOOL_BROKEN)
		return;
	if (next != state || strcmp(text, trouble) != 0)
		log_err("spool: %s: %s", text, next == SPOOL_BROKEN ?
		    "going on without it" : "nothing is saved");
	strlcpy(trouble, text, sizeof(trouble));
	/* the same again does not put it off */
	if (next != state)
		due = clock_ms() + AGAIN;
	enter(next);
}

void
health_closed(void)
{
	if (state != SPOOL_WORKING)
		enter(SPOOL_BROKEN);
}

void
health_errno(const char *what, int error)
{
	health_bad(trouble_state(error), "%s: %s", what, strerror(error));
}

int
health_check(const struct catalogue *c, enum catalogue_result result)
{
	switch (result) {
	case CATALOGUE_OK:
	case CATALOGUE_NONE:
		return 0;
	case CATALOGUE_FULL:
		health_bad(SPOOL_FULL, "catalogue: %s", catalogue_error(c));
		return -1;
	case CATALOGUE_UNWRITABLE:
		health_bad(SPOOL_UNWRITABLE, "catalogue: %s",
		    catalogue_error(c));
		return -1;
	case CATALOGUE_CORRUPT:
		corrupt = 1;
		health_bad(SPOOL_BROKEN, "catalogue: %s",
		    catalogue_error(c));
		return -1;
	case CATALOGUE_ERROR:
		health_bad(SPOOL_BROKEN, "catalogue: %s",
		    catalogue_error(c));
		return -1;
	}
	PANIC("catalogue result %d", (int)result);
}

int
health_is_due(int64_t now)
{
	return now >= due;
}

void
health_retry(int64_t now)
{
	due = now;
}

void
health_postpone(int64_t now)
{
	due = now + AGAIN;
}

int
health_is_corrupt(void)
{
	return corrupt;
}

int
health_take_corrupt(void)
{
	int was = corrupt;

	corrupt = 0;
	return was;
}

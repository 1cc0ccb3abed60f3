/* SPDX-License-Identifier: ISC */
/* spool_crowd_test -- more viewers than segments: each has his turn */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/spoolstage.h"

#define VIEWERS		16
#define SIZE		(8 * MB)
#define TURN_MS		8000	/* each has had one */

static struct spoolstage s;
static struct film films[VIEWERS];
static struct watch w[VIEWERS];

/* Each film on disk alone, of a source that is gone. */
static void
start(void)
{
	char name[32];
	int i;

	spoolstage_open(&s, "arena_size = 5M\nsegment_size = 1M",
	    "min_free = 0% idle = 1s reload_ttl = 1s", "");
	for (i = 0; i < VIEWERS; i++) {
		snprintf(name, sizeof(name), "film%d", i);
		films[i] = stage_film(name, SIZE, 0, "");
		spoolstage_watch(&s, &films[i]);
	}
	for (i = 0; i < VIEWERS; i++)
		spoolstage_await_saved(&s, &films[i], 20000);
	spoolstage_source(&s, 0);
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_crowd, .init = start, .fini = stop, .timeout = 120);

static int64_t
least(void)
{
	int64_t n = INT64_MAX;
	int i;

	for (i = 0; i < VIEWERS; i++)
		if ((int64_t)viewer_progress(w[i].viewer) < n)
			n = (int64_t)viewer_progress(w[i].viewer);
	return n;
}

Test(spool_crowd, has_turns)
{
	int i;

	for (i = 0; i < VIEWERS; i++)
		w[i] = stage_watch(&s.stage, &films[i], 0,
		    &(struct viewer_want){ .rate = MB });
	cr_expect(AWAIT(least() > MB, TURN_MS), "one has %" PRId64 " bytes",
	    least());
	watch_end_all(w, VIEWERS);
}

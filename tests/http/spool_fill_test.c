/* SPDX-License-Identifier: ISC */
/* spool_fill_test -- a fill that goes on without readers, through an arena that
 * is smaller */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/spoolstage.h"

#define FILM_SIZE	(160 * MB)
#define SAVED_MS	60000

static struct spoolstage s;

static void
start(void)
{
	spoolstage_open(&s, "workers = 1\narena_size = 16M\n"
	    "segment_size = 1M", "min_free = 0% idle = 45s", "");
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_fill, .init = start, .fini = stop, .timeout = 120);

/* Its viewer leaves after a moment.  What a full arena stops for good would be
 * pulled again: the fill waits until saving has made room. */
Test(spool_fill, is_not_stopped_by_a_full_arena)
{
	struct viewer_want part = { .stop_after = 4 * MB };
	struct film film = stage_film("film", FILM_SIZE, 0, "");
	struct watch w = stage_watch(&s.stage, &film, 0, &part);
	double sent;

	watch_end_all(&w, 1);
	spoolstage_await_saved(&s, &film, SAVED_MS);
	sent = (double)stage_sent(&s.stage, &film) / FILM_SIZE;
	fprintf(stderr, "the source sent %.4f of the film\n", sent);
	cr_assert_leq(sent, 1.02);
	spoolstage_source(&s, 0);
	spoolstage_watch(&s, &film);
}

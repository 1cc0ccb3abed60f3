/* SPDX-License-Identifier: ISC */
/* spool_library_test -- a library that is much larger than the arena */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/spoolstage.h"

#define VIEWERS		10
#define FILMS		20
#define ROUNDS		2

static struct spoolstage s;
static struct film films[FILMS];

/* 2 GB through 128 MB; in the short form an eighth of both. */
static void
start(void)
{
	int64_t part = stage_soak() ? 1 : 8, size = 100 * MB / part;
	char name[32];
	int i;

	spoolstage_open(&s, stage_soak() ? "arena_size = 128M" :
	    "arena_size = 16M\nsegment_size = 1M", "min_free = 0% idle = 1s "
	    "reload_ttl = 1s", "");
	for (i = 0; i < FILMS; i++) {
		snprintf(name, sizeof(name), "film%d", i);
		films[i] = stage_film(name, size, 30 * MB, "");
	}
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_library, .init = start, .fini = stop, .timeout = 600);

/* Ten watch a film each at the same time, the even ones from its begin; in
 * each round other viewers watch other films. */
static void
play(int round, int first)
{
	struct watch w[VIEWERS];
	int i;

	for (i = 0; i < VIEWERS; i++)
		w[i] = stage_watch(&s.stage,
		    &films[(first + i * (round == 0 ? 1 : 7)) % FILMS], 0,
		    &(struct viewer_want){ .timeout_ms = 240000,
		    .http = i % 2 ? VIEWER_H2C : VIEWER_HTTP11 });
	watch_end_all(w, VIEWERS);
}

Test(spool_library, two_rounds)
{
	double all = (double)(films[0].size * FILMS), sent = 0;
	int64_t begin = now_us();
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < FILMS; i += VIEWERS)
			play(round, i);
		sent = (double)stage_sent_all(&s.stage, films, FILMS) / all;
		fprintf(stderr, "round %d: the source sent %.4f of the "
		    "library; %.1f s\n", round + 1, sent,
		    (double)(now_us() - begin) / 1e6);
	}
	cr_assert_geq(sent, 1);
	cr_assert_leq(sent, 1.005);
	for (i = 0; i < FILMS; i++)
		spoolstage_await_saved(&s, &films[i], 10000);
}

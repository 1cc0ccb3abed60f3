/* SPDX-License-Identifier: ISC */
/* token_test -- a source behind redirects whose targets die while they play */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/stage.h"

#define RATE	(1 * MB)	/* of source and player alike */
#define GAP	1000000		/* us: nobody notices */

static struct stage stage;

static void
start(void)
{
	stage_open(&stage, "", "stall_timeout = 5s");
}

static void
stop(void)
{
	stage_close(&stage);
}

TestSuite(token, .init = start, .fini = stop, .timeout = 60);

/*
 * A redirect to a token that lives for T; then the source drops the connection
 * and answers 403 to the token.  A film that plays for four of them, but for a
 * moment, takes four.
 */
Test(token, dies_while_it_plays)
{
	int64_t life = stage_soak() ? 5000 : 2000, size, tokens;
	struct viewer_result *res;
	struct film f;
	struct watch w;
	char knobs[64];

	snprintf(knobs, sizeof(knobs), "redirect=1&tokencut=1&tokenms=%" PRId64,
	    life);
	size = (4 * life - life / 4) * RATE / 1000;
	f = stage_film("token", size, RATE, knobs);
	w = stage_watch(&stage, &f, 0, NULL);
	res = watch_end(&w);
	tokens = origin_stat(stage.origin, f.path, "status.302");
	fprintf(stderr, "%" PRId64 " tokens in %.1f s, longest gap %.0f ms\n",
	    tokens, (double)res->total_us / 1e6,
	    (double)res->longest_gap_us / 1e3);
	cr_expect_eq(tokens, 4, "%" PRId64 " tokens", tokens);
	cr_expect_leq(res->longest_gap_us, GAP, "a gap of %" PRId64 " us",
	    res->longest_gap_us);
	viewer_result_destroy(res);
	cr_expect_leq(stage_ratio(&stage, &f, "tokens"), 1.02);
}

/* SPDX-License-Identifier: ISC */
/* race -- first bytes by reeld and directly; runs in test programs */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <criterion/criterion.h>

#include "race.h"

void
race_add(struct race *r, int64_t through_us, int64_t direct_us)
{
	cr_assert_lt(r->n, RACE_MAX);
	cr_assert(through_us >= 0, "%s: no first byte", r->title);
	cr_assert(direct_us >= 0, "%s: no first byte directly", r->title);
	r->through[r->n] = through_us;
	r->direct[r->n++] = direct_us;
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t
median(int64_t *us, int n)
{
	qsort(us, (size_t)n, sizeof(*us), by_time);
	return us[n / 2];
}

void
race_judge(struct race *r)
{
	int64_t through, direct;

	cr_assert_geq(r->n, RACE_LEAST);
	through = median(r->through, r->n);
	direct = median(r->direct, r->n);
	fprintf(stderr, "%s: first byte after %.2f ms, directly %.2f ms "
	    "(medians of %d; slowest %.2f and %.2f)\n", r->title,
	    (double)through / 1000, (double)direct / 1000, r->n,
	    (double)r->through[r->n - 1] / 1000,
	    (double)r->direct[r->n - 1] / 1000);
	cr_assert_leq(through, direct + RACE_LATE_US, "%s: late", r->title);
}

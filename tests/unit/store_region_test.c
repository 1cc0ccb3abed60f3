/* SPDX-License-Identifier: ISC */
/* store_region_test -- what pulls own; tests */
#include "config.h"

#include <errno.h>
#include <signal.h>

#include <criterion/criterion.h>

#include "reeld/region.h"
#include "../../src/store/layout.h"
#include "../helper/storetest.h"

static struct storetest t;

static void
begin(void)
{
	storetest_create(&t, 1 << 20);
}

static void
end(void)
{
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(store_region, .init = begin, .fini = end);

static int
is_same(const struct region_info *a, const struct region_info *b)
{
	return a->id == b->id && a->object.id == b->object.id &&
	    a->object.gen == b->object.gen && a->begin == b->begin &&
	    a->end == b->end && a->position == b->position &&
	    a->pull == b->pull && a->rate == b->rate &&
	    a->state == b->state && a->source == b->source;
}

Test(store_region, what_is_written_is_taken)
{
	struct region_info out, in = { .id = 9, .object = { 3, 4 },
	    .begin = 1, .end = 5, .position = 2, .pull = 6, .rate = 7,
	    .state = REGION_PULLING, .source = 8 };
	int n;

	cr_assert_neq(n = region_open(&in), -1);
	cr_assert_eq(region_take(&out, 1), 1);
	cr_assert(is_same(&out, &in));
	in.position = 4;
	in.state = REGION_PAUSED;
	region_write(n, &in);
	cr_assert_eq(region_take(&out, 1), 1);
	cr_assert(is_same(&out, &in));
	cr_assert_str_eq(region_state_names[out.state], "paused");
	region_close(n);
	cr_assert_eq(region_take(&out, 1), 0);
}

Test(store_region, all_regions_can_be_had_and_no_more)
{
	static struct region_info all[REGION_MAX + 1];
	struct region_info info = { .end = 1 };
	int i;

	for (i = 0; i < REGION_MAX; i++) {
		info.id = (uint32_t)i;
		cr_assert_eq(region_open(&info), i);
	}
	cr_assert_eq(region_open(&info), -1);
	cr_assert_eq(errno, EAGAIN);
	cr_assert_eq(region_take(all, REGION_MAX + 1), REGION_MAX);
	cr_assert_eq(all[17].id, 17);
	region_close(17);
	cr_assert_eq(region_take(all, REGION_MAX + 1), REGION_MAX - 1);
	cr_assert_eq(region_open(&info), 17);
	for (i = 0; i < REGION_MAX; i++)
		region_close(i);
}

static int
open_and_die(void *arg)
{
	struct region_info info = { .id = 1, .end = 1 };

	(void)arg;
	region_open(&info);
	raise(SIGKILL);
	return 0;
}

Test(store_region, a_dead_fetcher_owns_nothing)
{
	struct region_info mine = { .id = 2, .end = 1 }, out[2];
	struct storetest_child child;
	int n;

	child = storetest_fork(&t, ARENA_FETCHER, open_and_die, NULL);
	cr_assert_eq(storetest_join(child), -SIGKILL);
	cr_assert_eq(region_take(out, 2), 0);
	cr_assert_eq(n = region_open(&mine), 0);
	cr_assert_eq(region_take(out, 2), 1);
	cr_assert_eq(out[0].id, 2);
	region_close(n);
}

/* Between a record's taking and its first writing nothing is to be read. */
Test(store_region, what_a_pull_before_said_is_not_read)
{
	struct region_info info = { .id = 1, .end = 1 }, out;
	int n;

	n = region_open(&info);
	region_close(n);
	view.regions[n].holder = HOLDER(view.slot, view.life);
	cr_assert_eq(region_take(&out, 1), 0);
	view.regions[n].holder = 0;
}

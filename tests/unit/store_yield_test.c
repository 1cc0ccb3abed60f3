/* SPDX-License-Identifier: ISC */
/* store_yield_test -- whose turn it is when there is no room */
#include "config.h"

#include <errno.h>

#include <criterion/criterion.h>

#include "reeld/clock.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "reeld/spool.h"
#include "../helper/spooled.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define FIT	(MEGA / SS)
#define EARLY	30		/* who waits stands in these segments */
#define LATE	20

static struct storetest t;
static struct object_ref ref;
static struct segment_ref seg;

/* There is no room but what is evicted. */
static void
begin(void)
{
	uint32_t i;

	ref = spooled_begin(&t, MEGA, 40 * SS);
	spool_set_state(SPOOL_FULL);
	for (i = 0; i < FIT; i++)
		spooled_fill(ref, i);
}

static void
end(void)
{
	spooled_end(&t, &ref);
}

TestSuite(store_yield, .init = begin, .fini = end);

static int
waits_in(uint32_t number, int ms, unsigned flags)
{
	struct row_state row = { .object = ref, .position =
	    (uint64_t)number * SS, .end = UINT64_MAX, .waiting = 1,
	    .since = clock_ms() - ms, .flags = flags };

	return row_open(&row);
}

static int
gets(uint32_t number)
{
	if (segment_obtain(ref, number, SEGMENT_EVICT, &seg) == 0)
		return 1;
	cr_assert_eq(errno, ENOSPC);
	return 0;
}

Test(store_yield, who_has_waited_longer_goes_first)
{
	struct segment_ref first;
	int early = waits_in(EARLY, 9000, 0), late = waits_in(LATE, 0, 0);

	cr_assert(!gets(LATE), "he takes it from another");
	cr_assert(gets(EARLY));
	first = seg;
	cr_assert(gets(LATE), "nobody waits any more");
	segment_unpin(&seg);
	segment_unpin(&first);
	row_close(early);
	row_close(late);
}

/* The other may be stuck. */
Test(store_yield, nobody_lets_others_go_for_ever)
{
	int early = waits_in(EARLY, 9000, 0), late = waits_in(LATE, 700, 0);

	cr_assert(gets(LATE));
	segment_unpin(&seg);
	row_close(early);
	row_close(late);
}

/* Those do not wait for room. */
Test(store_yield, who_asks_or_reads_nothing_is_let_be)
{
	static const unsigned flags[] = { ROW_HEAD, ROW_CHECK, ROW_PREFETCH };
	struct object_ref asking = storetest_object(2, -1);
	struct row_state row = { .object = asking, .end = UINT64_MAX,
	    .waiting = 1, .since = 1 };
	int rows[5], i;

	for (i = 0; i < 3; i++)
		rows[i] = waits_in(EARLY, 9000, flags[i]);
	rows[3] = row_open(&row);
	rows[4] = waits_in(LATE, 0, 0);
	cr_assert(gets(LATE));
	segment_unpin(&seg);
	for (i = 0; i < 5; i++)
		row_close(rows[i]);
	object_unpin(&asking);
}

/* SPDX-License-Identifier: ISC */
/* spooler_work_test -- what the spooler does first, in its own process */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "src/spooler/disk.h"
#include "src/spooler/health.h"
#include "src/spooler/save.h"
#include "src/spooler/work.h"
#include "../helper/keeper.h"
#include "../helper/spooled.h"
#include "../helper/storetest.h"

#define SS	STORETEST_SEGMENT
#define FIT	8		/* segments that the arena has room for */
#define TURNS	2000		/* more than anything here can take */
#define LAST	(SS / 8)	/* bytes of a film's last segment */

static char dir[256];
static struct storetest t;
static struct disk disk;
static int64_t now;

/* All that is saved is told to the arena at the latest after so many turns. */
static void
take_turns(int n)
{
	for (; n > 0; n--)
		work_turn(&disk, now++, 0);
}

static void
init(void)
{
	const char *tmp = getenv("TMPDIR");
	struct conf_spool rules = { .directory = dir, .max = 1 << 30,
	    .low = 1 << 29, .janitor_interval = 1 << 30, .idle = 1 << 30,
	    .reload_ttl = 1 << 30, .save = CONF_SAVE_EARLY };

	snprintf(dir, sizeof(dir), "%s/work.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
	storetest_create(&t, FIT * SS);
	disk_init(&disk, &rules);
	cr_assert_eq(disk_open(&disk), 0);
	health_here();
	now = clock_ms();
}

static void
fini(void)
{
	work_end(&disk);
	disk_close(&disk);
	keeper_remove(dir);
	cr_assert_eq(storetest_end(&t), 0);
}

TestSuite(spooler_work, .init = init, .fini = fini, .timeout = 60);

/* An object with two segments and a short one, on disk alone. */
static struct object_ref
film_on_disk(unsigned n)
{
	struct object_ref film = storetest_object(n, 2 * SS + LAST);
	uint32_t i;

	storetest_fill(film, n, 0, 2 * SS + LAST);
	take_turns(TURNS);
	work_end(&disk);
	for (i = 0; i < 3; i++) {
		cr_assert(spool_has(film, i), "%u is not saved", i);
		spooled_evict(film, i);
	}
	return film;
}

/* A save is at hand, begun when there was room, and a reader waits for what
 * needs more than there is; the short piece ahead of him would fit, and goes
 * again whenever his worker looks for room. */
Test(spooler_work, what_is_ahead_keeps_no_save_from_making_room)
{
	struct object_ref film = film_on_disk(2), other;
	struct segment_ref segment = { 0 };
	int row, i;

	other = storetest_object(1, (FIT - 1) * SS + SS / 2);
	storetest_fill(other, 1, 0, SS);
	take_turns(1);
	cr_assert(save_is_busy());
	storetest_fill(other, 1, SS, (FIT - 1) * SS + SS / 2);
	row = spooled_reader(film, 0, 1, now);
	for (i = 0; i < TURNS; i++) {
		if (segment.id == 0)
			segment_obtain(film, 0, SEGMENT_EVICT, &segment);
		take_turns(1);
	}
	segment_unpin(&segment);
	cr_expect_not(spool_is_away(film, 0), "it waits for ever");
	cr_expect_eq(storetest_read(film, 2, 0, SS), SS);
	row_close(row);
	object_unpin(&other);
	object_unpin(&film);
}

/* A disk that takes nothing is no full one: what it has stays, is brought, and
 * it is tried again. */
Test(spooler_work, what_cannot_be_written_is_not_full)
{
	struct object_ref film = film_on_disk(2);
	int row;

	health_errno("data files", EROFS);
	cr_expect_eq(spool_state(), SPOOL_UNWRITABLE);
	cr_expect(spool_loads() && !spool_saves());
	row = spooled_reader(film, 0, 1, now);
	take_turns(TURNS);
	cr_expect_eq(storetest_read(film, 2, 0, SS), SS);
	cr_expect_eq(spool_state(), SPOOL_UNWRITABLE);
	health_errno("data files", ENOSPC);
	cr_expect_eq(spool_state(), SPOOL_FULL);
	health_errno("data files", EIO);
	health_retry(now);
	take_turns(1);
	cr_expect_eq(spool_state(), SPOOL_WORKING);
	cr_expect_eq(spool_count(film), 3);
	cr_expect_eq(counter_sum(COUNTER_SPOOL_EVICTED_BYTES), 0);
	row_close(row);
	object_unpin(&film);
}

/* What goes on failing does not put off that it is tried again. */
Test(spooler_work, a_trouble_is_tried_again_in_time)
{
	int64_t due;

	health_errno("data files", ENOSPC);
	for (due = now; !health_is_due(due); due++)
		continue;
	cr_expect_geq(due, now + 1000);
	usleep(20000);
	health_errno("data files", ENOSPC);
	cr_expect(health_is_due(due));
	health_good();
}

/* Some reader waits in every turn; what is saved goes on all the same. */
Test(spooler_work, who_always_waits_does_not_put_off_recovery)
{
	struct object_ref film = film_on_disk(2);
	int row, i;

	health_errno("data files", ENOSPC);
	health_retry(now);
	row = spooled_reader(film, 0, 1, now);
	for (i = 0; i < TURNS && spool_state() == SPOOL_FULL; i++) {
		take_turns(1);
		if (spool_is_away(film, 0))
			continue;
		row_close(row);
		spooled_evict(film, 0);
		row = spooled_reader(film, 0, 1, now);
	}
	cr_expect_eq(spool_state(), SPOOL_WORKING);
	row_close(row);
	object_unpin(&film);
}

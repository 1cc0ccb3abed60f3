/* SPDX-License-Identifier: ISC */
/* store_restore_test -- objects that the catalogue knows, or is to forget */
#include "config.h"

#include <errno.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/row.h"
#include "reeld/spool.h"
#include "../../src/store/evict.h"
#include "../../src/store/layout.h"
#include "../helper/spooled.h"
#include "../helper/storetest.h"

#define MEGA	(1u << 20)
#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK
#define SIZE	(40 * SS + 1000)

static struct storetest t;
static struct object_ref ref;

static void
begin(void)
{
	ref = spooled_begin(&t, MEGA, SIZE);
}

static void
end(void)
{
	spooled_end(&t, &ref);
}

TestSuite(store_restore, .init = begin, .fini = end);

/* ---- the catalogue's answer ---- */

static const struct spool_marks marks = { .on_disk = { 0x5 },
    .partial = { 0x4 }, .lacks = 100 };
static const struct object_answer stored = { .size = SIZE, .mtime = 5,
    .answered = 1000, .fresh = { .born = 900, .fresh_until = 2000 },
    .etag = "\"old\"", .control = "max-age=1100" };

Test(store_restore, an_object_is_restored_as_it_was)
{
	struct object_ref asking = storetest_object(2, -1), next;
	struct object_answer a;
	struct object_info info;

	cr_assert(!spool_looked(asking));
	cr_assert_eq(spool_next_asking(&next), 0);
	cr_assert_eq(next.id, asking.id);
	object_wait(asking);
	storetest_rung(&t, 0);
	cr_assert_eq(spool_restore(next, 9, &stored, &marks), 0);
	cr_assert(storetest_rung(&t, 0));
	object_unpin(&next);
	object_info(asking, &info);
	cr_assert_eq(info.state, OBJECT_KNOWN);
	cr_assert_eq(info.answered, 1000);
	cr_assert_eq(info.fresh.fresh_until, 2000);
	cr_assert_eq(info.fresh.born, 900);
	cr_assert_eq(info.answers, 0, "its source said nothing");
	cr_assert_eq(object_answer(asking, &a), 0);
	cr_assert_str_eq(a.etag, "\"old\"");
	cr_assert_str_eq(a.control, "max-age=1100");
	cr_assert_eq(spool_bound(asking), 9);
	cr_assert_eq(spool_count(asking), 2);
	cr_assert_eq(spool_bytes(asking), 2 * SS - 100);
	cr_assert(spool_is_away(asking, 0) && spool_is_away(asking, 2));
	cr_assert(spool_looked(asking));
	cr_assert_eq(spool_next_asking(&next), -1);
	cr_assert_eq(errno, ENOENT);
	object_unpin(&asking);
}

Test(store_restore, one_that_the_catalogue_does_not_know_is_left_to_its_source)
{
	struct object_ref asking = storetest_object(2, -1), next;

	arena_fetcher_here();
	storetest_rung(&t, 0);
	cr_assert_eq(spool_next_asking(&next), 0);
	spool_set_looked(next);
	cr_assert(storetest_rung(&t, 0));
	object_unpin(&next);
	cr_assert(spool_looked(asking));
	cr_assert_eq(spool_next_asking(&next), -1);
	object_unpin(&asking);
	asking = storetest_object(3, -1);
	spool_set_state(SPOOL_BROKEN);
	cr_assert(spool_looked(asking), "nobody would look");
	object_unpin(&asking);
}

/* Two generations are never mixed: one of the two answers for it. */
Test(store_restore, catalogue_and_source_do_not_both_answer)
{
	struct object_ref asking = storetest_object(2, -1);
	struct object_answer a = { .size = 9, .mtime = -1, .etag = "\"new\"" };

	object_new_pull(asking);
	cr_assert_not(spool_looked(asking), "it may still be looked up");
	cr_assert_eq(object_claim(asking), 0);
	cr_assert_eq(spool_restore(asking, 9, &stored, &marks), -1);
	cr_assert_eq(errno, EEXIST);
	cr_assert_eq(spool_bound(asking), 0);
	cr_assert_eq(spool_count(asking), 0);
	cr_assert_eq(object_known(asking, &a), 0);
	object_unpin(&asking);

	asking = storetest_object(3, -1);
	view.objects[asking.id].looked = LOOKED_TELLING;
	view.head->spooler = ARENA_NO_SLOT;
	cr_assert_eq(object_claim(asking), -1);
	cr_assert_eq(errno, EEXIST);
	cr_assert_eq(object_known(asking, &a), -1);
	cr_assert_eq(errno, EEXIST);
	spool_here();
	object_unpin(&asking);

	asking = storetest_object(4, -1);
	object_new_pull(asking);
	cr_assert_eq(spool_restore(asking, 9, &stored, &marks), 0);
	cr_assert_eq(object_claim(asking), -1);
	cr_assert_eq(errno, EEXIST);
	object_unpin(&asking);

	asking = storetest_object(5, -1);
	spool_set_looked(asking);
	cr_assert_eq(object_claim(asking), 0);
	object_unpin(&asking);
}

Test(store_restore, a_failure_does_not_undo_what_the_catalogue_said)
{
	struct object_ref asking = storetest_object(2, -1);
	struct object_failure failure = { .status = 502, .error = "e" };
	int64_t size;

	cr_assert_eq(spool_restore(asking, 9, &stored, &marks), 0);
	object_fail(asking, &failure);
	cr_assert_eq(object_state(asking, &size), OBJECT_KNOWN);
	object_unpin(&asking);
}

Test(store_restore, a_restore_that_fails_leaves_nothing)
{
	struct object_ref asking = storetest_object(2, -1);

	view.head->ncells = view.head->cell_fresh - 1;
	cr_assert_eq(spool_restore(asking, 9, &stored, &marks), -1);
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(spool_bound(asking), 0);
	cr_assert_eq(spool_count(asking), 0);
	cr_assert(spool_looked(asking));
	object_unpin(&asking);
}

/* ---- purging ---- */

Test(store_restore, who_reads_what_is_purged_reads_on)
{
	struct object_ref next, fresh;
	struct object_info info;
	struct spool_want want;
	uint8_t key[HASH_LEN];
	uint32_t id = ref.id;
	int row;

	storetest_key(1, key);
	storetest_fill(ref, 1, 0, SS + BS);
	spooled_save_all();
	object_set_filling(ref, 1);
	cr_assert_eq(spool_purge(ref), 0);
	object_info(ref, &info);
	cr_assert(info.purged && !info.past && !info.filling);
	cr_assert_eq(object_find(key, &fresh), -1);
	cr_assert_eq(errno, ENOENT);
	fresh = storetest_object(1, -1);
	cr_assert_neq(fresh.id, ref.id);
	cr_assert_eq(spool_next_asking(&next), -1, "its key may be found");
	cr_assert_eq(spool_next_over(&next), -1);
	cr_assert_eq(spool_next_purged(&next), 0);
	cr_assert_eq(next.id, ref.id);
	spool_set_purged(next, 1);
	object_unpin(&next);
	cr_assert_eq(spool_next_purged(&next), -1);
	cr_assert_eq(spool_next_asking(&next), 0);
	cr_assert_eq(next.id, fresh.id);
	object_unpin(&next);
	spooled_evict(ref, 0);
	row = spooled_reader(ref, 0, 1, 0);
	cr_assert(spool_is_away(ref, 0));
	cr_assert_eq(spool_wants(&want, 1, 0), 1, "it is not brought");
	spooled_load(ref, 0, SS);
	spooled_fill(ref, 2);
	cr_assert_eq(storetest_read(ref, 1, 0, SS), SS);
	cr_assert_eq(storetest_read(ref, 1, 2 * SS, 3 * SS), SS);
	cr_assert_eq(spooled_save(SPOOL_ALL, 0), -1);
	row_close(row);
	object_unpin(&ref);
	cr_assert_eq(view.objects[id].record, RECORD_LINKED);
	cr_assert_eq(spool_next_over(&next), 0);
	cr_assert_eq(next.id, id);
	spool_forget(next);
	object_unpin(&next);
	cr_assert_eq(view.objects[id].record, RECORD_FREE);
	object_unpin(&fresh);
}

/* A disk that cannot be written takes no purge: what else is on it is found. */
Test(store_restore, only_its_own_key_waits_for_a_purge)
{
	struct object_ref next, same, other, past = storetest_object(2, SIZE);
	struct object_ref fresh;

	cr_assert_eq(spool_purge(ref), 0);
	spool_bind(past, 8);
	cr_assert_eq(object_renew(past, &fresh), 0);
	same = storetest_object(1, -1);
	other = storetest_object(3, -1);
	cr_assert_eq(spool_next_asking(&next), 0, "it is not looked up");
	cr_assert_eq(next.id, other.id);
	spool_set_looked(next);
	object_unpin(&next);
	cr_assert_eq(spool_next_asking(&next), -1, "its key may be found");
	spool_set_purged(ref, 1);
	cr_assert_eq(spool_next_asking(&next), 0);
	cr_assert_eq(next.id, same.id);
	object_unpin(&next);
	spool_forget(past);
	object_unpin(&same);
	object_unpin(&other);
	object_unpin(&fresh);
	object_unpin(&past);
}

Test(store_restore, it_is_not_freed_before_its_file_was_dropped)
{
	struct object_ref next, fresh, was = ref;
	unsigned i;

	for (i = 0; i < 2; i++) {
		spool_bind(ref, 7);
		if (i == 0) {
			cr_assert_eq(spool_purge(ref), 0);
		} else {
			cr_assert_eq(object_renew(ref, &fresh), 0);
			object_unpin(&fresh);
		}
		object_unpin(&ref);
		cr_assert_eq(view.objects[was.id].record, RECORD_LINKED);
		if (i == 0) {
			cr_assert_eq(spool_next_purged(&next), 0);
			spool_set_purged(next, 1);
			object_unpin(&next);
		}
		cr_assert_eq(view.objects[was.id].record, RECORD_LINKED);
		cr_assert_eq(spool_next_over(&next), 0);
		cr_assert_eq(next.id, was.id);
		spool_forget(next);
		object_unpin(&next);
		cr_assert_eq(view.objects[was.id].record, RECORD_FREE);
		ref = was = storetest_object(3, SIZE);
	}
}

Test(store_restore, under_want_of_records_it_goes_when_nobody_sees_to_its_file)
{
	cr_assert_eq(spool_purge(ref), 0);
	object_unpin(&ref);
	cr_assert_eq(evict_object(), -1);
	spool_set_state(SPOOL_BROKEN);
	cr_assert_eq(evict_object(), 0);
	ref = storetest_object(1, SIZE);
}

Test(store_restore, without_a_file_it_goes_with_the_last_pin)
{
	uint32_t id = ref.id;

	spool_forget(ref);
	spooled_fill(ref, 0);
	cr_assert_eq(spool_purge(ref), 0);
	object_unpin(&ref);
	cr_assert_eq(view.objects[id].record, RECORD_LINKED, "its key stays");
	cr_assert_eq(spool_next_purged(&ref), 0);
	spool_set_purged(ref, 0);
	object_unpin(&ref);
	cr_assert_eq(view.objects[id].record, RECORD_FREE);
	ref = storetest_object(1, SIZE);
	spool_set_state(SPOOL_NONE);
	id = ref.id;
	cr_assert_eq(spool_purge(ref), 0);
	object_unpin(&ref);
	cr_assert_eq(view.objects[id].record, RECORD_FREE);
	spool_set_state(SPOOL_WORKING);
	ref = storetest_object(1, SIZE);
}

/* SPDX-License-Identifier: ISC */
/* store_object_test -- find, obtain, answers, failures, generations; tests */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "reeld/segment.h"
#include "reeld/slot.h"
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

TestSuite(store_object, .init = begin, .fini = end);

Test(store_object, the_second_joins_the_first)
{
	uint8_t key[HASH_LEN];
	struct object_ref a, b;
	char origin[64], url[OBJECT_TEXT];
	int created;
	int64_t size;

	storetest_key(1, key);
	cr_assert_eq(object_find(key, &a), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(object_obtain(key, "films", "http://h/1", &a, &created),
	    0);
	cr_assert(created);
	cr_assert_eq(object_obtain(key, "films", "http://h/1", &b, &created),
	    0);
	cr_assert(!created);
	cr_assert(a.id == b.id && a.gen == b.gen);
	cr_assert_eq(object_state(a, &size), OBJECT_ASKING);
	cr_assert_eq(size, -1);
	object_url(a, origin, url);
	cr_assert_str_eq(origin, "films");
	cr_assert_str_eq(url, "http://h/1");
	object_unpin(&b);
	cr_assert_eq(b.id, 0);
	cr_assert_eq(object_find(key, &b), 0);
	object_unpin(&a);
	object_unpin(&b);
	object_unpin(&b);
	cr_assert_eq(object_find(key, &a), -1, "never answered: forgotten");
}

Test(store_object, the_longest_url_is_kept_a_longer_one_refused)
{
	static char long_url[OBJECT_TEXT + 200], url[OBJECT_TEXT];
	uint8_t key[HASH_LEN];
	struct object_ref ref;
	char origin[64];
	int created;

	memset(long_url, 'x', OBJECT_TEXT - 1);
	storetest_key(1, key);
	cr_assert_eq(object_obtain(key, "o", long_url, &ref, &created), 0);
	object_url(ref, origin, url);
	cr_assert_str_eq(url, long_url);
	object_unpin(&ref);
	memset(long_url, 'x', sizeof(long_url) - 1);
	cr_assert_eq(object_obtain(key, "o", long_url, &ref, &created), -1);
	cr_assert_eq(errno, ENOSPC);
}

Test(store_object, an_answer_is_told_to_those_who_wait)
{
	struct object_answer in = { .size = 77, .mtime = 5,
	    .fresh = { 1, 6, 7, 8, 9 }, .control = "max-age=5",
	    .no_ranges = 1, .made_etag = 1, .etag = "\"made\"",
	    .source_etag = "W/\"s\"", .type = "video/mp2t" }, out;
	static const struct freshness later = { .fresh_until = 99 };
	struct object_ref ref = storetest_object(1, -1);
	struct object_info info;

	memset(&out, 0, sizeof(out));
	cr_assert_eq(object_answer(ref, &out), -1);
	object_wait(ref);
	cr_assert_eq(object_known(ref, &in), 0);
	cr_assert(storetest_rung(&t, 0));
	cr_assert_eq(object_answer(ref, &out), 0);
	cr_assert_str_eq(out.etag, in.etag);
	cr_assert_str_eq(out.source_etag, in.source_etag);
	cr_assert_str_eq(out.type, in.type);
	cr_assert_str_eq(out.control, "max-age=5");
	cr_assert_arr_eq(&out.fresh, &in.fresh, sizeof(in.fresh));
	cr_assert(out.size == 77 && out.mtime == 5 && out.no_ranges == 1 &&
	    out.made_etag == 1);
	object_info(ref, &info);
	cr_assert_eq(info.state, OBJECT_KNOWN);
	cr_assert_leq(llabs(info.answered - clock_wall()), 2);
	cr_assert_eq(info.answers, 1);
	object_wait(ref);
	object_fresh(ref, &later, "no-cache");
	cr_assert(storetest_rung(&t, 0));
	cr_assert_eq(object_answer(ref, &out), 0);
	cr_assert_str_eq(out.control, "no-cache");
	object_set_filling(ref, 1);
	object_info(ref, &info);
	cr_assert(info.fresh.fresh_until == 99 && info.filling == 1);
	object_unpin(&ref);
}

Test(store_object, a_source_that_cannot_be_asked_changes_nothing)
{
	struct object_failure f = { .status = 504, .retry_after = 7,
	    .error = "connection_timeout", .text = "too long" }, out;
	struct object_answer in = { .size = 7, .fresh = { .fresh_until = 6 } };
	struct object_ref ref = storetest_object(1, -1);
	struct object_info info;

	cr_assert_eq(object_known(ref, &in), 0);
	object_wait(ref);
	object_missed(ref, &f);
	cr_assert(storetest_rung(&t, 0));
	object_info(ref, &info);
	cr_assert_eq(info.state, OBJECT_KNOWN);
	cr_assert_eq(info.fresh.fresh_until, 6);
	cr_assert_gt(info.missed, 0);
	cr_assert_eq(info.answers, 2);
	cr_assert_not(object_broken(ref, 0, 0));
	object_failure(ref, &out);
	cr_assert(out.status == 504 && out.retry_after == 7);
	cr_assert_str_eq(out.text, "too long");
	object_unpin(&ref);
}

/* What a writer that died left half is not to be served without asking. */
Test(store_object, freshness_that_is_torn_is_none)
{
	static const struct freshness good = { .fresh_until = INT64_MAX };
	struct object_answer in = { .size = 7, .fresh = good,
	    .control = "max-age=9" }, out;
	struct object_ref ref = storetest_object(1, -1);

	cr_assert_eq(object_known(ref, &in), 0);
	view.objects[ref.id].told |= 1;
	cr_assert_eq(object_answer(ref, &out), 0);
	cr_assert_eq(out.fresh.fresh_until, 0);
	cr_assert_eq(out.fresh.flags, CACHING_NO_CACHE);
	cr_assert_str_eq(out.control, "no-cache");
	object_fresh(ref, &good, "max-age=5");
	cr_assert_eq(object_answer(ref, &out), 0);
	cr_assert_eq(out.fresh.fresh_until, INT64_MAX);
	cr_assert_str_eq(out.control, "max-age=5");
	object_unpin(&ref);
}

/* Nobody finds what is for its maker alone, not for a moment. */
Test(store_object, one_that_is_to_pass_has_no_key)
{
	struct object_answer in = { .size = 7, .pass = 1 };
	struct object_ref ref = storetest_object(1, -1), other;
	struct object_info info;
	uint8_t key[HASH_LEN];

	storetest_key(1, key);
	cr_assert_eq(object_known(ref, &in), 0);
	object_info(ref, &info);
	cr_assert(info.state == OBJECT_KNOWN && info.pass && info.purged);
	cr_assert_eq(object_find(key, &other), -1);
	other = storetest_object(1, -1);
	cr_assert_neq(other.id, ref.id);
	object_unpin(&other);
	object_unpin(&ref);
}

Test(store_object, fields_of_a_client_are_kept_beside_the_url)
{
	char origin[64], url[OBJECT_TEXT], fields[OBJECT_FIELDS];
	char many[OBJECT_FIELDS + 1];
	struct object_ref ref, next;
	uint8_t key[HASH_LEN];
	int created;

	storetest_key(1, key);
	cr_assert_eq(object_obtain_for(key, "o", "http://h/1",
	    "cookie: a=b\naccept: c\n", &ref, &created), 0);
	object_url(ref, origin, url);
	cr_assert_str_eq(url, "http://h/1");
	object_fields(ref, fields);
	cr_assert_str_eq(fields, "cookie: a=b\naccept: c\n");
	cr_assert_eq(object_renew(ref, &next), 0);
	object_fields(next, fields);
	cr_assert_str_eq(fields, "cookie: a=b\naccept: c\n");
	object_unpin(&next);
	object_unpin(&ref);
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	storetest_key(2, key);
	cr_assert_eq(object_obtain_for(key, "o", "u", many, &ref, &created),
	    -1);
	cr_assert_eq(errno, ENOSPC);
	ref = storetest_object(3, -1);
	object_fields(ref, fields);
	cr_assert_str_eq(fields, "");
	object_unpin(&ref);
}

Test(store_object, size_becomes_known_at_the_end)
{
	struct object_ref ref = storetest_object(1, -1);
	int64_t size;

	object_wait(ref);
	object_sized(ref, 1234);
	cr_assert(storetest_rung(&t, 0));
	object_state(ref, &size);
	cr_assert_eq(size, 1234);
	object_unpin(&ref);
}

Test(store_object, a_failure_is_for_those_who_joined)
{
	struct object_failure in = { .status = 502, .retry_after = 3,
	    .error = "connection_refused", .text = "no" }, out;
	struct object_ref ref = storetest_object(1, -1), other;
	uint8_t key[HASH_LEN];
	int64_t size;

	storetest_key(1, key);
	object_wait(ref);
	object_fail(ref, &in);
	cr_assert(storetest_rung(&t, 0));
	cr_assert_eq(object_state(ref, &size), OBJECT_FAILED);
	object_failure(ref, &out);
	cr_assert(out.status == 502 && out.retry_after == 3 && out.when != 0);
	cr_assert_str_eq(out.error, "connection_refused");
	cr_assert_str_eq(out.text, "no");
	cr_assert_eq(object_find(key, &other), 0);
	cr_assert_eq(other.id, ref.id);
	object_unpin(&other);
	view.objects[ref.id].broken -= 2001;
	cr_assert_eq(object_find(key, &other), -1, "forgotten after 2 s");
	other = storetest_object(1, -1);
	cr_assert_neq(other.id, ref.id);
	cr_assert_eq(store_audit(stderr, 0), 0);
	object_unpin(&ref);
	cr_assert_eq(view.head->object_free, 1, "freed by its last user");
	object_unpin(&other);
}

Test(store_object, a_stale_failure_is_freed_by_who_looks)
{
	struct object_failure f = { .status = 404 };
	struct object_ref ref = storetest_object(1, -1), again;
	uint8_t key[HASH_LEN];

	storetest_key(1, key);
	object_fail(ref, &f);
	again = ref;
	object_unpin(&ref);
	cr_assert_eq(object_pin(again), 0, "still told");
	object_unpin(&again);
	view.objects[1].broken -= 2001;
	cr_assert_eq(object_find(key, &ref), -1);
	cr_assert_eq(view.objects[1].record, RECORD_FREE);
}

Test(store_object, a_known_object_breaks_and_stays)
{
	struct object_failure in = { .status = 504, .error = "a", .text = "b" };
	struct object_failure out;
	struct object_ref ref = storetest_object(1, 10);
	int64_t size;
	int i;

	for (i = 0; i < 20; i++) {
		in.status = 500 + i;
		in.text[0] = (char)('a' + i);
		object_fail(ref, &in);
		object_failure(ref, &out);
		cr_assert_eq(out.status, 500 + i);
		cr_assert_str_eq(out.text, in.text);
	}
	cr_assert_eq(object_state(ref, &size), OBJECT_KNOWN);
	object_unpin(&ref);
}

Test(store_object, who_waits_where_a_pull_gave_up_waits_in_vain)
{
	struct object_failure f = { .status = 504, .position = 1000 };
	struct object_ref ref = storetest_object(1, 100000);
	int64_t before = clock_ms();

	cr_assert(!object_broken(ref, 1000, before));
	object_fail(ref, &f);
	cr_assert(object_broken(ref, 1000, before));
	cr_assert(!object_broken(ref, 50000, before), "elsewhere");
	cr_assert(!object_broken(ref, 1000, clock_ms() + 1), "later");
	object_unpin(&ref);
}

Test(store_object, an_id_is_stale_once_recycled)
{
	struct object_ref ref = storetest_object(1, -1), old = ref, fresh;

	object_unpin(&ref);
	cr_assert_eq(object_pin(old), -1);
	cr_assert_eq(errno, ESTALE);
	fresh = storetest_object(2, -1);
	cr_assert_eq(fresh.id, old.id);
	cr_assert_eq(object_pin(old), -1);
	cr_assert_eq(object_pin((struct object_ref){ 0, 0 }), -1);
	cr_assert_eq(object_pin((struct object_ref){ 1 << 30, 0 }), -1);
	cr_assert_eq(object_pin(fresh), 0);
	object_unpin(&fresh);
	fresh = old;
	fresh.gen++;
	object_unpin(&fresh);
}

Test(store_object, a_new_generation_takes_the_key)
{
	struct object_ref old = storetest_object(1, 100), fresh, again, other;
	char origin[64], url[OBJECT_TEXT];
	struct object_info info;
	uint8_t key[HASH_LEN];

	storetest_key(1, key);
	object_wait(old);
	cr_assert_eq(object_renew(old, &fresh), 0);
	cr_assert(storetest_rung(&t, 0));
	cr_assert_neq(fresh.id, old.id);
	object_info(old, &info);
	cr_assert(info.past && info.generation == 1);
	object_info(fresh, &info);
	cr_assert(!info.past && info.generation == 2 &&
	    info.state == OBJECT_ASKING);
	object_url(fresh, origin, url);
	cr_assert_str_eq(url, "http://source.example/1");
	cr_assert_eq(object_find(key, &other), 0);
	cr_assert_eq(other.id, fresh.id);
	/* A second pull of the old one sees the same change. */
	cr_assert_eq(object_renew(old, &again), 0);
	cr_assert_eq(again.id, fresh.id);
	cr_assert_eq(counter_sum(COUNTER_GENERATIONS), 1);
	cr_assert_eq(store_audit(stderr, 0), 0);
	object_unpin(&other);
	object_unpin(&again);
	object_unpin(&old);
	cr_assert_eq(view.objects[1].record, RECORD_FREE, "past and idle");
	object_unpin(&fresh);
}

Test(store_object, a_past_object_goes_with_its_segments)
{
	struct object_ref old = storetest_object(1, 100000), fresh;

	cr_assert_eq(storetest_fill(old, 1, 0, 100000), 100000);
	cr_assert_eq(object_renew(old, &fresh), 0);
	cr_assert_eq(storetest_read(old, 1, 0, 100000), 100000);
	cr_assert_eq(storetest_read(fresh, 1, 0, 100000), 0);
	object_unpin(&old);
	cr_assert_eq(view.objects[1].record, RECORD_FREE);
	cr_assert_eq(view.segments[1].record, RECORD_FREE);
	object_unpin(&fresh);
}

Test(store_object, the_map_remembers_who_pulled)
{
	struct object_ref ref = storetest_object(1, 600);
	struct object_info info;
	unsigned i;

	cr_assert_eq(object_new_pull(ref), 0);
	cr_assert_eq(object_new_pull(ref), 1);
	object_own(ref, 0, 0, UINT64_MAX);
	object_own(ref, 1, 300, 310);
	object_own(ref, 40, 599, 600);
	object_own(ref, 5, 600, 700);
	object_own(ref, 5, 20, 20);
	object_info(ref, &info);
	cr_assert_eq(info.pulls, 2);
	for (i = 0; i < OBJECT_CELLS; i++)
		cr_assert_eq(info.owner[i], i == 30 ? 1 : i == 59 ? 36 : 0);
	object_unpin(&ref);
	ref = storetest_object(2, -1);
	object_own(ref, 0, 0, 100);
	object_info(ref, &info);
	cr_assert_eq(info.owner[0], OBJECT_NOBODY);
	object_unpin(&ref);
}

static int
note(void *arg, struct object_ref ref)
{
	unsigned *seen = arg;

	*seen |= 1u << ref.id;
	return *seen == 6;
}

Test(store_object, each_is_seen_once)
{
	struct object_ref a = storetest_object(1, 1);
	struct object_ref b = storetest_object(2, 1);
	struct object_ref c = storetest_object(3, 1);
	unsigned seen = 0;

	object_each(note, &seen);
	cr_assert_eq(seen, 6, "stops when told to");
	seen = 1;
	object_each(note, &seen);
	cr_assert_eq(seen, 15);
	object_unpin(&a);
	object_unpin(&b);
	object_unpin(&c);
}

/* More objects than records: the one unused for longest goes. */
Test(store_object, old_objects_make_way)
{
	unsigned n = view.head->nobjects, i;
	struct object_ref ref, keep = storetest_object(0, 1);
	uint8_t key[HASH_LEN];

	for (i = 1; i < n; i++) {
		ref = storetest_object(i, 1);
		view.objects[ref.id].last_use = (int64_t)i;
		object_unpin(&ref);
	}
	ref = storetest_object(n, 1);
	storetest_key(1, key);
	cr_assert_eq(object_find(key, &ref), -1);
	storetest_key(2, key);
	cr_assert_eq(object_find(key, &ref), 0);
	object_unpin(&ref);
	cr_assert_eq(store_audit(stderr, 0), 0);
	object_unpin(&keep);
}

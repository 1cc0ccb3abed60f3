/* SPDX-License-Identifier: ISC */
/* store_audit_test -- each invariant, broken on purpose, is reported; tests */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/fill.h"
#include "reeld/region.h"
#include "reeld/row.h"
#include "reeld/slot.h"
#include "../../src/store/index.h"
#include "../../src/store/layout.h"
#include "../../src/store/lock.h"
#include "../../src/store/record.h"
#include "../helper/storetest.h"

#define SS	STORETEST_SEGMENT

static struct storetest t;
static struct object_ref one, two;

/* Two objects in memory, segments in use and free, a row, a region: what the
 * audit has to look at. */
static void
build(void)
{
	struct row_state row = { .end = 10 };
	struct region_info region = { .end = 10 };
	struct object_ref gone;

	storetest_create(&t, 1 << 20);
	one = storetest_object(1, 4 * SS);
	two = storetest_object(2, 1000);
	gone = storetest_object(3, -1);
	storetest_fill(gone, 3, 0, 2 * SS);
	storetest_fill(one, 1, 0, 2 * SS + 100);
	storetest_fill(two, 2, 0, 1000);
	object_unpin(&gone);
	row.object = region.object = one;
	row_open(&row);
	region_open(&region);
}

/* Segment `number` of object `one`. */
static struct segment *
segment(uint32_t number)
{
	lock_stripe(view.objects[one.id].stripe);
	number = index_find_segment(view.objects[one.id].stripe, one, number);
	unlock_stripe(view.objects[one.id].stripe);
	return &view.segments[number];
}

static uint32_t
id_of(const struct segment *s)
{
	return (uint32_t)(s - view.segments);
}

static struct segment *
free_segment(void)
{
	return &view.segments[view.head->segment_warm];
}

static struct object *
object(void)
{
	return &view.objects[one.id];
}

/* A corruption: its name, and what it does. */
#define BREAK(NAME, ...)						\
	static void							\
	NAME(void)							\
	{								\
		__VA_ARGS__;						\
	}

BREAK(a1_sum, view.head->room_used += 4096)
BREAK(a1_size, view.head->arena_size = SS)
BREAK(a2_lost, view.head->segment_warm = 0)
BREAK(a2_loop, free_segment()->next = view.head->segment_warm)
BREAK(a2_far, free_segment()->next = 1u << 30)
BREAK(a2_used, view.head->segment_cold = id_of(segment(0)))
BREAK(a2_object, view.head->object_free = one.id)
BREAK(a3_segment,
	free_segment()->record = RECORD_HELD;
	free_segment()->holder = HOLDER(40, 3))
BREAK(a3_object,
	uint32_t id = view.head->object_free;
	view.objects[id].record = RECORD_HELD;
	view.head->object_free = 0;
	view.objects[id].holder = HOLDER(40, 3))
BREAK(a4_lost, object()->answer = 0)
BREAK(a4_twice, object()->failure = object()->answer)
BREAK(a4_held, view.cells[view.head->cell_free].holder = CELL_KEPT)
BREAK(a4_free, view.cells[object()->address].holder = 0)
BREAK(a4_dead, view.cells[record_put_text("x", 1)].holder = HOLDER(40, 3))
BREAK(a4_left, view.objects[view.head->object_free].address = 1)
BREAK(s1_key, object()->key[1] ^= 1)
BREAK(s1_stripe, object()->key[0] ^= 1)
BREAK(s1_lost, *index_object_bucket(object()) = 0)
BREAK(s1_loop, object()->next = one.id)
BREAK(s1_far, object()->next = 1u << 30)
BREAK(s2_twice,
	struct object_ref fresh;
	object_renew(one, &fresh);
	object()->past = 0)
BREAK(s3_number, segment(0)->number = 9)
BREAK(s3_gen, segment(0)->object_gen++)
BREAK(s3_object, segment(0)->object = 0)
BREAK(s3_far, segment(0)->object = 1u << 30)
BREAK(s3_lost, *index_segment_bucket(segment(0)) = 0)
BREAK(s3_loop, segment(0)->next = id_of(segment(0)))
BREAK(s3_twice,
	struct segment *s = segment(0), *u = segment(1);
	lock_stripe(u->stripe);
	index_unlink_segment(id_of(u));
	u->number = s->number;
	index_link_segment(id_of(u));
	unlock_stripe(u->stripe))
BREAK(s4_count, object()->segments++)
BREAK(s5_pin, free_segment()->pins = 1)
BREAK(s5_waiter, free_segment()->waiters = 1)
BREAK(s5_pen, free_segment()->pens[3] = PEN(0, 1, 1) | PEN_ORPHAN)
BREAK(s5_have, free_segment()->have[7] = 1)
BREAK(s5_object, view.objects[view.head->object_free].pins = 1)
BREAK(s7_two, segment(2)->pens[3] = PEN(0, 0, 3) | PEN_ORPHAN)
BREAK(s7_long, segment(2)->pens[0] = PEN(0, 9, 129))
BREAK(s7_far, segment(2)->pens[0] = PEN(0, 512, 1))
BREAK(s7_claims, segment(2)->pens[0] = PEN_CLAIM(0, 9, 8);
	segment(2)->pens[1] = PEN_CLAIM(0, 16, 2))
BREAK(s7_claim_far, segment(2)->pens[0] = PEN_CLAIM(0, 500, 13))
BREAK(s7_claim_begun, segment(2)->pens[0] = PEN(0, 9, 1) | 1ULL << 48)
BREAK(s8_pen, segment(2)->pens[0] = PEN(40, 9, 1))
BREAK(s8_pin, segment(0)->pins = 1ULL << 40)
BREAK(s8_waiter, object()->waiters = 1ULL << 40)
BREAK(s8_room, view.head->room_waiters = 1ULL << 40)
BREAK(s9_have, segment(0)->saved[3] = 1;
	segment(0)->have[3] = 0;
	object()->file = 1;
	object()->disk[0] = 1)
BREAK(s9_free, free_segment()->saved[7] = 1)
BREAK(s10_bit, segment(0)->saved[0] = 1)
BREAK(s11_file, object()->disk[100] = 1)
BREAK(s11_asking,
	object()->file = 1;
	object()->state = OBJECT_ASKING)
BREAK(s12_known,
	object()->verdict = OBJECT_VERIFIED;
	object()->state = OBJECT_FAILED)
BREAK(s12_found, object()->verdict = OBJECT_MISMATCH)
BREAK(r1_slot, view.slots[40].rows[3] = 1)
BREAK(r1_pin, object()->pins = 0)
BREAK(r1_object, view.rows[0].object = 0)
BREAK(r1_region, view.regions[0].holder = HOLDER(40, 1))
BREAK(r1_free, view.regions[0].holder = 0)
BREAK(r3_dead, view.head->spooler = 40)

static const struct corruption {
	void		(*break_it)(void);
	const char	*said;
} corruptions[] = {
	{ a1_sum, "A1 rooms are" }, { a1_size, "A1 rooms" },
	{ a2_lost, "A2 segment" }, { a2_loop, "A2 free segments" },
	{ a2_far, "A2 free segments" }, { a2_used, "A2 segment" },
	{ a2_object, "A2 object" }, { a3_segment, "A3 segment" },
	{ a3_object, "A3 object" }, { a4_lost, "A4 cell" },
	{ a4_twice, "A4 object" }, { a4_held, "A4 cell" },
	{ a4_free, "A4 object" }, { a4_dead, "A4 cell" },
	{ a4_left, "A4 object" }, { s1_key, "S1 object" },
	{ s1_stripe, "S1 object" }, { s1_lost, "S1 object" },
	{ s1_loop, "S1 stripe" }, { s1_far, "S1 stripe" },
	{ s2_twice, "S2 objects" }, { s3_number, "S3 segment" },
	{ s3_gen, "S3 segment" }, { s3_object, "S3 segment" },
	{ s3_far, "S3 segment" }, { s3_lost, "S3 segment" },
	{ s3_loop, "S3 stripe" }, { s3_twice, "S3 segments" },
	{ s4_count, "S4 object" }, { s5_pin, "S5 segment" },
	{ s5_waiter, "S5 segment" }, { s5_pen, "S5 segment" },
	{ s5_have, "S5 segment" }, { s5_object, "S5 object" },
	{ s7_two, "S7 segment" }, { s7_long, "S7 segment" },
	{ s7_far, "S7 segment" }, { s7_claims, "S7 segment" },
	{ s7_claim_far, "S7 segment" }, { s7_claim_begun, "S7 segment" },
	{ s8_pen, "S8 segment" },
	{ s8_pin, "S8 segment" }, { s8_waiter, "S8 object" },
	{ s8_room, "S8 a dead slot" }, { s9_have, "S9 segment" },
	{ s9_free, "S9 segment" }, { s10_bit, "S10 segment" },
	{ s11_file, "S11 object" }, { s11_asking, "S11 object" },
	{ s12_known, "S12 object" }, { s12_found, "S12 object" },
	{ r1_slot, "R1 slot" },
	{ r1_pin, "R1 slot" }, { r1_object, "R1 slot" },
	{ r1_region, "R1 region" }, { r1_free, "R1 region" },
	{ r3_dead, "R3 the spooler" },
};

/* What the audit says; the caller frees it. */
static char *
audit(int idle, unsigned *bad)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	*bad = store_audit(out, idle);
	fclose(out);
	return text;
}

Test(store_audit, each_broken_invariant_is_named)
{
	const struct corruption *c;
	unsigned i, bad;
	char *text;

	for (i = 0; i < sizeof(corruptions) / sizeof(corruptions[0]); i++) {
		c = &corruptions[i];
		build();
		cr_assert_eq(store_audit(stderr, 0), 0);
		c->break_it();
		text = audit(0, &bad);
		cr_assert_gt(bad, 0, "%s was not seen", c->said);
		cr_assert_not_null(strstr(text, c->said), "%s expected in\n%s",
		    c->said, text);
		cr_assert_eq(store_audit(NULL, 0), bad);
		free(text);
		storetest_drop(&t);
	}
}

BREAK(i_pin, object_pin(one))
BREAK(i_row,
	struct row_state row = { .object = one };
	object_pin(one);
	row_open(&row))
BREAK(i_region, struct region_info region = { .end = 1 }; region_open(&region))
BREAK(i_waiter,
	object_pin(one);
	object_wait(one);
	object_unpin(&(struct object_ref){ one.id, one.gen }))
BREAK(i_held, record_take_object())
BREAK(i_cell, record_put_text("x", 1))
BREAK(i_pen, segment(2)->pens[0] = PEN(0, 9, 1))
BREAK(i_pages, view.payload[(view.head->segment_fresh + 5ULL) * SS] = 1)

static const struct corruption leftovers[] = {
	{ i_pin, "idle: object" }, { i_row, "R1 slot 0" },
	{ i_region, "R1 region" }, { i_waiter, "idle: object" },
	{ i_held, "idle: object" }, { i_cell, "A4 cell" },
	{ i_pen, "idle: segment" }, { i_pages, "A1 segment" },
};

/* All right while somebody works, but not when nobody does. */
Test(store_audit, what_is_left_behind_is_named)
{
	unsigned i, bad;
	char *text;

	for (i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++) {
		build();
		cr_assert_eq(storetest_rest(&t), 0);
		leftovers[i].break_it();
		cr_assert_eq(store_audit(stderr, 0), 0);
		text = audit(1, &bad);
		cr_assert_gt(bad, 0, "%s was not seen", leftovers[i].said);
		cr_assert_not_null(strstr(text, leftovers[i].said));
		free(text);
		storetest_drop(&t);
	}
}

Test(store_audit, a_condemned_arena_is_not_audited)
{
	build();
	view.head->condemned = 1;
	cr_assert_eq(store_audit(NULL, 0), 2);
}

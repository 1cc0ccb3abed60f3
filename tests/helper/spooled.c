/* SPDX-License-Identifier: ISC */
/* spooled -- segments as a spooler treats them; tests of the store */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "reeld/fill.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "../../src/store/evict.h"
#include "../../src/store/layout.h"
#include "data.h"
#include "spooled.h"
#include "storetest.h"

#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK
#define CONTENT	1		/* the object's seed */

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "spooled: %s\n", what);
	abort();
}

struct object_ref
spooled_begin(struct storetest *t, uint64_t arena, int64_t size)
{
	struct object_ref ref;

	storetest_create(t, arena);
	ref = storetest_object(1, size);
	spool_here();
	spool_set_state(SPOOL_WORKING);
	spool_bind(ref, 7);
	return ref;
}

void
spooled_end(struct storetest *t, struct object_ref *ref)
{
	cr_assert_eq(store_audit(stderr, 0), 0);
	object_unpin(ref);
	cr_assert_eq(storetest_end(t), 0);
}

struct segment *
spooled_record(struct object_ref ref, uint32_t number)
{
	struct segment_ref seg;
	struct segment *s;

	if (segment_find(ref, number, &seg) == -1)
		return NULL;
	s = &view.segments[seg.id];
	segment_unpin(&seg);
	return s;
}

void
spooled_age(struct object_ref ref, uint32_t number, int64_t ms)
{
	spooled_record(ref, number)->last_use = clock_ms() - ms;
}

void
spooled_fill(struct object_ref ref, uint32_t number)
{
	uint64_t begin = (uint64_t)number * SS, end = begin + SS;
	int64_t size;

	object_state(ref, &size);
	if (end > (uint64_t)size)
		end = (uint64_t)size;
	must(storetest_fill(ref, CONTENT, begin, end) == end - begin, "fill");
}

int
spooled_save(enum spool_why why, int64_t idle)
{
	struct spool_dirty d;

	if (spool_next_dirty(why, idle, &d) == -1) {
		must(errno == ENOENT, "spool_next_dirty");
		return -1;
	}
	spool_saved(&d);
	return (int)d.number;
}

void
spooled_save_all(void)
{
	while (spooled_save(SPOOL_ALL, 0) != -1)
		continue;
}

void
spooled_evict(struct object_ref ref, uint32_t number)
{
	spooled_age(ref, number, 1000000);
	must(evict_segment((struct object_ref){ 0, 0 }, 0, 1) == 0 &&
	    spooled_record(ref, number) == NULL, "evict");
}

void
spooled_load(struct object_ref ref, uint32_t number, uint32_t upto)
{
	uint64_t at = (uint64_t)number * SS, blocks[SPOOL_WORDS] = { 0 };
	static uint8_t bytes[SS];
	struct segment_ref seg;
	struct fill f;
	int64_t size;
	uint32_t i;

	must(segment_obtain(ref, number, SEGMENT_EVICT, &seg) == 0, "obtain");
	object_state(ref, &size);
	data_fill(CONTENT, at, bytes, upto);
	fill_init(&f, ref, at, size);
	f.skip = 1;
	must(fill_write(&f, bytes, upto, at + upto) == (ssize_t)upto, "load");
	fill_fini(&f);
	for (i = 0; i < (upto + BS - 1) / BS; i++)
		blocks[i / 64] |= 1ULL << i % 64;
	spool_loaded(ref, seg, blocks);
	segment_unpin(&seg);
}

int
spooled_reader(struct object_ref ref, uint64_t position, int waiting,
    int64_t since)
{
	struct row_state row = { .object = ref, .position = position,
	    .end = UINT64_MAX, .waiting = waiting, .since = since };
	int n = row_open(&row);

	must(n != -1, "row_open");
	return n;
}

/* SPDX-License-Identifier: ISC */
/* saved -- what of a segment is on disk, and what should be; every role */
#include "config.h"

#include "evict.h"
#include "layout.h"
#include "saved.h"
#include "shared.h"

int
saved_on_disk(const struct object *o, uint32_t number)
{
	return number < SPOOL_SEGMENTS &&
	    (LOAD(o->disk[number / 64]) & 1ULL << number % 64) != 0;
}

int
saved_is_none(const struct segment *s)
{
	unsigned i;

	for (i = 0; i < HAVE_WORDS; i++)
		if (LOAD(s->saved[i]) != 0)
			return 0;
	return 1;
}

/* 1 when all whole blocks are saved. */
static int
is_clean(const struct segment *s)
{
	unsigned i;

	for (i = 0; i < HAVE_WORDS; i++)
		if ((LOAD(s->have[i]) & ~LOAD(s->saved[i])) != 0)
			return 0;
	return 1;
}

int
saved_is_all(const struct segment *s)
{
	uint64_t pen;
	uint32_t block;
	unsigned i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		block = PEN_BLOCK(pen);
		if (pen != PEN_FREE && PEN_VALID(pen) > 0 &&
		    (LOAD(s->have[block / 64]) & 1ULL << block % 64) == 0)
			return 0;
	}
	return is_clean(s);
}

/* 1 when what is pulled of it is to be saved. */
static int
is_kept(const struct object *o)
{
	int64_t size = LOAD(o->size);

	return LOAD(o->state) == OBJECT_KNOWN && !evict_is_over(o) &&
	    size > 0 && size != OBJECT_ENDLESS;
}

int
saved_is_dirty(const struct segment *s)
{
	const struct object *o = &view.objects[LOAD(s->object)];
	uint32_t number = LOAD(s->number);

	return number < SPOOL_SEGMENTS && !is_clean(s) && is_kept(o) &&
	    LOAD(s->last_use) > LOAD(s->dropped);
}

/* A pen that a writer is in keeps its block from being brought: he goes on. */
int
saved_is_mixed(const struct segment *s)
{
	uint64_t pen;
	unsigned i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (pen != PEN_FREE && !PEN_IS_ORPHAN(pen))
			return 0;
	}
	return saved_on_disk(&view.objects[LOAD(s->object)],
	    LOAD(s->number)) && saved_is_none(s) && !is_clean(s);
}

uint32_t
saved_length(const struct object *o, uint32_t number)
{
	uint64_t start = (uint64_t)number * view.head->segment_size, size;

	if (LOAD(o->size) < 0 || (size = (uint64_t)LOAD(o->size)) <= start)
		return 0;
	return size - start < view.head->segment_size ?
	    (uint32_t)(size - start) : view.head->segment_size;
}

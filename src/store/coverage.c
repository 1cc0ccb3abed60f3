/* SPDX-License-Identifier: ISC */
/* coverage -- what of some objects is in the arena; fetcher, worker */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "reeld/segment.h"
#include "coverage_part.h"
#include "layout.h"
#include "shared.h"

int
coverage_add(struct coverage *c, uint64_t begin, uint64_t end)
{
	struct extent *bigger;
	size_t room;

	if (c->size >= 0 && end > (uint64_t)c->size)
		end = (uint64_t)c->size;
	if (begin >= end)
		return 0;
	if (c->n > 0 && c->extents[c->n - 1].end == begin) {
		c->extents[c->n - 1].end = end;
		return 0;
	}
	if (c->n == c->room) {
		room = c->room == 0 ? 16 : c->room * 2;
		bigger = reallocarray(c->extents, room, sizeof(*bigger));
		if (bigger == NULL)
			return -1;
		c->extents = bigger;
		c->room = room;
	}
	c->extents[c->n].begin = begin;
	c->extents[c->n++].end = end;
	return 0;
}

int
coverage_add_blocks(struct coverage *c, const uint64_t words[HAVE_WORDS],
    uint64_t start)
{
	uint64_t bs = view.head->block_size, word, run;
	uint32_t w, b;

	for (w = 0; w < HAVE_WORDS; w++) {
		word = LOAD(words[w]);
		for (b = 0; b < 64 && word >> b != 0;) {
			b += (uint32_t)__builtin_ctzll(word >> b);
			run = ~(word >> b);
			run = run == 0 ? 64 : (uint64_t)__builtin_ctzll(run);
			if (run > 64 - b)
				run = 64 - b;
			if (coverage_add(c, start + (w * 64 + b) * bs,
			    start + (w * 64 + b + run) * bs) == -1)
				return -1;
			b += (uint32_t)run;
		}
	}
	return 0;
}

/* What pens have published of blocks that are not whole. */
static int
add_pens(struct coverage *c, const struct segment *s, uint64_t start)
{
	uint64_t pen, at;
	unsigned i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (pen == PEN_FREE || PEN_VALID(pen) == 0)
			continue;
		at = start + (uint64_t)PEN_BLOCK(pen) * view.head->block_size;
		if (coverage_add(c, at, at + PEN_VALID(pen)) == -1)
			return -1;
	}
	return 0;
}

static int
by_begin(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

void
coverage_tidy(struct coverage *c)
{
	size_t i, n = 0;

	qsort(c->extents, c->n, sizeof(c->extents[0]), by_begin);
	for (i = 0; i < c->n; i++) {
		if (n > 0 && c->extents[i].begin <= c->extents[n - 1].end) {
			if (c->extents[i].end > c->extents[n - 1].end)
				c->extents[n - 1].end = c->extents[i].end;
		} else {
			c->extents[n++] = c->extents[i];
		}
	}
	c->n = n;
}

static struct coverage *
wanted(struct coverage *c, size_t n, uint32_t object, uint32_t gen)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c[i].object.id == object && c[i].object.gen == gen)
			return &c[i];
	return NULL;
}

/* Adds what a segment has, if it is still that one when all is read: its record
 * may be evicted and become another's meanwhile. */
static int
add_segment(struct coverage *all, size_t n, const struct segment *s)
{
	uint32_t object = LOAD(s->object), gen = LOAD(s->object_gen);
	uint32_t number = LOAD(s->number);
	uint64_t start = (uint64_t)number * view.head->segment_size;
	struct coverage *c = wanted(all, n, object, gen);
	struct extent last = { 0, 0 };
	size_t before;

	if (c == NULL)
		return 0;
	if ((before = c->n) > 0)
		last = c->extents[before - 1];
	if (coverage_add_blocks(c, s->have, start) == -1 ||
	    add_pens(c, s, start) == -1)
		return -1;
	FENCE();
	if (LOAD(s->record) == RECORD_LINKED && LOAD(s->object) == object &&
	    LOAD(s->object_gen) == gen && LOAD(s->number) == number)
		return 0;
	if ((c->n = before) > 0)
		c->extents[before - 1] = last;
	return 0;
}

int
coverage_take(struct coverage *c, size_t n)
{
	struct segment *s;
	uint32_t id, fresh = LOAD(view.head->segment_fresh);
	size_t i;

	for (i = 0; i < n; i++)
		c[i].n = 0;
	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		if (LOAD(s->record) == RECORD_LINKED &&
		    add_segment(c, n, s) == -1) {
			errno = ENOMEM;
			return -1;
		}
	}
	for (i = 0; i < n; i++)
		if (c[i].n > 1)
			coverage_tidy(&c[i]);
	return 0;
}

void
coverage_fini(struct coverage *c)
{
	free(c->extents);
	c->extents = NULL;
	c->n = c->room = 0;
}

/* SPDX-License-Identifier: ISC */
/* fill_claim -- writes many blocks at once, in place; spooler */
#include "config.h"

#include <errno.h>

#include "reeld/fill.h"
#include "fill_part.h"
#include "layout.h"
#include "pages.h"
#include "shared.h"

static struct segment *
here(const struct fill *f)
{
	return &view.segments[f->segment.id];
}

/* Of word `w` of a bitmap the bits of the blocks that are claimed. */
static uint64_t
mask(const struct fill *f, uint32_t w)
{
	uint32_t begin = w * 64, end = begin + 64;

	if (begin < f->block)
		begin = f->block;
	if (end > f->block + f->claimed)
		end = f->block + f->claimed;
	if (begin >= end)
		return 0;
	return (~0ULL >> (64 - (end - begin))) << begin % 64;
}

/* 1 when nothing of the blocks is there, and no pen but ours in one. */
static int
is_untouched(const struct fill *f)
{
	const struct segment *s = here(f);
	uint32_t last = f->block + f->claimed - 1, w;
	uint64_t pen;
	int i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (i != f->pen && pen != PEN_FREE &&
		    PEN_BLOCK(pen) <= last && f->block <= PEN_LAST(pen))
			return 0;
	}
	for (w = f->block / 64; w <= last / 64; w++)
		if ((LOAD(s->have[w]) & mask(f, w)) != 0)
			return 0;
	return 1;
}

/* Keeps S7: announced, looked again, as in is_contested() of fill.c. */
static int
claim(struct fill *f)
{
	if (!is_untouched(f) || (f->pen = fill_take_pen(here(f),
	    PEN_CLAIM(view.slot, f->block, f->claimed))) == -1)
		return -1;
	FENCE();
	if (is_untouched(f))
		return 0;
	fill_drop_pen(f);
	return -1;
}

uint8_t *
fill_claim(struct fill *f, uint32_t len)
{
	uint64_t ss = view.head->segment_size;
	uint32_t bs = view.head->block_size;
	uint32_t at = (uint32_t)(f->position % ss);

	if (fill_enter_segment(f, (uint32_t)(f->position / ss)) == -1)
		return NULL;
	fill_drop_pen(f);
	f->block = at / bs;
	f->claimed = (len + bs - 1) / bs;
	if (claim(f) == -1) {
		f->claimed = 0;
		errno = EEXIST;
		return NULL;
	}
	if (len >= PAGES_LARGE / 2)
		pages_enlarge(f->segment.id, at, at + len);
	return view.payload + (uint64_t)f->segment.id * ss + at;
}

/* Bits first, then the pen leaves. */
void
fill_publish(struct fill *f, uint32_t len)
{
	struct segment *s = here(f);
	uint32_t last = f->block + f->claimed - 1, w;

	for (w = f->block / 64; w <= last / 64; w++)
		OR(s->have[w], mask(f, w));
	fill_drop_pen(f);
	f->claimed = 0;
	f->position += len;
	f->unrung += len;
}

/* SPDX-License-Identifier: ISC */
/* fill -- writes the bytes of one pull into segments; fetcher, spooler */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "reeld/fill.h"
#include "bell.h"
#include "fill_part.h"
#include "layout.h"
#include "pages.h"
#include "record.h"
#include "shared.h"

void
fill_init(struct fill *f, struct object_ref object, uint64_t position,
    int64_t size)
{
	memset(f, 0, sizeof(*f));
	f->object = object;
	f->position = position;
	f->size = size;
	f->room = SEGMENT_EVICT;
	f->pen = -1;
}

static struct segment *
here(const struct fill *f)
{
	return &view.segments[f->segment.id];
}

/* Where the segment we stand in begins. */
static uint64_t
segment_start(const struct fill *f)
{
	return (uint64_t)f->number * view.head->segment_size;
}

/* Bytes that block `block` has in this object: less in the last one. */
static uint32_t
block_length(const struct fill *f, uint32_t block)
{
	uint64_t at = segment_start(f) +
	    (uint64_t)block * view.head->block_size;

	if (f->size >= 0 && (uint64_t)f->size - at < view.head->block_size)
		return (uint32_t)((uint64_t)f->size - at);
	return view.head->block_size;
}

static int
is_whole(const struct segment *s, uint32_t block)
{
	return (LOAD(s->have[block / 64]) & 1ULL << block % 64) != 0;
}

/* ---- pens ---- */

void
fill_drop_pen(struct fill *f)
{
	struct segment *s = here(f);
	uint64_t pen;

	if (f->pen != -1) {
		pen = f->inside && f->valid > 0 && !is_whole(s, f->block) ?
		    (PEN(view.slot, f->block, f->valid) | PEN_ORPHAN) :
		    PEN_FREE;
		SET(s->pens[f->pen], pen);
		f->pen = -1;
	}
	f->inside = 0;
}

/* Takes over the orphan that stands in `block`, or finds that somebody is
 * there: 1 taken, 0 nobody there, -1 with EEXIST. */
static int
adopt_pen(struct fill *f, uint32_t block)
{
	struct segment *s = here(f);
	uint64_t pen;
	int i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (pen == PEN_FREE || !PEN_IS_IN(pen, block) || i == f->pen)
			continue;
		if (!PEN_IS_ORPHAN(pen) || !CAS(s->pens[i], &pen,
		    PEN(view.slot, block, PEN_VALID(pen)))) {
			errno = EEXIST;
			return -1;
		}
		f->pen = i;
		f->valid = PEN_VALID(pen);
		return 1;
	}
	return 0;
}

int
fill_take_pen(struct segment *s, uint64_t as)
{
	uint64_t pen;
	int i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (pen != PEN_FREE && !(PEN_IS_ORPHAN(pen) &&
		    is_whole(s, PEN_BLOCK(pen))))
			continue;
		if (CAS(s->pens[i], &pen, as))
			return i;
	}
	return -1;
}

/* Announced, look again: 1 when another writer came into `block` with us, or
 * made it whole and left it, since we looked. */
static int
is_contested(const struct fill *f, uint32_t block)
{
	const struct segment *s = here(f);
	uint64_t pen;
	int i;

	FENCE();
	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (i != f->pen && pen != PEN_FREE && PEN_IS_IN(pen, block))
			return 1;
	}
	return is_whole(s, block);
}

/* Begins to write in `block`.  Keeps S7: a block has one writer; of two that
 * come at once both go.  A pen that we have in the block before moves on, after
 * that block's bit was set. */
static int
enter_block(struct fill *f, uint32_t block)
{
	int old, found;

	if (f->inside && !is_whole(here(f), f->block))
		fill_drop_pen(f);	/* what it published stays published */
	old = f->pen;
	f->inside = 0;
	f->valid = 0;
	if ((found = adopt_pen(f, block)) == -1)
		return -1;
	if (found == 1) {
		if (old != -1)
			SET(here(f)->pens[old], PEN_FREE);
	} else {
		if (old != -1)
			SET(here(f)->pens[old], PEN(view.slot, block, 0));
		else
			f->pen = fill_take_pen(here(f),
			    PEN(view.slot, block, 0));
		if (is_contested(f, block)) {
			fill_drop_pen(f);
			errno = EEXIST;
			return -1;
		}
	}
	f->block = block;
	f->inside = 1;
	if (f->size >= 0 && block > 0 && is_whole(here(f), block - 1))
		pages_enlarge(f->segment.id, block * view.head->block_size,
		    (block + 1) * view.head->block_size);
	return 0;
}

/* ---- segments ---- */

static void
leave_segment(struct fill *f)
{
	if (f->segment.id == 0)
		return;
	fill_drop_pen(f);
	fill_ring(f);
	segment_unpin(&f->segment);
}

/* Gives back what lies behind the object's end: the record may be older than
 * what we know of the size. */
static void
trim_segment(const struct fill *f)
{
	uint64_t rest = (uint64_t)f->size - segment_start(f);

	if (f->size >= 0 && rest < view.head->segment_size)
		record_trim_segment(f->segment.id, (uint32_t)rest);
}

int
fill_enter_segment(struct fill *f, uint32_t number)
{
	if (f->segment.id != 0 && f->number == number)
		return 0;
	leave_segment(f);
	if (segment_obtain(f->object, number, f->room, &f->segment) == -1)
		return -1;
	f->number = number;
	segment_touch(f->segment);
	trim_segment(f);
	return 0;
}

static int
was_evicted(const struct fill *f)
{
	/* What comes from disk is not pulled. */
	return LOAD(view.head->spooler) != view.slot &&
	    (LOAD(view.objects[f->object.id].evicted[
	    f->number / 64 % EVICTED_WORDS]) & 1ULL << f->number % 64) != 0;
}

/* ---- bytes ---- */

/* Publishes `f->valid` bytes of the block: its bit first when it is whole. */
static void
publish(struct fill *f)
{
	struct segment *s = here(f);

	if (f->valid == block_length(f, f->block))
		OR(s->have[f->block / 64], 1ULL << f->block % 64);
	else if (f->pen != -1)
		SET(s->pens[f->pen], PEN(view.slot, f->block, f->valid));
}

/* Takes some of `len` bytes that all lie in one block; how many, or -1. */
static ssize_t
write_block(struct fill *f, const void *bytes, size_t len)
{
	uint32_t offset = (uint32_t)(f->position - segment_start(f));
	uint32_t block = offset / view.head->block_size;
	uint32_t within = offset % view.head->block_size;
	uint8_t *to;

	if (is_whole(here(f), block)) {
		if (!f->skip) {
			errno = EEXIST;
			return -1;
		}
		f->skipped += len;
		return (ssize_t)len;
	}
	if ((!f->inside || f->block != block) && enter_block(f, block) == -1) {
		if (!f->skip || errno != EEXIST)
			return -1;
		f->skipped += len;
		return (ssize_t)len;
	}
	if (within < f->valid) {	/* an orphan's bytes: they stay */
		if (len > f->valid - within)
			len = f->valid - within;
		f->skipped += len;
		return (ssize_t)len;
	}
	if (within > f->valid) {
		/* A hole before us: only a whole-body pull gets here, after
		 * somebody else left this block half done. */
		errno = EEXIST;
		if (!f->skip)
			return -1;
		f->skipped += len;
		return (ssize_t)len;
	}
	to = view.payload + (uint64_t)f->segment.id * view.head->segment_size +
	    offset;
	COPY(to, bytes, len);
	f->valid += (uint32_t)len;
	f->unrung += len;
	publish(f);
	if (was_evicted(f))
		counter_add(COUNTER_REPULLED_BYTES, len);
	return (ssize_t)len;
}

ssize_t
fill_write(struct fill *f, const void *bytes, size_t len, uint64_t end)
{
	uint64_t ss = view.head->segment_size, bs = view.head->block_size;
	const uint8_t *from = bytes;
	size_t taken = 0, n;
	ssize_t got;

	errno = 0;
	if (f->size >= 0 && end > (uint64_t)f->size)
		end = (uint64_t)f->size;
	while (taken < len && f->position < end) {
		if (fill_enter_segment(f, (uint32_t)(f->position / ss)) == -1)
			return taken > 0 ? (ssize_t)taken : -1;
		n = len - taken;
		if (n > bs - f->position % bs)
			n = bs - f->position % bs;
		if (n > end - f->position)
			n = end - f->position;
		if ((got = write_block(f, from + taken, n)) == -1)
			return taken > 0 ? (ssize_t)taken : -1;
		taken += (size_t)got;
		f->position += (uint64_t)got;
	}
	return (ssize_t)taken;
}

void
fill_pass(struct fill *f, size_t len)
{
	leave_segment(f);
	f->position += len;
	f->skipped += len;
}

void
fill_eof(struct fill *f)
{
	f->size = (int64_t)f->position;
	object_sized(f->object, f->size);
	if (f->segment.id == 0)
		return;
	if (f->inside && f->valid > 0 && !is_whole(here(f), f->block) &&
	    f->valid == block_length(f, f->block))
		publish(f);
	trim_segment(f);
	fill_ring(f);
}

void
fill_ring(struct fill *f)
{
	f->unrung = 0;
	if (f->segment.id == 0)
		return;
	bell_ring(&here(f)->waiters);
}

void
fill_fini(struct fill *f)
{
	leave_segment(f);
}

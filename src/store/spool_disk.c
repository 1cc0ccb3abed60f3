/* SPDX-License-Identifier: ISC */
/* spool_disk -- what the spooler says of its disk; spooler */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "reeld/clock.h"
#include "reeld/spool.h"
#include "bell.h"
#include "evict.h"
#include "index.h"
#include "layout.h"
#include "lock.h"
#include "pin.h"
#include "saved.h"
#include "shared.h"

void
spool_here(void)
{
	SET(view.head->spool_state, SPOOL_NONE);
	SET(view.head->spooler, view.slot);
}

/* What may be evicted, and what must be pulled, may be another now. */
void
spool_set_state(enum spool_state state)
{
	if (EXCHANGE(view.head->spool_state, state) == (uint32_t)state)
		return;
	arena_ring_room();
	arena_ring_fetcher();
}

void
spool_bind(struct object_ref ref, int64_t file)
{
	SET(view.objects[ref.id].file, file);
}

int64_t
spool_bound(struct object_ref ref)
{
	return LOAD(view.objects[ref.id].file);
}

/* ---- disk bits and saved blocks (keeps S9 to S11, S14) ---- */

/* Under the stripe. */
static void
set_disk(struct object *o, uint32_t number)
{
	OR(o->disk[number / 64], 1ULL << number % 64);
}

/* Under the stripe.  Nothing that is in the arena is known to be on disk. */
static void
unsave(struct segment *s)
{
	unsigned i;

	for (i = 0; i < HAVE_WORDS; i++)
		SET(s->saved[i], 0);
	SET(s->brought, 0);
}

/* `dropped`: ms, when it was dropped for want of room; 0: it is no good. */
static void
mark_off(struct object_ref ref, uint32_t number, int64_t dropped)
{
	struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe), id;

	if (number >= SPOOL_SEGMENTS || lock_stripe(stripe) == -1)
		return;
	if ((id = index_find_segment(stripe, ref, number)) != 0) {
		SET(view.segments[id].dropped, dropped);
		unsave(&view.segments[id]);
	}
	SET(o->partial[number / 64],
	    o->partial[number / 64] & ~(1ULL << number % 64));
	AND(o->disk[number / 64], ~(1ULL << number % 64));
	if (dropped != 0)
		SET(o->spilled, 1);
	unlock_stripe(stripe);
	arena_ring_fetcher();
}

void
spool_mark(struct object_ref ref, uint32_t number, int on_disk)
{
	struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe);

	if (!on_disk) {
		mark_off(ref, number, 0);
		return;
	}
	if (number >= SPOOL_SEGMENTS || lock_stripe(stripe) == -1)
		return;
	if (LOAD(o->file) != 0)
		set_disk(o, number);
	unlock_stripe(stripe);
}

void
spool_dropped(struct object_ref ref, uint32_t number)
{
	mark_off(ref, number, clock_ms());
}

void
spool_forget(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe), id;
	struct segment *s;
	unsigned i;

	if (lock_stripe(stripe) == -1)
		return;
	for (i = 0; i < SEGMENT_BUCKETS; i++)
		for (id = view.stripes[stripe].segments[i]; id != 0;
		    id = s->next) {
			s = &view.segments[id];
			if (s->object == ref.id && s->object_gen == ref.gen)
				unsave(s);
		}
	for (i = 0; i < DISK_WORDS; i++) {
		SET(o->partial[i], 0);
		SET(o->disk[i], 0);
	}
	SET(o->lacks, 0);
	SET(o->file, 0);
	unlock_stripe(stripe);
	arena_ring_fetcher();
}

void
spool_set_partial(struct object_ref ref, const uint64_t partial[DISK_WORDS],
    uint64_t lacks)
{
	struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe);
	unsigned i;

	if (lock_stripe(stripe) == -1)
		return;
	for (i = 0; i < DISK_WORDS; i++)
		SET(o->partial[i], partial[i] & LOAD(o->disk[i]));
	SET(o->lacks, lacks);
	unlock_stripe(stripe);
}

void
spool_saved(struct spool_dirty *d)
{
	struct object *o = &view.objects[d->object.id];
	struct segment *s = &view.segments[d->segment.id];
	uint32_t stripe = LOAD(o->stripe);
	unsigned i;

	if (lock_stripe(stripe) == 0) {
		/* Without a file it was forgotten meanwhile. */
		if (LOAD(o->file) != 0) {
			set_disk(o, d->number);
			for (i = 0; i < HAVE_WORDS; i++)
				SET(s->saved[i], s->saved[i] | d->blocks[i]);
		}
		unlock_stripe(stripe);
	}
	spool_unsaved(d);
}

void
spool_unsaved(struct spool_dirty *d)
{
	segment_unpin(&d->segment);
	object_unpin(&d->object);
}

/* A block that another writer had begun meanwhile is his. */
void
spool_loaded(struct object_ref ref, struct segment_ref seg,
    const uint64_t blocks[SPOOL_WORDS])
{
	struct object *o = &view.objects[ref.id];
	struct segment *s = &view.segments[seg.id];
	uint32_t stripe = LOAD(o->stripe), bs = view.head->block_size, n = 0;
	unsigned i;

	if (lock_stripe(stripe) == -1)
		return;
	if (saved_on_disk(o, s->number)) {
		for (i = 0; i < HAVE_WORDS; i++) {
			SET(s->saved[i], blocks[i] & LOAD(s->have[i]));
			n += (uint32_t)__builtin_popcountll(s->saved[i]);
		}
		SET(s->brought, 1);
	}
	unlock_stripe(stripe);
	/* What was not on disk shows as missing now. */
	if (n < (saved_length(o, LOAD(s->number)) + bs - 1) / bs)
		arena_ring_fetcher();
}

/* ---- what the catalogue knows of objects ---- */

/* Pins what `is` says yes to; -1 with ENOENT. */
static int
find_object(int (*is)(const struct object *), struct object_ref *ref)
{
	uint32_t id, fresh = LOAD(view.head->object_fresh);
	const struct object *o;

	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		ref->id = id;
		ref->gen = LOAD(o->gen);
		if (LOAD(o->record) != RECORD_LINKED || !is(o) ||
		    object_pin(*ref) == -1)
			continue;
		if (is(o))
			return 0;
		object_unpin(ref);
	}
	ref->id = 0;
	errno = ENOENT;
	return -1;
}

static int
is_purging(const struct object *o)
{
	return LOAD(o->purged) == SPOOL_PURGING;
}

/* A pin of our own is no use of it. */
static int
is_done(const struct object *o)
{
	return LOAD(o->file) != 0 && (LOAD(o->past) ||
	    (LOAD(o->purged) > SPOOL_PURGING &&
	    (LOAD(o->pins) & ~view.bit) == 0));
}

/* 1 when the catalogue may have the key of `asking` for one that is purged or
 * past, and that would be found by it.  Such a one is not freed before it is
 * told; what stands where one was freed meanwhile costs another look. */
static int
is_in_the_way(const struct object *asking)
{
	uint32_t id, fresh = LOAD(view.head->object_fresh);
	const struct object *o;

	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		if (LOAD(o->record) == RECORD_LINKED && (is_purging(o) ||
		    (LOAD(o->past) && LOAD(o->file) != 0)) &&
		    memcmp(o->key, asking->key, HASH_LEN) == 0)
			return 1;
	}
	return 0;
}

static int
is_asking(const struct object *o)
{
	return LOAD(o->state) == OBJECT_ASKING && !evict_is_over(o) &&
	    LOAD(o->looked) == LOOKED_NOT && !is_in_the_way(o);
}

int
spool_next_purged(struct object_ref *ref)
{
	return find_object(is_purging, ref);
}

int
spool_next_over(struct object_ref *ref)
{
	return find_object(is_done, ref);
}

void
spool_set_purged(struct object_ref ref, int had)
{
	struct object *o = &view.objects[ref.id];

	SET(o->purged, had ? SPOOL_PURGED : SPOOL_UNKNOWN);
	bell_ring(&o->waiters);
}

int
spool_next_asking(struct object_ref *ref)
{
	return find_object(is_asking, ref);
}

void
spool_set_looked(struct object_ref ref)
{
	SET(view.objects[ref.id].looked, LOOKED_DONE);
	bell_ring(&view.objects[ref.id].waiters);
	arena_ring_fetcher();
}

/* The file is bound to the object, and its segments marked, before anybody
 * reads a byte of it; the claim sees to it that the object is no other. */
int
spool_restore(struct object_ref ref, int64_t file,
    const struct object_answer *a, const struct spool_marks *marks)
{
	struct object *o = &view.objects[ref.id];
	uint32_t looked = LOOKED_NOT;
	unsigned i;
	int saved;

	if (!CAS(o->looked, &looked, LOOKED_TELLING)) {
		errno = EEXIST;
		return -1;
	}
	SET(o->file, file);
	for (i = 0; i < DISK_WORDS; i++)
		SET(o->disk[i], marks->on_disk[i]);
	spool_set_partial(ref, marks->partial, marks->lacks);
	if (object_known(ref, a) == -1)
		goto forget;
	spool_set_looked(ref);
	return 0;

forget:
	saved = errno;
	spool_forget(ref);
	spool_set_looked(ref);
	errno = saved;
	return -1;
}

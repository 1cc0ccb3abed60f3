/* SPDX-License-Identifier: ISC */
/* spool -- what of the arena is on disk, as all see it; every role */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "reeld/clock.h"
#include "reeld/spool.h"
#include "bell.h"
#include "coverage_part.h"
#include "evict.h"
#include "index.h"
#include "layout.h"
#include "lock.h"
#include "saved.h"
#include "shared.h"

const char *const spool_state_names[] = { "none", "working", "full", "broken",
	"unwritable" };

/* What of one object is on disk: the segments that are away, and where the
 * others are.  Private, rebuilt for each question. */
static struct shelf {
	uint64_t	 away[DISK_WORDS];
	struct {
		uint32_t	id, number;
	}		 loaded[SPOOL_SEGMENTS];
	size_t		 n;			/* loaded */
} shelf;

enum spool_state
spool_state(void)
{
	uint32_t slot = LOAD(view.head->spooler);

	if (slot >= ARENA_SLOTS || clock_ms() -
	    LOAD(view.slots[slot].heartbeat) > SPOOL_AWAY)
		return SPOOL_NONE;
	return LOAD(view.head->spool_state);
}

int
spool_saves(void)
{
	return spool_state() == SPOOL_WORKING;
}

int
spool_loads(void)
{
	enum spool_state state = spool_state();

	return state != SPOOL_NONE && state != SPOOL_BROKEN;
}

void
spool_ring(void)
{
	uint32_t slot = LOAD(view.head->spooler);

	/* itself it need not wake */
	if (slot < ARENA_SLOTS && slot != view.slot)
		arena_ring(1ULL << slot);
}

int
spool_has(struct object_ref ref, uint32_t number)
{
	return saved_on_disk(&view.objects[ref.id], number);
}

int
spool_is_partial(struct object_ref ref, uint32_t number)
{
	const struct object *o = &view.objects[ref.id];

	return number < SPOOL_SEGMENTS &&
	    (LOAD(o->partial[number / 64]) & 1ULL << number % 64) != 0;
}

unsigned
spool_count(struct object_ref ref)
{
	const struct object *o = &view.objects[ref.id];
	unsigned i, n = 0;

	for (i = 0; i < DISK_WORDS; i++)
		n += (unsigned)__builtin_popcountll(LOAD(o->disk[i]));
	return n;
}

int
spool_is_away(struct object_ref ref, uint32_t number)
{
	const struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe), id;
	int away;

	if (!saved_on_disk(o, number) || lock_stripe(stripe) == -1)
		return 0;
	id = index_find_segment(stripe, ref, number);
	away = saved_on_disk(o, number) &&
	    (id == 0 || saved_is_none(&view.segments[id]));
	unlock_stripe(stripe);
	return away;
}

/* Under the stripe.  Takes what is loaded off the shelf. */
static void
find_loaded(struct object_ref ref, uint32_t first)
{
	const struct segment *s;
	uint32_t id;

	for (id = first; id != 0; id = s->next) {
		s = &view.segments[id];
		if (s->object != ref.id || s->object_gen != ref.gen ||
		    s->number >= SPOOL_SEGMENTS || saved_is_none(s) ||
		    (shelf.away[s->number / 64] & 1ULL << s->number % 64) == 0)
			continue;
		shelf.away[s->number / 64] &= ~(1ULL << s->number % 64);
		shelf.loaded[shelf.n].id = id;
		shelf.loaded[shelf.n++].number = s->number;
	}
}

/* 1 when something of the object is on disk, which is on the shelf then. */
static int
take_shelf(struct object_ref ref)
{
	const struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe);
	uint64_t any = 0;
	unsigned i;

	shelf.n = 0;
	for (i = 0; i < DISK_WORDS; i++)
		any |= shelf.away[i] = LOAD(o->disk[i]);
	if (any == 0 || LOAD(o->segments) == 0 || lock_stripe(stripe) == -1)
		return any != 0;
	for (i = 0; i < SEGMENT_BUCKETS; i++)
		find_loaded(ref, view.stripes[stripe].segments[i]);
	unlock_stripe(stripe);
	return 1;
}

/* The saved blocks of the loaded segment `i`; 0 when it was evicted since. */
static int
blocks_of(struct object_ref ref, size_t i, uint64_t blocks[HAVE_WORDS])
{
	const struct segment *s = &view.segments[shelf.loaded[i].id];
	uint64_t any = 0;
	unsigned w;

	for (w = 0; w < HAVE_WORDS; w++)
		any |= blocks[w] = LOAD(s->saved[w]);
	FENCE();
	return any != 0 && LOAD(s->record) == RECORD_LINKED &&
	    LOAD(s->object) == ref.id && LOAD(s->object_gen) == ref.gen &&
	    LOAD(s->number) == shelf.loaded[i].number;
}

/* Bytes of the segment that are in `blocks`: the object's last is short. */
static uint64_t
bytes_of(const struct object *o, uint32_t number,
    const uint64_t blocks[HAVE_WORDS])
{
	uint32_t bs = view.head->block_size, length = saved_length(o, number);
	uint32_t last = length == 0 ? 0 : (length - 1) / bs;
	uint64_t n = 0;
	unsigned w;

	for (w = 0; w < HAVE_WORDS; w++)
		n += (uint64_t)__builtin_popcountll(blocks[w]) * bs;
	if (length % bs != 0 && (blocks[last / 64] & 1ULL << last % 64) != 0)
		n -= bs - length % bs;
	return n;
}

/* Of what the partial segments lack in all, those that are away do: the loaded
 * ones tell by their blocks. */
static uint64_t
away_lacks(struct object_ref ref)
{
	const struct object *o = &view.objects[ref.id];
	uint64_t blocks[HAVE_WORDS], lacks = LOAD(o->lacks), n;
	uint32_t number;
	size_t i;

	for (i = 0; i < shelf.n && lacks > 0; i++) {
		number = shelf.loaded[i].number;
		if (!spool_is_partial(ref, number) ||
		    !blocks_of(ref, i, blocks))
			continue;
		n = saved_length(o, number) - bytes_of(o, number, blocks);
		lacks -= n < lacks ? n : lacks;
	}
	return lacks;
}

uint64_t
spool_bytes(struct object_ref ref)
{
	const struct object *o = &view.objects[ref.id];
	uint64_t blocks[HAVE_WORDS], sum = 0, lacks;
	uint32_t number;
	size_t i;

	if (!take_shelf(ref))
		return 0;
	lacks = away_lacks(ref);
	for (i = 0; i < shelf.n; i++)
		sum += blocks_of(ref, i, blocks) ?
		    bytes_of(o, shelf.loaded[i].number, blocks) :
		    saved_length(o, shelf.loaded[i].number);
	for (number = 0; number < SPOOL_SEGMENTS; number++)
		if ((shelf.away[number / 64] & 1ULL << number % 64) != 0)
			sum += saved_length(o, number);
	return sum > lacks ? sum - lacks : 0;
}

/* What was brought since the coverage was taken is not in it: so the blocks of
 * loaded segments are added too. */
int
spool_cover(struct coverage *c)
{
	uint64_t blocks[HAVE_WORDS], ss = view.head->segment_size;
	uint32_t number;
	size_t i;

	if (!take_shelf(c->object))
		return 0;
	for (i = 0; i < shelf.n; i++) {
		number = shelf.loaded[i].number;
		if (!blocks_of(c->object, i, blocks))
			memset(blocks, 0xff, sizeof(blocks));
		if (coverage_add_blocks(c, blocks, number * ss) == -1)
			goto no_memory;
	}
	for (number = 0; number < SPOOL_SEGMENTS; number++)
		if ((shelf.away[number / 64] & 1ULL << number % 64) != 0 &&
		    coverage_add(c, number * ss, (number + 1) * ss) == -1)
			goto no_memory;
	coverage_tidy(c);
	return 0;

no_memory:
	errno = ENOMEM;
	return -1;
}

int
spool_cover_partial(struct coverage *c, uint64_t *lacks)
{
	uint64_t ss = view.head->segment_size;
	uint32_t number;

	c->n = 0;
	*lacks = 0;
	if (!take_shelf(c->object))
		return 0;
	*lacks = away_lacks(c->object);
	for (number = 0; number < SPOOL_SEGMENTS; number++)
		if ((shelf.away[number / 64] & 1ULL << number % 64) != 0 &&
		    spool_is_partial(c->object, number) &&
		    coverage_add(c, number * ss, (number + 1) * ss) == -1) {
			errno = ENOMEM;
			return -1;
		}
	return 0;
}

int
spool_looked(struct object_ref ref)
{
	return LOAD(view.objects[ref.id].looked) == LOOKED_DONE ||
	    !spool_loads();
}

int
spool_purge(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];
	uint32_t stripe = LOAD(o->stripe), kept = SPOOL_KEPT;

	if (lock_stripe(stripe) == -1)
		return -1;
	CAS(o->purged, &kept, SPOOL_PURGING);	/* keeps S2 */
	unlock_stripe(stripe);
	SET(o->filling, 0);
	bell_ring(&o->waiters);
	arena_ring_fetcher();
	spool_ring();
	return 0;
}

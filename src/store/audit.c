/* SPDX-License-Identifier: ISC */
/* audit -- checks every numbered invariant of layout.h; worker, tests */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/audit.h"
#include "audit_part.h"
#include "layout.h"
#include "repair.h"
#include "shared.h"

void
audit_bad(struct audit *a, const char *fmt, ...)
{
	va_list ap;

	a->bad++;
	if (a->out == NULL)
		return;
	va_start(ap, fmt);
	vfprintf(a->out, fmt, ap);
	va_end(ap);
	fputc('\n', a->out);
}

/* ---- records: S7, S8 ---- */

static int
is_live(unsigned slot)
{
	return slot < ARENA_SLOTS &&
	    LOAD(view.slots[slot].role) != ARENA_NOBODY;
}

/* Bits of slots that do not live.  Looks at the word again: a slot that was
 * reaped meanwhile has left it first. */
static uint64_t
dead_bits(const uint64_t *word)
{
	uint64_t bits = LOAD(*word), dead = 0;
	unsigned slot;

	for (slot = 0; slot < ARENA_SLOTS; slot++)
		if ((bits & 1ULL << slot) != 0 && !is_live(slot))
			dead |= 1ULL << slot;
	return dead & LOAD(*word);
}

static void
check_users(struct audit *a, const char *what, uint32_t id,
    const uint64_t *pins, const uint64_t *waiters)
{
	if (dead_bits(pins) != 0)
		audit_bad(a, "S8 %s %u: pin of a dead slot", what, id);
	if (dead_bits(waiters) != 0)
		audit_bad(a, "S8 %s %u: waiter of a dead slot", what, id);
	if (a->idle && LOAD(*pins) != 0)
		audit_bad(a, "idle: %s %u is pinned by %llx", what, id,
		    (unsigned long long)LOAD(*pins));
	if (a->idle && LOAD(*waiters) != 0)
		audit_bad(a, "idle: %s %u is waited for by %llx", what, id,
		    (unsigned long long)LOAD(*waiters));
}

/* The first block that two pens are in; SEGMENT_BLOCKS: there is none. */
static uint32_t
first_shared(uint64_t pen, uint64_t other)
{
	uint32_t block = PEN_BLOCK(pen);

	if (other == PEN_FREE)
		return SEGMENT_BLOCKS;
	if (PEN_BLOCK(other) > block)
		block = PEN_BLOCK(other);
	return PEN_IS_IN(pen, block) && PEN_IS_IN(other, block) ? block :
	    SEGMENT_BLOCKS;
}

static void
check_pen(struct audit *a, uint32_t id, unsigned n)
{
	const struct segment *s = &view.segments[id];
	uint64_t pen = LOAD(s->pens[n]), other;
	uint32_t block;
	unsigned i;

	if (pen == PEN_FREE)
		return;
	if (PEN_LAST(pen) >= SEGMENT_BLOCKS ||
	    PEN_VALID(pen) > view.head->block_size ||
	    (PEN_VALID(pen) > 0 && PEN_LAST(pen) != PEN_BLOCK(pen))) {
		audit_bad(a, "S7 segment %u: pen %u is outside", id, n);
		return;
	}
	if (!PEN_IS_ORPHAN(pen) && !is_live(PEN_SLOT(pen)) &&
	    LOAD(s->pens[n]) == pen)
		audit_bad(a, "S8 segment %u: pen %u of a dead slot", id, n);
	if (a->idle && !PEN_IS_ORPHAN(pen))
		audit_bad(a, "idle: segment %u has a pen", id);
	for (i = n + 1; i < PENS; i++) {
		other = LOAD(s->pens[i]);
		block = first_shared(pen, other);
		if (block < SEGMENT_BLOCKS &&
		    (LOAD(s->have[block / 64]) & 1ULL << block % 64) == 0 &&
		    LOAD(s->pens[n]) == pen && LOAD(s->pens[i]) == other)
			audit_bad(a, "S7 segment %u: two pens in block %u", id,
			    block);
	}
}

static void
check_records(struct audit *a)
{
	struct segment *s;
	struct object *o;
	uint32_t id, fresh;
	unsigned i;

	fresh = LOAD(view.head->object_fresh);
	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		check_users(a, "object", id, &o->pins, &o->waiters);
	}
	fresh = LOAD(view.head->segment_fresh);
	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		check_users(a, "segment", id, &s->pins, &s->waiters);
		for (i = 0; i < PENS; i++)
			check_pen(a, id, i);
	}
	if (dead_bits(&view.head->room_waiters) != 0)
		audit_bad(a, "S8 a dead slot waits for room");
}

/* ---- rows, regions, tallies, spooler, seats: R1 to R4 ---- */

/* 1 when the row's worker pins the object that it names. */
static int
is_backed(const struct row *r, unsigned slot)
{
	uint32_t id = LOAD(r->object), gen = LOAD(r->object_gen);
	const struct object *o;

	if (id == 0 || id > view.head->nobjects)
		return 0;
	o = &view.objects[id];
	return LOAD(o->record) == RECORD_LINKED && LOAD(o->gen) == gen &&
	    (LOAD(o->pins) & 1ULL << slot) != 0;
}

/* A row that was written or closed while we looked is passed over. */
static void
check_row(struct audit *a, unsigned slot, unsigned n)
{
	const struct row *r = &view.rows[slot * SLOT_ROWS + n];
	const uint64_t *word = &view.slots[slot].rows[n / 64];
	uint32_t seq = LOAD(r->seq);

	if (!a->idle && is_live(slot) && is_backed(r, slot))
		return;
	FENCE();
	if ((LOAD(*word) & 1ULL << n % 64) == 0)
		return;
	if (a->idle || !is_live(slot))
		audit_bad(a, "R1 slot %u has row %u", slot, n);
	else if (LOAD(r->seq) == seq && (seq & 1) == 0)
		audit_bad(a, "R1 slot %u: row %u pins nothing", slot, n);
}

static void
check_rows(struct audit *a)
{
	uint64_t bits;
	unsigned slot, w;

	for (slot = 0; slot < ARENA_SLOTS; slot++)
		for (w = 0; w < ROW_WORDS; w++)
			for (bits = LOAD(view.slots[slot].rows[w]); bits != 0;
			    bits &= bits - 1)
				check_row(a, slot, w * 64 +
				    (unsigned)__builtin_ctzll(bits));
}

static void
check_regions(struct audit *a)
{
	const struct region *r;
	uint32_t holder, seq;
	unsigned i;

	for (i = 0; i < REGION_MAX; i++) {
		r = &view.regions[i];
		holder = LOAD(r->holder);
		seq = LOAD(r->seq);
		if (holder != 0 && (a->idle || !repair_alive(holder)) &&
		    LOAD(r->holder) == holder)
			audit_bad(a, "R1 region %u is in use", i);
		if (holder == 0 && seq != 0 && (seq & 1) == 0 &&
		    LOAD(r->holder) == 0 && LOAD(r->seq) == seq)
			audit_bad(a, "R1 region %u is free and readable", i);
	}
}

static void
check_seats(struct audit *a)
{
	const struct seats *s;
	uint32_t holder;
	unsigned i;

	for (i = 0; i < SEATS_MAX; i++) {
		s = &view.seats[i];
		holder = LOAD(s->holder);
		if (holder != 0 && !repair_alive(holder) &&
		    LOAD(s->holder) == holder)
			audit_bad(a, "R4 account %u is a dead process's", i);
		if (holder == 0 && LOAD(s->limit) != 0 &&
		    LOAD(s->holder) == 0)
			audit_bad(a, "R4 account %u is free and readable", i);
		if (a->idle && holder != 0 && LOAD(s->waiting) != 0)
			audit_bad(a, "R4 account %u is waited for", i);
	}
}

static void
check_tallies(struct audit *a)
{
	unsigned slot, i;

	for (slot = 0; slot < ARENA_SLOTS; slot++)
		for (i = 0; !is_live(slot) && i < SLOT_TALLIES; i++)
			if (LOAD(view.tallies[slot * (size_t)SLOT_TALLIES +
			    i].count) != 0)
				audit_bad(a, "R2 slot %u: tally %u is in use",
				    slot, i);
}

static void
check_spooler(struct audit *a)
{
	uint32_t slot = LOAD(view.head->spooler);

	if (slot != ARENA_NO_SLOT && !is_live(slot) &&
	    LOAD(view.head->spooler) == slot)
		audit_bad(a, "R3 the spooler's slot %u is dead", slot);
}

/* ---- pages: A1 ---- */

/* Adds the resident bytes from `from` to `to`, both offsets of the payload, to
 * the count of each record that they are of. */
static void
count_pages(struct audit *a, uint64_t from, uint64_t to)
{
	uint64_t ss = view.head->segment_size, end;
	uint32_t id;

	for (; from < to; from = end) {
		id = (uint32_t)(from / ss);
		end = (id + 1ULL) * ss;
		if (end > to)
			end = to;
		a->count[id] += (uint32_t)(end - from);
	}
}

/* Only when nothing runs: what is punched is for a moment still counted. */
static void
check_pages(struct audit *a)
{
	uint64_t payload = view.head->at_payload;
	off_t data, hole = (off_t)payload;
	uint32_t id;

	memset(a->count, 0, (view.head->nsegments + 1ULL) * sizeof(*a->count));
	while ((data = lseek(view.fd, hole, SEEK_DATA)) != -1 &&
	    (hole = lseek(view.fd, data, SEEK_HOLE)) != -1)
		count_pages(a, (uint64_t)data - payload,
		    (uint64_t)hole - payload);
	for (id = 0; id <= view.head->nsegments; id++)
		if (a->count[id] > view.segments[id].room)
			audit_bad(a, "A1 segment %u: %u bytes are resident, "
			    "%u have room", id, a->count[id],
			    view.segments[id].room);
}

unsigned
store_audit(FILE *out, int idle)
{
	struct audit a = { .out = out, .idle = idle };
	size_t most = view.head->nsegments;

	if (view.head->nobjects > most)
		most = view.head->nobjects;
	a.count = calloc(most + 1, sizeof(*a.count));
	if (view.head->ncells > most)
		most = view.head->ncells;
	a.seen = calloc(most + 1, 1);
	if (a.seen == NULL || a.count == NULL) {
		audit_bad(&a, "no memory to audit with");
		goto out;
	}
	audit_chains(&a);
	check_records(&a);
	check_rows(&a);
	check_regions(&a);
	check_seats(&a);
	check_tallies(&a);
	check_spooler(&a);
	audit_lists(&a);
	if (idle)
		check_pages(&a);
out:
	free(a.count);
	free(a.seen);
	return a.bad;
}

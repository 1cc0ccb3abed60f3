/* SPDX-License-Identifier: ISC */
/* row -- one reader of an object; worker writes, fetcher reads */
#include "config.h"

#include <errno.h>

#include "layout.h"
#include "shared.h"

#define TRIES	64	/* of a torn read, then the row is passed over */

static struct row *
row_at(unsigned slot, unsigned n)
{
	return &view.rows[slot * SLOT_ROWS + n];
}

int
row_open(const struct row_state *state)
{
	struct slot *s = &view.slots[view.slot];
	unsigned w, b, n;

	for (w = 0; w < ROW_WORDS; w++) {
		if (s->rows[w] == ~0ULL)
			continue;
		b = (unsigned)__builtin_ctzll(~s->rows[w]);
		n = w * 64 + b;
		row_write((int)n, state);
		SET(s->rows[w], s->rows[w] | 1ULL << b);
		return (int)n;
	}
	counter_add(COUNTER_NO_ROWS, 1);
	errno = EAGAIN;
	return -1;
}

void
row_write(int n, const struct row_state *state)
{
	struct row *r = row_at(view.slot, (unsigned)n);
	/* A dead predecessor may have left it odd. */
	uint32_t seq = r->seq | 1;

	SET(r->seq, seq);
	FENCE();
	SET(r->object, state->object.id);
	SET(r->object_gen, state->object.gen);
	SET(r->start, state->start);
	SET(r->position, state->position);
	SET(r->end, state->end);
	SET(r->rate, state->rate);
	SET(r->since, state->since);
	SET(r->flags, state->flags);
	SET(r->answers, state->answers);
	SET(r->address[0], state->address[0]);
	SET(r->address[1], state->address[1]);
	SET(r->waiting, (uint32_t)state->waiting);
	SET(r->seq, seq + 1);
}

void
row_close(int n)
{
	uint64_t *word = &view.slots[view.slot].rows[n / 64];

	SET(*word, *word & ~(1ULL << (n % 64)));
	arena_ring_room();		/* its window is gone */
}

/* 1 when `out` is a whole copy of the row. */
static int
row_read(const struct row *r, struct row_state *out)
{
	uint32_t seq;
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if ((seq = LOAD(r->seq)) & 1)
			continue;
		out->object.id = LOAD(r->object);
		out->object.gen = LOAD(r->object_gen);
		out->start = LOAD(r->start);
		out->position = LOAD(r->position);
		out->end = LOAD(r->end);
		out->rate = LOAD(r->rate);
		out->since = LOAD(r->since);
		out->flags = LOAD(r->flags);
		out->answers = LOAD(r->answers);
		out->address[0] = LOAD(r->address[0]);
		out->address[1] = LOAD(r->address[1]);
		out->waiting = (int)LOAD(r->waiting);
		FENCE();
		if (LOAD(r->seq) == seq)
			return 1;
	}
	return 0;
}

size_t
row_take(struct row_state *out, size_t max)
{
	uint64_t bits;
	unsigned slot, w, b;
	size_t n = 0;

	for (slot = 0; slot < ARENA_SLOTS; slot++) {
		if (LOAD(view.slots[slot].role) == ARENA_NOBODY)
			continue;
		for (w = 0; w < ROW_WORDS; w++) {
			bits = LOAD(view.slots[slot].rows[w]);
			for (; bits != 0 && n < max; bits &= bits - 1) {
				b = (unsigned)__builtin_ctzll(bits);
				if (!row_read(row_at(slot, w * 64 + b),
				    &out[n]))
					continue;
				out[n].number = w * 64 + b;
				out[n++].slot = slot;
			}
		}
	}
	return n;
}

size_t
row_count(void)
{
	unsigned slot, w;
	size_t n = 0;

	for (slot = 0; slot < ARENA_SLOTS; slot++)
		for (w = 0; w < ROW_WORDS; w++)
			n += (size_t)__builtin_popcountll(
			    LOAD(view.slots[slot].rows[w]));
	return n;
}

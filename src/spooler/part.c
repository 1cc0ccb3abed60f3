/* SPDX-License-Identifier: ISC */
/* part -- sixteenths of a segment, and bitmaps of its blocks; spooler */
#include "config.h"

#include <string.h>

#include "reeld/arena.h"
#include "part.h"

#define TOGETHER	(2u << 20)	/* bytes of one read, or write */

static int
has(const uint64_t blocks[SPOOL_WORDS], uint32_t block)
{
	return (blocks[block / 64] >> block % 64 & 1) != 0;
}

uint32_t
part_bytes(void)
{
	return arena_segment_size() / CATALOGUE_PARTS;
}

uint32_t
part_length(int64_t size, uint32_t number)
{
	uint64_t start = (uint64_t)number * arena_segment_size();

	if (size <= 0 || start >= (uint64_t)size)
		return 0;
	return (uint64_t)size - start < arena_segment_size() ?
	    (uint32_t)((uint64_t)size - start) : arena_segment_size();
}

unsigned
part_together(void)
{
	unsigned n = TOGETHER / part_bytes();

	return n == 0 ? 1 : n < CATALOGUE_PARTS ? n : CATALOGUE_PARTS;
}

/* The bits of a part lie in one word. */
static uint64_t
mask(unsigned part)
{
	return ((1ULL << PART_BLOCKS) - 1) << part * PART_BLOCKS % 64;
}

int
part_has(const uint64_t blocks[SPOOL_WORDS], unsigned part)
{
	return (blocks[part * PART_BLOCKS / 64] & mask(part)) != 0;
}

int
part_is_full(const uint64_t blocks[SPOOL_WORDS], unsigned part,
    uint32_t length)
{
	uint32_t bs = arena_block_size(), n = (length + bs - 1) / bs;
	uint32_t b = part * PART_BLOCKS, last = b + PART_BLOCKS;

	if (b >= n)
		return 0;
	while (b < last && b < n && has(blocks, b))
		b++;
	return b == last || b == n;
}

void
part_and(uint64_t to[SPOOL_WORDS], const uint64_t with[SPOOL_WORDS])
{
	unsigned i;

	for (i = 0; i < SPOOL_WORDS; i++)
		to[i] &= with[i];
}

void
part_or(uint64_t to[SPOOL_WORDS], const uint64_t with[SPOOL_WORDS])
{
	unsigned i;

	for (i = 0; i < SPOOL_WORDS; i++)
		to[i] |= with[i];
}

int
part_subtract(uint64_t to[SPOOL_WORDS], const uint64_t less[SPOOL_WORDS])
{
	uint64_t left = 0;
	unsigned i;

	for (i = 0; i < SPOOL_WORDS; i++)
		left |= to[i] &= ~less[i];
	return left != 0;
}

int
part_next_run(const uint64_t blocks[SPOOL_WORDS], uint32_t *block,
    uint32_t last, uint32_t *from, uint32_t *to)
{
	uint32_t b = *block;

	while (b < last && !has(blocks, b))
		b++;
	if (b == last)
		return 0;
	*from = b * arena_block_size();
	while (b < last && has(blocks, b))
		b++;
	*to = b * arena_block_size();
	*block = b;
	return 1;
}

uint32_t
part_sum(const uint64_t blocks[SPOOL_WORDS], uint32_t length)
{
	uint32_t block = 0, from, to, sum = 0;

	while (part_next_run(blocks, &block, SEGMENT_BLOCKS, &from, &to)) {
		if (to > length)
			to = length;
		if (from < to)
			sum += to - from;
	}
	return sum;
}

void
part_whole(struct segment_ref segment, uint32_t length,
    uint64_t blocks[SPOOL_WORDS])
{
	uint32_t at, want, bs = arena_block_size();

	memset(blocks, 0, SPOOL_WORDS * sizeof(blocks[0]));
	for (at = 0; at < length; at += bs) {
		want = length - at < bs ? length - at : bs;
		if (segment_ready(segment, at, want) == want)
			blocks[at / bs / 64] |= 1ULL << at / bs % 64;
	}
}

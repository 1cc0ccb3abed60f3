/* SPDX-License-Identifier: ISC */
/* base_commp_test -- the commitment, over stretches in any order */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include <criterion/criterion.h>

#include "reeld/commp.h"
#include "../helper/data.h"
#include "../helper/naive_piece.h"

#define PARTS_MAX	64

static void
check_root(const struct commp *c, const uint8_t *payload, uint64_t size,
    const char *what)
{
	uint8_t root[COMMP_ROOT], expected[COMMP_ROOT];
	unsigned height = naive_piece_root(payload, size, expected);

	cr_expect_eq(commp_height(size), height, "%s: %llu bytes", what,
	    (unsigned long long)size);
	cr_expect_eq(commp_end(c), size);
	cr_assert_eq(commp_root(c, height, root), 0);
	cr_expect_eq(memcmp(root, expected, COMMP_ROOT), 0,
	    "%s: %llu bytes: another root", what, (unsigned long long)size);
}

/* Sizes around the edges of leaves, quads and trees. */
Test(base_commp, sizes)
{
	static const uint64_t edges[] = { 0, 1, 31, 32, 63, 64, 95, 96, 126,
		127, 128, 253, 254, 255, 381, 508, 509, 1016, 4064, 8128,
		16255, 16256, 16257 };
	uint8_t payload[16384];
	struct commp *c;
	size_t i;

	data_fill(1, 0, payload, sizeof(payload));
	for (i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		c = commp_create(0);
		commp_add(c, payload, edges[i]);
		check_root(c, payload, edges[i], "at once");
		commp_destroy(c);
	}
}

/* Hashes [from, to), handed over in slices of any length. */
static struct commp *
stretch(const uint8_t *payload, uint64_t from, uint64_t to)
{
	struct commp *c = commp_create(from);
	uint64_t n;

	while (from < to) {
		n = 1 + arc4random_uniform(700);
		if (n > to - from)
			n = to - from;
		commp_add(c, payload + from, n);
		from += n;
	}
	return c;
}

/* Cuts the payload anywhere, hashes the stretches in any order. */
static void
any_order(const uint8_t *payload, uint64_t size)
{
	struct commp *parts[PARTS_MAX] = { NULL }, *all = commp_create(0);
	uint64_t cuts[PARTS_MAX + 1] = { 0 };
	size_t n = 1 + arc4random_uniform(PARTS_MAX), i, done = 0;

	for (i = 1; i < n; i++)
		cuts[i] = cuts[i - 1] + arc4random_uniform((uint32_t)(size -
		    cuts[i - 1]) / (arc4random_uniform(20) + 1) + 1);
	cuts[n] = size;
	while (done < n) {
		i = arc4random_uniform((uint32_t)n);
		if (parts[i] != NULL)
			continue;
		parts[i] = stretch(payload, cuts[i], cuts[i + 1]);
		done++;
	}
	for (i = 0; i < n; i++) {
		cr_assert_eq(commp_append(all, parts[i]), 0);
		commp_destroy(parts[i]);
	}
	check_root(all, payload, size, "any order");
	commp_destroy(all);
}

Test(base_commp, stretches_in_any_order)
{
	uint8_t *payload = malloc(40000);
	unsigned i;

	data_fill(2, 0, payload, 40000);
	for (i = 0; i < 300; i++)
		any_order(payload, 1 + arc4random_uniform(40000));
	free(payload);
}

/* What was put together may be put together again. */
Test(base_commp, stretches_of_stretches)
{
	uint8_t payload[20000];
	struct commp *all = commp_create(0), *a, *b;
	unsigned i, at = 1 + arc4random_uniform(9000);
	unsigned to = at + arc4random_uniform(10000);

	data_fill(3, 0, payload, sizeof(payload));
	for (i = 0; i < 100; i++) {
		a = stretch(payload, at, to);
		b = stretch(payload, to, sizeof(payload));
		cr_assert_eq(commp_append(a, b), 0);
		commp_destroy(b);
		b = stretch(payload, at, sizeof(payload));
		cr_expect(commp_equal(a, b));
		commp_destroy(b);
		if (i == 99)
			break;
		commp_destroy(a);
		to = at + arc4random_uniform(20000 - at);
	}
	b = stretch(payload, 0, at);
	cr_assert_eq(commp_append(all, b), 0);
	cr_assert_eq(commp_append(all, a), 0);
	check_root(all, payload, sizeof(payload), "twice");
	commp_destroy(a);
	commp_destroy(b);
	commp_destroy(all);
}

/* Segments of 64 KiB, as small arenas have them. */
Test(base_commp, segments)
{
	const uint64_t size = 300000, segment = 65536;
	uint8_t *payload = malloc(size);
	struct commp *all = commp_create(0), *part;
	uint64_t at;

	data_fill(4, 0, payload, size);
	for (at = 0; at < size; at += segment) {
		part = stretch(payload, at, at + segment < size ?
		    at + segment : size);
		cr_assert_eq(commp_append(all, part), 0);
		commp_destroy(part);
	}
	check_root(all, payload, size, "segments");
	commp_destroy(all);
	free(payload);
}

/* Every bit of a quad's bytes counts, wherever the quad is. */
Test(base_commp, a_corrupt_byte_anywhere)
{
	uint8_t payload[1500], root[COMMP_ROOT], good[COMMP_ROOT];
	struct commp *c;
	size_t i;

	data_fill(5, 0, payload, sizeof(payload));
	naive_piece_root(payload, sizeof(payload), good);
	for (i = 0; i < sizeof(payload); i++) {
		payload[i] ^= (uint8_t)(1u << arc4random_uniform(8));
		c = stretch(payload, 0, sizeof(payload));
		commp_root(c, commp_height(sizeof(payload)), root);
		cr_expect_neq(memcmp(root, good, COMMP_ROOT), 0,
		    "byte %zu may be anything", i);
		commp_destroy(c);
		data_fill(5, 0, payload, sizeof(payload));
	}
}

/* A stretch that differs is not equal, whichever of its bytes it is. */
Test(base_commp, equal_bytes_only)
{
	uint8_t payload[700], other[700];
	struct commp *a, *b;
	size_t i;

	data_fill(6, 0, payload, sizeof(payload));
	for (i = 50; i < 650; i++) {
		memcpy(other, payload, sizeof(other));
		other[i] ^= 0x80;
		a = stretch(payload, 50, 650);
		b = stretch(other, 50, 650);
		cr_expect(!commp_equal(a, b), "byte %zu", i);
		commp_destroy(b);
		b = stretch(payload, 50, 649);
		cr_expect(!commp_equal(a, b));
		commp_destroy(a);
		commp_destroy(b);
	}
}

Test(base_commp, refuses)
{
	uint8_t payload[300], root[COMMP_ROOT];
	struct commp *a, *b;

	data_fill(7, 0, payload, sizeof(payload));
	a = stretch(payload, 0, 200);
	b = stretch(payload, 201, 300);
	cr_expect_eq(commp_append(a, b), -1, "a gap");
	cr_expect_eq(commp_root(b, 10, root), -1, "begins elsewhere");
	cr_expect_eq(commp_root(a, 2, root), -1, "does not fit");
	cr_expect_eq(commp_root(a, 3, root), 0);
	cr_expect_eq(commp_root(a, COMMP_HEIGHT + 1, root), -1);
	commp_destroy(a);
	commp_destroy(b);
}

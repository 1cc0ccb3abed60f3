/* SPDX-License-Identifier: ISC */
/* commp -- the commitment to a Filecoin piece; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

/* SHA256_Transform() is one compression; through EVP each of these 64-byte
 * messages would cost as much again in calls.  OpenSSL 3 has it, under a
 * warning. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "reeld/commp.h"
#include "reeld/log.h"

#define QUAD		127	/* bytes of payload */
#define LEAVES		4	/* that it becomes */
#define QUAD_HEIGHT	2	/* of their tree */

struct node {
	uint8_t		 level;		/* 0: one quad */
	uint8_t		 root[COMMP_ROOT];
};

/*
 * The quads that lie in it whole are [first, next), and its nodes, in order,
 * are the largest subtrees of the piece's tree that consist of these alone:
 * levels that rise and then fall, so a few dozen at most.
 */
struct commp {
	uint64_t	 begin, end;	/* bytes of the payload */
	uint64_t	 next;		/* quad */
	unsigned	 nhead, ntail;
	uint8_t		 head[QUAD];	/* of a quad that began before */
	uint8_t		 tail[QUAD];	/* of one that ends behind */
	struct node	*nodes;
	size_t		 n, room;
};

/* ---- hashing ---- */

static void
put_word(uint8_t *out, uint32_t word)
{
	out[0] = (uint8_t)(word >> 24);
	out[1] = (uint8_t)(word >> 16);
	out[2] = (uint8_t)(word >> 8);
	out[3] = (uint8_t)word;
}

/* SHA-256 of the 64 bytes of two nodes, cut to 254 bits. */
static void
hash_pair(const uint8_t pair[2 * COMMP_ROOT], uint8_t root[COMMP_ROOT])
{
	/* What FIPS 180-4, 5.1.1 adds to a message of 512 bits. */
	static const uint8_t padding[64] = { [0] = 0x80, [62] = 0x02 };
	SHA256_CTX context;
	int i;

	SHA256_Init(&context);
	SHA256_Transform(&context, pair);
	SHA256_Transform(&context, padding);
	for (i = 0; i < 8; i++)
		put_word(root + i * 4, (uint32_t)context.h[i]);
	root[COMMP_ROOT - 1] &= 0x3f;
}

static void
join(const uint8_t *left, const uint8_t *right, uint8_t root[COMMP_ROOT])
{
	uint8_t pair[2 * COMMP_ROOT];

	memcpy(pair, left, COMMP_ROOT);
	memcpy(pair + COMMP_ROOT, right, COMMP_ROOT);
	hash_pair(pair, root);
}

/* Fr32: 1016 bits, the low ones first, in four leaves of 254. */
static void
spread(const uint8_t quad[QUAD], uint8_t leaves[LEAVES * COMMP_ROOT])
{
	uint8_t *out = leaves;
	unsigned leaf, i;
	const uint8_t *in;

	memcpy(out, quad, COMMP_ROOT);
	out[COMMP_ROOT - 1] &= 0x3f;
	for (leaf = 1; leaf < LEAVES; leaf++) {
		/* The bits before it end 2 * leaf bits before a byte does. */
		in = quad + leaf * COMMP_ROOT - 1;
		out += COMMP_ROOT;
		for (i = 0; i < COMMP_ROOT - 1; i++)
			out[i] = (uint8_t)(in[i] >> (8 - 2 * leaf) |
			    in[i + 1] << (2 * leaf));
		out[i] = in[i] >> (8 - 2 * leaf);
		if (leaf < LEAVES - 1)
			out[i] |= (uint8_t)(in[i + 1] << (2 * leaf));
		out[i] &= 0x3f;
	}
}

static void
hash_quad(const uint8_t quad[QUAD], uint8_t root[COMMP_ROOT])
{
	uint8_t leaves[LEAVES * COMMP_ROOT], pair[2 * COMMP_ROOT];

	spread(quad, leaves);
	hash_pair(leaves, pair);
	hash_pair(leaves + 2 * COMMP_ROOT, pair + COMMP_ROOT);
	hash_pair(pair, root);
}

/* The root of a subtree of zeros, `level` above quads. */
static const uint8_t *
zeros(unsigned level)
{
	static uint8_t roots[COMMP_HEIGHT + 1][COMMP_ROOT];
	static unsigned known;
	static const uint8_t quad[QUAD];

	for (; known <= level; known++) {
		if (known == 0)
			hash_quad(quad, roots[0]);
		else
			join(roots[known - 1], roots[known - 1], roots[known]);
	}
	return roots[level];
}

/* ---- nodes ---- */

static void
make_room(struct commp *c)
{
	c->room = c->room == 0 ? 16 : c->room * 2;
	c->nodes = reallocarray(c->nodes, c->room, sizeof(*c->nodes));
	if (c->nodes == NULL)
		fatal("no memory");
}

/* Adds a subtree behind the others; two that are siblings become one.  Every
 * node begins at a multiple of its length, since `next` does where it ends. */
static void
push(struct commp *c, const uint8_t root[COMMP_ROOT], unsigned level)
{
	struct node *last;

	if (c->n == c->room)
		make_room(c);
	last = &c->nodes[c->n++];
	last->level = (uint8_t)level;
	memcpy(last->root, root, COMMP_ROOT);
	c->next += 1ULL << level;
	while (c->n > 1 && last[-1].level == last->level &&
	    (c->next >> last->level) % 2 == 0) {
		join(last[-1].root, last->root, last[-1].root);
		last--;
		last->level++;
		c->n--;
	}
}

static void
push_quad(struct commp *c, const uint8_t quad[QUAD])
{
	uint8_t root[COMMP_ROOT];

	hash_quad(quad, root);
	push(c, root, 0);
}

/* ---- stretches ---- */

struct commp *
commp_create(uint64_t begin)
{
	struct commp *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("no memory");
	c->begin = c->end = begin;
	c->next = (begin + QUAD - 1) / QUAD;
	return c;
}

void
commp_destroy(struct commp *c)
{
	if (c == NULL)
		return;
	free(c->nodes);
	free(c);
}

/* How many of the next `len` bytes go on with what is in `part`, up to where
 * a quad ends. */
static size_t
take(uint8_t *part, unsigned *n, size_t most, const uint8_t *bytes, size_t len)
{
	if (len > most)
		len = most;
	memcpy(part + *n, bytes, len);
	*n += (unsigned)len;
	return len;
}

void
commp_add(struct commp *c, const uint8_t *bytes, size_t len)
{
	uint64_t first = (c->begin + QUAD - 1) / QUAD * QUAD;
	size_t got;

	for (; len > 0; bytes += got, len -= got, c->end += got) {
		if (c->end < first) {
			got = take(c->head, &c->nhead, first - c->end, bytes,
			    len);
		} else if (c->ntail > 0 || len < QUAD) {
			got = take(c->tail, &c->ntail, QUAD - c->ntail, bytes,
			    len);
		} else {
			push_quad(c, bytes);
			got = QUAD;
		}
		if (c->ntail == QUAD) {
			push_quad(c, c->tail);
			c->ntail = 0;
		}
	}
}

int
commp_append(struct commp *c, const struct commp *next)
{
	size_t i;

	if (next->begin != c->end)
		return -1;
	commp_add(c, next->head, next->nhead);
	for (i = 0; i < next->n; i++) {
		push(c, next->nodes[i].root, next->nodes[i].level);
		c->end += (uint64_t)QUAD << next->nodes[i].level;
	}
	commp_add(c, next->tail, next->ntail);
	return 0;
}

uint64_t
commp_end(const struct commp *c)
{
	return c->end;
}

int
commp_equal(const struct commp *a, const struct commp *b)
{
	return a->begin == b->begin && a->end == b->end && a->n == b->n &&
	    memcmp(a->head, b->head, a->nhead) == 0 &&
	    memcmp(a->tail, b->tail, a->ntail) == 0 &&
	    (a->n == 0 ||
	    memcmp(a->nodes, b->nodes, a->n * sizeof(*a->nodes)) == 0);
}

/* ---- roots ---- */

unsigned
commp_height(uint64_t size)
{
	uint64_t quads = size / QUAD + (size % QUAD != 0);
	unsigned level = 0;

	while (1ULL << level < quads)
		level++;
	return level + QUAD_HEIGHT;
}

/* The last node is filled up with zeros to the sibling of the one before, and
 * so on to the root. */
static void
close_tree(struct commp *c, unsigned level)
{
	while (c->n > 1 || c->nodes[0].level < level)
		push(c, zeros(c->nodes[c->n - 1].level),
		    c->nodes[c->n - 1].level);
}

int
commp_root(const struct commp *c, unsigned height, uint8_t root[COMMP_ROOT])
{
	struct commp *all;

	if (c->begin != 0 || height > COMMP_HEIGHT ||
	    height < commp_height(c->end))
		return -1;
	all = commp_create(0);
	commp_append(all, c);
	if (all->ntail > 0) {
		memset(all->tail + all->ntail, 0, QUAD - all->ntail);
		push_quad(all, all->tail);
	}
	if (all->n == 0)
		push(all, zeros(0), 0);
	close_tree(all, height - QUAD_HEIGHT);
	memcpy(root, all->nodes[0].root, COMMP_ROOT);
	commp_destroy(all);
	return 0;
}

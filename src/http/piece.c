/* SPDX-License-Identifier: ISC */
/* piece -- the names of Filecoin pieces; worker, fetcher */
#include "config.h"

#include <string.h>

#include "reeld/piece.h"

/* CID version, codec and multihash code, each a varint (FRC-0069 and the
 * multicodec table).  The digest's length follows. */
static const uint8_t head1[] = { 0x01, 0x81, 0xe2, 0x03, 0x92, 0x20 };
static const uint8_t head2[] = { 0x01, 0x55, 0x91, 0x20 };

#define HEIGHT_MIN	2	/* one quad: four leaves */
#define QUAD		127	/* bytes of payload in it */
#define VARINT		9	/* bytes of the longest, 63 bits */
#define RAW		(sizeof(head1) + 1 + VARINT + 1 + COMMP_ROOT)

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

struct bytes {
	const uint8_t	*at, *end;
};

static int
fault(const char *reason, const char **why)
{
	if (why != NULL)
		*why = reason;
	return -1;
}

/* ---- base32 (RFC 4648, 6: without padding, in lower case) ---- */

/* Returns how many bytes came of it; -1 for what is none, or not canonical, or
 * longer than `max`. */
static int
decode(const char *s, size_t len, uint8_t *out, size_t max)
{
	const char *digit;
	uint32_t bits = 0;
	unsigned nbits = 0;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		digit = s[i] == '\0' ? NULL : strchr(digits, s[i]);
		if (digit == NULL)
			return -1;
		bits = bits << 5 | (uint32_t)(digit - digits);
		nbits += 5;
		if (nbits < 8)
			continue;
		if (n == max)
			return -1;
		nbits -= 8;
		out[n++] = (uint8_t)(bits >> nbits);
		bits &= (1u << nbits) - 1;
	}
	return bits != 0 || nbits >= 5 ? -1 : (int)n;
}

static void
encode(const uint8_t *in, size_t len, char *out)
{
	uint32_t bits = 0;
	unsigned nbits = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		for (nbits += 8; nbits >= 5; nbits -= 5)
			*out++ = digits[bits >> (nbits - 5) & 31];
		bits &= (1u << nbits) - 1;
	}
	if (nbits > 0)
		*out++ = digits[bits << (5 - nbits) & 31];
	*out = '\0';
}

/* ---- varints (multiformats: 63 bits, the shortest form) ---- */

static int
take_varint(struct bytes *b, uint64_t *value)
{
	unsigned shift = 0;
	uint8_t byte;

	*value = 0;
	do {
		if (b->at == b->end || shift == 7 * VARINT)
			return -1;
		byte = *b->at++;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0);
	return byte == 0 && shift > 7 ? -1 : 0;
}

static size_t
put_varint(uint64_t value, uint8_t *out)
{
	size_t n = 0;

	for (; value > 0x7f; value >>= 7)
		out[n++] = (uint8_t)(value | 0x80);
	out[n++] = (uint8_t)value;
	return n;
}

/* ---- pieces ---- */

/* Payload that a tree of that height has room for. */
static uint64_t
capacity(unsigned height)
{
	return (uint64_t)QUAD << (height - HEIGHT_MIN);
}

static int
take_head(struct bytes *b, const uint8_t *head, size_t len)
{
	if ((size_t)(b->end - b->at) < len || memcmp(b->at, head, len) != 0)
		return 0;
	b->at += len;
	return 1;
}

/* Behind the head of version 2: padding, height, and what is left is the
 * root. */
static int
take_shape(struct bytes *b, struct piece *p, const char **why)
{
	if (take_varint(b, &p->padding) == -1 || b->at == b->end)
		return fault("the piece CID has no padding and height", why);
	p->height = *b->at++;
	if (p->height < HEIGHT_MIN || p->height > COMMP_HEIGHT)
		return fault("the piece CID has a height that cannot be", why);
	if (p->padding > capacity(p->height))
		return fault("the piece CID has more padding than room", why);
	return 0;
}

int
piece_parse(const char *s, size_t len, struct piece *p, const char **why)
{
	uint8_t raw[RAW];
	struct bytes b;
	uint64_t length;
	int n;

	memset(p, 0, sizeof(*p));
	if (len == 0 || s[0] != 'b')
		return fault("this is no piece CID in base32", why);
	if ((n = decode(s + 1, len - 1, raw, sizeof(raw))) == -1)
		return fault("this is no piece CID in base32", why);
	b = (struct bytes){ raw, raw + n };
	if (take_head(&b, head1, sizeof(head1)))
		p->version = 1;
	else if (take_head(&b, head2, sizeof(head2)))
		p->version = 2;
	else
		return fault("this is a CID, but of no Filecoin piece", why);
	if (take_varint(&b, &length) == -1 ||
	    length != (uint64_t)(b.end - b.at))
		return fault("the piece CID is cut", why);
	if (p->version == 2 && take_shape(&b, p, why) == -1)
		return -1;
	if (b.end - b.at != COMMP_ROOT)
		return fault("the piece CID has no root of 32 bytes", why);
	memcpy(p->root, b.at, COMMP_ROOT);
	return 0;
}

void
piece_print(const struct piece *p, char out[PIECE_TEXT])
{
	uint8_t raw[RAW], shape[VARINT + 1] = { 0 };
	size_t n, nshape = 0;

	if (p->version == 1) {
		memcpy(raw, head1, n = sizeof(head1));
	} else {
		memcpy(raw, head2, n = sizeof(head2));
		nshape = put_varint(p->padding, shape);
		shape[nshape++] = (uint8_t)p->height;
	}
	raw[n++] = (uint8_t)(nshape + COMMP_ROOT);
	memcpy(raw + n, shape, nshape);
	memcpy(raw + n + nshape, p->root, COMMP_ROOT);
	out[0] = 'b';
	encode(raw, n + nshape + COMMP_ROOT, out + 1);
}

int64_t
piece_size(const struct piece *p)
{
	return p->version == 1 ? -1 :
	    (int64_t)(capacity(p->height) - p->padding);
}

int
piece_is(const struct piece *p, const struct commp *c)
{
	uint8_t root[COMMP_ROOT];
	unsigned height = p->height, last = p->height;

	if (p->version == 1) {
		height = commp_height(commp_end(c));
		last = COMMP_HEIGHT;
	} else if ((uint64_t)piece_size(p) != commp_end(c)) {
		return 0;
	}
	for (; height <= last; height++)
		if (commp_root(c, height, root) == 0 &&
		    memcmp(root, p->root, COMMP_ROOT) == 0)
			return 1;
	return 0;
}

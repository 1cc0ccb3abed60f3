/* SPDX-License-Identifier: ISC */
/* naive_piece -- piece CIDs by the book; test programs */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <criterion/criterion.h>

#include "naive_piece.h"

/* Bit `n` of the payload, zeros behind it. */
static unsigned
payload_bit(const uint8_t *payload, uint64_t size, uint64_t n)
{
	return n / 8 >= size ? 0 : payload[n / 8] >> n % 8 & 1u;
}

/* Leaf `n`: 254 bits of the payload. */
static void
leaf(const uint8_t *payload, uint64_t size, uint64_t n, uint8_t out[32])
{
	unsigned i;

	memset(out, 0, 32);
	for (i = 0; i < 254; i++)
		out[i / 8] |= (uint8_t)(payload_bit(payload, size,
		    n * 254 + i) << i % 8);
}

/* The root of the subtree over leaves [n, n + 2^height). */
static void
root_of(const uint8_t *payload, uint64_t size, uint64_t n, unsigned height,
    uint8_t out[32])
{
	uint8_t pair[64];

	if (height == 0) {
		leaf(payload, size, n, out);
		return;
	}
	root_of(payload, size, n, height - 1, pair);
	root_of(payload, size, n + (1ULL << (height - 1)), height - 1,
	    pair + 32);
	cr_assert_eq(EVP_Digest(pair, 64, out, NULL, EVP_sha256(), NULL), 1);
	out[31] &= 0x3f;
}

unsigned
naive_piece_root(const uint8_t *payload, uint64_t size, uint8_t root[32])
{
	unsigned height = 2;

	while ((127ULL << (height - 2)) < size)
		height++;
	root_of(payload, size, 0, height, root);
	return height;
}

/* RFC 4648 base32 in lower case, without padding, bit by bit. */
static void
base32(const uint8_t *in, size_t len, char *out)
{
	size_t bit;
	unsigned digit, i;

	for (bit = 0; bit < len * 8; bit += 5) {
		for (digit = i = 0; i < 5; i++)
			digit = digit << 1 | (bit + i < len * 8 ?
			    in[(bit + i) / 8] >> (7 - (bit + i) % 8) & 1u : 0);
		*out++ = "abcdefghijklmnopqrstuvwxyz234567"[digit];
	}
	*out = '\0';
}

void
naive_piece_name(const uint8_t *payload, uint64_t size, int version,
    char out[NAIVE_PIECE])
{
	uint8_t raw[64] = { 0x01, 0x81, 0xe2, 0x03, 0x92, 0x20, 32 }, root[32];
	unsigned height = naive_piece_root(payload, size, root);
	uint64_t padding = (127ULL << (height - 2)) - size;
	size_t n = 7;

	if (version == 2) {
		memcpy(raw, "\x01\x55\x91\x20", 4);
		for (n = 5; padding > 127; padding >>= 7)
			raw[n++] = (uint8_t)(padding | 128);
		raw[n++] = (uint8_t)padding;
		raw[n++] = (uint8_t)height;
		raw[4] = (uint8_t)(n - 5 + 32);
	}
	memcpy(raw + n, root, 32);
	out[0] = 'b';
	base32(raw, n + 32, out + 1);
}

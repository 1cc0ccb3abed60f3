/* SPDX-License-Identifier: ISC */
/* data -- bytes that know where they belong; runs in tests and their source */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "data.h"

#define WORD	sizeof(uint64_t)

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): a counter-based
 * generator, so that any word is had without its predecessors. */
static inline uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static inline uint64_t
word_at(uint64_t seed, uint64_t index)
{
	return htole64(mix(seed + index * 0x9e3779b97f4a7c15u));
}

uint64_t
data_seed(const char *path, uint64_t version)
{
	uint64_t h = 0xcbf29ce484222325u;	/* FNV-1a */

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 0x100000001b3u;
	return mix(mix(h) + version);
}

void
data_fill(uint64_t seed, uint64_t offset, void *buf, size_t len)
{
	unsigned char *p = buf;
	uint64_t index = offset / WORD, word;
	size_t skip = offset % WORD, n;

	if (skip != 0) {
		word = word_at(seed, index++);
		n = len < WORD - skip ? len : WORD - skip;
		memcpy(p, (unsigned char *)&word + skip, n);
		p += n;
		len -= n;
	}
	for (; len >= WORD; len -= WORD, p += WORD) {
		word = word_at(seed, index++);
		memcpy(p, &word, WORD);
	}
	if (len > 0) {
		word = word_at(seed, index);
		memcpy(p, &word, len);
	}
}

int64_t
data_check(uint64_t seed, uint64_t offset, const void *buf, size_t len)
{
	unsigned char want[4096];
	const unsigned char *p = buf;
	size_t n, i;

	for (; len > 0; len -= n, p += n, offset += n) {
		n = len < sizeof(want) ? len : sizeof(want);
		data_fill(seed, offset, want, n);
		if (memcmp(p, want, n) == 0)
			continue;
		for (i = 0; p[i] == want[i]; i++)
			continue;
		return (int64_t)(offset + i);
	}
	return -1;
}

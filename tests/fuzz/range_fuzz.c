/* SPDX-License-Identifier: ISC */
/* range_fuzz -- any Range field over any size; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "reeld/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_ranges(const struct range *r, size_t n, uint64_t size)
{
	uint64_t total = 0;
	size_t i, k;

	for (i = 0; i < n; i++) {
		assert(r[i].first <= r[i].last && r[i].last < size);
		total += r[i].last - r[i].first + 1;
		for (k = 0; k < i; k++)
			assert(r[i].first > r[k].last + 1 ||
			    r[k].first > r[i].last + 1);
	}
	assert(total <= size);
}

/* What range_first() promised before the size was known. */
static void
check_wish(const char *value, size_t len, enum range_verdict verdict,
    const struct range *r, uint64_t size)
{
	struct range_wish wish;

	range_first(value, len, &wish);
	assert((wish.kind == RANGE_WISH_NONE) <= (verdict == RANGE_NONE));
	if (verdict == RANGE_MANY)
		assert(wish.kind == RANGE_WISH_MANY);
	if (verdict == RANGE_ONE && wish.kind == RANGE_WISH_FROM)
		assert(r->first == wish.first && r->last <= wish.last);
	if (verdict == RANGE_ONE && wish.kind == RANGE_WISH_SUFFIX)
		assert(r->last == size - 1);
}

/* The first eight bytes are the size, the rest is the field. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct range out[RANGE_MAX];
	enum range_verdict verdict;
	const char *value;
	uint64_t size;
	size_t n;

	if (len < sizeof(size))
		return 0;
	memcpy(&size, data, sizeof(size));
	size >>= size % 64;
	size &= INT64_MAX;
	value = (const char *)data + sizeof(size);
	len -= sizeof(size);
	verdict = range_parse(value, len, size, out, RANGE_MAX, &n);
	assert((verdict == RANGE_ONE) == (n == 1));
	assert((verdict == RANGE_MANY) == (n > 1));
	assert(size > 0 || verdict == RANGE_NONE ||
	    verdict == RANGE_UNSATISFIABLE);
	check_ranges(out, n, size);
	check_wish(value, len, verdict, out, size);
	return 0;
}

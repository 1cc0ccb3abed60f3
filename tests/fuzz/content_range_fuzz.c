/* SPDX-License-Identifier: ISC */
/* content_range_fuzz -- any Content-Range field; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "reeld/content_range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct content_range cr, again;
	char text[CONTENT_RANGE_LEN];
	int n;

	n = content_range_parse((const char *)data, len, &cr);
	assert((n == -1) == (cr.kind == CONTENT_RANGE_BAD));
	if (cr.kind == CONTENT_RANGE_PART)
		assert(cr.first <= cr.last &&
		    (cr.size == -1 || cr.last < (uint64_t)cr.size));
	n = content_range_print(&cr, text, sizeof(text));
	assert((n == -1) == (cr.kind <= CONTENT_RANGE_BAD));
	if (n == -1)
		return 0;
	assert(content_range_parse(text, (size_t)n, &again) == 0);
	assert(again.kind == cr.kind && again.first == cr.first &&
	    again.last == cr.last && again.size == cr.size);
	return 0;
}

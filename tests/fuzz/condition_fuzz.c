/* SPDX-License-Identifier: ISC */
/* condition_fuzz -- any preconditions against one object; libFuzzer program */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "reeld/condition.h"
#include "reeld/etag.h"

#define MTIME	784111777	/* Sun, 06 Nov 1994 08:49:37 GMT */
#define ETAG	"\"a,b\""

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* One line of the input per field; an absent line is an absent field. */
static struct span
next_line(const char **s, size_t *len)
{
	const char *end = memchr(*s, '\n', *len);
	struct span line = { *s, *len };

	if (*len == 0)
		return (struct span){ NULL, 0 };
	if (end != NULL)
		line.len = (size_t)(end - *s);
	*s += line.len + (end != NULL);
	*len -= line.len + (end != NULL);
	if (line.len == 1 && line.base[0] == '-')
		return (struct span){ NULL, 0 };
	return line;
}

static void
check_tags(struct span list)
{
	int strong, weak;

	strong = etag_listed(list.base, list.len, ETAG, ETAG_STRONG);
	weak = etag_listed(list.base, list.len, ETAG, ETAG_WEAK);
	assert(strong <= weak);
	assert(weak == etag_listed(list.base, list.len, "W/" ETAG, ETAG_WEAK));
	if (etag_listed(list.base, list.len, "", ETAG_WEAK))
		assert(memchr(list.base, '*', list.len) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *s = (const char *)data;
	struct condition in = { .now = 1700000000 };
	struct span if_range;
	enum condition_verdict get, put;

	in.if_match = next_line(&s, &len);
	in.if_unmodified_since = next_line(&s, &len);
	in.if_none_match = next_line(&s, &len);
	in.if_modified_since = next_line(&s, &len);
	if_range = next_line(&s, &len);
	check_tags(in.if_match);
	check_tags(in.if_none_match);
	get = condition_check(&in, ETAG, MTIME, 1);
	put = condition_check(&in, ETAG, MTIME, 0);
	assert(put != CONDITION_NOT_MODIFIED);
	assert((get == CONDITION_FAILED) <= (put == CONDITION_FAILED));
	if (in.if_match.base == NULL && in.if_unmodified_since.base == NULL)
		assert(get != CONDITION_FAILED);
	if (condition_range(if_range.base, if_range.len, ETAG, -1, -1) &&
	    if_range.base != NULL)
		assert(strlen(ETAG) == if_range.len &&
		    memcmp(if_range.base, ETAG, if_range.len) == 0);
	assert(condition_range(NULL, 0, ETAG, MTIME, -1) == 1);
	return 0;
}

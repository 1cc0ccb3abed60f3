/* SPDX-License-Identifier: ISC */
/* content_range -- the Content-Range field; fetcher, worker */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "reeld/content_range.h"
#include "reeld/span.h"

#include "scan.h"

/* A number that stands for itself, not for one too large to be kept. */
static int
exact(struct span *s, uint64_t *out)
{
	return scan_number(s, out) > 0 && *out < SCAN_NUMBER_MAX;
}

/* `*` or the size behind the slash, to the end of the value. */
static int
size_parse(struct span *s, int64_t *size)
{
	uint64_t v;

	if (scan_char(s, '*'))
		*size = -1;
	else if (exact(s, &v))
		*size = (int64_t)v;
	else
		return -1;
	return s->len == 0 ? 0 : -1;
}

static int
part_parse(struct span *s, struct content_range *cr)
{
	if (!exact(s, &cr->first) || !scan_char(s, '-') ||
	    !exact(s, &cr->last) || !scan_char(s, '/') ||
	    size_parse(s, &cr->size) == -1)
		return -1;
	if (cr->first > cr->last ||
	    (cr->size >= 0 && cr->last >= (uint64_t)cr->size))
		return -1;
	cr->kind = CONTENT_RANGE_PART;
	return 0;
}

static int
unsatisfied_parse(struct span *s, struct content_range *cr)
{
	if (size_parse(s, &cr->size) == -1 || cr->size == -1)
		return -1;
	cr->kind = CONTENT_RANGE_UNSATISFIED;
	return 0;
}

int
content_range_parse(const char *value, size_t len, struct content_range *cr)
{
	struct span s = { value, len };
	int ok;

	*cr = (struct content_range){ CONTENT_RANGE_ABSENT, 0, 0, -1 };
	if (value == NULL)
		return 0;
	s = scan_trim(s);
	if (!scan_word(&s, "bytes "))
		ok = -1;
	else if (scan_text(&s, "*/"))
		ok = unsatisfied_parse(&s, cr);
	else
		ok = part_parse(&s, cr);
	if (ok == -1)
		*cr = (struct content_range){ CONTENT_RANGE_BAD, 0, 0, -1 };
	return ok;
}

int
content_range_print(const struct content_range *cr, char *out, size_t outlen)
{
	int n = -1;

	if (cr->kind == CONTENT_RANGE_PART && cr->size >= 0)
		n = snprintf(out, outlen,
		    "bytes %" PRIu64 "-%" PRIu64 "/%" PRId64, cr->first,
		    cr->last, cr->size);
	else if (cr->kind == CONTENT_RANGE_PART)
		n = snprintf(out, outlen, "bytes %" PRIu64 "-%" PRIu64 "/*",
		    cr->first, cr->last);
	else if (cr->kind == CONTENT_RANGE_UNSATISFIED)
		n = snprintf(out, outlen, "bytes */%" PRId64, cr->size);
	return n < 0 || (size_t)n >= outlen ? -1 : n;
}

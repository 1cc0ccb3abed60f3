/* SPDX-License-Identifier: ISC */
/* range -- the Range field of a request; worker */
#include "config.h"

#include <sys/param.h>

#include "reeld/range.h"
#include "reeld/span.h"

#include "scan.h"

/* One range-spec as written: first-last, first- or -last. */
struct spec {
	int		 suffix;
	uint64_t	 first, last;
};

static int
spec_parse(struct span s, struct spec *spec)
{
	spec->suffix = scan_char(&s, '-');
	spec->first = 0;
	spec->last = RANGE_OPEN;
	if (spec->suffix) {
		if (scan_number(&s, &spec->last) == 0)
			return -1;
	} else {
		if (scan_number(&s, &spec->first) == 0 || !scan_char(&s, '-'))
			return -1;
		scan_number(&s, &spec->last);
		if (spec->first > spec->last)
			return -1;
	}
	return s.len == 0 ? 0 : -1;
}

/* Reads the whole set; returns how many there are, 0 for none to honour.  A
 * blank after `=` stands outside the list and against the grammar. */
static size_t
set_parse(const char *value, size_t len, struct spec specs[RANGE_MAX])
{
	struct span set = { value, len }, member;
	size_t n = 0;

	if (value == NULL)
		return 0;
	set = scan_trim(set);
	if (!scan_word(&set, "bytes=") ||
	    scan_char(&set, ' ') || scan_char(&set, '\t'))
		return 0;
	while (scan_member(&set, &member)) {
		if (n == RANGE_MAX || spec_parse(member, &specs[n]) == -1)
			return 0;
		n++;
	}
	return n;
}

/* Lays a range-spec over an object of `size` bytes; 0 when it misses it. */
static int
spec_place(const struct spec *spec, uint64_t size, struct range *out)
{
	if (size == 0)
		return 0;
	if (spec->suffix) {
		out->first = size - MIN(spec->last, size);
		out->last = size - 1;
		return spec->last > 0;
	}
	out->first = spec->first;
	out->last = MIN(spec->last, size - 1);
	return spec->first < size;
}

static int
touches(const struct range *a, const struct range *b)
{
	return a->first <= b->last + 1 && b->first <= a->last + 1;
}

/*
 * Adds `r` to ranges of which no two touch, so that again no two do.  All that
 * touch the union touch `r` itself, therefore one pass is enough.
 */
static size_t
ranges_add(struct range *out, size_t n, struct range r)
{
	size_t i, kept = 0, place = n;

	for (i = 0; i < n; i++) {
		if (touches(&out[i], &r)) {
			r.first = MIN(r.first, out[i].first);
			r.last = MAX(r.last, out[i].last);
			if (place < n)
				continue;
			place = kept;
		}
		out[kept++] = out[i];
	}
	if (place == n)
		place = kept++;
	out[place] = r;
	return kept;
}

enum range_verdict
range_parse(const char *value, size_t len, uint64_t size, struct range *out,
    size_t max, size_t *n)
{
	struct spec specs[RANGE_MAX];
	struct range r;
	uint64_t total = 0;
	size_t i, count = set_parse(value, len, specs);

	*n = 0;
	if (count == 0 || count > max)
		return RANGE_NONE;
	for (i = 0; i < count; i++) {
		if (!spec_place(&specs[i], size, &r))
			continue;
		if (r.last - r.first >= size - total) {
			*n = 0;
			return RANGE_NONE;
		}
		total += r.last - r.first + 1;
		*n = ranges_add(out, *n, r);
	}
	if (*n == 0)
		return RANGE_UNSATISFIABLE;
	return *n == 1 ? RANGE_ONE : RANGE_MANY;
}

void
range_first(const char *value, size_t len, struct range_wish *wish)
{
	struct spec specs[RANGE_MAX];
	size_t i, n = set_parse(value, len, specs);

	*wish = (struct range_wish){ .last = RANGE_OPEN };
	if (n == 0)
		return;
	if (n == 1 && specs[0].suffix) {
		wish->kind = RANGE_WISH_SUFFIX;
		wish->suffix = specs[0].last;
	} else if (n == 1) {
		wish->kind = RANGE_WISH_FROM;
		wish->first = specs[0].first;
		wish->last = specs[0].last;
	} else {
		wish->kind = RANGE_WISH_MANY;
		for (i = 0; i < n && specs[i].suffix; i++)
			continue;
		if (i < n)
			wish->first = specs[i].first;
	}
}

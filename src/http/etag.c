/* SPDX-License-Identifier: ISC */
/* etag -- entity tags and how they compare; worker, fetcher */
#include "config.h"

#include "reeld/etag.h"
#include "reeld/span.h"

#include "octet.h"
#include "scan.h"

struct tag {
	int		 weak;
	struct span	 opaque;	/* with its quotes */
};

/* Takes one entity tag off the front of `s`. */
static int
tag_parse(struct span *s, struct tag *tag)
{
	struct span rest = *s;
	size_t n;

	tag->weak = scan_text(&rest, "W/");
	tag->opaque = rest;
	if (!scan_char(&rest, '"'))
		return 0;
	for (n = 0; n < rest.len && rest.base[n] != '"'; n++)
		if (rest.base[n] == ' ' ||
		    octet_control((unsigned char)rest.base[n]))
			return 0;
	if (n == rest.len)
		return 0;
	tag->opaque.len = n + 2;
	*s = (struct span){ rest.base + n + 1, rest.len - n - 1 };
	return 1;
}

/* The whole text is one entity tag. */
static int
tag_only(const char *s, size_t len, struct tag *tag)
{
	struct span text = { s, len };

	return s != NULL && tag_parse(&text, tag) && text.len == 0;
}

static int
tag_same(const struct tag *a, const struct tag *b, enum etag_compare how)
{
	return (how == ETAG_WEAK || (!a->weak && !b->weak)) &&
	    a->opaque.len == b->opaque.len &&
	    memcmp(a->opaque.base, b->opaque.base, a->opaque.len) == 0;
}

int
etag_valid(const char *s, size_t len)
{
	struct tag tag;

	return tag_only(s, len, &tag);
}

int
etag_strong(const char *s, size_t len)
{
	struct tag tag;

	return tag_only(s, len, &tag) && !tag.weak;
}

static int
equal(const char *a, const char *b, enum etag_compare how)
{
	struct tag x, y;

	return tag_only(a, strlen(a), &x) && tag_only(b, strlen(b), &y) &&
	    tag_same(&x, &y, how);
}

int
etag_equal_strong(const char *a, const char *b)
{
	return equal(a, b, ETAG_STRONG);
}

int
etag_equal_weak(const char *a, const char *b)
{
	return equal(a, b, ETAG_WEAK);
}

/* A comma may stand inside the quotes, so the list is read tag by tag. */
int
etag_listed(const char *list, size_t len, const char *etag,
    enum etag_compare how)
{
	struct span s = { list, len };
	struct tag own, tag;
	int valid;

	if (list == NULL)
		return 0;
	s = scan_trim(s);
	if (s.len == 1 && s.base[0] == '*')
		return 1;
	valid = tag_only(etag, strlen(etag), &own);
	for (;;) {
		while (scan_char(&s, ','))
			s = scan_trim(s);
		if (!tag_parse(&s, &tag))
			return 0;
		if (valid && tag_same(&own, &tag, how))
			return 1;
		s = scan_trim(s);
		if (s.len > 0 && s.base[0] != ',')
			return 0;
	}
}

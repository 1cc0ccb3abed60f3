/* SPDX-License-Identifier: ISC */
/* multipart -- reads a multipart/byteranges body; runs in test programs */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data.h"
#include "multipart.h"

/* What is still to be read. */
struct text {
	const char	*p, *end;
};

/* "\r\n--" and the boundary of the Content-Type: its length, or -1. */
static int
delimiter(const struct viewer_result *res, char *buf, size_t len)
{
	const char *type = viewer_header(res, "Content-Type"), *b;
	size_t n;
	int total;

	if (type == NULL || strncasecmp(type, "multipart/byteranges;", 21) != 0
	    || (b = strcasestr(type, "boundary=")) == NULL)
		return -1;
	b += 9;
	if (*b == '"')
		n = strcspn(++b, "\"");
	else
		n = strcspn(b, "; \t");
	total = snprintf(buf, len, "\r\n--%.*s", (int)n, b);
	return n > 0 && (size_t)total < len ? total : -1;
}

/* Steps over `s` if it comes next. */
static int
skip(struct text *t, const char *s, size_t len)
{
	if ((size_t)(t->end - t->p) < len || memcmp(t->p, s, len) != 0)
		return 0;
	t->p += len;
	return 1;
}

static int
content_range(const char *line, struct multipart_part *part)
{
	char total[32];

	if (strncasecmp(line, "Content-Range:", 14) != 0)
		return 0;
	if (sscanf(line + 14, " bytes %" SCNd64 "-%" SCNd64 "/%31[0-9*]",
	    &part->first, &part->last, total) != 3)
		return 0;
	part->total = strcmp(total, "*") == 0 ? -1 : atoll(total);
	return part->first >= 0 && part->last >= part->first;
}

/* A part's head up to its empty line: 1 if there was a Content-Range. */
static int
part_head(struct text *t, struct multipart_part *part)
{
	char line[512];
	const char *eol;
	int found = 0;
	size_t n;

	for (;;) {
		eol = memmem(t->p, (size_t)(t->end - t->p), "\r\n", 2);
		if (eol == NULL || (n = (size_t)(eol - t->p)) >= sizeof(line))
			return 0;
		memcpy(line, t->p, n);
		line[n] = '\0';
		t->p = eol + 2;
		if (n == 0)
			return found;
		found |= content_range(line, part);
	}
}

/* The part behind a delimiter, up to the next one. */
static int
one_part(struct text *t, uint64_t seed, struct multipart_part *part)
{
	int64_t len;

	if (!skip(t, "\r\n", 2) || !part_head(t, part))
		return 0;
	len = part->last - part->first + 1;
	if (t->end - t->p < len)
		return 0;
	part->wrong_at = data_check(seed, (uint64_t)part->first, t->p,
	    (size_t)len);
	t->p += len;
	return 1;
}

int
multipart_parse(const struct viewer_result *res, uint64_t seed,
    struct multipart_part *parts, int max)
{
	struct text t = { res->body, res->body + res->body_len };
	struct multipart_part part;
	char delim[128];
	int n, len = delimiter(res, delim, sizeof(delim));

	if (len == -1 || res->body == NULL || res->body_len != res->bytes)
		return -1;
	/* The first delimiter may do without its CRLF. */
	if (!skip(&t, delim, (size_t)len) &&
	    !skip(&t, delim + 2, (size_t)len - 2))
		return -1;
	for (n = 0; !skip(&t, "--", 2); n++) {
		if (!one_part(&t, seed, &part) ||
		    !skip(&t, delim, (size_t)len))
			return -1;
		if (n < max)
			parts[n] = part;
	}
	/* An epilogue would be legal, but nobody has a reason to send one. */
	skip(&t, "\r\n", 2);
	return t.p == t.end ? n : -1;
}

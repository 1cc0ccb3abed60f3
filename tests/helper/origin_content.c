/* SPDX-License-Identifier: ISC */
/* origin_content -- one representation and its ranges; runs in the source */
#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <bsd/string.h>

#include "data.h"
#include "origin_content.h"

#define BIRTH	1704067200	/* 2024-01-01: old enough for a strong date */

void
http_date(time_t t, char *buf, size_t len)
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(buf, len, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static int
open_real(struct content *c, const char *name, const char *root, time_t *mtime)
{
	char file[4096];
	struct stat st;

	if (root == NULL || strstr(name, "..") != NULL ||
	    (size_t)snprintf(file, sizeof(file), "%s/%s", root, name) >=
	    sizeof(file))
		return -1;
	if ((c->fd = open(file, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	if (fstat(c->fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(c->fd);
		c->fd = -1;
		return -1;
	}
	c->size = st.st_size;
	*mtime = st.st_mtime;
	return 0;
}

int
content_init(struct content *c, const struct path *path,
    const struct script *s, const char *root)
{
	const char *name = script_text(s, KNOB_AS);
	int64_t version = s->v[KNOB_VERSION];
	time_t mtime;

	memset(c, 0, sizeof(*c));
	c->fd = -1;
	if (*name == '\0')
		name = path->name;
	if (s->v[KNOB_CHANGEAFTER] > 0 &&
	    path->finals > s->v[KNOB_CHANGEAFTER])
		version++;
	c->seed = data_seed(name, (uint64_t)version);
	c->size = s->v[KNOB_SIZE];
	mtime = BIRTH + version * 3600;
	if (strncmp(name, "/real/", 6) == 0) {
		if (open_real(c, name + 6, root, &mtime) == -1)
			return -1;
	} else if (strncmp(name, "/f/", 3) != 0)
		return -1;
	c->weak = s->v[KNOB_ETAG] == ETAG_WEAK;
	if (s->v[KNOB_ETAG] != ETAG_NONE)
		snprintf(c->etag, sizeof(c->etag),
		    "%s\"%016" PRIx64 "-%" PRId64 "\"", c->weak ? "W/" : "",
		    c->seed, c->size);
	if (s->v[KNOB_LM])
		http_date(mtime, c->modified, sizeof(c->modified));
	return 0;
}

void
content_fini(struct content *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

void
content_read(const struct content *c, int64_t offset, void *buf, size_t len)
{
	ssize_t n;

	if (c->fd == -1) {
		data_fill(c->seed, (uint64_t)offset, buf, len);
		return;
	}
	/* A file that shrank under us reads as zeroes. */
	n = pread(c->fd, buf, len, offset);
	if (n < (ssize_t)len)
		memset((char *)buf + (n > 0 ? n : 0), 0,
		    len - (n > 0 ? (size_t)n : 0));
}

/* The opaque part of an ETag, without W/. */
static const char *
opaque(const char *etag)
{
	return strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
}

/* 1 when a member of the list compares (RFC 9110 8.8.3.2) with our ETag. */
static int
etag_listed(const struct content *c, char *list, int strong)
{
	char *tag;

	if (strcmp(list, "*") == 0)
		return 1;
	if (c->etag[0] == '\0' || (strong && c->weak))
		return 0;
	while ((tag = strsep(&list, ", \t")) != NULL) {
		if (strong && strcmp(tag, c->etag) == 0)
			return 1;
		if (!strong && strcmp(opaque(tag), opaque(c->etag)) == 0)
			return 1;
	}
	return 0;
}

static time_t
parse_date(const char *text)
{
	struct tm tm = { 0 };

	if (strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) == NULL)
		return -1;
	return timegm(&tm);
}

/* 1 when both dates are known and ours is later. */
static int
modified_since(const struct content *c, const char *text, int *known)
{
	time_t theirs = parse_date(text), ours = parse_date(c->modified);

	*known = theirs != -1 && ours != -1;
	return *known && ours > theirs;
}

int
content_preconditions(const struct content *c, const struct request *r)
{
	char text[1024];
	int known;

	if (request_header(r, "If-Match", text, sizeof(text))) {
		if (!etag_listed(c, text, 1))
			return 412;
	} else if (request_header(r, "If-Unmodified-Since", text,
	    sizeof(text))) {
		if (modified_since(c, text, &known))
			return 412;
	}
	if (request_header(r, "If-None-Match", text, sizeof(text)))
		return etag_listed(c, text, 0) ? 304 : 0;
	if (request_header(r, "If-Modified-Since", text, sizeof(text)))
		return !modified_since(c, text, &known) && known ? 304 : 0;
	return 0;
}

/* Strong comparison of an ETag, exact match of a date. */
static int
ifrange_holds(const struct content *c, const struct request *r)
{
	char text[256];

	if (!request_header(r, "If-Range", text, sizeof(text)))
		return 1;
	if (text[0] == '"' || strncmp(text, "W/", 2) == 0)
		return c->etag[0] != '\0' && !c->weak &&
		    strcmp(text, c->etag) == 0;
	return c->modified[0] != '\0' && strcmp(text, c->modified) == 0;
}

/* 1*DIGIT, held at INT64_MAX; -1 when there is no digit. */
static int64_t
parse_digits(char **s)
{
	if (!isdigit((unsigned char)**s))
		return -1;
	return strtoll(*s, s, 10);
}

/* One range-spec: 1 and its extent, 0 unsatisfiable, -1 malformed. */
static int
parse_range(char *s, int64_t size, struct extent *e)
{
	int64_t first, last;

	s += strspn(s, " \t");
	s[strcspn(s, " \t")] = '\0';
	first = parse_digits(&s);
	if (*s++ != '-')
		return -1;
	last = parse_digits(&s);
	if (*s != '\0' || (first == -1 && last == -1) ||
	    (first != -1 && last != -1 && last < first))
		return -1;
	if (first == -1) {
		e->from = last < size ? size - last : 0;
		e->to = size;
		return last > 0 && size > 0;
	}
	e->from = first;
	e->to = last == -1 || last >= size ? size : last + 1;
	return first < size;
}

int
content_ranges(const struct content *c, const struct request *r, int ifrange,
    struct extent extents[RANGES_MAX])
{
	char text[1024], *rest = text + 6, *one;
	struct extent e;
	int n = 0;

	if (!request_header(r, "Range", text, sizeof(text)) ||
	    strncasecmp(text, "bytes=", 6) != 0)
		return -1;
	if (ifrange && !ifrange_holds(c, r))
		return -1;
	while ((one = strsep(&rest, ",")) != NULL) {
		switch (parse_range(one, c->size, &e)) {
		case -1:
			return -1;
		case 1:
			if (n == RANGES_MAX)
				return -1;
			extents[n++] = e;
		}
	}
	return n;
}

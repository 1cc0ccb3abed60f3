/* SPDX-License-Identifier: ISC */
/* passed -- fields of a client's header that go to the source; worker */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <bsd/string.h>

#include "passed.h"
#include "refuse.h"

/* 1 when it would be another line, or ends, in the source's eyes. */
static int
is_broken(h2o_iovec_t value)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		if (((unsigned char)value.base[i] < 0x20 &&
		    value.base[i] != '\t') || value.base[i] == 0x7f)
			return 1;
	return 0;
}

/* Reeld's own token is nobody else's business. */
static int
is_token(const char *name, h2o_iovec_t value)
{
	const char *token = worker.conf->api_token;

	return token[0] != '\0' && strcasecmp(name, "authorization") == 0 &&
	    value.len == strlen(token) + 7 &&
	    strncasecmp(value.base, "Bearer ", 7) == 0 &&
	    memcmp(value.base + 7, token, value.len - 7) == 0;
}

/* Adds a field as one line (RFC 9110, 5.3; RFC 9113, 8.2.3).  The status of the
 * answer if it cannot be, or 0. */
static int
add_field(h2o_req_t *req, const char *name, char *lines)
{
	const char *comma = strcasecmp(name, "cookie") == 0 ? "; " : ", ";
	size_t start = strlen(lines), n = start;
	ssize_t i = -1;
	h2o_iovec_t value;
	int len;

	while ((i = h2o_find_header_by_str(&req->headers, name, strlen(name),
	    i)) != -1) {
		value = req->headers.entries[i].value;
		if (is_broken(value))
			return 400;
		if (value.len == 0 || is_token(name, value))
			continue;
		len = snprintf(lines + n, OBJECT_FIELDS - n, "%s%s%.*s",
		    n == start ? name : "", n == start ? ": " : comma,
		    (int)value.len, value.base);
		if ((size_t)len >= OBJECT_FIELDS - n - 1)
			return 431;
		n += (size_t)len;
	}
	if (n > start)
		strlcpy(lines + n, "\n", OBJECT_FIELDS - n);
	return 0;
}

/* libh2o has names in lower case. */
static void
lower(char *to, const char *name, size_t len)
{
	strlcpy(to, name, len);
	h2o_strtolower(to, strlen(to));
}

int
passed_take(h2o_req_t *req, const struct conf_origin *o,
    char lines[OBJECT_FIELDS])
{
	char name[256];
	size_t i;
	int status = 0;

	lines[0] = '\0';
	for (i = 0; i < o->pass_headers.n && status == 0; i++) {
		lower(name, o->pass_headers.v[i], sizeof(name));
		status = add_field(req, name, lines);
	}
	if (status == 0)
		return 0;
	refuse(req, status, 0, NULL, status == 431 ?
	    "the fields that its source is to get are too long" :
	    "a field that its source is to get is not well formed");
	return -1;
}

char *
passed_names(h2o_mem_pool_t *pool, const struct conf_origin *o)
{
	const struct conf_strings *names = &o->pass_headers;
	size_t i, len = 1;
	char *text;

	if (names->n == 0)
		return NULL;
	for (i = 0; i < names->n; i++)
		len += strlen(names->v[i]) + 2;
	text = h2o_mem_alloc_pool(pool, len);
	text[0] = '\0';
	for (i = 0; i < names->n; i++) {
		strlcat(text, i == 0 ? "" : ", ", len);
		strlcat(text, names->v[i], len);
	}
	return text;
}

/* SPDX-License-Identifier: ISC */
/* origin_request -- the head of one HTTP/1 request; runs in the source */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <bsd/string.h>

#include "origin_request.h"

/* /t/<hops>-<ms>/f/x is /f/x behind a redirect. */
static void
take_token(struct request *r)
{
	int64_t hops, ms;
	int n = 0;

	if (sscanf(r->path, "/t/%" SCNd64 "-%" SCNd64 "%n", &hops, &ms,
	    &n) != 2 || r->path[n] != '/')
		return;
	r->token = 1;
	r->token_hops = hops;
	r->token_ms = ms;
	memmove(r->path, r->path + n, strlen(r->path + n) + 1);
}

static int
parse_line(struct request *r, const char *line, size_t len)
{
	char copy[REQUEST_MAX], *rest = copy, *method, *target, *version;

	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, line, len);
	copy[len] = '\0';
	method = strsep(&rest, " ");
	target = strsep(&rest, " ");
	version = rest;
	if (target == NULL || *target != '/' || version == NULL ||
	    (strcmp(version, "HTTP/1.1") != 0 &&
	    strcmp(version, "HTTP/1.0") != 0))
		return -1;
	r->minor = version[7] - '0';
	if (strlcpy(r->method, method, sizeof(r->method)) >= sizeof(r->method))
		return -1;
	method = strsep(&target, "?");
	if (strlcpy(r->path, method, sizeof(r->path)) >= sizeof(r->path))
		return -1;
	if (target == NULL)
		target = copy + len;
	if (strlcpy(r->query, target, sizeof(r->query)) >= sizeof(r->query))
		return -1;
	take_token(r);
	return 0;
}

int64_t
request_parse(struct request *r, const char *buf, size_t len)
{
	const char *end, *eol;
	char text[32];
	size_t total;

	memset(r, 0, sizeof(*r));
	if ((end = memmem(buf, len, "\r\n\r\n", 4)) == NULL)
		return 0;
	r->head = buf;
	r->head_len = (size_t)(end - buf) + 4;
	eol = memmem(buf, len, "\r\n", 2);
	if (parse_line(r, buf, (size_t)(eol - buf)) == -1)
		return -1;
	total = r->head_len;
	if (request_header(r, "Content-Length", text, sizeof(text)))
		total += (size_t)strtoul(text, NULL, 10);
	if (total > REQUEST_MAX)
		return -1;
	return total <= len ? (int64_t)total : 0;
}

int
request_header(const struct request *r, const char *name, char *buf,
    size_t len)
{
	const char *line, *end = r->head + r->head_len, *eol;
	size_t n = strlen(name);

	line = (const char *)memmem(r->head, r->head_len, "\r\n", 2) + 2;
	for (; line < end; line = eol + 2) {
		eol = memmem(line, (size_t)(end - line), "\r\n", 2);
		if ((size_t)(eol - line) <= n || line[n] != ':' ||
		    strncasecmp(line, name, n) != 0)
			continue;
		line += n + 1;
		line += strspn(line, " \t");
		n = (size_t)(eol - line);
		if (n >= len)
			n = len - 1;
		memcpy(buf, line, n);
		buf[n] = '\0';
		return 1;
	}
	return 0;
}

int
request_closes(const struct request *r)
{
	char text[64];

	if (r->minor == 0)
		return 1;
	return request_header(r, "Connection", text, sizeof(text)) &&
	    strcasestr(text, "close") != NULL;
}

/* SPDX-License-Identifier: ISC */
/* head -- reads a source's response head; fetcher */
#include "config.h"

#include <string.h>

#include "reeld/clock.h"
#include "reeld/date.h"
#include "reeld/etag.h"
#include "reeld/header.h"
#include "head.h"

static void
keep(char *to, size_t len, struct span value)
{
	size_t n = value.len < len ? value.len : 0;

	memcpy(to, value.base, n);
	to[n] = '\0';
}

static void
reset(struct head *h)
{
	memset(h, 0, sizeof(*h));
	h->length = h->modified = h->date = h->retry_after = -1;
	caching_init(&h->caching);
}

static void
note(struct head *h, struct span name, struct span value)
{
	int64_t now = clock_wall();

	if (header_is(name, "content-length")) {
		if (header_length(value, &h->length) == -1)
			h->bad_length = 1;
	} else if (header_is(name, "content-range")) {
		if (value.len >= sizeof(h->range))
			value.len = sizeof(h->range) - 1;
		keep(h->range, sizeof(h->range), value);
	} else if (header_is(name, "content-type")) {
		h->multipart = header_multipart(value);
		if (header_type_valid(value))
			keep(h->type, sizeof(h->type), value);
	} else if (header_is(name, "content-encoding")) {
		h->encoded = !header_identity(value);
	} else if (header_is(name, "etag")) {
		if (etag_valid(value.base, value.len))
			keep(h->etag, sizeof(h->etag), value);
	} else if (header_is(name, "last-modified")) {
		h->modified = date_parse(value.base, value.len, now);
	} else if (header_is(name, "date")) {
		h->date = date_parse(value.base, value.len, now);
	} else if (header_is(name, "retry-after")) {
		h->retry_after = header_retry(value, now);
	}
}

size_t
head_line(char *line, size_t size, size_t n, void *arg)
{
	struct pull *p = arg;
	struct span name, value;
	size_t len = size * n;
	long status = 0;

	if (len > 5 && strncmp(line, "HTTP/", 5) == 0) {
		reset(&p->head);
		curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
		p->head.status = (int)status;
	} else if (header_split(line, len, &name, &value) == 0 &&
	    !p->judged) {
		note(&p->head, name, value);
		caching_note(&p->head.caching, name, value, clock_wall());
	}
	p->heard = clock_ms();
	return len;
}

struct answer_head
head_answer(const struct pull *p)
{
	struct answer_head head = {
		.status = p->head.status, .length = p->head.length,
		.encoded = p->head.encoded, .multipart = p->head.multipart,
		.etag = p->head.etag, .modified = p->head.modified,
	};

	content_range_parse(p->head.range[0] == '\0' ? NULL : p->head.range,
	    strlen(p->head.range), &head.range);
	return head;
}

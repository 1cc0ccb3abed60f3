/* SPDX-License-Identifier: ISC */
/* header_fuzz -- a response head, line by line, judged; libFuzzer program */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "reeld/answer.h"
#include "reeld/date.h"
#include "reeld/etag.h"
#include "reeld/header.h"

#define NOW 1700000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What the first bytes of the input decide. */
struct setting {
	uint8_t		 status, flags;
	uint16_t	 first, length, size;
};

static void
read_date(struct span value, int64_t *out)
{
	char text[DATE_LEN + 1];

	*out = date_parse(value.base, value.len, NOW);
	assert(*out >= -1);
	if (*out == -1)
		return;
	date_print(*out, text);
	assert(date_parse(text, DATE_LEN, NOW) == *out ||
	    *out > 253402300799LL);
}

static void
read_field(struct span name, struct span value, struct answer_head *head,
    char etag[64])
{
	int64_t retry = header_retry(value, NOW);

	assert(retry >= -1 && retry <= HEADER_RETRY_MAX);
	assert(!header_type_valid(value) || value.len <= HEADER_TYPE_MAX);
	if (header_is(name, "Content-Length"))
		header_length(value, &head->length);
	if (header_is(name, "Content-Range"))
		content_range_parse(value.base, value.len, &head->range);
	if (header_is(name, "Content-Encoding"))
		head->encoded = !header_identity(value);
	if (header_is(name, "Last-Modified"))
		read_date(value, &head->modified);
	if (header_is(name, "Content-Type"))
		head->multipart = header_multipart(value);
	if (header_is(name, "ETag") && value.len < 64) {
		memcpy(etag, value.base, value.len);
		etag[value.len] = '\0';
		assert(etag_strong(value.base, value.len) <=
		    etag_valid(value.base, value.len));
	}
}

static void
check_answer(const struct answer *a, const struct answer_asked *asked,
    const struct answer_object *object)
{
	assert(a->reason != NULL && answer_name(a->verdict) != NULL);
	assert((a->status != 0) == (a->verdict == ANSWER_BROKEN ||
	    a->verdict == ANSWER_ERROR));
	assert((a->status != 0) <= (a->reason[0] != '\0'));
	assert(a->body == 0 || a->verdict <= ANSWER_CHANGED);
	assert(a->last == -1 || (uint64_t)a->last >= a->first);
	assert(a->size == -1 || a->last < a->size);
	if (a->verdict == ANSWER_DATA)
		assert(a->body && asked->range &&
		    a->first + a->skip == asked->first &&
		    (uint64_t)a->last >= asked->first);
	if (a->verdict == ANSWER_DATA || a->verdict == ANSWER_WHOLE)
		assert(!object->known || object->size == -1 ||
		    a->size == -1 || a->size == object->size);
	if (a->verdict == ANSWER_CHANGED)
		assert(object->known || asked->if_range);
	if (a->verdict == ANSWER_AGAIN_PLAIN)
		assert(asked->range && asked->if_range);
	if (a->verdict == ANSWER_AGAIN_WHOLE || a->verdict == ANSWER_SIZE)
		assert(asked->range);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const int statuses[] = { 200, 206, 416, 404, 503, 301, 0, 999 };
	const char *line = (const char *)data, *end;
	struct answer_head head = { .length = -1, .etag = "", .modified = -1 };
	struct answer_object object;
	struct answer_asked asked;
	struct setting set;
	struct span name, value;
	struct answer a;
	char etag[64] = "";
	size_t n;

	if (len < sizeof(set))
		return 0;
	memcpy(&set, data, sizeof(set));
	line += sizeof(set);
	for (len -= sizeof(set); len > 0; len -= n, line += n) {
		end = memchr(line, '\n', len);
		n = end == NULL ? len : (size_t)(end - line) + 1;
		if (header_split(line, n, &name, &value) == 0)
			read_field(name, value, &head, etag);
	}
	head.status = statuses[set.status % 8];
	head.etag = etag;
	asked = (struct answer_asked){ .first = set.first, .last = -1,
	    .range = set.flags & 1, .if_range = (set.flags & 3) == 3 };
	object = (struct answer_object){ .known = (set.flags & 4) != 0 ||
	    asked.if_range, .size = set.flags & 8 ? set.size : -1,
	    .etag = set.flags & 16 ? "\"a\"" : "",
	    .modified = set.flags & 32 ? 784111777 : -1 };
	a = answer_judge(&asked, &head, &object);
	check_answer(&a, &asked, &object);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* message_fuzz -- a request as it arrives, in pieces; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "../helper/second_reader.h"

#define BODY_MAX	4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is said after `step` more bytes at a time. */
static enum message_verdict
walk(struct message *m, const char *bytes, size_t len, size_t step)
{
	enum message_verdict verdict = MESSAGE_MORE;
	size_t n = 0;

	message_init(m, BODY_MAX);
	while (n < len) {
		n = len - n > step ? n + step : len;
		verdict = message_walk(m, bytes, n);
		if (verdict != MESSAGE_MORE)
			break;
	}
	return verdict;
}

static void
check_whole(const struct message *m, const char *bytes, size_t len)
{
	assert(m->head > 0 && m->head <= m->length && m->length <= len);
	assert(m->body <= m->length - m->head && m->body <= BODY_MAX);
	assert(m->length <= MESSAGE_HEAD_MAX + 3 * BODY_MAX +
	    MESSAGE_FRAMING_MAX + MESSAGE_TRAILERS_MAX);
	assert(m->expect < m->head);
	assert(m->expect == 0 || strncasecmp(bytes + m->expect, "expect:",
	    7) == 0);
	assert(second_reader_objects(m, bytes) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *bytes = (const char *)data + 1;
	struct message whole, m;
	enum message_verdict verdict;

	if (len == 0)
		return 0;
	len--;
	verdict = walk(&whole, bytes, len, len);
	assert(walk(&m, bytes, len, 1 + data[0]) == verdict);
	assert(m.status == whole.status && m.why == whole.why);
	assert(m.length == whole.length && m.head == whole.head);
	assert(m.expect == whole.expect);
	assert((verdict == MESSAGE_BAD) == (whole.status != 0));
	assert((verdict == MESSAGE_WHOLE) == (whole.length != 0));
	if (verdict == MESSAGE_BAD)
		assert(whole.why != NULL && whole.status / 100 >= 4);
	if (verdict == MESSAGE_WHOLE)
		check_whole(&whole, bytes, len);
	return 0;
}

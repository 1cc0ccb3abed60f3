/* SPDX-License-Identifier: ISC */
/* frame_fuzz -- HTTP/2 frames walked in one go and in pieces; libFuzzer
 * program */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/frame.h"

#define BEGIN		FRAME_PREFACE "\0\0\0\4\0\0\0\0\0"
#define BEGIN_LEN	(FRAME_PREFACE_LEN + 9)
#define HEAD		9
#define INPUT_MAX	(128 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What the first bytes of the input decide. */
struct setting {
	uint8_t		 flags, ms;
	uint16_t	 step;
};

static void
check(const struct frame_watch *w, enum frame_verdict v)
{
	assert(v >= FRAME_PASS && v < FRAME_VERDICTS);
	assert(frame_words(v) != NULL);
	assert(w->nbodies <= FRAME_BODIES);
	if (v != FRAME_PASS)
		return;
	assert(w->stream == 0 || w->block <= FRAME_BLOCK_MAX);
	assert(w->stream == 0 || w->hpack.fields <= FRAME_FIELDS_MAX);
}

/* Never more than `step` new bytes at once. */
static enum frame_verdict
walk(struct frame_watch *w, const uint8_t *bytes, size_t len, size_t step,
    int draining, int64_t now)
{
	enum frame_verdict v = FRAME_PASS;
	size_t begin = 0, end = 0, walked;

	while (v == FRAME_PASS && !w->ended && end < len) {
		end = len - end > step ? end + step : len;
		v = frame_walk(w, bytes + begin, end - begin, draining, now,
		    &walked);
		assert(walked <= end - begin);
		begin += walked;
		check(w, v);
		/* What stays is the beginning of one frame. */
		assert(v != FRAME_PASS || w->preface > 0 ||
		    end - begin < HEAD + (16 << 10));
	}
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct frame_watch whole, parts;
	enum frame_verdict one, many;
	struct setting set;
	uint8_t *bytes;
	size_t n = 0;

	if (len < sizeof(set) || len > INPUT_MAX)
		return 0;
	memcpy(&set, data, sizeof(set));
	bytes = malloc(len - sizeof(set) + (set.flags & 1 ? BEGIN_LEN : 0));
	assert(bytes != NULL);
	if (set.flags & 1) {
		memcpy(bytes, BEGIN, BEGIN_LEN);
		n = BEGIN_LEN;
	}
	memcpy(bytes + n, data + sizeof(set), len - sizeof(set));
	n += len - sizeof(set);
	frame_init(&whole, FRAME_PREFACE_LEN, 0);
	parts = whole;
	one = walk(&whole, bytes, n, n, set.flags & 2, set.ms);
	many = walk(&parts, bytes, n, set.step + 1, set.flags & 2, set.ms);
	assert(one == many);
	assert(whole.ended == parts.ended);
	assert(whole.requests == parts.requests);
	assert(memcmp(&whole, &parts, sizeof(whole)) == 0);
	free(bytes);
	return 0;
}

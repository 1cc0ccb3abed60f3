/* SPDX-License-Identifier: ISC */
/* frame -- HTTP/2 frames, judged before libh2o sees them, RFC 9113; worker */
#include "config.h"

#include <string.h>

#include "reeld/frame.h"

#include "hpack.h"

#define HEAD		9	/* 4.1 */
#define PAYLOAD_MAX	16384	/* 4.2: our SETTINGS say nothing else */

enum type {			/* 6 */
	DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING,
	GOAWAY, WINDOW_UPDATE, CONTINUATION
};

#define ACK		0x01
#define END_STREAM	0x01
#define END_HEADERS	0x04
#define PADDED		0x08
#define PRIORITIZED	0x20

struct frame {
	const uint8_t	*payload;	/* less padding, where that is cut */
	uint32_t	 len;
	uint32_t	 stream;
	uint8_t		 type, flags;
};

/*
 * FRAME_ALL lets a player take 10 Gbit/s and send two WINDOW_UPDATEs for each
 * 16 KiB, and is there so that nothing at all is without a bound.
 */
static const struct {
	uint32_t	 store, rate;	/* tokens, tokens/s */
	enum frame_verdict verdict;
} purses[FRAME_PURSES] = {
	[FRAME_RESETS] = { 200, 50, FRAME_RESET_FLOOD },
	[FRAME_ABORTS] = { 200, 50, FRAME_RESET_FLOOD },
	[FRAME_CONTROLS] = { 400, 100, FRAME_CONTROL_FLOOD },
	[FRAME_REQUESTS] = { 2000, 1000, FRAME_REQUEST_FLOOD },
	[FRAME_ALL] = { 200000, 200000, FRAME_CONTROL_FLOOD },
};

/* A rate in tokens a second is one in thousandths a millisecond. */
static enum frame_verdict
charge(struct frame_watch *w, enum frame_purse purse, int64_t now)
{
	struct frame_bucket *b = &w->purses[purse];
	uint64_t most = (uint64_t)purses[purse].store * 1000, more;

	if (now > b->filled) {
		more = (uint64_t)(now - b->filled) * purses[purse].rate;
		b->tokens = more > most - b->tokens ? (uint32_t)most :
		    b->tokens + (uint32_t)more;
		b->filled = now;
	}
	if (b->tokens < 1000)
		return purses[purse].verdict;
	b->tokens -= 1000;
	return FRAME_PASS;
}

/*
 * libh2o answers what it has now with GOAWAY and closes (5.4.1).  It parses
 * nothing behind that, so nothing is walked; but no other bytes may come.
 */
static enum frame_verdict
hand_over(struct frame_watch *w)
{
	w->ended = 1;
	return FRAME_PASS;
}

/* ----- streams that may still send DATA and trailers, the newest first */

static unsigned
body_find(const struct frame_watch *w, uint32_t stream)
{
	unsigned i = 0;

	while (i < w->nbodies && w->bodies[i] != stream)
		i++;
	return i;
}

/* The oldest is forgotten, but not its bytes: it was refused, or its client
 * does with reeld what reeld is not for. */
static void
body_insert(struct frame_watch *w, uint32_t stream)
{
	memmove(w->bodies + 1, w->bodies,
	    sizeof(w->bodies) - sizeof(w->bodies[0]));
	memmove(w->sizes + 1, w->sizes, sizeof(w->sizes) - sizeof(w->sizes[0]));
	w->bodies[0] = stream;
	w->sizes[0] = 0;
	if (w->nbodies < FRAME_BODIES)
		w->nbodies++;
}

static void
body_remove(struct frame_watch *w, uint32_t stream)
{
	unsigned i = body_find(w, stream);

	if (i == w->nbodies)
		return;
	w->nbodies--;
	w->content -= w->sizes[i];
	memmove(w->bodies + i, w->bodies + i + 1,
	    (w->nbodies - i) * sizeof(w->bodies[0]));
	memmove(w->sizes + i, w->sizes + i + 1,
	    (w->nbodies - i) * sizeof(w->sizes[0]));
}

/* ----- frames */

static uint32_t
number(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* 6.1, 6.2: the length of the padding comes first. */
static int
cut_padding(struct frame *f)
{
	if ((f->flags & PADDED) == 0)
		return 0;
	if (f->len == 0 || f->payload[0] >= f->len)
		return -1;
	f->len -= 1 + (uint32_t)f->payload[0];
	f->payload++;
	return 0;
}

/* 6.2: dependency and weight, which are deprecated, but still sent. */
static int
cut_priority(struct frame *f)
{
	if ((f->flags & PRIORITIZED) == 0)
		return 0;
	if (f->len < 5)
		return -1;
	f->len -= 5;
	f->payload += 5;
	return 0;
}

/* Reads a piece of a field block, 4.3. */
static enum frame_verdict
walk_block(struct frame_watch *w, const struct frame *f)
{
	w->block += f->len;
	if (w->block > FRAME_BLOCK_MAX)
		return FRAME_BLOCK_SIZE;
	if (hpack_read(&w->hpack, f->payload, f->len) == HPACK_FORBIDDEN)
		return FRAME_BAD_FRAME;
	if (w->hpack.fields > FRAME_FIELDS_MAX)
		return FRAME_BLOCK_FIELDS;
	if ((f->flags & END_HEADERS) == 0)
		return FRAME_PASS;
	w->stream = 0;
	w->requests += w->last;
	return hpack_end(&w->hpack) == HPACK_PASS ? FRAME_PASS :
	    hand_over(w);
}

/*
 * A request, or its trailers (8.1).  A client's streams are odd and rise
 * (5.1.1); libh2o would take an older one that PRIORITY has named.
 */
static enum frame_verdict
walk_headers(struct frame_watch *w, struct frame *f, int64_t now)
{
	enum frame_verdict v;

	w->last = (f->flags & END_STREAM) != 0;
	if (f->stream % 2 == 1 && f->stream > w->last_stream) {
		w->last_stream = f->stream;
		if (!w->last)
			body_insert(w, f->stream);
	} else if (body_find(w, f->stream) == w->nbodies)
		return FRAME_BAD_FRAME;
	else if (w->last)
		body_remove(w, f->stream);
	else
		return hand_over(w);
	if ((v = charge(w, FRAME_REQUESTS, now)) != FRAME_PASS)
		return v;
	if (cut_padding(f) == -1 || cut_priority(f) == -1)
		return hand_over(w);
	w->stream = f->stream;
	w->block = 0;
	hpack_init(&w->hpack);
	return walk_block(w, f);
}

/* 6.10.  Empty ones would be free but for the purse. */
static enum frame_verdict
walk_continuation(struct frame_watch *w, const struct frame *f, int64_t now)
{
	enum frame_verdict v = charge(w, FRAME_CONTROLS, now);

	if (v != FRAME_PASS)
		return v;
	return w->stream == 0 ? hand_over(w) : walk_block(w, f);
}

/* 5.1: a stream that is idle, or that its client has ended, gets no DATA;
 * libh2o would reset it, and stop what it does (MadeYouReset). */
static enum frame_verdict
walk_data(struct frame_watch *w, struct frame *f, int64_t now)
{
	unsigned i = body_find(w, f->stream);

	if (i == w->nbodies)
		return FRAME_BAD_FRAME;
	if (cut_padding(f) == -1)
		return hand_over(w);
	w->sizes[i] += f->len;
	w->content += f->len;
	if (f->flags & END_STREAM) {
		body_remove(w, f->stream);
		w->requests++;
		return FRAME_PASS;
	}
	return f->len > 0 ? FRAME_PASS : charge(w, FRAME_CONTROLS, now);
}

/* 6.9: an increment of 0 is an error, and resets the stream in libh2o. */
static enum frame_verdict
walk_window_update(const struct frame *f)
{
	return f->len == 4 && (number(f->payload) & 0x7fffffff) == 0 ?
	    FRAME_BAD_FRAME : FRAME_PASS;
}

/* The lengths and streams of the others are left to libh2o, which judges them
 * well. */
static enum frame_verdict
walk_type(struct frame_watch *w, struct frame *f, int64_t now)
{
	switch (f->type) {
	case DATA:
		return walk_data(w, f, now);
	case HEADERS:
		return walk_headers(w, f, now);
	case CONTINUATION:
		return walk_continuation(w, f, now);
	case WINDOW_UPDATE:
		return walk_window_update(f);
	case RST_STREAM:
		body_remove(w, f->stream);
		return charge(w, FRAME_RESETS, now);
	default:	/* 5.5: unknown ones are ignored, not free */
		return charge(w, FRAME_CONTROLS, now);
	}
}

/*
 * A block that does not end before the connection goes into its shutdown has
 * libh2o 2.2.5 read its CONTINUATION again and again.
 */
static int
late(const struct frame *f)
{
	return f->type == CONTINUATION ||
	    (f->type == HEADERS && (f->flags & END_HEADERS) == 0);
}

static enum frame_verdict
walk_frame(struct frame_watch *w, struct frame *f, int draining, int64_t now)
{
	enum frame_verdict v = charge(w, FRAME_ALL, now);

	if (v != FRAME_PASS)
		return v;
	if (draining && late(f))
		return FRAME_LATE_BLOCK;
	/* 3.4: the preface is SETTINGS as well. */
	if (!w->begun && (f->type != SETTINGS || f->flags & ACK))
		return FRAME_BAD_FRAME;
	w->begun = 1;
	/* 4.3: nothing comes between the parts of a block. */
	if (w->stream != 0 &&
	    (f->type != CONTINUATION || f->stream != w->stream))
		return hand_over(w);
	return walk_type(w, f, now);
}

/* ----- connections */

/* 3.4: as much of the preface as is there; libh2o wants it whole as well. */
static enum frame_verdict
walk_preface(struct frame_watch *w, const uint8_t *bytes, size_t len,
    size_t *walked)
{
	static const char all[] = FRAME_PREFACE;

	if (len > w->preface)
		len = w->preface;
	if (memcmp(bytes, all + FRAME_PREFACE_LEN - w->preface, len) != 0)
		return FRAME_BAD_FRAME;
	if (len == w->preface) {
		w->preface = 0;
		*walked = len;
	}
	return FRAME_PASS;
}

/* The frame at the start of `bytes`: its length, or 0 if not all is there or
 * it is too long (4.2). */
static size_t
take(struct frame_watch *w, struct frame *f, const uint8_t *bytes, size_t len)
{
	if (len < HEAD)
		return 0;
	f->payload = bytes + HEAD;
	f->len = number(bytes) >> 8;
	f->type = bytes[3];
	f->flags = bytes[4];
	f->stream = number(bytes + 5) & 0x7fffffff;
	if (f->len <= PAYLOAD_MAX)
		return f->len <= len - HEAD ? HEAD + f->len : 0;
	hand_over(w);
	return 0;
}

void
frame_init(struct frame_watch *w, unsigned preface, int64_t now)
{
	unsigned i;

	memset(w, 0, sizeof(*w));
	w->preface = (uint8_t)preface;
	w->begun = preface == 0;
	for (i = 0; i < FRAME_PURSES; i++) {
		w->purses[i].tokens = purses[i].store * 1000;
		w->purses[i].filled = now;
	}
}

enum frame_verdict
frame_walk(struct frame_watch *w, const uint8_t *bytes, size_t len,
    int draining, int64_t now, size_t *walked)
{
	enum frame_verdict v = FRAME_PASS;
	const uint64_t most = w->requests + FRAME_AT_ONCE;
	struct frame f;
	size_t n;

	*walked = 0;
	if (len == 0)
		return FRAME_PASS;
	if (w->ended)
		return FRAME_BAD_FRAME;
	if (w->preface > 0)
		v = walk_preface(w, bytes, len, walked);
	while (v == FRAME_PASS && w->preface == 0 && !w->ended &&
	    (n = take(w, &f, bytes + *walked, len - *walked)) > 0) {
		v = walk_frame(w, &f, draining, now);
		*walked += n;
	}
	if (w->ended)
		*walked = len;
	if (v == FRAME_PASS && w->requests > most)
		return FRAME_REQUEST_FLOOD;
	return v;
}

enum frame_verdict
frame_abort(struct frame_watch *w, int64_t now)
{
	return charge(w, FRAME_ABORTS, now);
}

const char *
frame_words(enum frame_verdict v)
{
	static const char *const words[FRAME_VERDICTS] = {
		[FRAME_PASS] = "nothing",
#define FRAME_VERDICT(name, metric, text) [FRAME_##name] = (text),
#include "reeld/frame.def"
#undef FRAME_VERDICT
	};

	return words[v];
}

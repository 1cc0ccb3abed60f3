/* SPDX-License-Identifier: ISC */
/* h2wire -- HTTP/2 spoken by hand, frame by frame; runs in test programs */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "h2wire.h"
#include "now.h"
#include "wire.h"

#define SEND_MS		2000
#define HELLO_MS	5000
#define BLOCK_MAX	(64 * 1024)	/* of the requests made here */

struct h2wire {
	int	 fd;
	size_t	 have;		/* bytes in buf */
	size_t	 used;		/* ... of the frame that was handed out */
	uint8_t	 buf[H2_FRAME_HEAD + H2_FRAME_MAX];
};

/* ---- making frames ---- */

size_t
h2wire_put_32(uint8_t *to, uint32_t n)
{
	to[0] = (uint8_t)(n >> 24);
	to[1] = (uint8_t)(n >> 16);
	to[2] = (uint8_t)(n >> 8);
	to[3] = (uint8_t)n;
	return 4;
}

size_t
h2wire_put_frame(uint8_t *to, enum h2_type type, uint8_t flags,
    uint32_t stream, const void *payload, size_t len)
{
	/* The three bytes of the length; its fourth is the type's. */
	h2wire_put_32(to, (uint32_t)len << 8);
	to[3] = (uint8_t)type;
	to[4] = flags;
	h2wire_put_32(to + 5, stream);
	if (len > 0)
		memcpy(to + H2_FRAME_HEAD, payload, len);
	return H2_FRAME_HEAD + len;
}

size_t
h2wire_put_setting(uint8_t *to, enum h2_setting name, uint32_t value)
{
	to[0] = 0;
	to[1] = (uint8_t)name;
	return 2 + h2wire_put_32(to + 2, value);
}

size_t
h2wire_put_integer(uint8_t *to, unsigned bits, uint8_t first, uint32_t value)
{
	uint32_t most = (1u << bits) - 1;
	size_t n = 0;

	if (value < most) {
		to[n++] = (uint8_t)(first | value);
		return n;
	}
	to[n++] = (uint8_t)(first | most);
	for (value -= most; value >= 128; value >>= 7)
		to[n++] = (uint8_t)(128 | (value & 127));
	to[n++] = (uint8_t)value;
	return n;
}

static size_t
put_string(uint8_t *to, const char *text)
{
	size_t len = strlen(text), n;

	n = h2wire_put_integer(to, 7, 0, (uint32_t)len);
	memcpy(to + n, text, len);
	return n + len;
}

size_t
h2wire_put_field(uint8_t *to, const char *name, const char *value)
{
	size_t n = 0;

	to[n++] = 0;
	n += put_string(to + n, name);
	return n + put_string(to + n, value);
}

size_t
h2wire_put_fields(uint8_t *to, const struct h2field *fields)
{
	size_t n = 0;

	for (; fields->name != NULL; fields++)
		n += h2wire_put_field(to + n, fields->name, fields->value);
	return n;
}

size_t
h2wire_put_get(uint8_t *to, const char *path, const struct h2field *extra)
{
	const struct h2field pseudo[] = {
		{ ":method", "GET" }, { ":scheme", "http" },
		{ ":authority", "test" }, { ":path", path }, { NULL, NULL },
	};
	size_t n = h2wire_put_fields(to, pseudo);

	return extra == NULL ? n : n + h2wire_put_fields(to + n, extra);
}

/* ---- the connection ---- */

struct h2wire *
h2wire_connect(int port, int rcvbuf)
{
	struct h2wire *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	if ((w->fd = wire_connect(port, rcvbuf)) == -1) {
		free(w);
		return NULL;
	}
	return w;
}

struct h2wire *
h2wire_open(int port)
{
	struct h2wire *w = h2wire_connect(port, 0);
	struct h2frame f;

	/* The peer's SETTINGS come first (3.4); h2wire_await() says ACK. */
	if (w != NULL && (h2wire_preface(w) == -1 ||
	    h2wire_frame(w, H2_SETTINGS, 0, 0, NULL, 0) == -1 ||
	    h2wire_await(w, H2_SETTINGS, 0, &f, HELLO_MS) != 1))
		h2wire_close(&w, 0);
	return w;
}

int
h2wire_fd(const struct h2wire *w)
{
	return w->fd;
}

void
h2wire_close(struct h2wire **wp, int reset)
{
	if (*wp == NULL)
		return;
	if (reset)
		wire_reset((*wp)->fd);
	else
		close((*wp)->fd);
	free(*wp);
	*wp = NULL;
}

/* ---- sending ---- */

int
h2wire_send(struct h2wire *w, const void *bytes, size_t len)
{
	return wire_send(w->fd, bytes, len, SEND_MS);
}

int
h2wire_preface(struct h2wire *w)
{
	return h2wire_send(w, H2_PREFACE, H2_PREFACE_LEN);
}

int
h2wire_frame(struct h2wire *w, enum h2_type type, uint8_t flags,
    uint32_t stream, const void *payload, size_t len)
{
	uint8_t *all = malloc(H2_FRAME_HEAD + len);
	int ok;

	if (all == NULL)
		return -1;
	ok = h2wire_send(w, all, h2wire_put_frame(all, type, flags, stream,
	    payload, len));
	free(all);
	return ok;
}

int
h2wire_get(struct h2wire *w, uint32_t stream, const char *path,
    const struct h2field *extra)
{
	uint8_t block[BLOCK_MAX];

	return h2wire_frame(w, H2_HEADERS, H2_END_HEADERS | H2_END_STREAM,
	    stream, block, h2wire_put_get(block, path, extra));
}

int
h2wire_headers(struct h2wire *w, uint32_t stream, uint8_t flags,
    const struct h2field *fields)
{
	uint8_t block[BLOCK_MAX];

	return h2wire_frame(w, H2_HEADERS, H2_END_HEADERS | flags, stream,
	    block, h2wire_put_fields(block, fields));
}

int
h2wire_window(struct h2wire *w, uint32_t stream, uint32_t increment)
{
	uint8_t payload[4];

	return h2wire_frame(w, H2_WINDOW_UPDATE, 0, stream, payload,
	    h2wire_put_32(payload, increment));
}

int
h2wire_rst(struct h2wire *w, uint32_t stream, enum h2_error code)
{
	uint8_t payload[4];

	return h2wire_frame(w, H2_RST_STREAM, 0, stream, payload,
	    h2wire_put_32(payload, code));
}

/* ---- reading ---- */

static uint32_t
number_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Reads until `len` bytes are in the buffer, as h2wire_read(). */
static int
fill_up(struct h2wire *w, size_t len, int64_t end)
{
	int64_t left;
	ssize_t n;

	if (len > sizeof(w->buf)) {
		errno = EMSGSIZE;
		return -1;
	}
	while (w->have < len) {
		left = end - now_us();
		n = wire_read(w->fd, w->buf + w->have,
		    sizeof(w->buf) - w->have,
		    left > 0 ? (int)((left + 999) / 1000) : 0);
		/* A reset is an end like any other. */
		if (n == 0 || (n == -1 && errno != ETIMEDOUT))
			return 0;
		if (n == -1)
			return -1;
		w->have += (size_t)n;
	}
	return 1;
}

int
h2wire_read(struct h2wire *w, struct h2frame *f, int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000;
	int ok;

	memset(f, 0, sizeof(*f));
	memmove(w->buf, w->buf + w->used, w->have - w->used);
	w->have -= w->used;
	w->used = 0;
	if ((ok = fill_up(w, H2_FRAME_HEAD, end)) != 1)
		return ok;
	f->len = number_at(w->buf) >> 8;
	f->type = w->buf[3];
	f->flags = w->buf[4];
	f->stream = number_at(w->buf + 5) & 0x7fffffff;
	if ((ok = fill_up(w, H2_FRAME_HEAD + f->len, end)) != 1)
		return ok;
	f->payload = w->buf + H2_FRAME_HEAD;
	w->used = H2_FRAME_HEAD + f->len;
	return 1;
}

/* What a client owes for some frames: SETTINGS (6.5.3) and PING (6.7). */
static int
acknowledge(struct h2wire *w, const struct h2frame *f)
{
	if (f->flags & H2_ACK)
		return 0;
	if (f->type == H2_SETTINGS)
		return h2wire_frame(w, H2_SETTINGS, H2_ACK, 0, NULL, 0);
	if (f->type == H2_PING)
		return h2wire_frame(w, H2_PING, H2_ACK, 0, f->payload,
		    f->len);
	return 0;
}

int
h2wire_await(struct h2wire *w, int type, int64_t stream, struct h2frame *f,
    int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000, left;
	int ok;

	do {
		left = end - now_us();
		ok = h2wire_read(w, f, left > 0 ? (int)(left / 1000) : 0);
		if (ok != 1)
			return ok;
		if (f->type == H2_SETTINGS)
			acknowledge(w, f);
	} while ((type != H2_ANY && f->type != type) ||
	    (stream != H2_ANY && f->stream != stream));
	return 1;
}

int
h2wire_closed(struct h2wire *w, int ms)
{
	w->have = w->used = 0;
	return wire_closed(w->fd, ms);
}

uint32_t
h2wire_number(const struct h2frame *f, size_t at)
{
	return at + 4 <= f->len ? number_at(f->payload + at) : 0;
}

/* libh2o writes it first: from the static table (RFC 7541 Appendix A, 8 to
 * 14), or as a literal that has its name from there, of three digits. */
int
h2wire_status(const struct h2frame *f)
{
	static const int known[] = { 200, 204, 206, 304, 400, 404, 500 };
	const uint8_t *p = f->payload;

	if (f->type != H2_HEADERS || f->len == 0)
		return 0;
	if (p[0] >= 0x88 && p[0] <= 0x8e)
		return known[p[0] - 0x88];
	if (f->len >= 5 && (p[0] & 0x0f) == 8 && p[1] == 3)
		return (p[2] - '0') * 100 + (p[3] - '0') * 10 + p[4] - '0';
	return 0;
}

/* Compares a DATA frame and gives its window back. */
static void
take_data(struct h2wire *w, const struct h2frame *f, struct h2answer *a,
    uint64_t seed, uint64_t offset)
{
	if (a->wrong_at == -1)
		a->wrong_at = data_check(seed, offset + (uint64_t)a->bytes,
		    f->payload, f->len);
	a->bytes += f->len;
	if (f->len == 0)
		return;
	h2wire_window(w, 0, f->len);
	if ((f->flags & H2_END_STREAM) == 0)
		h2wire_window(w, f->stream, f->len);
}

/* A frame of the stream that is read: 1 when it was the last. */
static int
take_frame(struct h2wire *w, const struct h2frame *f, struct h2answer *a,
    uint64_t seed, uint64_t offset)
{
	if (f->type == H2_HEADERS && a->status == 0)
		a->status = h2wire_status(f);
	else if (f->type == H2_DATA)
		take_data(w, f, a, seed, offset);
	else if (f->type == H2_RST_STREAM)
		a->reset = h2wire_number(f, 0);
	if (f->type == H2_DATA || f->type == H2_HEADERS)
		a->ended = f->flags & H2_END_STREAM;
	return a->ended || a->reset != -1;
}

struct h2answer
h2wire_taste(struct h2wire *w, uint32_t stream, uint64_t seed,
    uint64_t offset, int64_t most, int ms)
{
	struct h2answer a = { .wrong_at = -1, .reset = -1, .goaway = -1 };
	int64_t end = now_us() + (int64_t)ms * 1000;
	struct h2frame f;
	int ok = 1;

	while (a.bytes < most && now_us() < end &&
	    (ok = h2wire_read(w, &f, ms)) == 1) {
		if (f.type == H2_GOAWAY)
			a.goaway = h2wire_number(&f, 4);
		else if (f.stream == 0)
			acknowledge(w, &f);
		if (a.goaway > 0)
			break;
		if (f.stream != stream)
			continue;
		if (take_frame(w, &f, &a, seed, offset))
			break;
		end = now_us() + (int64_t)ms * 1000;
	}
	a.closed = ok == 0;
	return a;
}

struct h2answer
h2wire_answer(struct h2wire *w, uint32_t stream, uint64_t seed,
    uint64_t offset, int ms)
{
	return h2wire_taste(w, stream, seed, offset, INT64_MAX, ms);
}

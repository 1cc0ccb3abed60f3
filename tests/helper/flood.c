/* SPDX-License-Identifier: ISC */
/* flood -- the same few HTTP/2 frames, over and over; runs in test programs */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "flood.h"
#include "wire.h"

#define BATCH		(16 * 1024)	/* bytes of frames in one go, */
#define BUFFER		(BATCH + 1024)	/* ... and one round more */
#define HEARD		(64 * 1024)	/* bytes of answers in one go */
#define DEAF_RCVBUF	4096		/* of who does not read */
#define STREAM_LAST	0x7ffffff0u

/* Reads what there is: 0 when the peer has closed. */
static int
hear(int fd)
{
	char heard[HEARD];
	ssize_t n;

	while ((n = wire_read(fd, heard, sizeof(heard), 0)) > 0)
		continue;
	return n == -1 && errno == ETIMEDOUT;
}

static int
greet(struct h2wire *w, const struct flood *f)
{
	uint8_t frames[BUFFER];
	size_t n = f->opening == NULL ? 0 : f->opening(frames);

	if (h2wire_preface(w) == -1 ||
	    h2wire_frame(w, H2_SETTINGS, 0, 0, NULL, 0) == -1)
		return -1;
	return h2wire_send(w, frames, n);
}

static size_t
fill(const struct flood *f, uint8_t *to, uint32_t *next)
{
	size_t n = 0;

	while (n < BATCH && *next < STREAM_LAST)
		n += f->round(to + n, next);
	return n;
}

/* One connection: 1 when it was cut. */
static int
pour(struct siege *s, struct h2wire *w, const struct flood *f)
{
	uint8_t frames[BUFFER];
	uint32_t next = 3;

	if (greet(w, f) == -1)
		return 1;
	while (!siege_over(s) && next < STREAM_LAST) {
		if (h2wire_send(w, frames, fill(f, frames, &next)) == -1)
			return errno != ETIMEDOUT;
		if (!f->deaf && !hear(h2wire_fd(w)))
			return 1;
	}
	return 0;
}

static int
strike(struct siege *s, void *arg)
{
	const struct flood *f = arg;
	struct h2wire *w = h2wire_connect(s->port, f->deaf ? DEAF_RCVBUF : 0);
	int cut;

	if (w == NULL)
		return -1;
	cut = pour(s, w, f);
	h2wire_close(&w, 1);
	return cut;
}

void
flood_attack(struct siege *s, const struct flood *f)
{
	struct flood copy = *f;

	siege_attack(s, &(struct siege_attack){ .title = f->title,
	    .strike = strike, .arg = &copy });
}

void
flood_attack_both(struct siege *s, const struct flood *f)
{
	struct flood deaf = *f;
	char title[128];

	flood_attack(s, f);
	snprintf(title, sizeof(title), "%s, not reading", f->title);
	deaf.title = title;
	deaf.deaf = 1;
	flood_attack(s, &deaf);
}

size_t
flood_put_get(uint8_t *to, uint32_t stream, const char *path)
{
	uint8_t block[FLOOD_BLOCK_MAX];

	return h2wire_put_frame(to, H2_HEADERS, H2_END_HEADERS |
	    H2_END_STREAM, stream, block, h2wire_put_get(block, path, NULL));
}

size_t
flood_put_number(uint8_t *to, enum h2_type type, uint32_t stream,
    uint32_t number)
{
	uint8_t payload[4];

	return h2wire_put_frame(to, type, 0, stream, payload,
	    h2wire_put_32(payload, number));
}

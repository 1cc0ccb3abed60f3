/* SPDX-License-Identifier: ISC */
/* attack_block_test -- HTTP/2 field blocks that grow without an end, in memory
 * or in time */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/flood.h"

#define BOMB		(400 * 1024)	/* bytes of a bomb's field block */
#define ACCEPT		0x93		/* `accept:`, RFC 7541 Appendix A 19 */
#define BLOCK		(15 * 1024)	/* of a field block that is allowed */
#define FIELDS		90		/* ... and its fields */
#define STREAMS		100
#define DRAIN_MS	3000
#define SETTLE_MS	300		/* for a frame to arrive */
#define GOODBYE_MS	1500		/* between two GOAWAYs, and some */
#define LOOK_MS		100

static struct siege siege;

static void
start(void)
{
	siege_start(&siege, "drain = 3s");
}

TestSuite(attack_block, .init = start, .fini = siege_stop, .timeout = 120);

/* ---- in too many frames ---- */

static size_t
begin_block(uint8_t *to)
{
	uint8_t block[FLOOD_BLOCK_MAX];

	return h2wire_put_frame(to, H2_HEADERS, 0, 1, block,
	    h2wire_put_get(block, SIEGE_SMALL, NULL));
}

static size_t
empty_continuation(uint8_t *to, uint32_t *next)
{
	(void)next;
	return h2wire_put_frame(to, H2_CONTINUATION, 0, 1, NULL, 0);
}

static size_t
short_continuation(uint8_t *to, uint32_t *next)
{
	static const uint8_t field = ACCEPT;

	(void)next;
	return h2wire_put_frame(to, H2_CONTINUATION, 0, 1, &field, 1);
}

/* CVE-2024-27316 and its kin. */
Test(attack_block, continuation_flood)
{
	flood_attack(&siege, &(struct flood){ .title = "CONTINUATION flood",
	    .opening = begin_block, .round = short_continuation });
	flood_attack(&siege, &(struct flood){
	    .title = "empty CONTINUATION flood", .opening = begin_block,
	    .round = empty_continuation });
}

/* ---- of too many fields ---- */

/* Sends a block in as many frames as it takes, and leaves the stream open. */
static int
send_block(struct h2wire *w, uint32_t stream, const uint8_t *block,
    size_t len)
{
	enum h2_type type = H2_HEADERS;
	size_t n;

	do {
		n = len < H2_FRAME_MAX ? len : H2_FRAME_MAX;
		if (h2wire_frame(w, type, n == len ? H2_END_HEADERS : 0,
		    stream, block, n) == -1)
			return -1;
		type = H2_CONTINUATION;
		block += n;
		len -= n;
	} while (len > 0);
	return 0;
}

/* The same block on a hundred streams that stay open: 1 when the connection
 * was cut. */
static int
open_streams(struct siege *s, const uint8_t *block, size_t len)
{
	struct h2wire *w = h2wire_connect(s->port, 0);
	uint32_t stream;
	int cut;

	if (w == NULL)
		return -1;
	cut = h2wire_preface(w) == -1 ||
	    h2wire_frame(w, H2_SETTINGS, 0, 0, NULL, 0) == -1;
	for (stream = 1; !cut && stream < 2 * STREAMS; stream += 2)
		cut = send_block(w, stream, block, len) == -1 ||
		    h2wire_closed(w, 0);
	/* What is allowed stays until somebody objects. */
	while (!cut && !siege_over(s))
		cut = h2wire_closed(w, LOOK_MS);
	h2wire_close(&w, 1);
	return cut;
}

/* A block of `len` bytes, all but the first fields of one byte each: for each
 * of them the server takes forty. */
static int
bomb(struct siege *s, void *arg)
{
	size_t len = *(const size_t *)arg, n;
	uint8_t *block = malloc(len);
	int cut;

	if (block == NULL)
		return -1;
	n = h2wire_put_get(block, SIEGE_SMALL, NULL);
	memset(block + n, ACCEPT, len - n);
	cut = open_streams(s, block, len);
	free(block);
	return cut;
}

Test(attack_block, hpack_bomb)
{
	size_t len = BOMB;

	siege_attack(&siege, &(struct siege_attack){ .title = "HPACK bomb",
	    .strike = bomb, .arg = &len });
}

/* Each of a size that is allowed. */
Test(attack_block, hpack_bombs_of_15_kib)
{
	size_t len = BLOCK;

	siege_attack(&siege, &(struct siege_attack){
	    .title = "HPACK bombs of 15 KiB", .strike = bomb, .arg = &len });
}

/* Nothing in it is forbidden; what it takes must be bounded all the same. */
static int
hold_blocks(struct siege *s, void *arg)
{
	uint8_t block[2 * BLOCK];
	char value[BLOCK / FIELDS - 8];
	size_t n = h2wire_put_get(block, SIEGE_SMALL, NULL);
	int i;

	(void)arg;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (i = 0; i < FIELDS; i++)
		n += h2wire_put_field(block + n, "x-f", value);
	return open_streams(s, block, n);
}

Test(attack_block, hundred_streams_of_large_blocks)
{
	siege_attack(&siege, &(struct siege_attack){ .title = "100 open "
	    "streams with 15 KiB of fields", .strike = hold_blocks,
	    .uncut = 1 });
}

/* ---- that go on when all is over ---- */

/* Until it is cut, or was told twice that it is over. */
static void
await_goodbyes(struct h2wire *w)
{
	struct h2frame f;
	int i;

	for (i = 0; i < 2; i++)
		if (h2wire_await(w, H2_GOAWAY, 0, &f, GOODBYE_MS) != 1)
			break;
}

/*
 * libh2o 2.2.5 never gets past a CONTINUATION that comes after its last GOAWAY
 * (its commit 05fe666b4).  The master would kill such a worker in the end,
 * which siege_stop() does not forgive.
 */
Test(attack_block, continuation_after_goaway)
{
	struct h2wire *w = h2wire_open(siege.port);
	const struct reeld *r = exam.reeld;
	uint8_t block[FLOOD_BLOCK_MAX];
	int64_t begun;
	pid_t pid;
	int i;

	cr_assert_not_null(w);
	cr_assert_eq(h2wire_frame(w, H2_HEADERS, 0, 1, block,
	    h2wire_put_get(block, SIEGE_SMALL, NULL)), 0);
	usleep(SETTLE_MS * 1000);
	begun = now_us();
	kill(reeld_pid(r), SIGTERM);
	await_goodbyes(w);
	for (i = 0; i < STREAMS; i++)
		if (h2wire_frame(w, H2_CONTINUATION, 0, 1, "\x93", 1) == -1)
			break;
	/* It stays open on our side: nobody may wait for us to close. */
	cr_expect(AWAIT(reeld_pids(r, NULL, &pid, 1) == 0,
	    DRAIN_MS + SETTLE_MS), "reeld goes on");
	fprintf(stderr, "CONTINUATION after GOAWAY: ended after %.2f s\n",
	    (double)(now_us() - begun) / 1000000);
	h2wire_close(&w, 1);
}

/* SPDX-License-Identifier: ISC */
/* http_frame_test -- RFC 9113 and RFC 7541: which frames are passed on */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/frame.h"

#include "../helper/h2script.h"
#include "../helper/h2wire.h"

#define BEGIN		"preface SETTINGS:0 "
#define EH		"HEADERS+ES+EH:"
#define POST		"HEADERS+EH:1=post "

/* `ended`: passed, because libh2o says GOAWAY. */
static const struct row {
	const char	*frames;
	enum frame_verdict verdict;
	int		 ended;
} rows[] = {
	/* RFC 9113, 3.4 */
	{ "raw=x505249", FRAME_PASS, 0 },
	{ "preface", FRAME_PASS, 0 },
	{ BEGIN, FRAME_PASS, 0 },
	{ "preface SETTINGS:0=s4.65536", FRAME_PASS, 0 },
	{ "raw=x50524920585858", FRAME_BAD_FRAME, 0 },
	{ "raw=a24", FRAME_BAD_FRAME, 0 },
	{ "SETTINGS:0", FRAME_BAD_FRAME, 0 },
	{ "preface PING:0=z8", FRAME_BAD_FRAME, 0 },
	{ "preface SETTINGS+ACK:0", FRAME_BAD_FRAME, 0 },
	{ "preface " EH "1=get", FRAME_BAD_FRAME, 0 },
	/* 4.2 */
	{ BEGIN POST "DATA+ES:1=z16384", FRAME_PASS, 0 },
	{ BEGIN POST "DATA:1=z16385", FRAME_PASS, 1 },
	{ BEGIN "raw=x00400100000000000001", FRAME_PASS, 1 },
	{ BEGIN "raw=x00400000000000000001", FRAME_PASS, 0 },
	/* 5.1: states of streams */
	{ BEGIN EH "1=get " EH "3=get " EH "7=get", FRAME_PASS, 0 },
	{ BEGIN "DATA:1=z1", FRAME_BAD_FRAME, 0 },
	{ BEGIN "DATA:0=z1", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "1=get DATA:1=z1", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "3=get DATA:1=z1", FRAME_BAD_FRAME, 0 },
	{ BEGIN POST "DATA:1=z9 DATA+ES:1=z9", FRAME_PASS, 0 },
	{ BEGIN POST "DATA+ES:1=z9 DATA:1=z9", FRAME_BAD_FRAME, 0 },
	{ BEGIN POST "RST_STREAM:1=n8 DATA:1=z9", FRAME_BAD_FRAME, 0 },
	{ BEGIN POST "HEADERS+EH:3=post DATA:3=z9 DATA+ES:1=z9 "
	    "DATA+ES:3=z1", FRAME_PASS, 0 },
	/* 5.1.1 */
	{ BEGIN EH "0=get", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "2=get", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "5=get " EH "3=get", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "5=get " EH "5=get", FRAME_BAD_FRAME, 0 },
	{ BEGIN "PRIORITY:3=n0,x10 " EH "5=get " EH "3=get",
	    FRAME_BAD_FRAME, 0 },
	/* 5.5 */
	{ BEGIN "T16:0=a9 T250+F255:7=a9", FRAME_PASS, 0 },
	{ BEGIN "HEADERS:1=get T250:1 CONTINUATION+EH:1", FRAME_PASS, 1 },
	/* 6.1, 6.2: padding */
	{ BEGIN POST "DATA+ES+PAD:1=x03,a5,z3", FRAME_PASS, 0 },
	{ BEGIN POST "DATA+ES+PAD:1=x03,z3", FRAME_PASS, 0 },
	{ BEGIN POST "DATA+ES+PAD:1=x04,z3", FRAME_PASS, 1 },
	{ BEGIN POST "DATA+ES+PAD:1", FRAME_PASS, 1 },
	{ BEGIN "HEADERS+ES+EH+PAD:1=x03,get,z3", FRAME_PASS, 0 },
	{ BEGIN "HEADERS+ES+EH+PAD:1=xff,get,z3", FRAME_PASS, 1 },
	{ BEGIN "HEADERS+ES+EH+PAD+PRIO:1=x03,n0,x10,get,z3", FRAME_PASS, 0 },
	{ BEGIN "HEADERS+ES+EH+PRIO:1=n0,x10,get", FRAME_PASS, 0 },
	{ BEGIN "HEADERS+ES+EH+PRIO:1=n0", FRAME_PASS, 1 },
	{ BEGIN "HEADERS+ES+EH+PAD+PRIO:1=x03,n0,x10,z2", FRAME_PASS, 1 },
	/* 6.3 to 6.8: their form is judged by libh2o. */
	{ BEGIN "PRIORITY:9=n0,x10 RST_STREAM:9=z3 PING:0=z7 GOAWAY:0=z8 "
	    "PUSH_PROMISE:1=z8", FRAME_PASS, 0 },
	/* 6.9 */
	{ BEGIN "WINDOW_UPDATE:0=n1", FRAME_PASS, 0 },
	{ BEGIN "WINDOW_UPDATE:0=n0", FRAME_BAD_FRAME, 0 },
	{ BEGIN "WINDOW_UPDATE:0=n2147483648", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "1=get WINDOW_UPDATE:1=n0", FRAME_BAD_FRAME, 0 },
	{ BEGIN "WINDOW_UPDATE:0=z3", FRAME_PASS, 0 },
	/* 4.3, 6.10 */
	{ BEGIN "HEADERS+ES:1=get CONTINUATION+EH:1={a=b}", FRAME_PASS, 0 },
	{ BEGIN "HEADERS+ES:1=x00,x03 CONTINUATION:1=a2 "
	    "CONTINUATION+EH:1=a1,x01,a1", FRAME_PASS, 0 },
	{ BEGIN "CONTINUATION+EH:1=get", FRAME_PASS, 1 },
	{ BEGIN "HEADERS+ES:1=get CONTINUATION+EH:3={a=b}", FRAME_PASS, 1 },
	{ BEGIN "HEADERS+ES:1=get PING:0=z8", FRAME_PASS, 1 },
	{ BEGIN "HEADERS+ES:1=get " EH "3=get", FRAME_PASS, 1 },
	{ BEGIN EH "1=get CONTINUATION+EH:1={a=b}", FRAME_PASS, 1 },
	/* 8.1: trailers */
	{ BEGIN POST "DATA:1=z9 " EH "1={a=b}", FRAME_PASS, 0 },
	{ BEGIN POST EH "1={a=b}", FRAME_PASS, 0 },
	{ BEGIN POST "HEADERS+EH:1={a=b}", FRAME_PASS, 1 },
	{ BEGIN POST EH "1={a=b} " EH "1={a=b}", FRAME_BAD_FRAME, 0 },
	/* sizes of a field block */
	{ BEGIN EH "1=get,{a=b},({a=b})*95", FRAME_PASS, 0 },
	{ BEGIN EH "1=get,{a=b},({a=b})*96", FRAME_BLOCK_FIELDS, 0 },
	{ BEGIN EH "1=(x82)*101", FRAME_BLOCK_FIELDS, 0 },
	{ BEGIN "HEADERS+ES:1=get (CONTINUATION:1={a=b})*97",
	    FRAME_BLOCK_FIELDS, 0 },
	{ BEGIN EH "1=x00,x01,a1,x7ffb7e,a16378", FRAME_PASS, 0 },
	{ BEGIN "HEADERS:1=x00,x01,a1,x7ffc7e,a16378 CONTINUATION:1=a1",
	    FRAME_BLOCK_SIZE, 0 },
	{ BEGIN "HEADERS:1=x00,x01,a1,x7fffff7f (CONTINUATION:1=a2000)*9",
	    FRAME_BLOCK_SIZE, 0 },
	/* RFC 7541, 4.2, 6.3: updates of the table's size */
	{ BEGIN EH "1=x20,get", FRAME_PASS, 0 },
	{ BEGIN EH "1=x20,x3fe11f,get", FRAME_PASS, 0 },
	{ BEGIN EH "1=x3fe21f,get", FRAME_PASS, 1 },
	{ BEGIN EH "1=x202020,get", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "1=x82,x20,get", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "1=get,x20", FRAME_BAD_FRAME, 0 },
	/* 5.1: integers */
	{ BEGIN EH "1=xff00", FRAME_PASS, 0 },
	{ BEGIN EH "1=xff80808000", FRAME_PASS, 0 },
	{ BEGIN EH "1=xff8080808000", FRAME_PASS, 1 },
	{ BEGIN EH "1=xffffffffff00", FRAME_PASS, 1 },
	{ BEGIN EH "1=x00,x01,a1,x7fffffffff00", FRAME_PASS, 1 },
	/* 6.1, 6.2 */
	{ BEGIN EH "1=x80", FRAME_PASS, 1 },
	{ BEGIN EH "1=x8286844161,a33", FRAME_PASS, 1 },
	{ BEGIN EH "1=[a=b],{a=b},x10,x01,a1,x01,a1,x0f0a,x01,a1,xbe",
	    FRAME_PASS, 0 },
	{ BEGIN EH "1=x0481,a1,x7f00,x00", FRAME_PASS, 0 },
	{ BEGIN EH "1=x5f01,a1", FRAME_PASS, 0 },
	{ BEGIN EH "1={a=}", FRAME_PASS, 0 },
	{ BEGIN EH "1={=b}", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "1=x0080,x01,a1", FRAME_BAD_FRAME, 0 },
	{ BEGIN EH "1=x00", FRAME_PASS, 1 },
	{ BEGIN EH "1=x0003,a2", FRAME_PASS, 1 },
	{ BEGIN EH "1=x0001,a1", FRAME_PASS, 1 },
	{ BEGIN EH "1=x0001,a1,x02,a1", FRAME_PASS, 1 },
	{ BEGIN EH "1", FRAME_PASS, 0 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static uint8_t bytes[H2SCRIPT_MAX];

/* The verdict when never more than `step` new bytes come at once. */
static enum frame_verdict
walk(struct frame_watch *w, size_t len, size_t step)
{
	enum frame_verdict v = FRAME_PASS;
	size_t begin = 0, end = 0, walked;

	while (v == FRAME_PASS && !w->ended && end < len) {
		end = len - end > step ? end + step : len;
		v = frame_walk(w, bytes + begin, end - begin, 0, 0, &walked);
		begin += walked;
		cr_assert_leq(begin, end);
	}
	return v;
}

/* Walks a script in one go, when it is `now`. */
static enum frame_verdict
script(struct frame_watch *w, const char *text, int draining, int64_t now)
{
	size_t len = h2script_put(bytes, text), walked;
	enum frame_verdict v = frame_walk(w, bytes, len, draining, now,
	    &walked);

	if (v == FRAME_PASS)
		cr_expect_eq(walked, len, "%s: %zu of %zu", text, walked, len);
	return v;
}

static struct frame_watch
begin(int64_t now)
{
	struct frame_watch w;

	frame_init(&w, FRAME_PREFACE_LEN, now);
	cr_assert_eq(script(&w, BEGIN, 0, now), FRAME_PASS);
	return w;
}

Test(http_frame, verdicts_however_the_bytes_come)
{
	static const size_t steps[] = { H2SCRIPT_MAX, 1, 7, 9, 1000 };
	enum frame_verdict v;
	struct frame_watch w;
	size_t i, s, len;

	for (i = 0; i < ROWS; i++) {
		len = h2script_put(bytes, rows[i].frames);
		for (s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
			frame_init(&w, FRAME_PREFACE_LEN, 0);
			v = walk(&w, len, steps[s]);
			cr_expect_eq(v, rows[i].verdict, "%s, %zu: %s",
			    rows[i].frames, steps[s], frame_words(v));
			cr_expect_eq(w.ended, rows[i].ended, "%s, %zu: %d",
			    rows[i].frames, steps[s], w.ended);
		}
	}
}

Test(http_frame, only_whole_frames_are_walked)
{
	struct frame_watch w = begin(0);
	size_t len = h2script_put(bytes, "PING:0=z8 PING:0=z8"), walked, n;

	for (n = 0; n < len; n++) {
		cr_expect_eq(frame_walk(&w, bytes, n, 0, 0, &walked),
		    FRAME_PASS);
		cr_expect_eq(walked, n / 17 * 17, "%zu: %zu", n, walked);
	}
}

Test(http_frame, nothing_comes_after_the_end)
{
	struct frame_watch w = begin(0);

	cr_expect_eq(script(&w, "CONTINUATION+EH:1=get PING:0=z8 PING:0=z8",
	    0, 0), FRAME_PASS);
	cr_expect_eq(frame_walk(&w, bytes, 0, 0, 0, &(size_t){ 0 }),
	    FRAME_PASS);
	cr_expect_eq(script(&w, "PING:0=z8", 0, 0), FRAME_BAD_FRAME);
}

/* What can be had at once, and how much of it again after two seconds. */
Test(http_frame, purses)
{
	static const struct {
		const char	*first, *frame;
		unsigned	 store, later;
		enum frame_verdict verdict;
	} floods[] = {
		{ EH "1=get", "RST_STREAM:1=n8", 200, 100,
		    FRAME_RESET_FLOOD },
		{ "", "PING:0=z8", 399, 200, FRAME_CONTROL_FLOOD },
		{ "", "PING+ACK:0=z8", 399, 200, FRAME_CONTROL_FLOOD },
		{ "", "SETTINGS:0", 399, 200, FRAME_CONTROL_FLOOD },
		{ "", "SETTINGS:0=s4.1", 399, 200, FRAME_CONTROL_FLOOD },
		{ "", "SETTINGS+ACK:0", 399, 200, FRAME_CONTROL_FLOOD },
		{ "", "PRIORITY:3=n0,x10", 399, 200, FRAME_CONTROL_FLOOD },
		{ "", "T16:0=a9", 399, 200, FRAME_CONTROL_FLOOD },
		{ POST, "DATA:1", 399, 200, FRAME_CONTROL_FLOOD },
		{ POST, "DATA+PAD:1=x02,z2", 399, 200, FRAME_CONTROL_FLOOD },
		{ "HEADERS:1=get", "CONTINUATION:1", 399, 200,
		    FRAME_CONTROL_FLOOD },
		{ "", "WINDOW_UPDATE:0=n1", 199999, 200000,
		    FRAME_CONTROL_FLOOD },
	};
	struct frame_watch w;
	size_t i;
	unsigned n;

	for (i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		w = begin(1000);
		cr_assert_eq(script(&w, floods[i].first, 0, 1000),
		    FRAME_PASS);
		for (n = 0; n < floods[i].store; n++)
			cr_assert_eq(script(&w, floods[i].frame, 0, 1000),
			    FRAME_PASS, "%s: %u", floods[i].frame, n);
		cr_expect_eq(script(&w, floods[i].frame, 0, 1000),
		    floods[i].verdict, "%s", floods[i].frame);
		for (n = 0; n < floods[i].later; n++)
			cr_assert_eq(script(&w, floods[i].frame, 0, 3000),
			    FRAME_PASS, "%s: %u", floods[i].frame, n);
		cr_expect_eq(script(&w, floods[i].frame, 0, 3000),
		    floods[i].verdict, "%s", floods[i].frame);
	}
}

static enum frame_verdict
request(struct frame_watch *w, uint32_t stream, uint8_t flags, int64_t now)
{
	uint8_t block[64];
	size_t len, walked;

	len = h2wire_put_get(block, "/", NULL);
	len = h2wire_put_frame(bytes, H2_HEADERS, H2_END_HEADERS | flags,
	    stream, block, len);
	return frame_walk(w, bytes, len, 0, now, &walked);
}

Test(http_frame, requests_have_a_purse)
{
	struct frame_watch w = begin(0);
	uint32_t n;

	for (n = 0; n < 2000; n++)
		cr_assert_eq(request(&w, 2 * n + 1, H2_END_STREAM, 0),
		    FRAME_PASS);
	cr_expect_eq(w.requests, 2000);
	cr_expect_eq(request(&w, 2 * n + 1, H2_END_STREAM, 0),
	    FRAME_REQUEST_FLOOD);
	cr_expect_eq(request(&w, 2 * n + 3, H2_END_STREAM, 1), FRAME_PASS);
	cr_expect_eq(request(&w, 2 * n + 5, H2_END_STREAM, 1),
	    FRAME_REQUEST_FLOOD);
}

/* What libh2o would take in one go before anybody can count its aborts. */
Test(http_frame, not_too_many_requests_at_once)
{
	struct frame_watch w = begin(0), other = begin(0);
	uint8_t block[64];
	size_t len = 0, blocklen, walked;
	uint32_t n;

	blocklen = h2wire_put_get(block, "/", NULL);
	for (n = 0; n < FRAME_AT_ONCE; n++)
		len += h2wire_put_frame(bytes + len, H2_HEADERS,
		    H2_END_HEADERS | H2_END_STREAM, 2 * n + 1, block,
		    blocklen);
	cr_assert(len + 64 < sizeof(bytes));
	cr_expect_eq(frame_walk(&w, bytes, len, 0, 0, &walked), FRAME_PASS);
	len += h2wire_put_frame(bytes + len, H2_HEADERS, H2_END_HEADERS |
	    H2_END_STREAM, 2 * n + 1, block, blocklen);
	cr_expect_eq(frame_walk(&other, bytes, len, 0, 0, &walked),
	    FRAME_REQUEST_FLOOD);
}

/* 10 Gbit/s in pieces of 16 KiB, each told twice, for ten seconds. */
Test(http_frame, a_fast_player_is_no_flood)
{
	struct frame_watch w = begin(0);
	size_t len, walked;
	int64_t now;

	len = h2script_put(bytes, "(WINDOW_UPDATE:0=n16384 "
	    "WINDOW_UPDATE:1=n16384)*76");
	for (now = 0; now < 10000; now++)
		cr_assert_eq(frame_walk(&w, bytes, len, 0, now, &walked),
		    FRAME_PASS);
}

Test(http_frame, aborts_have_a_purse_of_their_own)
{
	struct frame_watch w = begin(0);
	unsigned n;

	for (n = 0; n < 200; n++)
		cr_assert_eq(frame_abort(&w, 0), FRAME_PASS);
	cr_expect_eq(script(&w, "RST_STREAM:1=n8", 0, 0), FRAME_PASS);
	cr_expect_eq(frame_abort(&w, 0), FRAME_RESET_FLOOD);
	cr_expect_eq(frame_abort(&w, 20), FRAME_PASS);
}

/* A clock that stands still, goes back or leaps makes no tokens of nothing
 * and no more than the store. */
Test(http_frame, purses_and_clocks)
{
	struct frame_watch w = begin(1000);
	unsigned n;

	for (n = 0; n < 200; n++)
		cr_assert_eq(frame_abort(&w, 1000), FRAME_PASS);
	cr_expect_eq(frame_abort(&w, 0), FRAME_RESET_FLOOD);
	cr_expect_eq(frame_abort(&w, 1000), FRAME_RESET_FLOOD);
	for (n = 0; n < 200; n++)
		cr_assert_eq(frame_abort(&w, INT64_MAX / 100), FRAME_PASS);
	cr_expect_eq(frame_abort(&w, INT64_MAX / 100), FRAME_RESET_FLOOD);
}

Test(http_frame, no_unfinished_block_while_draining)
{
	static const struct {
		const char	*before, *after;
		enum frame_verdict verdict;
	} drains[] = {
		{ "", EH "1=get PING:0=z8", FRAME_PASS },
		{ POST, "DATA+ES:1=z9", FRAME_PASS },
		{ "", "HEADERS:1=get", FRAME_LATE_BLOCK },
		{ "HEADERS:1=get", "CONTINUATION:1", FRAME_LATE_BLOCK },
		{ "HEADERS:1=get", "CONTINUATION+EH:1", FRAME_LATE_BLOCK },
		{ "HEADERS:1=get", "CONTINUATION:3", FRAME_LATE_BLOCK },
		{ "", "CONTINUATION:3", FRAME_LATE_BLOCK },
	};
	struct frame_watch w;
	size_t i;

	for (i = 0; i < sizeof(drains) / sizeof(drains[0]); i++) {
		w = begin(0);
		cr_assert_eq(script(&w, drains[i].before, 0, 0), FRAME_PASS);
		cr_expect_eq(script(&w, drains[i].after, 1, 0),
		    drains[i].verdict, "%s: %s", drains[i].before,
		    drains[i].after);
	}
}

/* Only a request that is all there counts as one. */
Test(http_frame, requests_that_came_whole)
{
	struct frame_watch w = begin(0);

	script(&w, "HEADERS+ES:1=get", 0, 0);
	cr_expect_eq(w.requests, 0);
	script(&w, "CONTINUATION+EH:1={a=b}", 0, 0);
	cr_expect_eq(w.requests, 1);
	script(&w, "HEADERS+EH:3=post DATA:3=z9", 0, 0);
	cr_expect_eq(w.requests, 1);
	script(&w, "DATA+ES:3=z9", 0, 0);
	cr_expect_eq(w.requests, 2);
	script(&w, "HEADERS+EH:5=post " EH "5={a=b}", 0, 0);
	cr_expect_eq(w.requests, 3);
}

/* An upgrade uses stream 1, of which nothing is seen here. */
Test(http_frame, upgraded)
{
	struct frame_watch w = begin(0);

	cr_expect_eq(script(&w, "WINDOW_UPDATE:1=n9 " EH "3=get "
	    "RST_STREAM:1=n8", 0, 0), FRAME_PASS);
	frame_init(&w, 0, 0);
	cr_expect_eq(script(&w, "WINDOW_UPDATE:1=n9 " EH "3=get", 0, 0),
	    FRAME_PASS);
}

/* More bodies at once than are remembered: the oldest is the one forgotten. */
Test(http_frame, many_bodies)
{
	struct frame_watch w = begin(0);
	uint32_t n;

	for (n = 0; n <= FRAME_BODIES; n++)
		cr_assert_eq(request(&w, 2 * n + 1, 0, 0), FRAME_PASS);
	cr_expect_eq(script(&w, "DATA+ES:9=z1 RST_STREAM:3=n8 DATA+ES:33=z1 "
	    "DATA:5=z1", 0, 0), FRAME_PASS);
	cr_expect_eq(w.nbodies, FRAME_BODIES - 3);
	cr_expect_eq(script(&w, "DATA:1=z1", 0, 0), FRAME_BAD_FRAME);
}

/* What is counted of bodies goes when they are whole or given up; padding is
 * no content. */
Test(http_frame, content_under_way)
{
	struct frame_watch w = begin(0);

	script(&w, "HEADERS+EH:3=post DATA:3=z9 DATA:3=z7", 0, 0);
	cr_expect_eq(w.content, 16);
	script(&w, "HEADERS+EH:5=post DATA+PAD:5=x03,a5,z3", 0, 0);
	cr_expect_eq(w.content, 21);
	script(&w, "DATA+ES:3=z100", 0, 0);
	cr_expect_eq(w.content, 5);
	script(&w, "HEADERS+EH:7=post DATA:7=z2 RST_STREAM:5=n8", 0, 0);
	cr_expect_eq(w.content, 2);
	script(&w, EH "7={a=b}", 0, 0);		/* trailers */
	cr_expect_eq(w.content, 0);
}

Test(http_frame, words)
{
	int v;

	for (v = 0; v < FRAME_VERDICTS; v++)
		cr_expect_not_null(frame_words((enum frame_verdict)v));
}

/* SPDX-License-Identifier: ISC */
/* h2_flow_test -- RFC 9113: what the server sends, and how much of it */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/h2case.h"

#define FILM	"/f/big?size=1000000"
#define SIZE	1000000
#define WAIT	2000
#define QUIET	300	/* ms in which nothing may come */

static void
start(void)
{
	exam_start("", "");
}

TestSuite(h2_flow, .init = start, .fini = exam_stop, .timeout = 60);

static struct h2wire *
open_wire(const char *frames)
{
	static uint8_t bytes[H2SCRIPT_MAX];
	struct h2wire *w = h2wire_open(reeld_port(exam.reeld));

	cr_assert_not_null(w);
	cr_assert_eq(h2wire_send(w, bytes, h2script_put(bytes, frames)), 0);
	return w;
}

/* Reads `n` bytes of the film's content on a stream, from `at` on, and sees
 * that none comes behind them. */
static void
expect_data(struct h2wire *w, uint32_t stream, int64_t at, int64_t n)
{
	struct h2frame f;
	int64_t end = at + n;

	while (at < end) {
		cr_assert_eq(h2wire_await(w, H2_DATA, stream, &f, WAIT), 1,
		    "%lld bytes are missing", (long long)(end - at));
		cr_expect_eq(data_check(data_seed("/f/big", 1), (uint64_t)at,
		    f.payload, f.len), -1);
		at += f.len;
	}
	cr_expect_eq(at, end, "%lld bytes too much", (long long)(at - end));
	cr_expect_eq(h2wire_await(w, H2_DATA, stream, &f, QUIET), -1,
	    "more than the window");
}

static void
setting(struct h2wire *w, enum h2_setting name, uint32_t value)
{
	uint8_t payload[8];

	cr_assert_eq(h2wire_frame(w, H2_SETTINGS, 0, 0, payload,
	    h2wire_put_setting(payload, name, value)), 0);
}

/* 3.4: the server's preface is SETTINGS, and nothing is before it. */
Test(h2_flow, settings_come_first)
{
	struct h2wire *w = h2wire_connect(reeld_port(exam.reeld), 0);
	struct h2frame f;

	cr_assert_not_null(w);
	h2wire_preface(w);
	h2wire_frame(w, H2_SETTINGS, 0, 0, NULL, 0);
	cr_assert_eq(h2wire_read(w, &f, WAIT), 1);
	cr_expect(f.type == H2_SETTINGS && f.stream == 0 &&
	    (f.flags & H2_ACK) == 0 && f.len % 6 == 0);
	h2wire_close(&w, 0);
}

/* 6.5.3: each SETTINGS is acknowledged, none of the ACKs. */
Test(h2_flow, settings_are_acknowledged)
{
	struct h2wire *w = open_wire("SETTINGS:0=s4.9 SETTINGS:0 "
	    "SETTINGS+ACK:0 SETTINGS:0=s77.1 PING:0=a8");
	struct h2frame f;
	int acks = 0;

	do {
		cr_assert_eq(h2wire_read(w, &f, WAIT), 1);
		if (f.type == H2_SETTINGS) {
			cr_expect(f.flags & H2_ACK && f.len == 0);
			acks++;
		}
	} while (f.type != H2_PING);
	/* One more is for the SETTINGS of h2wire_open(). */
	cr_expect_eq(acks, 4, "%d", acks);
	h2wire_close(&w, 0);
}

/* 6.7: the same eight bytes come back, once, and ACK is not answered. */
Test(h2_flow, pings_come_back)
{
	struct h2wire *w = open_wire("PING+ACK:0=x0000000000000001 "
	    "PING:0=x0123456789abcdef PING:0=x0000000000000002");
	struct h2frame f;

	cr_assert_eq(h2wire_await(w, H2_PING, 0, &f, WAIT), 1);
	cr_expect(f.flags == H2_ACK && f.len == 8 && memcmp(f.payload,
	    "\x01\x23\x45\x67\x89\xab\xcd\xef", 8) == 0);
	cr_assert_eq(h2wire_await(w, H2_PING, 0, &f, WAIT), 1);
	cr_expect(f.flags == H2_ACK && h2wire_number(&f, 4) == 2);
	h2wire_close(&w, 0);
}

/* 6.8: GOAWAY names the last stream that was worked on. */
Test(h2_flow, goaway_names_the_last_stream)
{
	struct h2wire *w = open_wire("HEADERS+ES+EH:1=get "
	    "HEADERS+ES+EH:7=get");
	struct h2answer a;
	struct h2frame f;

	a = h2wire_answer(w, 7, data_seed("/f/film", 1), 0, WAIT);
	cr_expect(a.status == 200 && a.wrong_at == -1 && a.ended);
	h2wire_frame(w, H2_PING, 0, 0, "short", 5);
	cr_assert_eq(h2wire_await(w, H2_GOAWAY, 0, &f, WAIT), 1);
	cr_expect_eq(h2wire_number(&f, 0), 7);
	cr_expect_eq(h2wire_number(&f, 4), H2_FRAME_SIZE_ERROR);
	cr_expect(h2wire_closed(w, WAIT));
	h2wire_close(&w, 0);
}

/* 6.9.2: the first window is the one of SETTINGS. */
Test(h2_flow, a_window_of_one_byte)
{
	struct h2wire *w = open_wire("SETTINGS:0=s4.1");

	h2wire_get(w, 1, FILM, NULL);
	expect_data(w, 1, 0, 1);
	h2wire_window(w, 1, 2);
	expect_data(w, 1, 1, 2);
	h2wire_close(&w, 0);
}

/* 6.9.2: a change of SETTINGS changes the windows of all streams. */
Test(h2_flow, a_window_that_grows)
{
	struct h2wire *w = open_wire("SETTINGS:0=s4.0");
	struct h2frame f;

	h2wire_get(w, 1, FILM, NULL);
	cr_expect_eq(h2wire_await(w, H2_HEADERS, 1, &f, WAIT), 1);
	expect_data(w, 1, 0, 0);
	setting(w, H2_INITIAL_WINDOW_SIZE, 10);
	expect_data(w, 1, 0, 10);
	h2wire_close(&w, 0);
}

/* 6.9.2: and may make them negative. */
Test(h2_flow, a_window_below_nothing)
{
	struct h2wire *w = open_wire("SETTINGS:0=s4.100");

	h2wire_get(w, 1, FILM, NULL);
	expect_data(w, 1, 0, 100);
	setting(w, H2_INITIAL_WINDOW_SIZE, 20);
	h2wire_window(w, 1, 80);
	expect_data(w, 1, 100, 0);
	h2wire_window(w, 1, 1);
	expect_data(w, 1, 100, 1);
	h2wire_close(&w, 0);
}

/* 6.9.1: all streams together get no more than the connection's window. */
Test(h2_flow, the_window_of_the_connection)
{
	struct h2wire *w = open_wire("SETTINGS:0=s4.1000000");
	struct h2frame f;
	int64_t bytes = 0;

	h2wire_get(w, 1, FILM, NULL);
	h2wire_get(w, 3, FILM, NULL);
	while (bytes < H2_WINDOW) {
		cr_assert_eq(h2wire_await(w, H2_DATA, H2_ANY, &f, WAIT), 1);
		bytes += f.len;
	}
	cr_expect_eq(bytes, H2_WINDOW);
	cr_expect_eq(h2wire_await(w, H2_DATA, H2_ANY, &f, QUIET), -1);
	h2wire_close(&w, 0);
}

/* 6.9: a film that is larger than all windows comes whole and right. */
Test(h2_flow, windows_that_are_opened_again)
{
	struct h2wire *w = open_wire("");
	struct h2answer a;

	h2wire_get(w, 1, FILM, NULL);
	a = h2wire_answer(w, 1, data_seed("/f/big", 1), 0, WAIT);
	cr_expect(a.status == 200 && a.bytes == SIZE && a.wrong_at == -1 &&
	    a.ended);
	h2wire_close(&w, 0);
}

/* The longest frame of an answer. */
static uint32_t
longest_frame(const char *frames)
{
	struct h2wire *w = open_wire(frames);
	struct h2frame f;
	uint32_t longest = 0;
	int64_t bytes = 0;

	h2wire_get(w, 1, FILM, NULL);
	while (bytes < SIZE) {
		cr_assert_eq(h2wire_await(w, H2_DATA, 1, &f, WAIT), 1);
		bytes += f.len;
		longest = f.len > longest ? f.len : longest;
	}
	h2wire_close(&w, 0);
	return longest;
}

/* 4.2, 6.5.2: no frame is longer than the client takes. */
Test(h2_flow, frames_are_not_too_long)
{
	uint32_t n = longest_frame("SETTINGS:0=s4.10000000 "
	    "WINDOW_UPDATE:0=n10000000");

	cr_expect(n <= H2_FRAME_MAX, "%u", n);
}

/* 5.1.2: more streams at once than SETTINGS let be are refused, and the
 * others go on. */
Test(h2_flow, too_many_streams)
{
	struct h2wire *w = open_wire("SETTINGS:0=s4.0 "
	    "WINDOW_UPDATE:0=n10000000");
	struct h2answer a;
	struct h2frame f;
	uint32_t stream;

	for (stream = 1; stream <= 201; stream += 2)
		h2wire_get(w, stream, H2SCRIPT_PATH, NULL);
	cr_assert_eq(h2wire_await(w, H2_RST_STREAM, H2_ANY, &f, WAIT), 1);
	cr_expect_eq(f.stream, 201);
	cr_expect(h2wire_number(&f, 0) == H2_REFUSED_STREAM ||
	    h2wire_number(&f, 0) == H2_PROTOCOL_ERROR);
	setting(w, H2_INITIAL_WINDOW_SIZE, 1000);
	for (stream = 1; stream <= 199; stream += 2)
		h2wire_rst(w, stream, H2_CANCEL);
	h2wire_get(w, 203, H2SCRIPT_PATH, NULL);
	a = h2wire_answer(w, 203, data_seed("/f/film", 1), 0, WAIT);
	cr_expect(a.status == 200 && a.bytes == 1000 && a.wrong_at == -1);
	h2wire_close(&w, 0);
}

/* 5: answers that come between each other are each right. */
Test(h2_flow, many_answers_at_once)
{
	struct h2wire *w = open_wire("SETTINGS:0=s4.10000000 "
	    "WINDOW_UPDATE:0=n20000000");
	int64_t bytes[20] = { 0 };
	struct h2frame f;
	unsigned i, ended = 0;

	for (i = 0; i < 20; i++)
		h2wire_get(w, 2 * i + 1, FILM, NULL);
	while (ended < 20) {
		cr_assert_eq(h2wire_await(w, H2_DATA, H2_ANY, &f, WAIT), 1);
		i = f.stream / 2;
		cr_expect_eq(data_check(data_seed("/f/big", 1),
		    (uint64_t)bytes[i], f.payload, f.len), -1);
		bytes[i] += f.len;
		ended += f.flags & H2_END_STREAM;
	}
	for (i = 0; i < 20; i++)
		cr_expect_eq(bytes[i], SIZE);
	h2wire_close(&w, 0);
}

/* RFC 9110, 9.3.2: the answer to HEAD ends with its head. */
Test(h2_flow, head_has_no_content)
{
	struct h2wire *w = open_wire("HEADERS+ES+EH:1={:method=HEAD},"
	    "{:scheme=http},{:authority=test},{:path=" H2SCRIPT_PATH "}");
	struct h2answer a;

	a = h2wire_answer(w, 1, 0, 0, WAIT);
	cr_expect(a.status == 200 && a.bytes == 0 && a.ended);
	h2wire_close(&w, 0);
}

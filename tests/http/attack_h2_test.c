/* SPDX-License-Identifier: ISC */
/* attack_h2_test -- floods of HTTP/2 frames that cost a server more than they
 * cost their sender */
#include "config.h"

#include <criterion/criterion.h>

#include "../helper/flood.h"

static struct siege siege;

static void
start(void)
{
	siege_start(&siege, "");
}

TestSuite(attack_h2, .init = start, .fini = siege_stop, .timeout = 120);

/* ---- resets ---- */

static size_t
ask_and_reset(uint8_t *to, uint32_t *next, const char *path)
{
	size_t n = flood_put_get(to, *next, path);

	n += flood_put_number(to + n, H2_RST_STREAM, *next, H2_CANCEL);
	*next += 2;
	return n;
}

static size_t
reset_small(uint8_t *to, uint32_t *next)
{
	return ask_and_reset(to, next, SIEGE_SMALL);
}

static size_t
reset_large(uint8_t *to, uint32_t *next)
{
	return ask_and_reset(to, next, SIEGE_LARGE);
}

static size_t
reset_parked(uint8_t *to, uint32_t *next)
{
	return ask_and_reset(to, next, SIEGE_PARKED);
}

/* CVE-2023-44487. */
Test(attack_h2, rapid_reset)
{
	flood_attack(&siege, &(struct flood){ .title = "rapid reset",
	    .round = reset_small });
}

Test(attack_h2, rapid_reset_of_large_answers)
{
	flood_attack_both(&siege, &(struct flood){
	    .title = "rapid reset, large", .round = reset_large });
}

Test(attack_h2, rapid_reset_of_parked_answers)
{
	flood_attack(&siege, &(struct flood){ .title = "rapid reset, parked",
	    .round = reset_parked });
}

/* ---- resets that the server is made to send: CVE-2025-8671 ---- */

/* An increment of 0 ends the stream, RFC 9113 6.9. */
static size_t
open_by_nothing(uint8_t *to, uint32_t *next)
{
	size_t n = flood_put_get(to, *next, SIEGE_LARGE);

	n += flood_put_number(to + n, H2_WINDOW_UPDATE, *next, 0);
	*next += 2;
	return n;
}

Test(attack_h2, made_you_reset)
{
	flood_attack(&siege, &(struct flood){ .title = "MadeYouReset",
	    .round = open_by_nothing });
}

/* So does a window of more than 2^31-1 bytes, 6.9.1; no single frame is
 * wrong. */
static size_t
open_too_far(uint8_t *to, uint32_t *next)
{
	size_t n = flood_put_get(to, *next, SIEGE_PARKED);

	n += flood_put_number(to + n, H2_WINDOW_UPDATE, *next, 0x7fffffff);
	*next += 2;
	return n;
}

Test(attack_h2, made_you_reset_by_overflow)
{
	flood_attack(&siege, &(struct flood){
	    .title = "MadeYouReset by overflow", .round = open_too_far });
}

/* And DATA behind END_STREAM, 5.1. */
static size_t
late_data(uint8_t *to, uint32_t *next)
{
	size_t n = flood_put_get(to, *next, SIEGE_PARKED);

	n += h2wire_put_frame(to + n, H2_DATA, 0, *next, "x", 1);
	*next += 2;
	return n;
}

Test(attack_h2, made_you_reset_by_late_data)
{
	flood_attack(&siege, &(struct flood){ .title = "MadeYouReset by DATA",
	    .round = late_data });
}

/* A stream may not depend on itself, RFC 7540 5.3.1; RFC 9113 ignores it. */
static size_t
depend_on_itself(uint8_t *to, uint32_t *next)
{
	uint8_t priority[5] = { 0 };
	size_t n = flood_put_get(to, *next, SIEGE_PARKED);

	h2wire_put_32(priority, *next);
	n += h2wire_put_frame(to + n, H2_PRIORITY, 0, *next, priority,
	    sizeof(priority));
	*next += 2;
	return n;
}

Test(attack_h2, made_you_reset_by_priority)
{
	flood_attack(&siege, &(struct flood){
	    .title = "MadeYouReset by PRIORITY", .round = depend_on_itself });
}

/* ---- frames that ask for nothing ---- */

static size_t
ping(uint8_t *to, uint32_t *next)
{
	(void)next;
	return h2wire_put_frame(to, H2_PING, 0, 0, "12345678", 8);
}

Test(attack_h2, ping_flood)
{
	flood_attack_both(&siege, &(struct flood){ .title = "PING flood",
	    .round = ping });
}

static size_t
empty_settings(uint8_t *to, uint32_t *next)
{
	(void)next;
	return h2wire_put_frame(to, H2_SETTINGS, 0, 0, NULL, 0);
}

Test(attack_h2, settings_flood)
{
	flood_attack_both(&siege, &(struct flood){ .title = "SETTINGS flood",
	    .round = empty_settings });
}

/* Who keeps the tree of RFC 7540 5.3 remembers streams that are never
 * opened. */
static size_t
priority(uint8_t *to, uint32_t *next)
{
	size_t n = h2wire_put_frame(to, H2_PRIORITY, 0, *next, "\0\0\0\0\x10",
	    5);

	*next += 2;
	return n;
}

Test(attack_h2, priority_flood)
{
	flood_attack_both(&siege, &(struct flood){ .title = "PRIORITY flood",
	    .round = priority });
}

/* A request whose body is to come. */
static size_t
open_post(uint8_t *to)
{
	static const struct h2field fields[] = { { ":method", "POST" },
		{ ":scheme", "http" }, { ":authority", "test" },
		{ ":path", SIEGE_SMALL }, { NULL, NULL } };
	uint8_t block[FLOOD_BLOCK_MAX];

	return h2wire_put_frame(to, H2_HEADERS, H2_END_HEADERS, 1, block,
	    h2wire_put_fields(block, fields));
}

static size_t
empty_data(uint8_t *to, uint32_t *next)
{
	(void)next;
	return h2wire_put_frame(to, H2_DATA, 0, 1, NULL, 0);
}

Test(attack_h2, empty_data_flood)
{
	flood_attack_both(&siege, &(struct flood){ .title = "empty DATA flood",
	    .opening = open_post, .round = empty_data });
}

/* Padding alone is no data either, 6.1. */
static size_t
padded_data(uint8_t *to, uint32_t *next)
{
	(void)next;
	return h2wire_put_frame(to, H2_DATA, H2_PADDED, 1, "\x02\0\0", 3);
}

Test(attack_h2, padding_flood)
{
	flood_attack(&siege, &(struct flood){ .title = "padding flood",
	    .opening = open_post, .round = padded_data });
}

/* Ignored, 4.1; but each costs a look. */
static size_t
unknown(uint8_t *to, uint32_t *next)
{
	(void)next;
	return h2wire_put_frame(to, (enum h2_type)0x7f, 0, 0, NULL, 0);
}

Test(attack_h2, unknown_frame_flood)
{
	flood_attack(&siege, &(struct flood){
	    .title = "flood of unknown frames", .round = unknown });
}

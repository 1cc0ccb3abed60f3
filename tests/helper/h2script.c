/* SPDX-License-Identifier: ISC */
/* h2script -- HTTP/2 frames from a line of text; runs in test programs */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "h2script.h"
#include "h2wire.h"

#define PAYLOAD_MAX	(128u << 10)
#define FIELD_MAX	(64u << 10)

static const struct word {
	const char	*text;
	unsigned	 value;
} types[] = {
	{ "DATA", H2_DATA }, { "HEADERS", H2_HEADERS },
	{ "PRIORITY", H2_PRIORITY }, { "RST_STREAM", H2_RST_STREAM },
	{ "SETTINGS", H2_SETTINGS }, { "PUSH_PROMISE", H2_PUSH_PROMISE },
	{ "PING", H2_PING }, { "GOAWAY", H2_GOAWAY },
	{ "WINDOW_UPDATE", H2_WINDOW_UPDATE },
	{ "CONTINUATION", H2_CONTINUATION }, { NULL, 0 },
}, flags[] = {
	{ "ACK", H2_ACK }, { "ES", H2_END_STREAM }, { "EH", H2_END_HEADERS },
	{ "PAD", H2_PADDED }, { "PRIO", H2_PRIO }, { NULL, 0 },
};

/* Takes `text` off the front of what is left. */
static int
skip(const char **s, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*s, text, n) != 0)
		return 0;
	*s += n;
	return 1;
}

static unsigned long
number(const char **s)
{
	char *end;
	unsigned long n;

	cr_assert(isdigit((unsigned char)**s), "a number is missing at: %s",
	    *s);
	n = strtoul(*s, &end, 10);
	*s = end;
	return n;
}

/* A word of the table, or the letter `other` and a number. */
static unsigned
word(const char **s, const struct word *table, const char *other)
{
	size_t n = strspn(*s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	for (; table->text != NULL; table++)
		if (strlen(table->text) == n &&
		    strncmp(*s, table->text, n) == 0) {
			*s += n;
			return table->value;
		}
	cr_assert(skip(s, other), "an unknown name at: %s", *s);
	return (unsigned)number(s);
}

static size_t
put_hex(uint8_t *to, const char **s)
{
	char digits[3] = "";
	size_t n;

	for (n = 0; isxdigit((unsigned char)(*s)[0]) &&
	    isxdigit((unsigned char)(*s)[1]); n++, *s += 2) {
		memcpy(digits, *s, 2);
		to[n] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

/* What stands before `close`: name=value. */
static size_t
put_field(uint8_t *to, const char **s, char close)
{
	static char text[FIELD_MAX];
	const char *end = strchr(*s, close);
	char *value;
	size_t n;

	cr_assert(end != NULL && end - *s < (long)sizeof(text),
	    "a field does not end at: %s", *s);
	memcpy(text, *s, (size_t)(end - *s));
	text[end - *s] = '\0';
	*s = end + 1;
	cr_assert_not_null(value = strchr(text, '='), "no value in: %s", text);
	*value++ = '\0';
	n = h2wire_put_field(to, text, value);
	to[0] = close == ']' ? 0x40 : 0;
	return n;
}

static size_t
put_request(uint8_t *to, const char *method)
{
	const struct h2field fields[] = {
		{ ":method", method }, { ":scheme", "http" },
		{ ":authority", "test" }, { ":path", H2SCRIPT_PATH },
		{ NULL, NULL },
	};

	return h2wire_put_fields(to, fields);
}

static size_t
put_filling(uint8_t *to, int c, size_t n)
{
	cr_assert_leq(n, PAYLOAD_MAX / 2);
	memset(to, c, n);
	return n;
}

static size_t
put_setting(uint8_t *to, const char **s)
{
	enum h2_setting name = (enum h2_setting)number(s);

	cr_assert(skip(s, "."), "a setting has no value: %s", *s);
	return h2wire_put_setting(to, name, (uint32_t)number(s));
}

static size_t
put_piece(uint8_t *to, const char **s)
{
	if (skip(s, "get"))
		return put_request(to, "GET");
	if (skip(s, "post"))
		return put_request(to, "POST");
	switch (*(*s)++) {
	case 'z':
		return put_filling(to, 0, number(s));
	case 'a':
		return put_filling(to, 'a', number(s));
	case 'x':
		return put_hex(to, s);
	case 'n':
		return h2wire_put_32(to, (uint32_t)number(s));
	case 's':
		return put_setting(to, s);
	case '{':
		return put_field(to, s, '}');
	case '[':
		return put_field(to, s, ']');
	default:
		cr_assert_fail("an unknown piece at: %s", *s - 1);
		return 0;
	}
}

/* What stands in brackets, as often as is said behind them. */
static size_t
repeat(uint8_t *to, const char **s, size_t (*put)(uint8_t *, const char **))
{
	const char *from = *s, *again;
	size_t n = put(to, s), one = n;
	unsigned long i, times;

	cr_assert(skip(s, ")*"), "brackets without a number: %s", *s);
	times = number(s);
	cr_assert_leq(one * times, PAYLOAD_MAX / 2, "too long: %s", from);
	for (i = 1; i < times; i++) {
		again = from;
		n += put(to + n, &again);
	}
	return n;
}

static size_t
put_pieces(uint8_t *to, const char **s)
{
	size_t n = 0;

	do {
		cr_assert_leq(n, PAYLOAD_MAX / 2, "too long: %s", *s);
		n += skip(s, "(") ? repeat(to + n, s, put_pieces) :
		    put_piece(to + n, s);
	} while (skip(s, ","));
	return n;
}

static size_t
put_frame(uint8_t *to, const char **s)
{
	static uint8_t payload[PAYLOAD_MAX];
	enum h2_type type = (enum h2_type)word(s, types, "T");
	unsigned flag = 0;
	uint32_t stream;
	size_t len = 0;

	while (skip(s, "+"))
		flag |= word(s, flags, "F");
	cr_assert(skip(s, ":"), "a frame without its stream: %s", *s);
	stream = (uint32_t)number(s);
	if (skip(s, "="))
		len = put_pieces(payload, s);
	return h2wire_put_frame(to, type, (uint8_t)flag, stream, payload,
	    len);
}

static size_t
put_one(uint8_t *to, const char **s)
{
	if (skip(s, "preface")) {
		memcpy(to, H2_PREFACE, H2_PREFACE_LEN);
		return H2_PREFACE_LEN;
	}
	if (skip(s, "raw="))
		return put_pieces(to, s);
	return put_frame(to, s);
}

static size_t
put_frames(uint8_t *to, const char **s)
{
	size_t n = 0;

	for (*s += strspn(*s, " "); **s != '\0' && **s != ')';
	    *s += strspn(*s, " ")) {
		cr_assert_lt(n, H2SCRIPT_MAX - PAYLOAD_MAX, "too long: %s",
		    *s);
		n += skip(s, "(") ? repeat(to + n, s, put_frames) :
		    put_one(to + n, s);
	}
	return n;
}

size_t
h2script_put(uint8_t *to, const char *text)
{
	const char *s = text;
	size_t n = put_frames(to, &s);

	cr_assert_eq(*s, '\0', "too much at: %s", s);
	return n;
}

/* SPDX-License-Identifier: ISC */
/* hpack -- the outlines of field blocks, RFC 7541; worker */
#include "config.h"

#include <string.h>

#include "hpack.h"

#define TABLE_MAX	4096	/* of the dynamic table: we never said more */
#define UPDATES_MAX	2	/* 4.2: the smallest size, then the last */
#define OCTETS_MAX	4	/* of an integer after its prefix, as libh2o */

/* What is read next. */
enum state { FIELD, NAME_LENGTH, NAME, VALUE_LENGTH, VALUE, BROKEN };

/* RFC 7541, 6: what the first octet of a representation says. */
enum kind { INDEXED, LITERAL, UPDATE };

static const struct form {
	uint8_t		 mask, pattern, bits;	/* bits: of its integer */
	enum kind	 kind;
} forms[] = {
	{ 0x80, 0x80, 7, INDEXED },	/* 6.1 */
	{ 0xc0, 0x40, 6, LITERAL },	/* 6.2.1, and added to the table */
	{ 0xe0, 0x20, 5, UPDATE },	/* 6.3 */
	{ 0xe0, 0x00, 4, LITERAL },	/* 6.2.2 and 6.2.3 */
};

static const struct form *
form_of(uint8_t c)
{
	const struct form *f = forms;

	while ((c & f->mask) != f->pattern)
		f++;
	return f;
}

/*
 * RFC 7541, 5.1: takes one octet of an integer with a prefix of `bits`.
 * Returns 1 when `value` is whole, 0 when more follows, -1 when it is longer
 * than any that makes sense here.
 */
static int
integer(struct hpack *h, uint8_t c, unsigned bits)
{
	uint32_t most = (1u << bits) - 1;

	if (h->octets == 0) {
		h->value = c & most;
		h->octets = h->value == most;
		return h->value < most;
	}
	h->value += (uint32_t)(c & 0x7f) << 7 * (h->octets - 1);
	if ((c & 0x80) == 0) {
		h->octets = 0;
		return 1;
	}
	return h->octets++ == OCTETS_MAX ? -1 : 0;
}

static void
field_whole(struct hpack *h)
{
	h->fields++;
	h->state = FIELD;
}

/* 4.2: before the first field, and not larger than what we allow. */
static enum hpack_verdict
update_whole(struct hpack *h)
{
	if (h->value > TABLE_MAX)
		return HPACK_BROKEN;
	if (h->fields > 0 || ++h->updates > UPDATES_MAX)
		return HPACK_FORBIDDEN;
	return HPACK_PASS;
}

static enum hpack_verdict
index_whole(struct hpack *h)
{
	switch ((enum kind)h->kind) {
	case UPDATE:
		return update_whole(h);
	case LITERAL:
		h->state = h->value == 0 ? NAME_LENGTH : VALUE_LENGTH;
		return HPACK_PASS;
	case INDEXED:
		break;
	}
	if (h->value == 0)	/* 6.1 */
		return HPACK_BROKEN;
	field_whole(h);
	return HPACK_PASS;
}

/* RFC 9110, 5.1: a name has at least one character.  libh2o would look at the
 * byte behind its buffer to see which. */
static enum hpack_verdict
length_whole(struct hpack *h)
{
	if (h->state == NAME_LENGTH) {
		h->state = NAME;
		return h->value == 0 ? HPACK_FORBIDDEN : HPACK_PASS;
	}
	if (h->value == 0)
		field_whole(h);
	else
		h->state = VALUE;
	return HPACK_PASS;
}

static enum hpack_verdict
octet(struct hpack *h, uint8_t c)
{
	const struct form *form;
	unsigned bits = 7;	/* 5.2: of a string's length, behind H */
	int whole;

	if (h->state == FIELD && h->octets == 0) {
		form = form_of(c);
		h->kind = (uint8_t)form->kind;
		bits = form->bits;
	}
	if ((whole = integer(h, c, bits)) == -1)
		return HPACK_BROKEN;
	if (whole == 0)
		return HPACK_PASS;
	return h->state == FIELD ? index_whole(h) : length_whole(h);
}

/* Takes what is there of a string: how many bytes. */
static size_t
string(struct hpack *h, size_t len)
{
	if (len > h->value)
		len = h->value;
	h->value -= (uint32_t)len;
	if (h->value > 0)
		return len;
	if (h->state == NAME)
		h->state = VALUE_LENGTH;
	else
		field_whole(h);
	return len;
}

void
hpack_init(struct hpack *h)
{
	memset(h, 0, sizeof(*h));
}

enum hpack_verdict
hpack_read(struct hpack *h, const uint8_t *bytes, size_t len)
{
	enum hpack_verdict v;
	size_t at = 0;

	while (at < len) {
		if (h->state == BROKEN)
			return HPACK_BROKEN;
		if (h->state == NAME || h->state == VALUE) {
			at += string(h, len - at);
			continue;
		}
		if ((v = octet(h, bytes[at++])) == HPACK_BROKEN)
			h->state = BROKEN;
		if (v != HPACK_PASS)
			return v;
	}
	return HPACK_PASS;
}

enum hpack_verdict
hpack_end(const struct hpack *h)
{
	return h->state == FIELD && h->octets == 0 ? HPACK_PASS :
	    HPACK_BROKEN;
}

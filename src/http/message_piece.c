/* SPDX-License-Identifier: ISC */
/* message_piece -- what stands before a piece of chunked content; worker */
#include "config.h"

#include "message_part.h"
#include "octet.h"
#include "scan.h"

#define SIZE_DIGITS	16	/* of 64 bits; libh2o takes no more either */

static void
skip_blanks(struct span *s)
{
	while (scan_char(s, ' ') || scan_char(s, '\t'))
		continue;
}

static int
take_token(struct span *s)
{
	size_t n = 0;

	while (n < s->len && octet_token((unsigned char)s->base[n]))
		n++;
	*s = (struct span){ s->base + n, s->len - n };
	return n > 0;
}

/* RFC 9110, 5.6.4; a line has no control characters but HTAB. */
static int
take_quoted(struct span *s)
{
	size_t i;

	if (!scan_char(s, '"'))
		return 0;
	for (i = 0; i < s->len && s->base[i] != '"'; i++)
		if (s->base[i] == '\\')
			i++;
	if (i >= s->len)
		return 0;
	*s = (struct span){ s->base + i + 1, s->len - i - 1 };
	return 1;
}

/* *( BWS ";" BWS name [ BWS "=" BWS value ] ), RFC 9112, 7.1.1. */
static int
extensions_valid(struct span s)
{
	struct span value;

	while (s.len > 0) {
		skip_blanks(&s);
		if (!scan_char(&s, ';'))
			return 0;
		skip_blanks(&s);
		if (!take_token(&s))
			return 0;
		value = s;
		skip_blanks(&value);
		if (!scan_char(&value, '='))
			continue;
		skip_blanks(&value);
		if (!take_token(&value) && !take_quoted(&value))
			return 0;
		s = value;
	}
	return 1;
}

int
message_piece(struct span line, uint64_t *size)
{
	size_t n;
	int digit;

	*size = 0;
	for (n = 0; n < line.len; n++) {
		if ((digit = octet_hex((unsigned char)line.base[n])) == -1)
			break;
		if (n == SIZE_DIGITS)
			return -1;
		*size = *size << 4 | (unsigned)digit;
	}
	if (n == 0)
		return -1;
	line = (struct span){ line.base + n, line.len - n };
	return extensions_valid(line) ? 0 : -1;
}

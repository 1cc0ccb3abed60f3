/* SPDX-License-Identifier: ISC */
/* scan -- read a field value from left to right; every process */
#include "config.h"

#include "octet.h"
#include "scan.h"

static void
advance(struct span *s, size_t n)
{
	s->base += n;
	s->len -= n;
}

int
scan_char(struct span *s, char c)
{
	if (s->len == 0 || s->base[0] != c)
		return 0;
	advance(s, 1);
	return 1;
}

int
scan_text(struct span *s, const char *text)
{
	size_t n = strlen(text);

	if (s->len < n || memcmp(s->base, text, n) != 0)
		return 0;
	advance(s, n);
	return 1;
}

int
scan_word(struct span *s, const char *word)
{
	size_t i, n = strlen(word);

	if (s->len < n)
		return 0;
	for (i = 0; i < n; i++)
		if (octet_lower((unsigned char)s->base[i]) !=
		    octet_lower((unsigned char)word[i]))
			return 0;
	advance(s, n);
	return 1;
}

size_t
scan_number(struct span *s, uint64_t *out)
{
	uint64_t v = 0;
	size_t n;
	unsigned digit;

	for (n = 0; n < s->len && octet_digit((unsigned char)s->base[n]); n++) {
		digit = (unsigned)(s->base[n] - '0');
		if (v > (SCAN_NUMBER_MAX - digit) / 10)
			v = SCAN_NUMBER_MAX;
		else
			v = v * 10 + digit;
	}
	if (n > 0) {
		*out = v;
		advance(s, n);
	}
	return n;
}

int
scan_digits(struct span *s, size_t n, int *out)
{
	size_t i;
	int v = 0;

	if (s->len < n)
		return 0;
	for (i = 0; i < n; i++) {
		if (!octet_digit((unsigned char)s->base[i]))
			return 0;
		v = v * 10 + (s->base[i] - '0');
	}
	advance(s, n);
	*out = v;
	return 1;
}

struct span
scan_trim(struct span s)
{
	while (s.len > 0 && octet_blank((unsigned char)s.base[0]))
		advance(&s, 1);
	while (s.len > 0 && octet_blank((unsigned char)s.base[s.len - 1]))
		s.len--;
	return s;
}

int
scan_member(struct span *list, struct span *member)
{
	const char *comma;
	size_t n;

	while (list->len > 0) {
		comma = memchr(list->base, ',', list->len);
		n = comma == NULL ? list->len : (size_t)(comma - list->base);
		*member = scan_trim((struct span){ list->base, n });
		advance(list, comma == NULL ? n : n + 1);
		if (member->len > 0)
			return 1;
	}
	return 0;
}

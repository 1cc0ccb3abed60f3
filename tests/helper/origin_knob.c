/* SPDX-License-Identifier: ISC */
/* origin_knob -- how the scripted source is to behave; runs in the source */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>

#include "origin_knob.h"

enum kind { KIND_SIZE, KIND_TIME, KIND_FLAG, KIND_WORD, KIND_TEXT };

struct row {
	const char	*name;
	enum kind	 kind;
	int64_t		 value;
	const char	*words;		/* KIND_TEXT: the default */
};

static const struct row table[KNOB_COUNT] = {
#define X(id, name, kind, value, words)	{ name, kind, value, words },
	KNOBS(X)
#undef X
};

_Static_assert(KNOB_COUNT <= 64, "struct script has one bit per knob");

static void
knob_default(struct script *s, int k)
{
	s->set &= ~(UINT64_C(1) << k);
	s->v[k] = table[k].value;
	if (table[k].kind == KIND_TEXT)
		strlcpy(s->text[k - KNOB_TYPE], table[k].words, KNOB_TEXT_MAX);
}

void
script_init(struct script *s)
{
	int k;

	s->set = 0;
	for (k = 0; k < KNOB_COUNT; k++)
		knob_default(s, k);
}

void
script_overlay(struct script *s, const struct script *over)
{
	int k;

	for (k = 0; k < KNOB_COUNT; k++) {
		if ((over->set >> k & 1) == 0)
			continue;
		s->set |= UINT64_C(1) << k;
		s->v[k] = over->v[k];
		if (table[k].kind == KIND_TEXT)
			strlcpy(s->text[k - KNOB_TYPE],
			    over->text[k - KNOB_TYPE], KNOB_TEXT_MAX);
	}
}

/* A number with one of `units` behind it, which scales it. */
static int
parse_number(const char *s, int64_t *out, const char *const *units,
    const int64_t *scales)
{
	char *end;
	int64_t v;
	size_t i;

	errno = 0;
	v = strtoll(s, &end, 10);
	if (end == s || errno != 0)
		return -1;
	for (i = 0; units[i] != NULL; i++) {
		if (strcmp(end, units[i]) == 0)
			return __builtin_mul_overflow(v, scales[i], out) ?
			    -1 : 0;
	}
	return -1;
}

static int
parse_word(const char *s, const char *words, int64_t *out)
{
	size_t len = strlen(s), n;

	for (*out = 0; ; words += n + 1, ++*out) {
		n = strcspn(words, "|");
		if (n == len && memcmp(s, words, n) == 0)
			return 0;
		if (words[n] == '\0')
			return -1;
	}
}

static int
parse_value(struct script *s, int k, const char *text)
{
	static const char *const sizes[] = { "", "K", "M", "G", NULL };
	static const int64_t size_scale[] = { 1, 1 << 10, 1 << 20, 1 << 30 };
	static const char *const times[] = { "", "ms", "s", "m", "h", NULL };
	static const int64_t time_scale[] = { 1, 1, 1000, 60000, 3600000 };

	switch (table[k].kind) {
	case KIND_SIZE:
		return parse_number(text, &s->v[k], sizes, size_scale);
	case KIND_TIME:
		return parse_number(text, &s->v[k], times, time_scale);
	case KIND_FLAG:
		return parse_word(text, "0|1", &s->v[k]);
	case KIND_WORD:
		return parse_word(text, table[k].words, &s->v[k]);
	case KIND_TEXT:
		/* These go into header lines. */
		if (text[strcspn(text, "\r\n")] != '\0' ||
		    strlen(text) >= KNOB_TEXT_MAX)
			return -1;
		strlcpy(s->text[k - KNOB_TYPE], text, KNOB_TEXT_MAX);
		return 0;
	}
	return -1;
}

/* `+` stays what it is: wronglen=+5. */
static void
percent_decode(char *s)
{
	char *to = s, hex[3] = "";

	for (; *s != '\0'; s++) {
		if (s[0] == '%' && isxdigit((unsigned char)s[1]) &&
		    isxdigit((unsigned char)s[2])) {
			memcpy(hex, s + 1, 2);
			*to++ = (char)strtol(hex, NULL, 16);
			s += 2;
		} else
			*to++ = *s;
	}
	*to = '\0';
}

static int
find_knob(const char *name)
{
	int k;

	for (k = 0; k < KNOB_COUNT; k++)
		if (strcmp(table[k].name, name) == 0)
			return k;
	return -1;
}

static int
apply_one(struct script *s, char *pair, int strict, char *err, size_t errlen)
{
	char *value = strchr(pair, '=');
	int k;

	if (value != NULL)
		*value++ = '\0';
	if ((k = find_knob(pair)) == -1) {
		if (!strict)
			return 0;
		snprintf(err, errlen, "no knob is called \"%s\"", pair);
		return -1;
	}
	if (value == NULL && table[k].kind == KIND_FLAG) {
		s->v[k] = 1;
	} else if (value == NULL || *value == '\0') {
		knob_default(s, k);
		return 0;
	} else {
		percent_decode(value);
		if (parse_value(s, k, value) == -1) {
			snprintf(err, errlen, "%s cannot be \"%s\"", pair,
			    value);
			return -1;
		}
	}
	s->set |= UINT64_C(1) << k;
	return 0;
}

int
script_apply(struct script *s, const char *query, int strict, char *err,
    size_t errlen)
{
	char *copy, *rest, *pair;
	int rv = 0;

	if ((copy = rest = strdup(query)) == NULL) {
		snprintf(err, errlen, "out of memory");
		return -1;
	}
	while (rv == 0 && (pair = strsep(&rest, "&")) != NULL)
		if (*pair != '\0')
			rv = apply_one(s, pair, strict, err, errlen);
	free(copy);
	return rv;
}

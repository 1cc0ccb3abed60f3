/* SPDX-License-Identifier: ISC */
/* value -- one parameter's value: default, parsed, printed; every process */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/conf.h"
#include "reeld/log.h"
#include "reeld/panic.h"

#include "text.h"
#include "unit.h"
#include "value.h"

/* A number that was never set; only rows without a default have it. */
#define UNSET		UINT64_MAX

static void *
field(const struct param *param, void *base)
{
	return (char *)base + param->offset;
}

static const void *
const_field(const struct param *param, const void *base)
{
	return (const char *)base + param->offset;
}

static const char *
load_text(const struct param *param, const void *base)
{
	char *text;

	memcpy(&text, const_field(param, base), sizeof(text));
	return text;
}

static const struct conf_strings *
load_texts(const struct param *param, const void *base)
{
	return const_field(param, base);
}

/* The numeric fields are of four or of eight bytes. */
static void
store_number(const struct param *param, void *base, uint64_t n)
{
	uint32_t narrow = (uint32_t)n;

	if (param->width == sizeof(narrow))
		memcpy(field(param, base), &narrow, sizeof(narrow));
	else
		memcpy(field(param, base), &n, sizeof(n));
}

static uint64_t
load_number(const struct param *param, const void *base)
{
	uint32_t narrow;
	uint64_t n;

	if (param->width == sizeof(narrow)) {
		memcpy(&narrow, const_field(param, base), sizeof(narrow));
		return narrow;
	}
	memcpy(&n, const_field(param, base), sizeof(n));
	return n;
}

static int
is_text(const struct param *param)
{
	return param->kind == PARAM_TEXT || param->kind == PARAM_TEXTS;
}

/* Reads a number of any kind; NULL, or what the text should have been. */
static const char *
parse_number(const struct param *param, const char *text, uint64_t *n)
{
	const struct param_word *word;
	int64_t ms;

	switch (param->kind) {
	case PARAM_SIZE:
		if (conf_size(text, n) == -1)
			return "is not a size like 64K, 8M or 1G";
		return NULL;
	case PARAM_TIME:
		if (conf_time(text, &ms) == -1)
			return "is not a time like 500ms, 45s or 5m";
		*n = (uint64_t)ms;
		return NULL;
	case PARAM_COUNT:
		if (unit_parse_count(text, n) == -1)
			return "is not a decimal number";
		return NULL;
	case PARAM_PERCENT:
		if (unit_parse_percent(text, n) == -1)
			return "is not a percentage like 5%";
		return NULL;
	case PARAM_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return "is neither true nor false";
		*n = text[0] == 't';
		return NULL;
	case PARAM_WORD:
	case PARAM_WORDS:
		if ((word = param_word(param, text)) == NULL)
			return "is none of";
		*n = word->value;
		return NULL;
	case PARAM_TEXT:
	case PARAM_TEXTS:
		break;
	}
	PANIC("%s is no number", param->name);
}

static void
print_number(const struct param *param, uint64_t n, FILE *fp)
{
	const struct param_word *word;

	switch (param->kind) {
	case PARAM_SIZE:
		unit_print_size(n, fp);
		return;
	case PARAM_TIME:
		unit_print_time(n, fp);
		return;
	case PARAM_COUNT:
		fprintf(fp, "%" PRIu64, n);
		return;
	case PARAM_PERCENT:
		fprintf(fp, "%" PRIu64 "%%", n);
		return;
	case PARAM_BOOL:
		fputs(n != 0 ? "true" : "false", fp);
		return;
	case PARAM_WORD:
		for (word = param->words; word->value != n; word++)
			ASSERT(word->name != NULL);
		fputs(word->name, fp);
		return;
	case PARAM_WORDS:
	case PARAM_TEXT:
	case PARAM_TEXTS:
		break;
	}
	PANIC("%s is no number", param->name);
}

/* Leaves "none of a, b, c" and the like in `why`. */
static int
refuse_number(const struct param *param, const char *text, const char *reason,
    char why[VALUE_WHY_MAX])
{
	const struct param_word *word;
	FILE *fp;

	if ((fp = fmemopen(why, VALUE_WHY_MAX, "w")) == NULL)
		fatal("fmemopen: %s", strerror(errno));
	fprintf(fp, "\"%s\" %s", log_vis(text), reason);
	if (param->words != NULL)
		for (word = param->words; word->name != NULL; word++)
			fprintf(fp, "%s %s", word == param->words ? "" : ",",
			    word->name);
	fclose(fp);
	return -1;
}

static int
refuse_range(const struct param *param, const char *text, const char *reason,
    uint64_t limit, char why[VALUE_WHY_MAX])
{
	FILE *fp;

	if ((fp = fmemopen(why, VALUE_WHY_MAX, "w")) == NULL)
		fatal("fmemopen: %s", strerror(errno));
	fprintf(fp, "\"%s\" is %s ", log_vis(text), reason);
	print_number(param, limit, fp);
	fclose(fp);
	return -1;
}

static int
set_number(const struct param *param, void *base, const char *text,
    char why[VALUE_WHY_MAX])
{
	const char *reason;
	uint64_t n;

	if ((reason = parse_number(param, text, &n)) != NULL)
		return refuse_number(param, text, reason, why);
	if (param->words == NULL && param->kind != PARAM_BOOL) {
		if (n < param->min)
			return refuse_range(param, text, "less than",
			    param->min, why);
		if (n > param->max)
			return refuse_range(param, text, "more than",
			    param->max, why);
	}
	if ((param->flags & PARAM_POWER2) != 0 && (n & (n - 1)) != 0)
		return refuse_number(param, text, "is not a power of two",
		    why);
	if (param->kind == PARAM_WORDS)
		n |= load_number(param, base);
	store_number(param, base, n);
	return 0;
}

static void
set_text(const struct param *param, void *base, const char *text)
{
	char *copy;

	if (param->kind == PARAM_TEXTS) {
		text_append(field(param, base), text);
		return;
	}
	value_fini(param, base);
	copy = text_copy(text);
	memcpy(field(param, base), &copy, sizeof(copy));
}

void
value_init(const struct param *param, void *base)
{
	char why[VALUE_WHY_MAX];

	if (param->initial != NULL) {
		if (value_parse(param, base, param->initial, why) == -1)
			PANIC("the default of %s: %s", param->name, why);
	} else if (!is_text(param)) {
		store_number(param, base, UNSET);
	}
}

void
value_fini(const struct param *param, void *base)
{
	char *text;

	if (param->kind == PARAM_TEXTS) {
		text_fini(field(param, base));
		return;
	}
	if (param->kind == PARAM_TEXT) {
		memcpy(&text, field(param, base), sizeof(text));
		free(text);
	}
	memset(field(param, base), 0, param->width);
}

int
value_parse(const struct param *param, void *base, const char *text,
    char why[VALUE_WHY_MAX])
{
	const char *fault;

	if (!is_text(param))
		return set_number(param, base, text, why);
	set_text(param, base, text);
	if ((fault = text_fault(param, text)) == NULL)
		return 0;
	if (param->veil == VEIL_NONE)
		snprintf(why, VALUE_WHY_MAX, "\"%s\" %s", log_vis(text),
		    fault);
	else
		snprintf(why, VALUE_WHY_MAX, "%s", fault);
	return -1;
}

static void
print_list(const struct param *param, const void *base, enum param_veil veil,
    FILE *fp)
{
	const struct conf_strings *list;
	const struct param_word *word;
	const char *gap = "";
	size_t i;

	putc('{', fp);
	if (param->kind == PARAM_WORDS) {
		for (word = param->words; word->name != NULL; word++)
			if ((load_number(param, base) & word->value) != 0) {
				fprintf(fp, "%s\"%s\"", gap, word->name);
				gap = ", ";
			}
	} else {
		list = load_texts(param, base);
		for (i = 0; i < list->n; i++, gap = ", ") {
			fputs(gap, fp);
			text_print(list->v[i], veil, fp);
		}
	}
	putc('}', fp);
}

void
value_print(const struct param *param, const void *base, int secrets, FILE *fp)
{
	enum param_veil veil = secrets ? VEIL_NONE : param->veil;

	if (param->kind == PARAM_TEXT)
		text_print(load_text(param, base), veil, fp);
	else if (param->kind == PARAM_TEXTS || param->kind == PARAM_WORDS)
		print_list(param, base, veil, fp);
	else
		print_number(param, load_number(param, base), fp);
}

int
value_is_set(const struct param *param, const void *base)
{
	if (param->kind == PARAM_TEXT)
		return load_text(param, base) != NULL;
	if (param->kind == PARAM_TEXTS)
		return 1;
	return param->initial != NULL || load_number(param, base) != UNSET;
}

int
value_is_initial(const struct param *param, const void *base)
{
	const char *text;
	uint64_t n;

	if (param->kind == PARAM_TEXT) {
		text = load_text(param, base);
		if (text == NULL || param->initial == NULL)
			return text == param->initial;
		return strcmp(text, param->initial) == 0;
	}
	if (param->kind == PARAM_TEXTS)
		return load_texts(param, base)->n == 0;
	if (param->initial == NULL)
		return load_number(param, base) == UNSET;
	return parse_number(param, param->initial, &n) == NULL &&
	    load_number(param, base) == n;
}

int
value_is_missing(const struct param *param, const void *base)
{
	const struct param_word *word;

	if ((param->flags & PARAM_MISSING) != 0)
		return !value_is_initial(param, base);
	if (param->kind != PARAM_WORD)
		return 0;
	for (word = param->words; word->name != NULL; word++)
		if (word->value == load_number(param, base))
			return word->missing;
	return 0;
}

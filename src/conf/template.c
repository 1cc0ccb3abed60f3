/* SPDX-License-Identifier: ISC */
/* template -- a text with %{names}, as on_error_body has it; every process */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/template.h"

static const char *const names[TEMPLATE_FIELDS] = {
	[TEMPLATE_ADDRESS] = "address",
	[TEMPLATE_ATTEMPT] = "attempt",
	[TEMPLATE_COUNT] = "count",
	[TEMPLATE_ERROR] = "error",
	[TEMPLATE_NAME] = "name",
	[TEMPLATE_ORIGIN] = "origin",
	[TEMPLATE_REASON] = "reason",
	[TEMPLATE_SOURCE] = "source",
	[TEMPLATE_STATUS] = "status",
	[TEMPLATE_TIME] = "time",
};

/* The field whose `{name}` begins here, and how long that is; TEMPLATE_FIELDS:
 * none. */
static enum template_field
field_at(const char *s, size_t *len)
{
	unsigned i;
	size_t n;

	*len = 0;
	for (i = 0; s[0] == '{' && i < TEMPLATE_FIELDS; i++) {
		n = strlen(names[i]);
		if (strncmp(s + 1, names[i], n) == 0 && s[n + 1] == '}') {
			*len = n + 2;
			break;
		}
	}
	return *len == 0 ? TEMPLATE_FIELDS : (enum template_field)i;
}

const char *
template_fault(const char *text)
{
	const char *p;
	size_t len;

	for (p = text; (p = strchr(p, '%')) != NULL; p += len + 1) {
		if (p[1] == '%')
			len = 1;
		else if (field_at(p + 1, &len) == TEMPLATE_FIELDS)
			return "has a % that is neither %% nor one of "
			    "%{address} %{attempt} %{count} %{error} %{name} "
			    "%{origin} %{reason} %{source} %{status} %{time}";
	}
	return NULL;
}

/* What is no UTF-8 has a ? for each byte that is not ASCII. */
static json_t *
make_string(const char *s)
{
	json_t *j = json_string(s);
	char *copy, *p;

	if (j != NULL || (copy = strdup(s)) == NULL)
		return j;
	for (p = copy; *p != '\0'; p++)
		if ((unsigned char)*p > 0x7f)
			*p = '?';
	j = json_string(copy);
	free(copy);
	return j;
}

/* 0, or -1: no memory. */
static int
put_escaped(const char *s, FILE *out)
{
	json_t *j = make_string(s);
	char *quoted = j == NULL ? NULL : json_dumps(j, JSON_ENCODE_ANY);
	int ok = quoted != NULL;

	if (ok)
		fwrite(quoted + 1, 1, strlen(quoted) - 2, out);
	free(quoted);
	json_decref(j);
	return ok ? 0 : -1;
}

char *
template_fill(const char *text, const char *const values[TEMPLATE_FIELDS])
{
	enum template_field field;
	const char *p;
	char *filled = NULL;
	size_t size, len;
	FILE *out = open_memstream(&filled, &size);
	int bad = 0;

	if (out == NULL)
		return NULL;
	for (p = text; *p != '\0'; p++) {
		field = *p == '%' ? field_at(p + 1, &len) : TEMPLATE_FIELDS;
		if (field != TEMPLATE_FIELDS) {
			bad |= put_escaped(values[field], out) == -1;
			p += len;
			continue;
		}
		putc(*p, out);
		if (p[0] == '%' && p[1] == '%')
			p++;
	}
	if (fclose(out) == 0 && !bad)
		return filled;
	free(filled);
	return NULL;
}

/* SPDX-License-Identifier: ISC */
/* text -- the texts of the configuration: stored, checked, printed; every
 * process */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reeld/conf.h"
#include "reeld/log.h"

#include "text.h"

#define TEXT_MAX	4095
#define VEIL		"***"

/* Header fields whose values are credentials. */
static const char *const credentials[] = {
	"Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key",
	"X-API-Token", "X-Auth-Token", NULL
};

char *
text_copy(const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		fatal("strdup: %s", strerror(errno));
	return copy;
}

void
text_append(struct conf_strings *list, const char *s)
{
	char **grown = reallocarray(list->v, list->n + 1, sizeof(*grown));

	if (grown == NULL)
		fatal("reallocarray: %s", strerror(errno));
	list->v = grown;
	list->v[list->n++] = text_copy(s);
}

void
text_fini(struct conf_strings *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

int
text_has_controls(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return 1;
	return 0;
}

const char *
text_fault(const struct param *param, const char *s)
{
	size_t len = strlen(s);

	if (text_has_controls(s))
		return "has a control character";
	if (len == 0 && param->min > 0)
		return "must not be empty";
	if (len > (param->max == 0 ? TEXT_MAX : param->max))
		return "is too long";
	return param->check == NULL ? NULL : param->check(s);
}

/* Control characters never pass text_fault(), so these three are all that
 * the parser would read differently. */
static void
print_escaped(const char *s, size_t len, FILE *fp)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\' ||
		    (s[i] == '$' && s[i + 1] == '{'))
			putc('\\', fp);
		putc(s[i], fp);
	}
}

/* user:password@ of a URL becomes ***@. */
static void
print_veiled_url(const char *url, FILE *fp)
{
	const char *start = strstr(url, "://") + 3;
	const char *at = memrchr(start, '@', strcspn(start, "/?"));

	if (at == NULL) {
		print_escaped(url, strlen(url), fp);
		return;
	}
	print_escaped(url, (size_t)(start - url), fp);
	fputs(VEIL, fp);
	print_escaped(at, strlen(at), fp);
}

int
conf_is_credential(const char *line)
{
	size_t i, len = strcspn(line, ":; \t");

	for (i = 0; credentials[i] != NULL; i++)
		if (strlen(credentials[i]) == len &&
		    strncasecmp(credentials[i], line, len) == 0)
			return 1;
	return 0;
}

static void
print_veiled_header(const char *header, FILE *fp)
{
	size_t len = strcspn(header, ":");

	if (conf_is_credential(header)) {
		print_escaped(header, len, fp);
		fputs(": " VEIL, fp);
	} else {
		print_escaped(header, strlen(header), fp);
	}
}

void
text_print(const char *s, enum param_veil veil, FILE *fp)
{
	putc('"', fp);
	switch (veil) {
	case VEIL_NONE:
		print_escaped(s, strlen(s), fp);
		break;
	case VEIL_ALL:
		/* An empty secret is none, and that may be seen. */
		fputs(s[0] == '\0' ? "" : VEIL, fp);
		break;
	case VEIL_URL:
		print_veiled_url(s, fp);
		break;
	case VEIL_HEADER:
		print_veiled_header(s, fp);
		break;
	}
	putc('"', fp);
}

/* SPDX-License-Identifier: ISC */
/* fields -- those of a client's header that are passed on; fetcher */
#include "config.h"

#include <string.h>

#include "reeld/header.h"
#include "fields.h"
#include "lines.h"

/* Cuts the next line off, without its newline; NULL after the last. */
static char *
next_line(char **rest)
{
	char *line;

	while ((line = strsep(rest, "\n")) != NULL && line[0] == '\0')
		continue;
	return line;
}

int
fields_append(struct object_ref object, struct curl_slist **lines)
{
	char text[OBJECT_FIELDS], *rest = text, *line;

	object_fields(object, text);
	while ((line = next_line(&rest)) != NULL)
		if (lines_add(lines, line) == -1)
			return -1;
	return 0;
}

int
fields_authorize(struct object_ref object)
{
	char text[OBJECT_FIELDS], *rest = text, *line;
	struct span name, value;

	object_fields(object, text);
	while ((line = next_line(&rest)) != NULL)
		if (header_split(line, strlen(line), &name, &value) == 0 &&
		    header_is(name, "authorization"))
			return 1;
	return 0;
}

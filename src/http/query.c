/* SPDX-License-Identifier: ISC */
/* query -- parameters of a raw query; worker */
#include "config.h"

#include "reeld/query.h"

#include "octet.h"

/* Takes the next `name[=value]` with its `&` off the front of `query`, which
 * is absent after the last.  What stands between two `&` may be empty. */
static int
next_parameter(struct span *query, struct span *parameter)
{
	const char *end;

	if (query->base == NULL)
		return 0;
	*parameter = *query;
	end = memchr(query->base, '&', query->len);
	if (end == NULL) {
		*query = (struct span){ NULL, 0 };
		return 1;
	}
	parameter->len = (size_t)(end - query->base);
	*query = (struct span){ end + 1, query->len - parameter->len - 1 };
	return 1;
}

/* How many bytes of the parameter spell `name`, unescaped, up to `=` or the
 * end; -1 when they spell something else. */
static int
name_len(struct span parameter, const char *name)
{
	size_t i = 0;
	int byte;

	for (; *name != '\0'; name++) {
		if (i == parameter.len)
			return -1;
		byte = octet_escape(parameter.base + i, parameter.len - i);
		if ((byte == -1 ? parameter.base[i] : (char)byte) != *name)
			return -1;
		i += byte == -1 ? 1 : 3;
	}
	if (i < parameter.len && parameter.base[i] != '=')
		return -1;
	return (int)i;
}

static int
named(struct span parameter, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (name_len(parameter, names[i]) != -1)
			return 1;
	return 0;
}

size_t
query_strip(const char *in, size_t len, const char *const *names, size_t n,
    char *out)
{
	struct span query = { in, len }, parameter;
	size_t kept = 0;
	int first = 1;

	while (next_parameter(&query, &parameter)) {
		if (named(parameter, names, n))
			continue;
		if (!first)
			out[kept++] = '&';
		memmove(out + kept, parameter.base, parameter.len);
		kept += parameter.len;
		first = 0;
	}
	return kept;
}

struct span
query_find(const char *query, size_t len, const char *name)
{
	struct span rest = { query, len }, parameter;
	size_t i;
	int n;

	while (next_parameter(&rest, &parameter)) {
		n = name_len(parameter, name);
		if (n == -1)
			continue;
		i = (size_t)n < parameter.len ? (size_t)n + 1 : (size_t)n;
		return (struct span){ parameter.base + i, parameter.len - i };
	}
	return (struct span){ NULL, 0 };
}
size_t
query_unescape(const char *value, size_t len, char *out)
{
	size_t i, n = 0;
	int byte;

	for (i = 0; i < len; i += byte == -1 ? 1 : 3) {
		byte = octet_escape(value + i, len - i);
		out[n++] = byte != -1 ? (char)byte :
		    value[i] == '+' ? ' ' : value[i];
	}
	return n;
}

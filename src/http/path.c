/* SPDX-License-Identifier: ISC */
/* path -- whether a request's raw path may be used; worker */
#include "config.h"

#include "reeld/path.h"

#include "octet.h"

/* The byte at path[*i], unescaped, and the index of the next one; -1 and the
 * reason for a byte that may not stand there. */
static int
next_byte(const char *path, size_t len, size_t *i, const char **why)
{
	unsigned char c = (unsigned char)path[*i];
	int byte;

	if (c == ' ' || c == '#' || octet_control(c)) {
		*why = c == '#' ? "`#` in the path" :
		    "control character or space in the path";
		return -1;
	}
	if (c != '%') {
		(*i)++;
		return c;
	}
	byte = octet_escape(path + *i, len - *i);
	*i += 3;
	if (byte == -1)
		*why = "bad percent escape in the path";
	if (byte == 0)
		*why = "%00 in the path";
	return byte == 0 ? -1 : byte;
}

/* Sources differ in what they unescape and in what they take for a slash, so
 * whatever one of them may read as a separator ends a segment here. */
static const char *
fault(const char *path, size_t len)
{
	const char *why = NULL;
	size_t i = 0, bytes = 0, dots = 0;
	int byte;

	if (len > PATH_LEN_MAX)
		return "the path is too long";
	for (;;) {
		byte = i < len ? next_byte(path, len, &i, &why) : '/';
		if (byte == -1)
			return why;
		if (byte != '/' && byte != '\\') {
			bytes++;
			dots += byte == '.';
			continue;
		}
		if (bytes == dots && (dots == 1 || dots == 2))
			return "dot segment in the path";
		if (i >= len)
			return NULL;
		bytes = dots = 0;
	}
}

int
path_check(const char *path, size_t len, const char **why)
{
	const char *reason = fault(path, len);

	if (reason != NULL && why != NULL)
		*why = reason;
	return reason == NULL ? 0 : -1;
}

size_t
path_plain(const char *path, size_t len, char *out)
{
	size_t i, n = 0;
	int byte;

	for (i = 0; i < len; i += byte == -1 ? 1 : 3) {
		byte = octet_escape(path + i, len - i);
		out[n] = byte == -1 ? path[i] : (char)byte;
		if (out[n] != '/' || n == 0 || out[n - 1] != '/')
			n++;
	}
	return n;
}

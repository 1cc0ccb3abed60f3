/* SPDX-License-Identifier: ISC */
/* address -- /u/<base64 of a URL>[/name.ext]; worker */
#include "config.h"

#include "reeld/address.h"
#include "reeld/span.h"
#include "reeld/url.h"

#include "octet.h"
#include "scan.h"

/* The value of a base64 digit of either alphabet (RFC 4648, 4 and 5), or -1. */
static int
sextet(int c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* Takes one byte off the front, unescaped if it was escaped. */
static int
take(struct span *s)
{
	int escaped = octet_escape(s->base, s->len);
	int c = escaped == -1 ? (unsigned char)s->base[0] : escaped;
	size_t n = escaped == -1 ? 1 : 3;

	*s = (struct span){ s->base + n, s->len - n };
	return c;
}

/*
 * Decodes strictly: no byte outside the alphabets, padding complete or absent,
 * no set bits behind the last byte, so that no URL has two addresses that
 * differ by rubbish.  Returns the length, -1 for bad base64, -2 when `out` is
 * too small.
 */
static int
decode(struct span code, char *out, size_t outlen)
{
	uint32_t bits = 0;
	size_t n = 0, pads = 0, len = 0;
	unsigned spare;
	int c, v;

	while (code.len > 0) {
		c = take(&code);
		v = sextet(c);
		pads += c == '=';
		if (c == '=')
			continue;
		if (v == -1 || pads > 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
		if (++n % 4 == 1)
			continue;
		if (len == outlen)
			return -2;
		spare = 2 * (unsigned)((4 - n % 4) % 4);
		out[len++] = (char)(bits >> spare);
	}
	spare = 2 * (unsigned)((4 - n % 4) % 4);
	if (n == 0 || n % 4 == 1 || (bits & ((1u << spare) - 1)) != 0 ||
	    (pads > 0 && (n + pads) % 4 != 0) || pads > 2)
		return -1;
	return (int)len;
}

/* Splits the player's name off: the last component, if it holds a `.`. */
static struct span
name_split(struct span *code)
{
	const char *slash = memrchr(code->base, '/', code->len);
	struct span name = *code;

	if (slash != NULL)
		name = (struct span){ slash + 1,
		    code->len - (size_t)(slash + 1 - code->base) };
	if (memchr(name.base, '.', name.len) == NULL)
		return (struct span){ NULL, 0 };
	code->len -= name.len + (slash != NULL);
	return name;
}

static enum address_verdict
bad(enum address_verdict verdict, const char *reason, const char **why)
{
	if (why != NULL)
		*why = reason;
	return verdict;
}

enum address_verdict
address_decode(const char *rest, size_t len, char *url, size_t urllen,
    char *name, size_t namelen, const char **why)
{
	struct span code = { rest, len }, wanted;
	char text[URL_MAX];
	int n;

	/* The slash of a prefix written as "/u": no address begins with the
	 * digit that it would be. */
	scan_char(&code, '/');
	wanted = name_split(&code);
	if (wanted.len >= namelen || wanted.len > ADDRESS_NAME_MAX)
		return bad(ADDRESS_TOO_LONG, "the name is too long", why);
	n = decode(code, text, sizeof(text));
	if (n == -1)
		return bad(ADDRESS_BAD_BASE64, "bad base64 in the path", why);
	if (n == -2)
		return bad(ADDRESS_TOO_LONG, "the address is too long", why);
	if (!url_scheme(text, (size_t)n))
		return bad(ADDRESS_BAD_SCHEME, "only http and https addresses",
		    why);
	if (url_normalize(text, (size_t)n, url, urllen, why) == -1)
		return ADDRESS_BAD_URL;
	memcpy(name, wanted.len == 0 ? "" : wanted.base, wanted.len);
	name[wanted.len] = '\0';
	return ADDRESS_OK;
}

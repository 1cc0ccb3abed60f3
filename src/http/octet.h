/* SPDX-License-Identifier: ISC */
/*
 * octet -- character classes of RFC 9110 and RFC 3986, whatever the locale
 *
 * Runs in:  every process.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef REELD_HTTP_OCTET_H
#define REELD_HTTP_OCTET_H

#include <stddef.h>
#include <string.h>

static inline int
octet_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline int
octet_alpha(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline char
octet_lower(unsigned char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static inline int
octet_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static inline int
octet_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* tchar of RFC 9110, 5.6.2. */
static inline int
octet_token(unsigned char c)
{
	return octet_digit(c) || octet_alpha(c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* unreserved of RFC 3986, 2.3. */
static inline int
octet_unreserved(unsigned char c)
{
	return octet_digit(c) || octet_alpha(c) ||
	    (c != '\0' && strchr("-._~", c) != NULL);
}

/* What one host label may hold; `_` is no host name, but it is in use. */
static inline int
octet_label(unsigned char c)
{
	return octet_digit(c) || octet_alpha(c) || c == '-' || c == '_';
}

/* The value of a hexadecimal digit, or -1. */
static inline int
octet_hex(unsigned char c)
{
	if (octet_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape (`%2F`) at the start of `s` stands for, or -1. */
static inline int
octet_escape(const char *s, size_t len)
{
	int high, low;

	if (len < 3 || s[0] != '%')
		return -1;
	high = octet_hex((unsigned char)s[1]);
	low = octet_hex((unsigned char)s[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

#endif /* REELD_HTTP_OCTET_H */

/* SPDX-License-Identifier: ISC */
/* message_target -- what a request is addressed to; worker */
#include "config.h"

#include <stdint.h>

#include "reeld/network.h"
#include "reeld/url.h"

#include "message_part.h"
#include "octet.h"
#include "scan.h"

static int
port_valid(struct span s)
{
	uint64_t port;

	return scan_number(&s, &port) > 0 && s.len == 0 && port <= UINT16_MAX;
}

/* Takes a name, an IPv4 address or a bracketed IPv6 address off the front.
 * Names are kept to what url_parse() takes: no escapes, no sub-delims. */
static int
take_host(struct span *s)
{
	struct sockaddr_storage literal;
	const char *end;
	size_t n = 0;

	if (scan_char(s, '[')) {
		if ((end = memchr(s->base, ']', s->len)) == NULL)
			return 0;
		n = (size_t)(end - s->base);
		if (network_literal(s->base, n, &literal) == -1 ||
		    literal.ss_family != AF_INET6)
			return 0;
		*s = (struct span){ end + 1, s->len - n - 1 };
		return 1;
	}
	while (n < s->len && (octet_label((unsigned char)s->base[n]) ||
	    s->base[n] == '.'))
		n++;
	*s = (struct span){ s->base + n, s->len - n };
	return n > 0 && n <= URL_HOST_MAX;
}

/* The port may be empty (RFC 3986, 3.2.3). */
int
message_host_valid(struct span s)
{
	if (s.len == 0)
		return 1;
	if (!take_host(&s))
		return 0;
	return s.len == 0 ||
	    (scan_char(&s, ':') && (s.len == 0 || port_valid(s)));
}

/* authority-form: both parts must be there (RFC 9112, 3.2.3). */
static int
is_authority(struct span s)
{
	return take_host(&s) && scan_char(&s, ':') && port_valid(s);
}

/* absolute-form; an address with credentials in it is an error (RFC 9110,
 * 4.2.4). */
static int
take_absolute(struct message *m, struct span target)
{
	const char *why;
	struct url url;

	if (target.len > URL_MAX)
		return message_refuse(m, 414, "the address is too long");
	if (url_parse(target.base, target.len, &url, &why) == -1)
		return message_refuse(m, 400, why);
	if (url.credentials)
		return message_refuse(m, 400, "credentials in the address");
	m->seen |= MESSAGE_SEEN_AUTHORITY;
	return 0;
}

static int
is(struct span s, const char *text)
{
	return scan_text(&s, text) && s.len == 0;
}

/* Bytes from 0x80 on are not escaped by every player, and pass. */
int
message_target(struct message *m, struct span method, struct span target)
{
	if (memchr(target.base, '#', target.len) != NULL)
		return message_refuse(m, 400, "`#` in the address");
	if (is(method, "CONNECT")) {
		if (is_authority(target))
			return 0;
	} else if (is(target, "*")) {
		if (is(method, "OPTIONS"))
			return 0;
	} else if (target.len > 0 && target.base[0] == '/') {
		return 0;
	} else if (url_scheme(target.base, target.len))
		return take_absolute(m, target);
	return message_refuse(m, 400, "the request has no such target");
}

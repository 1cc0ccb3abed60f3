/* SPDX-License-Identifier: ISC */
/* forwarded -- what trusted proxies say of the client behind them; worker */
#include "config.h"

#include <netinet/in.h>
#include <stdint.h>

#include "reeld/forwarded.h"
#include "reeld/header.h"
#include "reeld/path.h"
#include "reeld/url.h"

#include "octet.h"
#include "scan.h"

#define PORT_DIGITS	5
#define HOST_MAX	(URL_HOST_MAX + 1 + PORT_DIGITS)

/* One element of Forwarded: what one proxy says of the peer it has. */
struct hop {
	struct span	 client, proto, host;	/* base NULL: not said */
	unsigned	 pairs;
};

/* A walk over hops from left to right: the same client as from right to left,
 * without having to find an element's start from its end. */
struct walk {
	const struct network *trusted;
	size_t		 ntrusted;
	unsigned	 hops;		/* so far */
	struct sockaddr_storage client;
};

/* ---- one address ---- */

/* node-port (RFC 7239, 6): digits, or a name that hides them. */
static int
port_valid(struct span s)
{
	uint64_t port;
	size_t i, n;

	if (scan_char(&s, '_')) {
		for (i = 0; i < s.len; i++)
			if (s.base[i] != '.' &&
			    !octet_label((unsigned char)s.base[i]))
				return 0;
		return s.len > 0;
	}
	n = scan_number(&s, &port);
	return n > 0 && n <= PORT_DIGITS && s.len == 0 && port <= UINT16_MAX;
}

/* Splits a node into its address and what follows that; 1 when the address
 * stood in brackets, -1 when they are not closed.  X-Forwarded-For has IPv6
 * addresses without brackets as well: those have more than one colon. */
static int
node_split(struct span s, struct span *address, struct span *rest)
{
	int bracket = scan_char(&s, '[');
	const char *end = memchr(s.base, bracket ? ']' : ':', s.len);

	if (bracket && end == NULL)
		return -1;
	if (!bracket &&
	    (end == NULL || memrchr(s.base, ':', s.len) != end))
		end = s.base + s.len;
	address->base = s.base;
	address->len = (size_t)(end - s.base);
	rest->base = end + bracket;
	rest->len = s.len - address->len - (size_t)bracket;
	return bracket;
}

/* An IPv4 address that is written as IPv6 is the IPv4 address. */
static void
unmap(struct sockaddr_storage *ss)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6;

	memcpy(&sin6, ss, sizeof(sin6));
	if (ss->ss_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr))
		return;
	memcpy(&sin.sin_addr, &sin6.sin6_addr.s6_addr[12], 4);
	memset(ss, 0, sizeof(*ss));
	memcpy(ss, &sin, sizeof(sin));
}

/* node (RFC 7239, 6): an address, perhaps with a port.  0 or -1. */
static int
node_parse(struct span s, struct sockaddr_storage *out)
{
	struct span address, rest;
	int bracket;

	if (s.base == NULL || (bracket = node_split(s, &address, &rest)) == -1)
		return -1;
	if (rest.len > 0 && (!scan_char(&rest, ':') || !port_valid(rest)))
		return -1;
	if (network_literal(address.base, address.len, out) == -1 ||
	    (bracket && out->ss_family != AF_INET6))
		return -1;
	unmap(out);
	return 0;
}

/* ---- the walk ---- */

/* The next hop to the right.  1 when it hides all before it: it is none of the
 * trusted, or says nothing that can be read. */
static int
walk_on(struct walk *w, struct span node)
{
	struct sockaddr_storage address;
	int readable = node_parse(node, &address) == 0;

	if (w->hops++ > 0 && readable && network_any(w->trusted, w->ntrusted,
	    (const struct sockaddr *)&address))
		return 0;
	if (!readable)
		memset(&address, 0, sizeof(address));
	w->client = address;
	return 1;
}

/* ---- the other facts ---- */

static struct span
proto_of(struct span s)
{
	if (header_is(s, "https"))
		return span_of("https");
	return header_is(s, "http") ? span_of("http") :
	    (struct span){ NULL, 0 };
}

/* Host (RFC 9110, 7.2) is an authority without userinfo: the path that is put
 * behind it must be the path that url_parse() finds. */
static struct span
host_of(struct span s)
{
	char text[sizeof("http:///") + HOST_MAX];
	const size_t scheme = strlen("http://");
	struct url url;

	if (s.len == 0 || s.len > HOST_MAX)
		return (struct span){ NULL, 0 };
	memcpy(text, "http://", scheme);
	memcpy(text + scheme, s.base, s.len);
	text[scheme + s.len] = '/';
	if (url_parse(text, scheme + s.len + 1, &url, NULL) == -1 ||
	    url.credentials || url.path.base != text + scheme + s.len)
		return (struct span){ NULL, 0 };
	return s;
}

/* It is put before our own paths: it may not end a field, a tag or a string,
 * nor begin like an address of another host ("//"). */
static struct span
prefix_of(struct span s)
{
	const struct span none = { NULL, 0 };
	size_t i;

	while (s.len > 0 && s.base[s.len - 1] == '/')
		s.len--;
	if (s.len < 2 || s.base[0] != '/' || s.base[1] == '/' ||
	    path_check(s.base, s.len, NULL) == -1)
		return none;
	for (i = 0; i < s.len; i++)
		if (!octet_unreserved((unsigned char)s.base[i]) &&
		    strchr("/%!$&()*+=:@", s.base[i]) == NULL)
			return none;
	return s;
}

/* ---- Forwarded ---- */

static void
skip_blanks(struct span *s)
{
	while (scan_char(s, ' ') || scan_char(s, '\t'))
		continue;
}

/* Takes `n` bytes off. */
static struct span
take(struct span *s, size_t n)
{
	struct span taken = { s->base, n };

	*s = (struct span){ s->base + n, s->len - n };
	return taken;
}

/* A value: a token, or a string in quotes (RFC 9110, 5.6.4).  Nothing that is
 * of use has escapes in it.  Addresses without their quotes are in use. */
static int
take_value(struct span *s, struct span *value)
{
	int quoted = scan_char(s, '"');
	size_t n;
	char c;

	for (n = 0; n < s->len; n++) {
		c = s->base[n];
		if (quoted ? c == '"' : !octet_token((unsigned char)c) &&
		    (c == '\0' || strchr(":[]", c) == NULL))
			break;
		if (quoted && c == '\\')
			n++;
	}
	if (quoted ? n >= s->len : n == 0)
		return 0;
	*value = take(s, n);
	return !quoted || scan_char(s, '"');
}

/* Where a parameter belongs, or NULL. */
static struct span *
place_of(struct hop *hop, struct span name)
{
	if (header_is(name, "for"))
		return &hop->client;
	if (header_is(name, "proto"))
		return &hop->proto;
	return header_is(name, "host") ? &hop->host : NULL;
}

/* `name=value`, each name but once in an element (RFC 7239, 4). */
static int
take_pair(struct span *s, struct hop *hop)
{
	struct span name, value, *place;
	size_t n;

	for (n = 0; n < s->len && octet_token((unsigned char)s->base[n]); n++)
		continue;
	name = take(s, n);
	if (n == 0 || !scan_char(s, '=') || !take_value(s, &value))
		return 0;
	hop->pairs++;
	if ((place = place_of(hop, name)) == NULL)
		return 1;
	if (place->base != NULL)
		return 0;
	*place = value;
	return 1;
}

/* Takes an element with its comma off; 0 when it is not well formed. */
static int
take_hop(struct span *s, struct hop *hop)
{
	memset(hop, 0, sizeof(*hop));
	do {
		skip_blanks(s);
		if (s->len > 0 && s->base[0] != ';' && s->base[0] != ',' &&
		    !take_pair(s, hop))
			return 0;
		skip_blanks(s);
	} while (scan_char(s, ';'));
	return s->len == 0 || scan_char(s, ',');
}

static void
read_forwarded(struct span s, struct walk *w, struct forwarded *out)
{
	struct hop hop, last, teller;

	memset(out, 0, sizeof(*out));
	memset(&last, 0, sizeof(last));
	teller = last;
	while (s.len > 0) {
		if (!take_hop(&s, &hop))
			return;
		if (hop.pairs == 0)
			continue;
		last = hop;
		if (walk_on(w, hop.client))
			teller = hop;
	}
	out->client = w->client;
	if (w->client.ss_family == AF_UNSPEC)
		teller = last;
	out->proto = proto_of(teller.proto);
	out->host = host_of(teller.host);
}

/* ---- X-Forwarded-* ---- */

static struct span
last_member(struct span list)
{
	struct span member, last = { NULL, 0 };

	while (scan_member(&list, &member))
		last = member;
	return last;
}

static void
read_x(const struct forwarded_fields *f, struct walk *w, struct forwarded *out)
{
	struct span list = f->x_for, member;

	while (scan_member(&list, &member))
		walk_on(w, member);
	out->client = w->client;
	out->proto = proto_of(last_member(f->x_proto));
	out->host = host_of(last_member(f->x_host));
	out->prefix = prefix_of(last_member(f->x_prefix));
}

/* ---- both ---- */

/* What one of two says, or both say alike. */
static struct span
agreed(struct span a, struct span b)
{
	if (a.base == NULL)
		return b;
	if (b.base == NULL || (a.len == b.len &&
	    memcmp(a.base, b.base, a.len) == 0))
		return a;
	return (struct span){ NULL, 0 };
}

/* Where both are there, both must say it: of one that hides the client the
 * other may be the client's own. */
static void
agree(const struct forwarded_fields *f, struct sockaddr_storage *a,
    const struct sockaddr_storage *b)
{
	if (f->forwarded.base == NULL)
		*a = *b;
	else if (f->x_for.base != NULL && memcmp(a, b, sizeof(*a)) != 0)
		memset(a, 0, sizeof(*a));
}

void
forwarded_read(const struct forwarded_fields *f, const struct network *trusted,
    size_t n, struct forwarded *out)
{
	struct walk standard = { .trusted = trusted, .ntrusted = n };
	struct walk common = standard;
	struct forwarded x;

	read_forwarded(f->forwarded, &standard, out);
	read_x(f, &common, &x);
	agree(f, &out->client, &x.client);
	out->proto = agreed(out->proto, x.proto);
	out->host = agreed(out->host, x.host);
	out->prefix = x.prefix;
}

/* SPDX-License-Identifier: ISC */
/* allow -- which hosts a client may name; worker, fetcher */
#include "config.h"

#include "reeld/allow.h"
#include "reeld/network.h"
#include "reeld/span.h"
#include "reeld/url.h"

#include "octet.h"
#include "scan.h"

struct rule {
	enum { RULE_ANY, RULE_NAME, RULE_DOMAIN, RULE_NETWORK } kind;
	struct span	 name;	/* of a RULE_DOMAIN with the leading dot */
	struct network	 net;
	uint16_t	 port;	/* 0: any */
};

static struct span
without_dot(struct span name)
{
	if (name.len > 1 && name.base[name.len - 1] == '.')
		name.len--;
	return name;
}

/* A host name.  One whose last label is a number would be an address written
 * in a way that hides it, and is none. */
static int
name_valid(struct span name)
{
	size_t i, label = 0, digits = 0;

	for (i = 0; i < name.len; i++) {
		if (name.base[i] == '.') {
			if (label == 0)
				return 0;
			label = digits = 0;
		} else if (octet_label((unsigned char)name.base[i])) {
			label++;
			digits += octet_digit((unsigned char)name.base[i]) != 0;
		} else {
			return 0;
		}
	}
	return name.len <= URL_HOST_MAX && label > digits;
}

/* `:port` or nothing, to the end. */
static int
port_parse(struct span s, uint16_t *port)
{
	uint64_t v;

	*port = 0;
	if (s.len == 0)
		return 0;
	if (!scan_char(&s, ':') || scan_number(&s, &v) == 0 || s.len > 0 ||
	    v < 1 || v > UINT16_MAX)
		return -1;
	*port = (uint16_t)v;
	return 0;
}

/* [address] or [address]:port; the bracket is read already. */
static int
bracket_parse(struct span s, struct rule *rule)
{
	const char *end = memchr(s.base, ']', s.len);
	size_t n;

	if (end == NULL)
		return -1;
	n = (size_t)(end - s.base);
	rule->kind = RULE_NETWORK;
	if (memchr(s.base, ':', n) == NULL || memchr(s.base, '/', n) != NULL ||
	    network_parse(s.base, n, &rule->net) == -1)
		return -1;
	return port_parse((struct span){ end + 1, s.len - n - 1 },
	    &rule->port);
}

/* What stands before the port: `*`, an IPv4 address, *.domain or a name. */
static int
host_parse(struct span host, struct rule *rule)
{
	rule->name = without_dot(host);
	if (host.len == 1 && host.base[0] == '*') {
		rule->kind = RULE_ANY;
		return 0;
	}
	if (network_parse(host.base, host.len, &rule->net) == 0) {
		rule->kind = RULE_NETWORK;
		return 0;
	}
	rule->kind = RULE_NAME;
	host = rule->name;
	if (scan_text(&host, "*.")) {
		rule->kind = RULE_DOMAIN;
		rule->name = (struct span){ host.base - 1, host.len + 1 };
	}
	return name_valid(host) ? 0 : -1;
}

static int
rule_parse(const char *pattern, struct rule *rule)
{
	struct span s = span_of(pattern);
	const char *colon;
	size_t n;

	memset(rule, 0, sizeof(*rule));
	if (scan_char(&s, '['))
		return bracket_parse(s, rule);
	colon = memchr(s.base, ':', s.len);
	if (memchr(s.base, '/', s.len) != NULL ||
	    (colon != NULL && strchr(colon + 1, ':') != NULL)) {
		rule->kind = RULE_NETWORK;
		return network_parse(s.base, s.len, &rule->net);
	}
	n = colon == NULL ? s.len : (size_t)(colon - s.base);
	if (port_parse((struct span){ s.base + n, s.len - n }, &rule->port) ==
	    -1)
		return -1;
	return host_parse((struct span){ s.base, n }, rule);
}

int
allow_valid(const char *pattern)
{
	struct rule rule;

	return rule_parse(pattern, &rule) == 0;
}

static int
same_name(struct span a, struct span b)
{
	size_t i;

	if (a.len != b.len)
		return 0;
	for (i = 0; i < a.len; i++)
		if (octet_lower((unsigned char)a.base[i]) !=
		    octet_lower((unsigned char)b.base[i]))
			return 0;
	return 1;
}

static int
rule_names(const struct rule *rule, struct span host)
{
	switch (rule->kind) {
	case RULE_ANY:
		return 1;
	case RULE_NAME:
		return same_name(rule->name, host);
	case RULE_DOMAIN:
		return host.len > rule->name.len && same_name(rule->name,
		    (struct span){ host.base + host.len - rule->name.len,
		    rule->name.len });
	case RULE_NETWORK:
		break;
	}
	return 0;
}

static int
rule_holds(const struct rule *rule, const struct sockaddr *sa)
{
	if (rule->kind == RULE_ANY)
		return network_public(sa);
	return rule->kind == RULE_NETWORK && network_holds(&rule->net, sa);
}

/* The next rule at or after `*i` that is for this port. */
static int
next_rule(char *const *patterns, size_t n, size_t *i, uint16_t port,
    struct rule *rule)
{
	while (*i < n)
		if (rule_parse(patterns[(*i)++], rule) == 0 &&
		    (rule->port == 0 || rule->port == port))
			return 1;
	return 0;
}

static int
listed_by_address(char *const *patterns, size_t n, uint16_t port,
    const struct sockaddr *sa)
{
	struct rule rule;
	size_t i = 0;

	while (next_rule(patterns, n, &i, port, &rule))
		if (rule_holds(&rule, sa))
			return 1;
	return 0;
}

/* 1 where the last label is a number, decimal, octal or hex: an address written
 * in a way that hides it (URL Standard, 3.5), which a resolver may take. */
static int
disguised(struct span host)
{
	const char *dot = memrchr(host.base, '.', host.len);
	struct span label = host;
	size_t i = 0;
	int hex;

	if (dot != NULL)
		label = (struct span){ dot + 1,
		    host.len - (size_t)(dot + 1 - host.base) };
	hex = scan_word(&label, "0x");
	while (i < label.len && (hex ?
	    octet_hex((unsigned char)label.base[i]) != -1 :
	    octet_digit((unsigned char)label.base[i])))
		i++;
	return i == label.len;
}

int
allow_name(char *const *patterns, size_t n, const char *host, uint16_t port)
{
	struct span name = without_dot(span_of(host));
	struct sockaddr_storage literal;
	struct rule rule;
	size_t i = 0;

	if (network_literal(name.base, name.len, &literal) == 0)
		return listed_by_address(patterns, n, port,
		    (const struct sockaddr *)&literal);
	if (disguised(name))
		return 0;
	while (next_rule(patterns, n, &i, port, &rule))
		if (rule_names(&rule, name))
			return 1;
	return 0;
}

int
allow_resolved(char *const *patterns, size_t n, const char *host,
    uint16_t port, const struct sockaddr *sa)
{
	return allow_name(patterns, n, host, port) &&
	    (network_public(sa) || listed_by_address(patterns, n, port, sa));
}

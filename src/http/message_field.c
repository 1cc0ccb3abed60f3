/* SPDX-License-Identifier: ISC */
/* message_field -- the fields of a request, as far as they frame it; worker */
#include "config.h"

#include "reeld/header.h"

#include "message_part.h"
#include "octet.h"
#include "scan.h"

#define LENGTH_DIGITS	19	/* as many as libh2o takes, and as 2^63 has */

/* An empty Host belongs to targets that have no host (RFC 9112, 3.2). */
static int
take_host(struct message *m, struct span value)
{
	if (!message_host_valid(value) ||
	    (value.len == 0 && (m->seen & MESSAGE_SEEN_AUTHORITY)))
		return message_refuse(m, 400, "bad Host");
	return 0;
}

/* RFC 9110, 8.6 lets "5, 5" be 5; libh2o would take the first of two that
 * differ, so there is one or none. */
static int
take_length(struct message *m, struct span value)
{
	size_t digits = scan_number(&value, &m->body);

	if (digits == 0 || digits > LENGTH_DIGITS || value.len > 0)
		return message_refuse(m, 400, "bad Content-Length");
	return 0;
}

/*
 * RFC 9112, 6.1: a coding that is not known is 501, and then there must be
 * "chunked" behind it, once; without that nobody can tell where the content
 * ends (6.3).
 */
static int
take_coding(struct message *m, struct span value)
{
	struct span member;
	int chunked = 0, last = 0, others = 0;

	if (header_is(value, "chunked"))
		return 0;
	while (scan_member(&value, &member)) {
		last = header_is(member, "chunked");
		chunked += last;
		others += !last;
	}
	if (last && chunked == 1 && others > 0)
		return message_refuse(m, 501,
		    "no transfer coding but chunked is known");
	return message_refuse(m, 400, "bad Transfer-Encoding");
}

static int
take_expect(struct message *m, struct span value)
{
	if (!header_is(value, "100-continue"))
		return message_refuse(m, 417,
		    "no expectation but 100-continue is met");
	m->expect = m->line;
	return 0;
}

/* Each of these may be there once. */
static const struct rule {
	const char	*name;
	int		(*take)(struct message *, struct span value);
	const char	*twice;
	unsigned	 seen;
	int		 status;	/* of a second one */
} rules[] = {
	{ "Host", take_host, "more than one Host", MESSAGE_SEEN_HOST, 400 },
	{ "Content-Length", take_length, "more than one Content-Length",
	    MESSAGE_SEEN_LENGTH, 400 },
	{ "Transfer-Encoding", take_coding, "more than one Transfer-Encoding",
	    MESSAGE_SEEN_CODING, 400 },
	{ "Expect", take_expect, "more than one expectation",
	    MESSAGE_SEEN_EXPECT, 417 },
};

static const struct rule *
rule_of(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (header_is(name, rules[i].name))
			return &rules[i];
	return NULL;
}

static int
take_field(struct message *m, struct span line, struct span *name,
    struct span *value)
{
	if (octet_blank((unsigned char)line.base[0]))
		return message_refuse(m, 400, "folded field");
	if (header_split(line.base, line.len, name, value) == -1)
		return message_refuse(m, 400, "bad field");
	return 0;
}

int
message_field(struct message *m, struct span line)
{
	const struct rule *rule;
	struct span name = { NULL, 0 }, value = name;

	if (++m->fields > MESSAGE_FIELDS_MAX)
		return message_refuse(m, 431, "too many fields");
	if (take_field(m, line, &name, &value) == -1)
		return -1;
	if ((rule = rule_of(name)) == NULL)
		return 0;
	/* libh2o takes them for a part of the value. */
	if (value.base + value.len != line.base + line.len)
		return message_refuse(m, 400,
		    "blanks behind a value that decides something");
	if (m->seen & rule->seen)
		return message_refuse(m, rule->status, rule->twice);
	m->seen |= rule->seen;
	return rule->take(m, value);
}

int
message_fields_end(struct message *m)
{
	int coded = (m->seen & MESSAGE_SEEN_CODING) != 0;
	int sized = (m->seen & MESSAGE_SEEN_LENGTH) != 0;

	if (m->minor == 1 && (m->seen & MESSAGE_SEEN_HOST) == 0)
		return message_refuse(m, 400, "no Host");
	if (coded && sized)
		return message_refuse(m, 400,
		    "both Transfer-Encoding and Content-Length");
	if (coded && m->minor == 0)
		return message_refuse(m, 400,
		    "Transfer-Encoding in HTTP/1.0");
	if (m->body > m->body_max)
		return message_refuse(m, 413, "the content is too large");
	if (!coded && !sized)
		m->expect = 0;
	return 0;
}

/* What frames, routes or admits a request may not come behind it (RFC 9110,
 * 6.5.1). */
int
message_trailer(struct message *m, struct span line)
{
	static const char *const early[] = { "Authorization", "Connection",
	    "Content-Encoding", "Content-Length", "Content-Range",
	    "Content-Type", "Expect", "Host", "TE", "Trailer",
	    "Transfer-Encoding", "Upgrade" };
	struct span name = { NULL, 0 }, value = name;
	size_t i;

	if (take_field(m, line, &name, &value) == -1)
		return -1;
	for (i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		if (header_is(name, early[i]))
			return message_refuse(m, 400,
			    "a trailer that must not be one");
	return 0;
}

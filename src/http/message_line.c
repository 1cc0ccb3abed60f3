/* SPDX-License-Identifier: ISC */
/* message_line -- the request line; worker */
#include "config.h"

#include "message_part.h"
#include "octet.h"
#include "scan.h"

#define METHOD_MAX	32	/* bytes; the longest registered one has 17 */

/* What stands before the first SP, which is taken as well; 0 without one. */
static int
take_word(struct span *line, struct span *word)
{
	const char *sp = memchr(line->base, ' ', line->len);

	if (sp == NULL)
		return 0;
	*word = (struct span){ line->base, (size_t)(sp - line->base) };
	*line = (struct span){ sp + 1, line->len - word->len - 1 };
	return 1;
}

static int
token_valid(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!octet_token((unsigned char)s.base[i]))
			return 0;
	return s.len > 0;
}

/* `HTTP/1.1`, exactly (RFC 9112, 2.3).  A minor version above 1 may be treated
 * as 1 (RFC 9110, 6.2); nobody sends one who means well. */
static int
take_version(struct message *m, struct span s)
{
	int major;

	if (!scan_text(&s, "HTTP/") || !scan_digits(&s, 1, &major) ||
	    !scan_char(&s, '.') || !scan_digits(&s, 1, &m->minor) || s.len > 0)
		return message_refuse(m, 400, "bad request line");
	if (major != 1 || m->minor > 1)
		return message_refuse(m, 505,
		    "only HTTP/1.0 and HTTP/1.1 are spoken here");
	return 0;
}

int
message_line(struct message *m, struct span line)
{
	struct span method, target;

	if (memchr(line.base, '\t', line.len) != NULL ||
	    !take_word(&line, &method) || !take_word(&line, &target))
		return message_refuse(m, 400, "bad request line");
	if (!token_valid(method))
		return message_refuse(m, 400, "bad method");
	if (take_version(m, line) == -1)
		return -1;
	/* RFC 9112, 3: longer than any that is known here. */
	if (method.len > METHOD_MAX)
		return message_refuse(m, 501, "the method is not known");
	return message_target(m, method, target);
}

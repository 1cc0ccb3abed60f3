/* SPDX-License-Identifier: ISC */
/* message -- one HTTP/1 request as it arrives; worker */
#include "config.h"

#include <sys/param.h>

#include "reeld/message.h"

#include "message_part.h"
#include "octet.h"

/* What the byte at `at` belongs to.  The first four are made of lines. */
enum state {
	STATE_LINE,		/* the request line */
	STATE_FIELDS,
	STATE_SIZE,		/* before a piece of the content */
	STATE_TRAILERS,
	STATE_PIECE,		/* with the CRLF behind it */
	STATE_CONTENT		/* all of it at once */
};

void
message_init(struct message *m, uint64_t body_max)
{
	memset(m, 0, sizeof(*m));
	m->body_max = body_max;
	m->room = MESSAGE_LINE_MAX;
}

int
message_refuse(struct message *m, int status, const char *why)
{
	m->status = status;
	m->why = why;
	return -1;
}

static int
on_line(struct message *m, struct span line)
{
	if (line.len > 0) {
		m->state = STATE_FIELDS;
		m->room = MESSAGE_HEAD_MAX - m->at;
		return message_line(m, line);
	}
	/* Some clients end a request with one CRLF too many; that one, and
	 * no other, is skipped (RFC 9112, 2.2), as libh2o does it. */
	if (m->seen & MESSAGE_SEEN_BLANK)
		return message_refuse(m, 400, "empty lines before the request");
	m->seen |= MESSAGE_SEEN_BLANK;
	m->room = MESSAGE_LINE_MAX;
	return 0;
}

/* RFC 9112, 6.3, with all that is ambiguous refused before. */
static int
on_field(struct message *m, struct span line)
{
	if (line.len > 0)
		return message_field(m, line);
	m->head = m->at;
	if (message_fields_end(m) == -1)
		return -1;
	if (m->seen & MESSAGE_SEEN_CODING) {
		m->state = STATE_SIZE;
		m->room = MESSAGE_FRAMING_MAX;
	} else if (m->body > 0) {
		m->state = STATE_CONTENT;
		m->left = m->body;
	} else
		m->length = m->at;
	return 0;
}

static int
on_size(struct message *m, struct span line)
{
	uint64_t size;

	if (message_piece(line, &size) == -1)
		return message_refuse(m, 400,
		    "bad size or extension in the chunked content");
	if (size > m->body_max - m->body)
		return message_refuse(m, 413, "the content is too large");
	if (size == 0) {
		m->state = STATE_TRAILERS;
		m->room = MESSAGE_TRAILERS_MAX;
		return 0;
	}
	m->state = STATE_PIECE;
	m->body += size;
	m->left = size + 2;
	return 0;
}

static int
on_trailer(struct message *m, struct span line)
{
	if (line.len > 0)
		return message_trailer(m, line);
	m->length = m->at;
	return 0;
}

/* What is done with each line, and said when lines have no more room. */
static const struct part {
	int		(*take)(struct message *, struct span line);
	int		 status;
	const char	*too_long;
} parts[] = {
	[STATE_LINE] = { on_line, 414, "the request line is too long" },
	[STATE_FIELDS] = { on_field, 431, "the head is too large" },
	[STATE_SIZE] = { on_size, 400,
	    "too many sizes and extensions in the chunked content" },
	[STATE_TRAILERS] = { on_trailer, 431, "the trailers are too large" },
};

/*
 * The fault that the byte at `at` is wherever it stands in a line, or NULL.
 * Only CRLF ends a line, although RFC 9112, 2.2 would let LF do: where one
 * reader of a request takes another byte for its end than the next, it splits.
 */
static const char *
byte_fault(const struct message *m, const char *bytes)
{
	unsigned char c = (unsigned char)bytes[m->at];
	int behind_cr = m->at > m->line && bytes[m->at - 1] == '\r';

	if (behind_cr && c != '\n')
		return "CR without LF";
	if (!behind_cr && c == '\n')
		return "LF without CR";
	if (octet_control(c) && c != '\t' && c != '\r' && c != '\n')
		return "control character in the request";
	return NULL;
}

/* 1 with the line that ends at `at`; 0: more bytes are needed, or it is bad. */
static int
next_line(struct message *m, const char *bytes, size_t len, struct span *line)
{
	const char *fault;

	for (; m->at < len; m->at++, m->room--) {
		if (m->room == 0) {
			message_refuse(m, parts[m->state].status,
			    parts[m->state].too_long);
			return 0;
		}
		if ((fault = byte_fault(m, bytes)) != NULL) {
			message_refuse(m, 400, fault);
			return 0;
		}
		if (bytes[m->at] != '\n')
			continue;
		*line = (struct span){ bytes + m->line, m->at - 1 - m->line };
		m->at++;
		m->room--;
		return 1;
	}
	return 0;
}

/* Passes over content; 0: more bytes are needed. */
static int
skip(struct message *m, const char *bytes, size_t len)
{
	size_t n = (size_t)MIN(m->left, len - m->at);

	m->at += n;
	m->left -= n;
	if (m->left > 0)
		return 0;
	if (m->state == STATE_CONTENT) {
		m->length = m->at;
		return 1;
	}
	if (memcmp(bytes + m->at - 2, "\r\n", 2) != 0) {
		message_refuse(m, 400, "no CRLF behind a piece of the chunked "
		    "content");
		return 1;
	}
	m->state = STATE_SIZE;
	m->line = m->at;
	return 1;
}

enum message_verdict
message_walk(struct message *m, const char *bytes, size_t len)
{
	struct span line;
	int more = 1;

	while (more && m->status == 0 && m->length == 0) {
		if (m->left > 0)
			more = skip(m, bytes, len);
		else if ((more = next_line(m, bytes, len, &line))) {
			parts[m->state].take(m, line);
			m->line = m->at;
		}
	}
	if (m->status != 0)
		return MESSAGE_BAD;
	return m->length != 0 ? MESSAGE_WHOLE : MESSAGE_MORE;
}

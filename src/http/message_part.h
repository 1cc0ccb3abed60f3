/* SPDX-License-Identifier: ISC */
/*
 * message_part -- what the parts of the request walker share
 *
 * Runs in:  worker.
 * Touches:  the struct message it is given.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 after message_refuse(); a predicate says 0.
 */
#ifndef REELD_HTTP_MESSAGE_PART_H
#define REELD_HTTP_MESSAGE_PART_H

#include <stdint.h>

#include "reeld/message.h"
#include "reeld/span.h"

/* message.seen */
#define MESSAGE_SEEN_BLANK	(1u << 0)	/* an empty line before it */
#define MESSAGE_SEEN_AUTHORITY	(1u << 1)	/* in the target */
#define MESSAGE_SEEN_HOST	(1u << 2)
#define MESSAGE_SEEN_LENGTH	(1u << 3)
#define MESSAGE_SEEN_CODING	(1u << 4)
#define MESSAGE_SEEN_EXPECT	(1u << 5)

/* Makes it a bad one, with the status and the reason of the answer: -1. */
int message_refuse(struct message *, int status, const char *why);

/* message_line: `method SP target SP version` (RFC 9112, 3), without its line
 * end, as are all lines below. */
int message_line(struct message *, struct span line);

/* message_target: the target in the form that the method wants (RFC 9112, 3.2);
 * 1 when a Host is `uri-host [":" port]` (RFC 9110, 7.2), or empty. */
int message_target(struct message *, struct span method, struct span target);
int message_host_valid(struct span host);

/* message_field: one line of the head; what only all of them show; one line
 * behind the content (RFC 9112, 5, 6 and 7.1.2). */
int message_field(struct message *, struct span line);
int message_fields_end(struct message *);
int message_trailer(struct message *, struct span line);

/* message_piece: the line before a piece of content that comes `chunked`: its
 * size, and extensions, which say nothing to us (RFC 9112, 7.1).  0 or -1. */
int message_piece(struct span line, uint64_t *size);

#endif /* REELD_HTTP_MESSAGE_PART_H */

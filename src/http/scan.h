/* SPDX-License-Identifier: ISC */
/*
 * scan -- read a field value from left to right
 *
 * Runs in:  every process.
 * Touches:  the span it is given: what was read is taken off its front.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    0 when the text does not go on as asked; the span is as it was.
 */
#ifndef REELD_HTTP_SCAN_H
#define REELD_HTTP_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/span.h"

/* Larger numbers become this one: it fits every signed and unsigned 64-bit
 * use and is larger than any object. */
#define SCAN_NUMBER_MAX	((uint64_t)INT64_MAX)

/* One byte; a text as it is; a text in any case. */
int scan_char(struct span *, char c);
int scan_text(struct span *, const char *text);
int scan_word(struct span *, const char *word);

/* A run of decimal digits; returns how many. */
size_t scan_number(struct span *, uint64_t *out);

/* Exactly `n` decimal digits, at most nine. */
int scan_digits(struct span *, size_t n, int *out);

/* The text without the blanks around it. */
struct span scan_trim(struct span);

/* The next member that is not empty of a comma-separated list without quoted
 * strings, trimmed (RFC 9110, 5.6.1); 0 after the last. */
int scan_member(struct span *list, struct span *member);

#endif /* REELD_HTTP_SCAN_H */

/* SPDX-License-Identifier: ISC */
/*
 * prefetch -- makes reeld have a stretch of an object that nobody reads yet
 *
 * Runs in:  worker.
 * Touches:  a reader row each, which follows what is there; segments.
 * Locks:    none but those the store takes.
 * Owns:     its row, a pin on the object and one on a segment it waits for.
 * Fails:    ends, with a line in the log, where a client would get an error.
 */
#ifndef PREFETCH_H
#define PREFETCH_H

#include <stdint.h>

#include "aim.h"

#define PREFETCH_MAX	16	/* at once in one worker */

/* Begins one, of all of it or of a range ("0-99", "100-", "-500"; NULL: all).
 * 0, or -1 with `*why`. */
int prefetch_start(const struct aim *, const char *range, const char **why);

/* The bell rang: looks again at each. */
void prefetch_look_all(void);
/* Ends those that wait longer than wait_max without one new byte. */
void prefetch_expire(int64_t now);
/* The worker is to go. */
void prefetch_end_all(void);

#endif /* PREFETCH_H */

/* SPDX-License-Identifier: ISC */
/*
 * pages -- payload in large pages
 *
 * Runs in:  who maps the payload for writing.
 * Touches:  payload: which pages it lies in, never what they say.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: what cannot be had in large pages stays in small ones.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stdint.h>

#define PAGES_LARGE	(2u << 20)	/* bytes */

/* The bytes [from, to) of a pinned segment are about to be written: has the
 * kernel put them, and what lies beside them up to the borders of large pages,
 * into such.  What is beyond the segment's room stays as it is (keeps A1). */
void pages_enlarge(uint32_t id, uint32_t from, uint32_t to);

#endif /* PAGES_H */

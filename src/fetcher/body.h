/* SPDX-License-Identifier: ISC */
/*
 * body -- stores what a source sends of a body, as far as it is wanted
 *
 * Runs in:  fetcher, inside libcurl's callbacks.
 * Touches:  the pull; payload through its fill.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    by ending the transfer; the pull says why: done, over, trouble.
 */
#ifndef BODY_H
#define BODY_H

#include <stddef.h>

#include "pull.h"

/* CURLOPT_WRITEFUNCTION of a pull. */
size_t body_take(char *bytes, size_t size, size_t count, void *pull);

/* The object's size is known, its source sends more, or less, and has said
 * nothing of a size: it is another object. */
void body_resized(struct pull *);

#endif /* BODY_H */

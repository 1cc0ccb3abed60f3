/* SPDX-License-Identifier: ISC */
/*
 * freshness -- how long an answer of a source is good for, by its head and its
 * origin's rules (RFC 9111)
 *
 * Runs in:  fetcher, inside libcurl's callbacks.
 * Touches:  the object record of a pull, through the store.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef FRESHNESS_H
#define FRESHNESS_H

#include "pull.h"

/* Whether the answer may be kept; its freshness, and the Cache-Control that
 * clients get. */
enum caching_verdict freshness_judge(const struct pull *, struct freshness *,
    char control[CACHING_TEXT]);

/* The answer is about what is stored: that is good for longer from now on, or
 * is not to be kept any more, and loses its key. */
void freshness_renew(struct pull *);

#endif /* FRESHNESS_H */

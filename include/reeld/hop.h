/* SPDX-License-Identifier: ISC */
/*
 * hop -- fields that end at this hop, whoever wrote them
 *
 * Runs in:  worker, fetcher, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef REELD_HOP_H
#define REELD_HOP_H

#include <stddef.h>

#include "reeld/span.h"

/* 1 when a field called `name` is not passed on (RFC 9110, 7.6.1): one of the
 * connection, or named by one of the `n` values of Connection. */
int hop_ends(struct span name, const struct span *connection, size_t n);

/* 1 when the method is known to change nothing (RFC 9110, 9.2.1); what is
 * unknown may do anything. */
int hop_safe(struct span method);

#endif /* REELD_HOP_H */

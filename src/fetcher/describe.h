/* SPDX-License-Identifier: ISC */
/*
 * describe -- what clients are told of an object, by the answer of its source
 *
 * Runs in:  fetcher.
 * Touches:  the object's answer.
 * Locks:    the store's, of that record.
 * Owns:     nothing.
 * Fails:    -1: no room; with EEXIST the catalogue was faster.
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stdint.h>

#include "pull.h"

/* Publishes what the pull's head says of `object`, `size` bytes long (-1: not
 * known yet). */
int describe(struct pull *, struct object_ref object, int64_t size,
    int no_ranges);

#endif /* DESCRIBE_H */

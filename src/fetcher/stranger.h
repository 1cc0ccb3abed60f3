/* SPDX-License-Identifier: ISC */
/*
 * stranger -- is the file of a source that did not describe the object the
 * same one? (rule P10)
 *
 * Runs in:  fetcher.
 * Touches:  the pull, what is known of its source.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    by breaking the pull: such a source is not asked again for it.
 */
#ifndef STRANGER_H
#define STRANGER_H

#include "reeld/answer.h"
#include "pull.h"

/* The first good answer of a stranger: the same by size and validator, or its
 * body is compared with the pull's proof. */
void stranger_meet(struct pull *, const struct answer *);

/* What came of its body: 0 goes on, 1 it is the same, -1 it is another. */
int stranger_compare(struct pull *, const void *bytes, size_t len);

/* Its file is another one. */
void stranger_other(struct pull *, const char *why);

#endif /* STRANGER_H */

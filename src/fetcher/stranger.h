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

/* A good answer of the first source, where it is not known who described the
 * object: 0 if it may be taken for home; else it is asked again, as a
 * stranger. */
int stranger_pretends(struct pull *, const struct answer *);

/* The first good answer of a stranger: the same by size and validator, or its
 * body is compared with the pull's proof.  0 where there is nothing to compare
 * it with, and it may as well be a new version. */
int stranger_meet(struct pull *, const struct answer *);

/* What came of its body: 0 goes on, 1 it is the same, -1 it is another. */
int stranger_compare(struct pull *, const void *bytes, size_t len);

/* Its file is another one. */
void stranger_other(struct pull *, const char *why);

#endif /* STRANGER_H */

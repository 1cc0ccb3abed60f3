/* SPDX-License-Identifier: ISC */
/*
 * sealed -- a text that processes are handed and none can change
 *
 * Runs in:  master.
 * Touches:  a memfd.
 * Locks:    none.
 * Owns:     nothing: the descriptor is the caller's.
 * Fails:    -1 with errno.
 */
#ifndef MASTER_SEALED_H
#define MASTER_SEALED_H

#include <stddef.h>

/* One piece of the text. */
struct sealed_part {
	const void	*bytes;
	size_t		 len;
};

/* A memfd called `name` (in /proc) with `n` pieces, one after the other. */
int sealed_create(const char *name, const struct sealed_part *, size_t n);

#endif /* MASTER_SEALED_H */

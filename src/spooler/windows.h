/* SPDX-License-Identifier: ISC */
/*
 * windows -- which segments on disk readers stand in, or are about to read
 *
 * Runs in:  spooler.
 * Touches:  reads rows; pins their objects for a moment.
 * Locks:    none.
 * Owns:     the one copy.
 * Fails:    never; readers too many are left out.
 */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <stddef.h>
#include <stdint.h>

#define WINDOWS_MAX	4096

struct windows {
	struct {
		int64_t		 file;
		uint32_t	 first, last;	/* segments */
	} v[WINDOWS_MAX];
	size_t		 n;
};

/* As they are now; good until the next call. */
const struct windows *windows_take(void);
/* 1 when a reader's window has that segment. */
int windows_have(const struct windows *, int64_t file, uint32_t number);

#endif /* WINDOWS_H */

/* SPDX-License-Identifier: ISC */
/*
 * sniff -- the Content-Type of a file, from its first bytes
 *
 * Runs in:  fetcher, worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; what is returned is static.
 * Fails:    NULL where the bytes do not tell, or too few of them are there.
 */
#ifndef REELD_SNIFF_H
#define REELD_SNIFF_H

#include <stddef.h>
#include <stdint.h>

#define SNIFF_BYTES	1024	/* more tell no more */

/* The type that `len` bytes from the file's start stand for.  Media alone, and
 * what goes with them: never text, HTML or a program, so that who stores a
 * piece cannot have a browser run it. */
const char *sniff_type(const uint8_t *bytes, size_t len);

#endif /* REELD_SNIFF_H */

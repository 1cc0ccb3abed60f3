/* SPDX-License-Identifier: ISC */
/*
 * names -- what host names mean to a reeld
 *
 * Runs in:  test programs.
 * Touches:  the environment of what they start next.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    the test, when resolver.so was not built.
 */
#ifndef TEST_NAMES_H
#define TEST_NAMES_H

struct reeld;

/* reeld_start() with `conf`, for which the names of `table` are resolved as
 * resolver_preload.c says, and no others. */
struct reeld *names_start(const char *table, const char *conf);

#endif /* TEST_NAMES_H */

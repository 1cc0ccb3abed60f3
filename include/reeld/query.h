/* SPDX-License-Identifier: ISC */
/*
 * query -- parameters of a raw query
 *
 * Runs in:  worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef REELD_QUERY_H
#define REELD_QUERY_H

#include <stddef.h>

#include "reeld/span.h"

/*
 * Copies the raw query `in` to `out` without the `n` named parameters; names
 * are compared unescaped.  All other bytes stay as they are.  `out` needs room
 * for `len` bytes and may be `in` itself; no NUL is written.  Returns the new
 * length.
 */
size_t query_strip(const char *in, size_t len, const char *const *names,
    size_t n, char *out);

/* The raw value of the first parameter called `name`, still escaped; an empty
 * one for a parameter without `=`; base NULL when there is none. */
struct span query_find(const char *query, size_t len, const char *name);

/* Undoes `%XX` and `+` of a raw value; `out` needs room for `len` bytes and
 * may be the value itself.  Broken escapes stay as they are.  Returns the new
 * length; no NUL is written. */
size_t query_unescape(const char *value, size_t len, char *out);

#endif /* REELD_QUERY_H */

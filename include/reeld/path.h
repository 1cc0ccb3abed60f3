/* SPDX-License-Identifier: ISC */
/*
 * path -- whether a request's raw path may be used
 *
 * Runs in:  worker, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1, and `*why` is a static reason fit for a client to read.
 */
#ifndef REELD_PATH_H
#define REELD_PATH_H

#include <stddef.h>

#define PATH_LEN_MAX	8192

/*
 * 0 for a raw path that is safe to put behind an origin's url; -1 for a
 * control character or space, `#`, %00, a broken escape, a dot segment
 * (escaped ones and ones between escaped slashes and backslashes too), or
 * more than PATH_LEN_MAX bytes.  `why` may be NULL.
 */
int path_check(const char *path, size_t len, const char **why);

/* The path as a server may read it: unescaped, slashes merged; `out` needs room
 * for `len` bytes.  Returns the new length; no NUL is written. */
size_t path_plain(const char *path, size_t len, char *out);

#endif /* REELD_PATH_H */

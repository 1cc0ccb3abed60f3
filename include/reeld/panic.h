/* SPDX-License-Identifier: ISC */
/*
 * panic -- reeld itself is wrong: last words, then abort
 *
 * Runs in:  every process.
 * Touches:  the last-words buffer that panic_words() was given.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    does not return.
 */
#ifndef REELD_PANIC_H
#define REELD_PANIC_H

#include <stddef.h>

/* Nothing that a client or a source sends may reach either of these. */
#define PANIC(...)	panic(__FILE__, __LINE__, __VA_ARGS__)
#define ASSERT(c) \
	((c) ? (void)0 : panic(__FILE__, __LINE__, "assert %s", #c))

/* Says where and why, leaves it in the last-words buffer, aborts. */
void panic(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), noreturn));

/* From now on a panic also writes its text to `buf` (`len` bytes, the process
 * slot in shared memory), where the master finds it. */
void panic_words(char *buf, size_t len);

#endif /* REELD_PANIC_H */

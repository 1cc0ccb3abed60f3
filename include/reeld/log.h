/* SPDX-License-Identifier: ISC */
/*
 * log -- what the program tells its operator
 *
 * Runs in:  every process.
 * Touches:  stderr or syslog(3); no shared memory.
 * Locks:    none; never called while a shared lock is held.
 * Owns:     nothing but the program's name.
 * Fails:    never to the caller; fatal() ends the process with status 1.
 */
#ifndef REELD_LOG_H
#define REELD_LOG_H

#include <stdint.h>

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Starts logging as `ident`, to stderr or to syslog's daemon facility.
 * Before the first call everything goes to stderr. */
void log_init(enum log_target target, const char *ident);

/* One line each, printf-style, no newline.  errno is left as it was. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The machine will not let us work: logs and exits with status 1. */
void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* Makes untrusted bytes printable (vis(3)) in one of four static buffers, at
 * most 255 bytes of them; good until the fourth call after this one. */
const char *log_vis(const char *s);

/* A limiter for lines that a stranger can cause: log_allow() is 1 at most
 * `burst` times a second and counts what it held back in `held`. */
struct log_limit {
	int64_t		 second;
	unsigned	 used;
	unsigned	 burst;
	unsigned long	 held;
};
int log_allow(struct log_limit *);

#endif /* REELD_LOG_H */

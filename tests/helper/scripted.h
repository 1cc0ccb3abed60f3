/* SPDX-License-Identifier: ISC */
/*
 * scripted -- a test's hold on a running origin, the scripted source
 *
 * Runs in:  test programs.
 * Touches:  a child process and its control port.
 * Locks:    none.
 * Owns:     the child; it dies with the test.
 * Fails:    the test, when the source does not start or refuses a script.
 */
#ifndef TEST_SCRIPTED_H
#define TEST_SCRIPTED_H

#include <stdint.h>
#include <jansson.h>

struct origin;

/* Starts $ORIGIN (default build/origin) on free ports, with more arguments
 * up to a NULL: origin_start("-r", dir, NULL). */
struct origin *origin_start(const char *arg, ...)
    __attribute__((sentinel));
void origin_stop(struct origin **);

int origin_port(const struct origin *);
int origin_control(const struct origin *);

/* "http://127.0.0.1:port" and the printf-style rest, in one of 16 buffers. */
const char *origin_url(const struct origin *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * One counter: of a path ("requests", "bytes", "status.206"...), or with path
 * NULL of all ("connections", "open", "peak").  What was never counted is 0.
 */
int64_t origin_stat(const struct origin *, const char *path,
    const char *name);

/* The head of the newest request of `path`; the caller frees it. */
char *origin_last(const struct origin *, const char *path);

/* 1 when that has the text. */
int origin_asked(const struct origin *, const char *path, const char *text);

/* All counters; the caller drops the reference. */
json_t *origin_stats(const struct origin *);

/* Knobs of a path, from its next request on: "cut=1M&cutonce=1". */
void origin_set(const struct origin *, const char *path, const char *knobs);

/* Counters to zero; origin_reset() forgets all knobs as well. */
void origin_reset(const struct origin *);
void origin_reset_counts(const struct origin *);

/* 0: connecting is refused from now on; 1: on the same port again. */
void origin_listen(const struct origin *, int on);

#endif /* TEST_SCRIPTED_H */

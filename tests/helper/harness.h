/* SPDX-License-Identifier: ISC */
/*
 * harness -- a test's hold on a running reeld
 *
 * Includes what an end-to-end test needs besides: the scripted source and the
 * content's bytes; viewer.h and multipart.h are for those who look.
 *
 * Runs in:  test programs, from their first thread alone.
 * Touches:  reeld's processes, a directory of their own for each.
 * Locks:    none.
 * Owns:     the processes and the directory until reeld_stop(); both go when
 *           the test dies.
 * Fails:    the test, after printing reeld's log.
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "data.h"
#include "now.h"
#include "scripted.h"

struct reeld;

/*
 * Starts $REELD (default ./reeld) with -d and a configuration of the
 * printf-style text and, where no line of the text begins with their names,
 *	workers = 2  arena_size = 128M  listen on a free port, serving all
 *	control, pidfile, access_log in reeld's directory
 *	user = "nobody" when the test is run by root
 * and waits at most 5 s until /health answers.
 */
struct reeld *reeld_start(const char *conf, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * TERM, at most 10 s, and away with its directory.  The test fails if reeld
 * had to be killed, left with an error (unless a signal of the test ended
 * it), left a process behind, panicked or annoyed a sanitizer.
 */
void reeld_stop(struct reeld **);

/* Writes a new configuration, which reeld reads at the next reeld_hup(). */
void reeld_conf(struct reeld *, const char *conf, ...)
    __attribute__((format(printf, 2, 3)));
void reeld_hup(const struct reeld *);

int reeld_port(const struct reeld *);
pid_t reeld_pid(const struct reeld *);
const char *reeld_dir(const struct reeld *);

/* "http://127.0.0.1:port" and the printf-style rest, in one of 16 buffers. */
const char *reeld_url(const struct reeld *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The living processes whose title has `role` in it ("master", "worker",
 * "worker 1", "fetcher"; NULL: all): how many, at most `max`. */
int reeld_pids(const struct reeld *, const char *role, pid_t *pids, int max);

/* Sends a signal to each of them: how many there were. */
int reeld_kill(const struct reeld *, const char *role, int sig);

/* Runs $REELCTL (default ./reelctl) on reeld's socket, arguments separated by
 * blanks: its exit status, its output and errors in `buf`, terminated. */
int reeld_ctl(const struct reeld *, const char *args, char *buf, size_t len);

/* The number of the line of the configuration that has `text`, which one must
 * have. */
int reeld_conf_line(const struct reeld *, const char *text);

/* 1 when `text` stands in the access log. */
int reeld_access_has(const struct reeld *, const char *text);

/* How often `text` stands in the log. */
int reeld_log_count(const struct reeld *, const char *text);

/* Bytes resident: blocks of the arena and anonymous memory of all. */
int64_t reeld_resident(const struct reeld *);

/* CPU milliseconds so far of the processes of `role`. */
int64_t reeld_cpu_ms(const struct reeld *, const char *role);

/* A port of 127.0.0.1 on which nobody listens, and which the kernel will not
 * give to an outgoing connection. */
int free_port(void);

/* Looks every 5 ms whether `cond` has come true, for at most `ms`; the value
 * is what it saw last. */
#define AWAIT(cond, ms) __extension__({					\
	int64_t await_end_ = now_us() + (int64_t)(ms) * 1000;		\
	int await_ok_;							\
									\
	while (!(await_ok_ = !!(cond)) && now_us() < await_end_)	\
		usleep(5000);						\
	await_ok_;							\
})

#endif /* TEST_HARNESS_H */

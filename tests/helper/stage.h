/* SPDX-License-Identifier: ISC */
/*
 * stage -- a source, a reeld that pulls from it, and who watches its films
 *
 * Runs in:  test programs, from their first thread alone.
 * Touches:  the processes that it starts.
 * Locks:    none.
 * Owns:     the processes until stage_close(); a watch its viewer.
 * Fails:    the test, when a byte is wrong, missing or too much.
 */
#ifndef TEST_STAGE_H
#define TEST_STAGE_H

#include <stdint.h>

#include "harness.h"
#include "viewer.h"

#define MB	1000000		/* as sources and players count */

struct stage {
	struct origin	*origin;	/* what reeld pulls from */
	struct origin	*direct;	/* the same bytes, not counted there */
	struct reeld	*reeld;
	int		 kills;		/* processes that the test has killed */
};

/* Generated content, under the same path at the source and at reeld. */
struct film {
	char		 path[64];
	char		 query[192];	/* knobs of the source */
	int64_t		 size;
};

/* One viewer's look at a film, from one place on. */
struct watch {
	struct viewer	*viewer;
	int64_t		 expected;	/* bytes to come */
	int		 leaves;	/* ... before the end of the answer */
};

/* 1 when the test is to take its long form. */
int stage_soak(void);

/* Starts both sources and a reeld; `conf` has lines of its configuration,
 * `rules` lines of the origin that has the films. */
void stage_open(struct stage *, const char *conf, const char *rules);

/* Ends all of it, once the arena was found in order and no process of reeld
 * has died that the test has not killed. */
void stage_close(struct stage *);

/* A film of `size` bytes, brought at `rate` bytes/s (0: at any) on each
 * connection; `knobs` says what else the source does ("": nothing). */
struct film stage_film(const char *name, int64_t size, int64_t rate,
    const char *knobs);

/* The film of the demo, which takes one connection ten seconds: 300 MB at 30
 * MB/s in the long form, else a fifth of both. */
struct film stage_demo(const char *name);

/*
 * Begins to watch from byte `from` on.  `how` says what is special (NULL:
 * nothing): http, rate, stop_after, timeout_ms; the range is filled in, and so
 * is what the bytes are compared with.
 */
struct watch stage_watch(const struct stage *, const struct film *,
    int64_t from, const struct viewer_want *how);

/* The same, without reeld between. */
struct watch stage_watch_direct(const struct stage *, const struct film *,
    int64_t from, const struct viewer_want *how);

/* When the first byte of a direct request comes, in us; it leaves then. */
int64_t stage_first_direct(const struct stage *, const struct film *,
    int64_t from);

/* Waits for the end: all bytes that were to come have come, all are right.
 * The caller destroys the result. */
struct viewer_result *watch_end(struct watch *);

/* watch_end() of `n` of them; the results are not wanted. */
void watch_end_all(struct watch *, int n);

/* Leaves where it is; what came is right. */
struct viewer_result *watch_leave(struct watch *);

/* A counter of reeld by the name it has in /metrics. */
int64_t stage_counter(const struct stage *, const char *name);

/* How many bytes of the film reeld has. */
int64_t stage_have(const struct stage *, const struct film *);

/* What the source has sent of the film: bytes, and in proportion to its
 * size, which is printed under `title`. */
int64_t stage_sent(const struct stage *, const struct film *);
/* The same of `n` films. */
int64_t stage_sent_all(const struct stage *, const struct film *, size_t n);
double stage_ratio(const struct stage *, const struct film *,
    const char *title);

#endif /* TEST_STAGE_H */

/* SPDX-License-Identifier: ISC */
/*
 * spoolstage -- a stage whose reeld has a spool, and may be started again
 *
 * Runs in:  test programs, from their first thread.
 * Touches:  the processes that it starts, the spool's directory.
 * Locks:    none.
 * Owns:     all of it, until spoolstage_close().
 * Fails:    the test.
 */
#ifndef TEST_SPOOLSTAGE_H
#define TEST_SPOOLSTAGE_H

#include <stdint.h>

#include "spooldir.h"
#include "stage.h"

struct spoolstage {
	struct stage	 stage;		/* its reeld NULL while none runs */
	struct spooldir	 dir;
	int		 rough;		/* fsck is not asked at the end */
	char		 conf[1024], rules[256];
};

/* A stage with `conf` and a spool of the rules `spool` in a fresh directory;
 * `rules` are the origin's. */
void spoolstage_open(struct spoolstage *, const char *conf, const char *spool,
    const char *rules);
/* The same with the directory that the caller has made. */
void spoolstage_open_in(struct spoolstage *, const char *conf,
    const char *spool, const char *rules);

/* Ends it all, once memory was found in order and, with reeld gone, the spool
 * as well. */
void spoolstage_close(struct spoolstage *);

/* TERM, and its end; SIGKILL to all its processes; starts it with the same
 * configuration, port and origin. */
void spoolstage_stop(struct spoolstage *);
void spoolstage_kill(struct spoolstage *);
void spoolstage_start(struct spoolstage *);

/* Fails the test unless `reelctl fsck` finds the spool, which nobody uses, in
 * order. */
void spoolstage_fsck(struct spoolstage *);

/* 0: who connects to the source is refused, and reeld's idle connections are
 * of no use any more; 1: as before. */
void spoolstage_source(struct spoolstage *, int on);

/* Watches a film to its end. */
void spoolstage_watch(struct spoolstage *, const struct film *);

/* Bytes of a film on disk, as reeld says; 0 when it does not know it. */
int64_t spoolstage_on_disk(struct spoolstage *, const struct film *);
/* Waits until all of it is, or fails the test. */
void spoolstage_await_saved(struct spoolstage *, const struct film *, int ms);

/* Bytes of the blocks of the arena. */
int64_t spoolstage_arena(struct spoolstage *);
/* Waits until they are at most so many, or fails the test. */
void spoolstage_await_arena(struct spoolstage *, int64_t most, int ms);

/* Waits until no byte of any film is in memory, or fails the test. */
void spoolstage_await_empty(struct spoolstage *, int ms);

/* What `reelctl map` says of a film; good until the next call. */
const char *spoolstage_map(struct spoolstage *, const struct film *);
/* 1 when a text of /health's problems has these words in it. */
int spoolstage_problem(struct spoolstage *, const char *words);

#endif /* TEST_SPOOLSTAGE_H */

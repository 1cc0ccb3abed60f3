/* SPDX-License-Identifier: ISC */
/*
 * spoolunit -- the spooler's parts, called by a test: an arena and a disk
 *
 * Runs in:  unit tests of the spooler, in a process that is worker and spooler
 *           in one.
 * Touches:  what the spooler touches; the mounts of this process alone.
 * Locks:    as they do.
 * Owns:     arena, object 1 (see storetest.h) and directory, until its end.
 * Fails:    the test.
 */
#ifndef TEST_SPOOLUNIT_H
#define TEST_SPOOLUNIT_H

#include <stdint.h>

#include "../../src/spooler/disk.h"
#include "storetest.h"

struct spoolunit {
	struct storetest t;
	struct object_ref object;	/* of no file yet */
	struct disk	 disk;
	char		 dir[256];
	int		 mounted;
};

/* An arena of `arena` bytes, object 1 of `size`, and an open spool in a fresh
 * directory: on a file system of `mount` ("4M") alone where that is not NULL.
 * 0 where this process may not mount: the test has nothing to do. */
int spoolunit_begin(struct spoolunit *, uint64_t arena, int64_t size,
    const char *mount);
/* Audits the arena and removes the directory. */
void spoolunit_end(struct spoolunit *);

/* Runs save_turn() until nothing is left to be saved, and commits. */
void spoolunit_save(struct spoolunit *, enum spool_why);
/* work_turn(), a trouble being looked at again soon, until the spool is
 * in that state, or so many turns are over: 1 when it is. */
int spoolunit_work(struct spoolunit *, enum spool_state, int turns);

/* Writes `bytes` into the file `name` of the directory, as many as there is
 * room for; how many, or -1 where it cannot be made. */
int64_t spoolunit_write(struct spoolunit *, const char *name, int64_t bytes);
/* Overwrites the first bytes of a segment on disk. */
void spoolunit_damage(struct spoolunit *, uint32_t number);
/* Closes the disk, runs SQL on the catalogue, and opens it again. */
void spoolunit_change(struct spoolunit *, const char *sql);
/* 1 when the catalogue has a row of segment `number` of object 1. */
int spoolunit_has_row(struct spoolunit *, uint32_t number);
/* From here on no file grows beyond `size` bytes; RLIM_INFINITY: it may. */
void spoolunit_limit(uint64_t size);

#endif /* TEST_SPOOLUNIT_H */

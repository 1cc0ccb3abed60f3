/* SPDX-License-Identifier: ISC */
/*
 * disk -- the directory of the spool: its lock, catalogue and data files
 *
 * Runs in:  spooler.
 * Touches:  the directory.
 * Locks:    DIR/lock, flock(2): one spooler per directory.
 * Owns:     all in struct disk, from disk_open() to disk_close().
 * Fails:    -1 after health.h was told.
 */
#ifndef DISK_H
#define DISK_H

#include <sys/types.h>

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "reeld/conf.h"
#include "catalogue.h"
#include "data.h"

struct disk {
	char		 path[PATH_MAX];
	struct conf_spool rules;	/* those in force; no texts in it */
	int		 fd, lock;	/* -1: not open */
	dev_t		 device;
	ino_t		 folder, file;	/* of the directory, the catalogue */
	struct catalogue *catalogue;	/* NULL: not open */
	struct data	*data;
};

void disk_init(struct disk *, const struct conf_spool *);
/* Another configuration.  A spooler keeps its directory: with another one, or
 * none, the master lets it go, and the rules stay as they are. */
void disk_set_rules(struct disk *, const struct conf_spool *);

/* Takes the lock, opens catalogue and data.  A corrupt catalogue is moved
 * aside and a new one begun; files of the old one are strays then, which have
 * to make room for it.  Whatever it fails with makes the spool BROKEN. */
int disk_open(struct disk *);
void disk_close(struct disk *);
int disk_is_open(const struct disk *);

/* Where the path leads by now; health is told of all but HERE. */
enum disk_place {
	DISK_HERE,
	DISK_EMPTIED,		/* to this directory, without our catalogue */
	DISK_MOVED		/* elsewhere, or nowhere */
};
enum disk_place disk_place(const struct disk *);

/* 1 when nothing can be written, for as long as the mount is as it is. */
int disk_is_read_only(const struct disk *);
/* Bytes that could be written before the file system has less than its share
 * of free ones; below 0, how many of those are gone. */
int64_t disk_spare(const struct disk *);
/* Writes a little and takes it away again: 1 when that went well. */
int disk_try(const struct disk *);

/* ms for "last use" in the catalogue: those since 1970, but never going back
 * while this process lives. */
int64_t disk_now(void);

#endif /* DISK_H */

/* SPDX-License-Identifier: ISC */
/*
 * files -- the files that the master keeps, and folders that others need
 *
 * Runs in:  master.
 * Touches:  the file system, where the configuration says.
 * Locks:    the pid file, against a second reeld.
 * Owns:     the pid file until files_pid_remove().
 * Fails:    -1 with errno; the caller decides whether reeld can do without.
 */
#ifndef MASTER_FILES_H
#define MASTER_FILES_H

#include <sys/types.h>

#include "reeld/account.h"

/* Makes the folder that `path` lies in, one level, if it is missing and we are
 * root: a default path must not fail for want of it. */
void files_make_folder(const char *path);

/* Makes the directory of a spool if it is missing, and gives it to the user who
 * keeps it.  What cannot be made the spooler tells, and again each time it
 * looks. */
void files_make_spool(const char *path, const struct account *);

/* Opens a log to append to it, never to wait for it.  Its descriptor, or
 * -1. */
int files_open_log(const char *path);

/* Takes the pid file, so that a second reeld finds it taken: -1 with EEXIST
 * and the first one's pid in `*other`. */
int files_pid_take(const char *path, pid_t *other);
/* Writes our pid to the file taken, if any; once we are in the background. */
void files_pid_write(void);
void files_pid_remove(void);

#endif /* MASTER_FILES_H */

/* SPDX-License-Identifier: ISC */
/*
 * fsck -- checks a spool that no spooler has
 *
 * Runs in:  reelctl.
 * Touches:  the spool's directory; changes nothing unless it repairs.
 * Locks:    DIR/lock, flock(2), so that no spooler begins meanwhile.
 * Owns:     nothing.
 * Fails:    FSCK_FAILED, after it said why.
 *
 * Bad is what a spooler would have to throw away: a catalogue that does not
 * hold, a segment whose bytes are not what was saved or that is not there.
 * Left over is what takes room and that a spooler clears away by itself: files
 * and bytes that no row names, rows of files without a segment.  A spool whose
 * spooler was killed has such, and is clean all the same.
 */
#ifndef REELD_FSCK_H
#define REELD_FSCK_H

#include <stdio.h>

enum fsck_verdict {
	FSCK_CLEAN,		/* and what was left over is gone, if asked */
	FSCK_BAD,		/* and what was bad is gone, if asked */
	FSCK_FAILED		/* could not be looked at, or not repaired */
};

/* Checks the directory, prints what it finds, a line each, and how much there
 * is in the last one.  `repair`: drops what is bad and what is left over. */
enum fsck_verdict fsck_spool(const char *path, int repair, FILE *out);

#endif /* REELD_FSCK_H */

/* SPDX-License-Identifier: ISC */
/*
 * trouble -- what an errno of the disk makes of the spool
 *
 * Runs in:  spooler; reelctl fsck.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef TROUBLE_H
#define TROUBLE_H

#include "reeld/spool.h"

/* FULL: there is no room.  UNWRITABLE: nothing can be written, which says
 * nothing of reading.  BROKEN: all else.  The one rule for data files and for
 * the catalogue. */
enum spool_state trouble_state(int error);

#endif /* TROUBLE_H */

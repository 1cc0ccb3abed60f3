/* SPDX-License-Identifier: ISC */
/*
 * stray -- what lies in a data file and that no row of the catalogue names
 *
 * Runs in:  spooler; reelctl fsck.
 * Touches:  one data file, its rows.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 with errno, EIO where the catalogue failed.
 *
 * A death between writing a segment and committing its row leaves such bytes.
 * They do no harm but take room.
 */
#ifndef STRAY_H
#define STRAY_H

#include <stdint.h>

#include "catalogue.h"
#include "data.h"

/* How many bytes of a file are strays; `punch`: there is a hole then.  Not
 * while something of that file is written and not yet committed. */
int64_t stray_bytes(struct catalogue *, struct data *, int64_t file,
    int punch);

#endif /* STRAY_H */

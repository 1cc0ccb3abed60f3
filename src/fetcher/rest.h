/* SPDX-License-Identifier: ISC */
/*
 * rest -- what follows when a pull broke (rule P10)
 *
 * Runs in:  fetcher.
 * Touches:  the pull, its servers, its object.
 * Locks:    none but those the store takes.
 * Owns:     nothing; ends the pull where there is no hope.
 * Fails:    by telling the readers.
 */
#ifndef REST_H
#define REST_H

#include "pull.h"

/*
 * After pull_break(): another source at once if one is well; else all of them
 * again, at once if this attempt was a good one, after a while if not; else
 * the readers are told, and the pull is gone.  Good is what got further than
 * all before it: a source without ranges may send the same beginning again and
 * again.
 */
void rest(struct pull *);
/* There is no hope: tells the readers, but holds that as long as the catalogue
 * may yet know the object.  Called again each tick while it is held. */
void rest_over(struct pull *);

#endif /* REST_H */

/* SPDX-License-Identifier: ISC */
/*
 * binding -- which file of the spool an object of the arena has
 *
 * Runs in:  spooler.
 * Touches:  through spool.h, numbers and bits of objects; the catalogue.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 after health.h was told.
 *
 * A file belongs to one generation of an object.  It is the object's only if
 * the key and all that tells generations apart are the same in both: bytes of
 * two generations never mix.
 */
#ifndef BINDING_H
#define BINDING_H

#include "disk.h"

/* The file of a known object, which is pinned: the one it is bound to, or one
 * that the catalogue has of the same generation, or a new one in the place of
 * what the key had before. */
int binding_obtain(struct disk *, struct object_ref, int64_t *file);

/* What a file, of an object of `size` bytes, has on disk; size 0: which of its
 * segments are not whole is not asked. */
enum catalogue_result binding_marks(struct disk *, int64_t file, int64_t size,
    struct spool_marks *);

/* An object that was purged: the catalogue finds its key no more, its own file
 * can still be read. */
int binding_purge(struct disk *, struct object_ref);
/* An object that has a file and no future: the file goes. */
int binding_drop(struct disk *, struct object_ref);
/* Purged files that were kept for those who read in another process go. */
void binding_drop_purged(struct disk *);

/* Tells the arena which segments of an object's file are not whole. */
void binding_count(struct disk *, struct object_ref);
/* Nothing of a segment is on disk any more. */
void binding_mark_off(struct disk *, struct object_ref, uint32_t number);

/* Looks at all objects of the arena: what is bound to a file that is not
 * theirs, or not there, is forgotten; marks are made as they should be. */
int binding_check_all(struct disk *);

/* No more of these files is on disk: their objects forget. */
void binding_forget(const int64_t *files, size_t n);
/* ... or no more of these segments. */
void binding_unmark(struct disk *, const struct catalogue_segment *,
    size_t n);

/* Freshness that was renewed since `since` (wall s) is noted, in the batch. */
int binding_refresh(struct disk *, int64_t since);

#endif /* BINDING_H */

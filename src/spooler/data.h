/* SPDX-License-Identifier: ISC */
/*
 * data -- the sparse files of the spool, one per object generation
 *
 * Runs in:  spooler; reelctl fsck.
 * Touches:  DIR/data/XX/FILE.
 * Locks:    none.
 * Owns:     a small cache of open descriptors.
 * Fails:    -1 with errno of the system call; EBADMSG for bytes that are not
 *           what their checksum says or cannot be read, ENOENT for a file that
 *           is not there.
 *
 * Segment n of a file lies at n times the segment size; blocks that were not
 * saved are holes.  A checksum says whose bytes, and which blocks, it is of.
 * Blocks of whole pages go past the page cache (O_DIRECT), if the memory that
 * they come from or go to begins on a page as well: malloc(3) does not.
 */
#ifndef DATA_H
#define DATA_H

#include <stddef.h>
#include <stdint.h>

#include "catalogue.h"

struct data;

#define DATA_NAME	"data"
#define DATA_FOLDERS	256

/* `dirfd` is the spool's directory; it stays the caller's. */
struct data *data_create(int dirfd, uint32_t segment_size);
void data_destroy(struct data *);

/* Writes the blocks that s->blocks names from `bytes` (the whole segment in
 * memory, `length` bytes in the object), fills in s->bytes and s->sums.
 * Of what goes through the page cache write-back is begun, and what was written
 * some time before is waited for and dropped: no writer is faster than its
 * disk. */
int data_write(struct data *, struct catalogue_segment *,
    const uint8_t *bytes, uint32_t length);
/* The same for `n` sixteenths from `part` on: their sums are set, their bytes
 * added to s->bytes. */
int data_write_parts(struct data *, struct catalogue_segment *, unsigned part,
    unsigned n, const uint8_t *bytes, uint32_t length);
/* Reads part `part` (a sixteenth) of a segment into `to`, where the segment's
 * byte 0 is, blocks that are there alone, and checks its sum.  Bytes read, or
 * -1. */
int64_t data_read(struct data *, const struct catalogue_segment *,
    unsigned part, uint8_t *to, uint32_t length);
/* The same for `n` parts, read together. */
int64_t data_read_parts(struct data *, const struct catalogue_segment *,
    unsigned part, unsigned n, uint8_t *to, uint32_t length);
/* 1 when this errno of reading says that what is there is bad; 0 when it could
 * not be looked at, for want of descriptors, say: that is no reason to throw it
 * away. */
int data_is_bad(int error);
/* The kernel may begin to read that segment: where it goes through the page
 * cache; else nothing. */
void data_read_ahead(struct data *, const struct catalogue_segment *);
/* Punches the segment's place; removes the file.  0 where there is none. */
int data_punch(struct data *, int64_t file, uint32_t number);
int data_remove(struct data *, int64_t file);
/* Calls `see` with the number and the resident bytes of each file there is; it
 * may remove that one.  data_each_in(): of one folder, to do it in steps. */
int data_each(struct data *, void (*see)(void *, int64_t file,
    uint64_t bytes), void *arg);
int data_each_in(struct data *, unsigned folder, void (*see)(void *,
    int64_t file, uint64_t bytes), void *arg);

/* Calls `see` with each stretch of a file, page by page at best, that is no
 * hole; and makes a hole. */
int data_extents(struct data *, int64_t file, void (*see)(void *,
    uint64_t begin, uint64_t end), void *arg);
int data_punch_range(struct data *, int64_t file, uint64_t begin,
    uint64_t end);

#endif /* DATA_H */

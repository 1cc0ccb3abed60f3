/* SPDX-License-Identifier: ISC */
/*
 * catalogue -- what is in the spool: objects, segments, checksums, last use
 *
 * Runs in:  spooler; reelctl fsck.
 * Touches:  DIR/catalogue.db and its WAL (SQLite).
 * Locks:    SQLite's own, exclusive while it is open; the caller has DIR/lock.
 * Owns:     struct catalogue and its prepared statements.
 * Fails:    with the reason from catalogue_error(): CORRUPT from any call, and
 *           then nothing in it counts; FULL, when nothing can be written, and
 *           ERROR, which may pass.
 *
 * A row that is not what was written is CORRUPT, not another answer: files have
 * a checksum of what their source said, segments must add up.
 */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/object.h"
#include "reeld/spool.h"

#define CATALOGUE_NAME	"catalogue.db"
#define CATALOGUE_PARTS	16	/* checksums of a segment: of each 1/16 */

struct catalogue;

enum catalogue_result {
	CATALOGUE_OK, CATALOGUE_NONE, CATALOGUE_CORRUPT, CATALOGUE_FULL,
	CATALOGUE_UNWRITABLE, CATALOGUE_ERROR
};
extern const char *const catalogue_result_names[];

/* A segment of a file. */
struct catalogue_segment {
	int64_t		 file;
	uint32_t	 number;
	uint32_t	 bytes;		/* on disk, holes not counted */
	uint64_t	 blocks[SPOOL_WORDS];	/* which are there */
	uint64_t	 sums[CATALOGUE_PARTS];	/* of the blocks there, by
						   sixteenth: data.c; 0: none */
};

/* Opens, or makes, the catalogue of the directory `path`.  Files of another
 * `segment_size` are dropped at once; 0: of whatever size it is, and it must
 * be there and have tables, else NONE.  `read_only` changes nothing in the
 * directory. */
enum catalogue_result catalogue_open(const char *path, uint32_t segment_size,
    int read_only, struct catalogue **);
void catalogue_close(struct catalogue *);
/* What failed last, and why; of NULL, why one that is there was not opened. */
const char *catalogue_error(const struct catalogue *);
uint32_t catalogue_segment_size(const struct catalogue *);
/* Moves the corrupt, closed catalogue of a directory aside, to catalogue.db.bad
 * in the place of an older one.  0, or -1 with errno. */
int catalogue_set_aside(const char *path);

/* The file of a key with what its source said of it: CATALOGUE_NONE if there is
 * none. */
enum catalogue_result catalogue_find(struct catalogue *,
    const uint8_t key[HASH_LEN], int64_t *file, struct object_answer *,
    int64_t *answered);
/* A new file for a key, in the place of one that it had, which is dropped (its
 * number in `*old`, or 0). */
enum catalogue_result catalogue_insert(struct catalogue *,
    const uint8_t key[HASH_LEN], const char *origin, const char *url,
    const struct object_answer *, int64_t answered, int64_t *file,
    int64_t *old);
/* Freshness that was renewed: of the answer, that and its Cache-Control. */
enum catalogue_result catalogue_refresh(struct catalogue *, int64_t file,
    const struct object_answer *, int64_t answered);
/* Takes its key from a file: nobody finds it any more, what is in it can be
 * read until it is removed.  NONE: it has none. */
enum catalogue_result catalogue_purge(struct catalogue *, int64_t file);
/* Drops a file and all its segments. */
enum catalogue_result catalogue_remove(struct catalogue *, int64_t file);

/* Calls `see` with each segment of a file, in order. */
enum catalogue_result catalogue_segments(struct catalogue *, int64_t file,
    void (*see)(void *, const struct catalogue_segment *), void *arg);
enum catalogue_result catalogue_segment(struct catalogue *, int64_t file,
    uint32_t number, struct catalogue_segment *);

/* What is changed between begin and commit is one transaction; what is changed
 * outside is one by itself.  After a failure in between all of it is undone,
 * and whatever follows fails the same way, up to and with the commit.  Begin
 * fails where catalogue.db is not in its place any more. */
enum catalogue_result catalogue_begin(struct catalogue *);
enum catalogue_result catalogue_commit(struct catalogue *);
/* NONE: there is no such file or segment (any more). */
enum catalogue_result catalogue_save(struct catalogue *,
    const struct catalogue_segment *, int64_t now);
enum catalogue_result catalogue_drop(struct catalogue *, int64_t file,
    uint32_t number);
/* It was used. */
enum catalogue_result catalogue_touch(struct catalogue *, int64_t file,
    uint32_t number, int64_t now);

/* The segments unused longest, oldest first, at most `max`; how many in `*n`.
 * A row that does not add up is among them, with `bytes` 0: the caller says
 * catalogue_drop_bad().  CORRUPT where it does not even say what it is of. */
enum catalogue_result catalogue_oldest(struct catalogue *,
    struct catalogue_segment *, size_t max, size_t *n);
/* Drops such a row, and counts anew what is left. */
enum catalogue_result catalogue_drop_bad(struct catalogue *, int64_t file,
    uint32_t number);
/* Files without a segment: their numbers, at most `max`; how many in `*n`. */
enum catalogue_result catalogue_empty(struct catalogue *, int64_t *files,
    size_t max, size_t *n);
/* Files without a key, likewise. */
enum catalogue_result catalogue_purged(struct catalogue *, int64_t *files,
    size_t max, size_t *n);
/* Files with a number above `after`, in order: likewise. */
enum catalogue_result catalogue_files(struct catalogue *, int64_t after,
    int64_t *files, size_t max, size_t *n);
/* 1 when there is such a file, or it cannot be told: who would remove what has
 * no row must be sure. */
int catalogue_has(struct catalogue *, int64_t file);
/* Its URL; an empty one where there is none. */
void catalogue_url(struct catalogue *, int64_t file, char *url, size_t size);
/* Bytes that a segment takes on disk, in whole pages. */
uint32_t catalogue_pages(const struct catalogue_segment *,
    uint32_t segment_size);
/* Where its last block ends. */
uint32_t catalogue_end(const struct catalogue_segment *, uint32_t segment_size);

/* Bytes of all segments (as st_blocks would count them: whole pages) and of the
 * catalogue with its WAL (never less than what that grows to) and the one that
 * was set aside; how many segments and files. */
struct catalogue_totals {
	uint64_t	 bytes, own;
	uint64_t	 segments, files;
};
void catalogue_totals(struct catalogue *, struct catalogue_totals *);

/* Whole check (PRAGMA quick_check and our own rules), for fsck. */
enum catalogue_result catalogue_check(struct catalogue *);

#endif /* CATALOGUE_H */

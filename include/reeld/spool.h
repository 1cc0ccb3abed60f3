/* SPDX-License-Identifier: ISC */
/*
 * spool -- what of the arena is on disk as well, and what is on disk alone
 *
 * Runs in:  spooler (decides and says), worker and fetcher (look, ring).
 * Touches:  bits of objects and segments in the arena; never a disk.
 * Locks:    one STRIPE at a time, ARENA alone; never both.
 * Owns:     a pin per object and segment handed out.
 * Fails:    -1 with errno where it says so; a spooler that is away is as none.
 *
 * A segment is clean when every whole block of it is on disk as well, or when
 * nothing is to be saved (no spool, disk full, spooler away): only then it may
 * be evicted.  An object has a bit per segment of which something is on disk.
 * The segment's record is "loaded" once all of that is in the arena too; until
 * then, and where there is no record, the whole segment counts as had (planner
 * P1): the spooler brings it when a reader stands there, and what was not on
 * disk shows as missing then.
 */
#ifndef REELD_SPOOL_H
#define REELD_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/object.h"
#include "reeld/segment.h"

#define SPOOL_SEGMENTS	8192	/* of an object; what lies behind is not kept */
#define SPOOL_WORDS	(SEGMENT_BLOCKS / 64)
#define SPOOL_AWAY	30000	/* ms without a heartbeat: it is none */

enum spool_state {
	SPOOL_NONE,		/* not configured, or nobody is there */
	SPOOL_WORKING,
	SPOOL_FULL,		/* loads, saves nothing: there is no room */
	SPOOL_BROKEN,		/* neither: the directory cannot be used */
	SPOOL_UNWRITABLE	/* loads, saves nothing: it takes nothing */
};
extern const char *const spool_state_names[];

/* ---- everybody ---- */

/* As the spooler said it last; NONE where its slot is free or it has been
 * silent for SPOOL_AWAY. */
enum spool_state spool_state(void);
/* 1 while what is not on disk will be saved, so that it must not be evicted. */
int spool_saves(void);
/* 1 while what is on disk can be brought. */
int spool_loads(void);
/* Wakes the spooler, if there is one. */
void spool_ring(void);

/* 1 when segment `number` is on disk and not (all of it) in the arena. */
int spool_is_away(struct object_ref, uint32_t number);
/* 1 when something of it is on disk; 1 when that is not all that it may have.
 * How many segments are, and how many bytes. */
int spool_has(struct object_ref, uint32_t number);
int spool_is_partial(struct object_ref, uint32_t number);
unsigned spool_count(struct object_ref);
uint64_t spool_bytes(struct object_ref);
/* Adds what is away to a coverage, whole segments clipped at the size, in
 * order, joined where they touch.  0, or -1 with ENOMEM. */
int spool_cover(struct coverage *);
/* The segments that are away of which not all is on disk, so that spool_cover()
 * tells too much: as it has them, whole.  `*lacks` is how many bytes of them
 * all are not. */
int spool_cover_partial(struct coverage *, uint64_t *lacks);

/* 1 once the catalogue was asked for an object that is ASKING, or nobody is
 * there to ask: its source may be.  Until object_claim() the catalogue may
 * answer all the same. */
int spool_looked(struct object_ref);

/* What has become of a purge; struct object_info has it too. */
enum spool_purged {
	SPOOL_KEPT,		/* was not purged */
	SPOOL_PURGING,		/* the catalogue is to be told */
	SPOOL_PURGED,		/* it was, and had known the object */
	SPOOL_UNKNOWN		/* it was, and had not */
};

/* Takes the key away from an object (reelctl purge) and asks the spooler to
 * do the same in its catalogue: who asks for the key from now on gets a new
 * object.  Who reads the old one reads on to his end: what is on disk is
 * brought for him, the rest is pulled, nothing is saved; object and file go
 * with the last of them.  0, or -1 with errno. */
int spool_purge(struct object_ref);

/* ---- the spooler ---- */

/* Takes the place of the spooler: it is rung from now on. */
void spool_here(void);
void spool_set_state(enum spool_state);

/* The catalogue's number of an object's file; 0: none yet.  Survives the
 * spooler.  Bound before the first spool_saved() or spool_mark(). */
void spool_bind(struct object_ref, int64_t file);
int64_t spool_bound(struct object_ref);
/* Something, or nothing any more, of segment `number` is on disk. */
void spool_mark(struct object_ref, uint32_t number, int on_disk);
/* Of these segments on disk not all is: `lacks` bytes of them, in all. */
void spool_set_partial(struct object_ref,
    const uint64_t partial[SPOOL_SEGMENTS / 64], uint64_t lacks);
/* Nothing is, because the disk had no room for it: what the arena has of it is
 * not saved again before somebody uses it. */
void spool_dropped(struct object_ref, uint32_t number);
/* Nothing is: bits and number gone, its segments in the arena not saved. */
void spool_forget(struct object_ref);
/* An object that readers wait for and that the catalogue was not asked about,
 * pinned: the caller says spool_restore() or spool_set_looked(), and unpins.
 * None whose key the catalogue may have for one that is purged or past.
 * 0, or -1 with ENOENT. */
int spool_next_asking(struct object_ref *);
/* The catalogue does not know it: rings the fetcher, and who waits. */
void spool_set_looked(struct object_ref);
/* What of an object is on disk. */
struct spool_marks {
	uint64_t	 on_disk[SPOOL_SEGMENTS / 64];	/* bit per segment */
	uint64_t	 partial[SPOOL_SEGMENTS / 64];	/* not all of it is */
	uint64_t	 lacks;			/* bytes, all of those */
};
/* The catalogue knows it: binds, marks its segments, makes it known, rings.
 * 0, or -1 with EEXIST when its source has answered before, or any errno of
 * object_known(): nothing is bound then. */
int spool_restore(struct object_ref, int64_t file,
    const struct object_answer *, const struct spool_marks *);

/* An object that was purged, be it known or not, and that the catalogue was not
 * told of, pinned: the caller tells it, says spool_set_purged(), and unpins.
 * 0, or -1 with ENOENT. */
int spool_next_purged(struct object_ref *);
/* The catalogue has no file of its key any more; had it one? */
void spool_set_purged(struct object_ref, int had);
/* An object with a file that is past, or purged and used by nobody, pinned: the
 * caller drops the file, says spool_forget(), and unpins.  0, or -1 with
 * ENOENT. */
int spool_next_over(struct object_ref *);

/* A stretch that readers want: what one waits for first, then what is in front
 * of them, `ahead` bytes at most, nearest first.  Segments that are away. */
struct spool_want {
	struct object_ref object;	/* not pinned */
	uint32_t	 number;
	uint64_t	 at;		/* the byte that is wanted first */
	int		 waiting;	/* a reader waits for it now */
};
size_t spool_wants(struct spool_want *, size_t max, uint64_t ahead);

/* What to save next, of objects that are KNOWN, not past, of a known size. */
enum spool_why {
	SPOOL_WHOLE,		/* all its blocks are there, or it is mixed */
	SPOOL_IDLE,		/* ... and it was not used for `idle` ms */
	SPOOL_PRESSED,		/* any block: the arena is short of room */
	SPOOL_ALL		/* any block: reeld is stopping */
};
struct spool_dirty {
	struct object_ref object;	/* pinned */
	struct segment_ref segment;	/* pinned */
	uint32_t	 number;
	uint32_t	 length;	/* bytes that it has in the object */
	uint64_t	 blocks[SPOOL_WORDS];	/* whole ones, to be saved;
						   those that were, too */
	uint64_t	 saved[SPOOL_WORDS];	/* those that were */
};
/* The one that lay unused longest, PRESSED: that is worth least.  None that the
 * caller has in hand already.  It may be mixed: pulled while something of it
 * was on disk, which is to be brought first unless `blocks` have all of that.
 * 0, or -1 with ENOENT. */
int spool_next_dirty(enum spool_why, int64_t idle, struct spool_dirty *);
/* These blocks are on disk, committed; then unpins both. */
void spool_saved(struct spool_dirty *);
/* It could not be saved: unpins both. */
void spool_unsaved(struct spool_dirty *);
/* All that is on disk of a segment was brought: `blocks` of it.  The caller
 * unpins. */
void spool_loaded(struct object_ref, struct segment_ref,
    const uint64_t blocks[SPOOL_WORDS]);

/* Calls `see` with the file and number of each segment that is on disk as well
 * and was used since `since` (ms). */
void spool_each_used(int64_t since, void (*see)(void *, int64_t file,
    uint32_t number), void *arg);

/* 1 when a pull or a reader waits for room, or will soon, that only saving can
 * make: there is too little that is free or clean, and something to be saved.
 * Looks at all records. */
int spool_is_pressed(void);

/* Before another segment is brought: where what was brought and is not in front
 * of a reader any more has a quarter of the arena, evicts the one of it that
 * lay unused longest.  Its pages are warm, and used again in place: a library
 * that goes through memory does not touch all of it. */
void spool_make_way(void);
/* Evicts segments that are on disk, in no reader's window, and lay unused: for
 * `idle` ms if they came from a source, `reload_ttl` if from disk.  Gives back
 * the pages of records that were unused for `reload_ttl`, until `most` bytes
 * are (none of an arena with prefault).  Returns how many bytes were. */
uint64_t spool_release(int64_t idle, int64_t reload_ttl, uint64_t most);

#endif /* REELD_SPOOL_H */

/* SPDX-License-Identifier: ISC */
/*
 * layout -- the arena's records, byte for byte
 *
 * Runs in:  every process; only src/store includes this.
 * Touches:  describes shared memory, touches none itself.
 * Locks:    says by a letter on each field what guards it:
 *           (c) constant since format      (s) its stripe's lock
 *           (f) the ARENA lock             (o) written by its owner alone
 *           (a) atomic
 * Owns:     nothing.
 * Fails:    a layout of another version or machine does not attach.
 *
 * The invariants, cited as "keeps S4" and checked by store_audit():
 *
 * A1  The rooms of all segment records add up to room_used, which is at most
 *     arena_size; a record's room is never less than its resident pages.
 * A2  Every record is exactly one of FREE (on one free list, or never used),
 *     HELD (between lists, `holder` says by whom), LINKED (in one chain).
 * A3  A held record whose holder is dead is garbage; `loose` is set then, and
 *     the next to take the ARENA lock sweeps it.
 * A4  A string cell is free, or kept and reached from one object, or held by a
 *     living process.  It becomes kept, and free, under ARENA alone.
 * S1  A linked object is in the bucket of its key, in the stripe it names.
 *     `stripe` is written by the holder of that stripe alone, before LINKED:
 *     who holds a stripe and reads LINKED, then its number, has a member.
 * S2  At most one linked object of a key is neither past nor purged.
 * S3  A linked segment is in the stripe of its object; its object is linked and
 *     of the generation it names; no two have the same object and number.
 * S4  An object's `segments` counts the segments linked to it.
 * S5  A free record has no pin, no waiter; a free segment no pen, no block.
 * S6  Only a segment without pins is unlinked; only an object without pins and
 *     segments is.
 * S7  Of two pens in one segment neither is in a block of the other's; a pen's
 *     bytes are at most a block, and none if it claims several; a block that a
 *     pen is in and that is whole in `have` was made whole by that pen, or is
 *     left by one that died.
 * S8  A pin, a waiter bit or a pen belongs to a slot that lives; an orphan pen
 *     to none.
 * S9  In a linked segment `saved` is a part of `have`; in a free one it is
 *     zero.
 * S10 The object of a segment with a saved block has the disk bit of its
 *     number: it is set before, and cleared after `saved` was.
 * S11 An object with a disk bit has a file; one that is ASKING has neither, but
 *     while the spooler is TELLING.
 * S12 An object with a verdict is KNOWN; one that is a MISMATCH is past or
 *     purged: nobody finds it.
 * S13 An object that is KNOWN, and to pass, has lost its key: it is purged.
 * S14 A segment that is partial has its disk bit.
 * R1  A row or region in use belongs to a slot that lives, and the worker of a
 *     row pins its object.  The sequence of a region that is free is odd.
 * R2  The tallies of a slot that nobody has are all zero.
 * R3  The spooler that the head names is a slot that lives.
 * R4  An account's record is a living process's, or is free and has no limit.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <sys/types.h>

#include <pthread.h>
#include <stdint.h>

#include "reeld/arena.h"
#include "reeld/caching.h"
#include "reeld/counter.h"
#include "reeld/hash.h"
#include "reeld/object.h"
#include "reeld/region.h"
#include "reeld/row.h"
#include "reeld/seats.h"
#include "reeld/segment.h"
#include "reeld/spool.h"

#define LAYOUT_MAGIC	0x7265656c64303031ULL	/* "reeld001" */
#define LAYOUT_VERSION	2

#define STRIPES		128
#define OBJECT_BUCKETS	64	/* per stripe */
#define SEGMENT_BUCKETS	128	/* per stripe */
#define PENS		4	/* writers at once in one segment */
#define HAVE_WORDS	(SEGMENT_BLOCKS / 64)
#define DISK_WORDS	(SPOOL_SEGMENTS / 64)
#define SLOT_ROWS	4096	/* rows of one process */
#define SLOT_TALLIES	4096	/* client addresses of one process */
#define ROW_WORDS	(SLOT_ROWS / 64)
#define CELL_BYTES	240	/* of text in one string cell */
#define TEXT_MAX	16384	/* of text in one object */
#define TEXT_CELLS	(TEXT_MAX / CELL_BYTES + 1)
#define CELLS		(64u * 1024)	/* string cells in all */
/* Of these segments (numbers modulo the bits) bytes were evicted once: what is
 * pulled into them again counts as pulled again. */
#define EVICTED_WORDS	64
#define CACHE_LINE	64

/* A pen: one word that says how far its writer is inside one block; or which
 * blocks beside each other he claims, of which nothing is published yet. */
#define PEN_FREE	0ULL
#define PEN_ORPHAN	0xffULL	/* in the place of a slot: nobody's */
#define PEN(slot, block, valid) \
	(((uint64_t)(slot) + 1) | (uint64_t)(block) << 8 | \
	(uint64_t)(valid) << 24)
#define PEN_CLAIM(slot, block, n) \
	(PEN(slot, block, 0) | (uint64_t)((n) - 1) << 48)
#define PEN_SLOT(pen)	((unsigned)((pen) & 0xff) - 1)
#define PEN_IS_ORPHAN(pen) (((pen) & 0xff) == PEN_ORPHAN)
#define PEN_BLOCK(pen)	((uint32_t)((pen) >> 8 & 0xffff))
#define PEN_VALID(pen)	((uint32_t)((pen) >> 24 & 0xffffff))
#define PEN_LAST(pen)	(PEN_BLOCK(pen) + (uint32_t)((pen) >> 48))
#define PEN_IS_IN(pen, block) \
	(PEN_BLOCK(pen) <= (block) && (block) <= PEN_LAST(pen))

/* Who holds a record between two lists: a slot in one of its lives. */
#define HOLDER(slot, life)	(((uint32_t)(slot) + 1) | (uint32_t)(life) << 8)
#define HOLDER_SLOT(h)		(((h) & 0xff) - 1)
#define HOLDER_LIFE(h)		((h) >> 8)

/* In the place of a cell's holder: an object's, nobody is in between. */
#define CELL_KEPT	0xffU

enum record_state { RECORD_FREE, RECORD_HELD, RECORD_LINKED };

/* Of an object that is ASKING: who says the answer.  The catalogue as long as
 * it is NOT looked up there and its source was not asked. */
enum object_looked { LOOKED_NOT, LOOKED_TELLING, LOOKED_DONE };

struct slot {
	uint32_t	 role;		/* (o) master; enum arena_role */
	uint32_t	 life;		/* (o) master; one more per issue */
	int32_t		 pid;		/* (o) master */
	uint32_t	 holding;	/* (o) lock number + 1; 0 none */
	int64_t		 since;		/* (o) master; ms */
	int64_t		 heartbeat;	/* (o) ms */
	char		 words[256];		/* (o) last words */
	uint64_t	 counters[COUNTERS];	/* (o) of all its lives */
	uint64_t	 rows[ROW_WORDS];	/* (o) rows in use */
} __attribute__((aligned(CACHE_LINE)));

struct stripe {
	pthread_mutex_t	 lock;
	uint32_t	 objects[OBJECT_BUCKETS];	/* (s) 0: end */
	uint32_t	 segments[SEGMENT_BUCKETS];	/* (s) 0: end */
} __attribute__((aligned(CACHE_LINE)));

struct object {
	uint32_t	 record;		/* (a) enum record_state */
	uint32_t	 holder;		/* (a) while HELD */
	uint32_t	 gen;			/* (a) one more per life */
	uint32_t	 next;			/* (s) chain, (f) free list */
	uint32_t	 stripe;		/* (s) see S1 */
	uint32_t	 state;			/* (a) enum object_state */
	uint32_t	 past;			/* (a) */
	uint32_t	 segments;		/* (s) linked to it */
	uint64_t	 pins;			/* (a) bit per slot */
	uint64_t	 waiters;		/* (a) bit per slot */
	int64_t		 size;			/* (a) -1 unknown */
	uint32_t	 looked;		/* (a) enum object_looked */
	uint32_t	 purged;		/* (a) enum spool_purged */
	uint32_t	 no_ranges;		/* (o) fetcher */
	uint32_t	 made_etag;		/* (o) fetcher */
	uint32_t	 filling;		/* (a) */
	uint32_t	 generation;		/* (s) 1 for the first */
	uint32_t	 pulls;			/* (o) fetcher */
	uint32_t	 status;		/* (o) fetcher; of failure */
	uint32_t	 retry_after;		/* (o) fetcher; s */
	uint32_t	 received;		/* (o) fetcher; of failure */
	uint32_t	 spilled;		/* (a) the disk had no room */
	uint32_t	 queued;		/* (o) fetcher; its turn, 0 */
	uint32_t	 verdict;		/* (o) fetcher; of its bytes */
	uint32_t	 home;			/* (o) fetcher; 0: not known */
	uint32_t	 pass;			/* (a) for who asked alone */
	uint32_t	 told;			/* (o) odd: being written: */
	uint32_t	 caching;		/* (o) CACHING_* */
	int64_t		 born, fresh_until;	/* (o) wall s */
	int64_t		 while_until, error_until;	/* (o) wall s */
	char		 control[CACHING_TEXT];	/* (o) Cache-Control */
	int64_t		 mtime;			/* (o) fetcher; s */
	int64_t		 answered;		/* (a) wall s */
	int64_t		 missed;		/* (a) ms; 0: it was answered */
	uint32_t	 answers;		/* (a) and failures, counted */
	int64_t		 last_use;		/* (a) ms */
	int64_t		 broken;		/* (a) ms of the failure; 0 */
	uint64_t	 broken_at;		/* (o) fetcher; position */
	int64_t		 file;			/* (a) spooler; 0: none */
	uint32_t	 address;		/* (s) cells: origin, url */
	uint32_t	 answer;		/* (a) cells: etags, type */
	uint32_t	 failure;		/* (a) cells: error, text */
	uint8_t		 key[HASH_LEN];		/* (s) */
	uint8_t		 owner[OBJECT_CELLS];	/* (a) */
	uint64_t	 evicted[EVICTED_WORDS]; /* (a) bit per segment */
	uint64_t	 disk[DISK_WORDS];	/* (a) bit per segment: S10 */
	uint64_t	 partial[DISK_WORDS];	/* (s) not whole: S14 */
	uint64_t	 lacks;			/* (s) bytes, all of those */
} __attribute__((aligned(CACHE_LINE)));

struct segment {
	uint32_t	 record;		/* (a) enum record_state */
	uint32_t	 holder;		/* (a) while HELD */
	uint32_t	 next;			/* (s) chain, (f) free list */
	uint32_t	 stripe;		/* (s) see S1 */
	uint32_t	 object, object_gen;	/* (s) */
	uint32_t	 number;		/* (s) */
	uint32_t	 room;			/* (f) bytes reserved */
	uint64_t	 pins;			/* (a) bit per slot */
	uint64_t	 waiters;		/* (a) bit per slot */
	int64_t		 last_use;		/* (a) ms */
	uint64_t	 pens[PENS];		/* (a) */
	uint64_t	 have[HAVE_WORDS];	/* (a) bit per whole block */
	uint64_t	 saved[HAVE_WORDS];	/* (s) of them, on disk: S9 */
	int64_t		 dropped;		/* (s) ms: from the disk */
	uint32_t	 brought;		/* (s) 1: from disk */
	uint32_t	 large;			/* (a) large pages asked for */
	int64_t		 freed;			/* (o) ms; if FREE: since */
} __attribute__((aligned(CACHE_LINE)));

struct cell {
	uint32_t	 holder;		/* (a) 0 free; CELL_KEPT */
	uint32_t	 next;			/* (f) free list, (o) text */
	uint32_t	 used;			/* (o) bytes of text here */
	char		 text[CELL_BYTES];	/* (o) */
};

struct row {
	uint32_t	 seq;			/* (o) odd: being written */
	uint32_t	 waiting;		/* (o) */
	uint32_t	 object, object_gen;	/* (o) */
	uint64_t	 start, position, end;	/* (o) */
	uint64_t	 rate;			/* (o) bytes/s */
	int64_t		 since;			/* (o) ms */
	uint32_t	 flags;			/* (o) */
	uint32_t	 answers;		/* (o) that it has seen */
	uint64_t	 address[2];		/* (o) of the client */
} __attribute__((aligned(CACHE_LINE)));

struct tally {
	uint64_t	 key;			/* (o) of an address; tally.c */
	uint32_t	 count;			/* (o) connections; 0 free */
	uint32_t	 reserved;		/* (c) 0 */
};

struct region {
	uint32_t	 seq;			/* (o) odd: being written */
	uint32_t	 holder;		/* (a) 0: free */
	uint32_t	 id;			/* (o) */
	uint32_t	 object, object_gen;	/* (o) */
	uint32_t	 pull;			/* (o) */
	uint32_t	 state;			/* (o) */
	uint32_t	 source;		/* (o) */
	uint64_t	 begin, end, position;	/* (o) */
	uint64_t	 rate;			/* (o) */
} __attribute__((aligned(CACHE_LINE)));

/* Readable once `limit` is not 0: R4. */
struct seats {
	uint32_t	 holder;		/* (a) 0: free */
	uint32_t	 limit, open, waiting;	/* (o) */
	char		 account[SEATS_NAME];	/* (o) */
};

struct head {
	uint64_t	 magic, stamp;		/* (c) */
	uint64_t	 arena_size;		/* (c) bytes */
	uint32_t	 segment_size;		/* (c) bytes */
	uint32_t	 block_size;		/* (c) bytes */
	uint32_t	 nobjects, nsegments, ncells;	/* (c) ids from 1 */
	uint64_t	 at_slots, at_stripes, at_objects; /* (c) offsets */
	uint64_t	 at_segments, at_regions, at_rows;	/* (c) */
	uint64_t	 at_tallies, at_seats;			/* (c) */
	uint64_t	 at_cells, at_payload, length;		/* (c) */
	uint32_t	 condemned;		/* (a) */
	uint32_t	 fetcher;		/* (a) slot; ARENA_NO_SLOT */
	uint32_t	 spooler;		/* (a) slot; ARENA_NO_SLOT */
	uint32_t	 spool_state;		/* (a) enum spool_state */
	uint32_t	 prefault;		/* (c) 1: pages are kept */
	uint32_t	 loose;			/* (a) keeps A3 */
	uint32_t	 hand;			/* (a) eviction's clock hand */
	uint64_t	 room_waiters;		/* (a) bit per slot */
	pthread_mutex_t	 lock;			/* ARENA */
	uint64_t	 room_used;		/* (f) keeps A1 */
	uint32_t	 object_free;		/* (f) list; 0 end */
	uint32_t	 object_fresh;		/* (f) ids below were used */
	uint32_t	 segment_cold;		/* (f) list without pages */
	uint32_t	 segment_warm;		/* (f) list with pages */
	uint32_t	 segment_fresh;		/* (f) ids below were used */
	uint32_t	 cell_free;		/* (f) list */
	uint32_t	 cell_fresh;		/* (f) ids below were used */
	uint64_t	 counters[COUNTERS];	/* (o) master */
};

/* This process's view; one mapping, never moved.  Private memory. */
struct view {
	int		 fd;
	unsigned	 slot;			/* ARENA_NO_SLOT: the master */
	uint32_t	 life;
	uint64_t	 bit;			/* of our slot; 0 */
	struct head	*head;
	struct slot	*slots;
	struct stripe	*stripes;
	struct object	*objects;		/* by id; 0 is not used */
	struct segment	*segments;		/* by id; 0 is not used */
	struct region	*regions;
	struct row	*rows;			/* SLOT_ROWS for each slot */
	struct tally	*tallies;		/* SLOT_TALLIES each */
	struct seats	*seats;			/* SEATS_MAX */
	struct cell	*cells;			/* by id; 0 is not used */
	uint8_t		*payload;
	uint8_t		*object_marks;		/* scratch of evict.c */
	uint32_t	*object_pins;		/* our private counts */
	uint32_t	*segment_pins;
	int		 bells[ARENA_SLOTS];
};
extern struct view view;

#endif /* LAYOUT_H */

/* SPDX-License-Identifier: ISC */
/*
 * segment -- a fixed piece of an object, in the arena
 *
 * Runs in:  worker, fetcher, spooler.  Never master.
 * Touches:  stripes, segment records, payload (read).
 * Locks:    one STRIPE at a time, ARENA alone.
 * Owns:     a pin per struct segment_ref handed out.  What was published in a
 *           pinned segment is never unpublished nor overwritten.
 * Fails:    -1 with errno: ENOENT, ENOSPC no room, EDEADLK condemned.
 */
#ifndef REELD_SEGMENT_H
#define REELD_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/object.h"

#define SEGMENT_BLOCKS	512

struct segment_ref {
	uint32_t	id;		/* 0: none */
};

/* How far segment_obtain() goes to find room. */
enum segment_room {
	SEGMENT_FREE_ROOM,	/* evicts nothing */
	SEGMENT_EVICT_IDLE,	/* what no reader is before */
	SEGMENT_EVICT		/* what is worth less: outside every reader's
				 * window; within it only for a reader who
				 * stands in the new segment */
};

/* Finds segment `number` of a pinned object and pins it; -1 with ENOENT. */
int segment_find(struct object_ref, uint32_t number, struct segment_ref *);
/* The same, or inserts an empty one. */
int segment_obtain(struct object_ref, uint32_t number, enum segment_room,
    struct segment_ref *);
void segment_unpin(struct segment_ref *);

/* How many bytes from `offset` (within the segment) on can be read now, at
 * most `want`. */
uint32_t segment_ready(struct segment_ref, uint32_t offset, uint32_t want);
const uint8_t *segment_bytes(struct segment_ref);
/* Sets this process's waiter bit; look again after it. */
void segment_wait(struct segment_ref);
void segment_touch(struct segment_ref);

/* Bytes in front of each reader that are not evicted (P7), unless another one
 * waits and there is nothing else. */
uint64_t segment_window(size_t readers);

/* What of an object is in the arena: extents in order, not touching. */
struct extent {
	uint64_t	 begin, end;
};
struct coverage {
	struct object_ref object;
	int64_t		 size;		/* clip here; -1 unknown */
	struct extent	*extents;
	size_t		 n, room;	/* used, allocated */
};
/* Fills in the coverage of `n` objects in one pass over the records, without
 * a lock: a byte named is there unless it is evicted meanwhile.  `extents` are
 * reused and grown; coverage_fini() frees them.  0, or -1 with ENOMEM. */
int coverage_take(struct coverage *, size_t n);
void coverage_fini(struct coverage *);

#endif /* REELD_SEGMENT_H */

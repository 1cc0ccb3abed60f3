/* SPDX-License-Identifier: ISC */
/*
 * fill -- writes the bytes of one pull into segments and publishes them
 *
 * Runs in:  fetcher, spooler (what it brings from disk).
 * Touches:  payload, have bitmaps and pens of the segment it stands in.
 * Locks:    none but what segment_obtain() takes.
 * Owns:     a pin and a pen of the segment at its position.
 * Fails:    -1 with errno: ENOSPC no room for the next segment (try again
 *           after arena_wait_room()), EEXIST the next byte is there already or
 *           another writer's, EDEADLK condemned.
 */
#ifndef REELD_FILL_H
#define REELD_FILL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "reeld/segment.h"

struct fill {
	struct object_ref object;	/* pinned by the owner of the fill */
	uint64_t	 position;	/* next byte of the object */
	int64_t		 size;		/* of the object; -1 unknown */
	int		 skip;		/* pass over bytes that exist (P9) */
	enum segment_room room;
	struct segment_ref segment;
	uint32_t	 number;	/* of that segment */
	int		 pen;		/* -1: none free, whole blocks only */
	uint32_t	 block, valid;	/* where we write, bytes of it */
	int		 inside;	/* block and valid mean something */
	uint32_t	 claimed;	/* blocks from `block` on, in place */
	uint64_t	 unrung;	/* published since the last ring */
	uint64_t	 skipped;	/* bytes passed over so far */
};

/* Starts at `position`: a block's first byte, or an orphan's edge. */
void fill_init(struct fill *, struct object_ref, uint64_t position,
    int64_t size);

/* Takes up to `len` bytes, none at or past `end`.  Returns how many were
 * taken: less than `len` only at `end` or with errno set as above (0 bytes
 * taken: -1). */
ssize_t fill_write(struct fill *, const void *bytes, size_t len, uint64_t end);

/* Passes over `len` bytes without storing them. */
void fill_pass(struct fill *, size_t len);

/* The next `len` bytes, whole blocks of one segment or up to the object's end,
 * are about to be written in place, which is where the pointer says.  Nobody
 * reads, or writes, them before fill_publish() of the same `len`, or
 * fill_fini() that gives the claim back.  NULL with errno as above, EEXIST when
 * something is there or another writer is. */
uint8_t *fill_claim(struct fill *, uint32_t len);
void fill_publish(struct fill *, uint32_t len);

/* The object ends at the position: size, last block, room, waiters. */
void fill_eof(struct fill *);

/* Rings those who wait for what was published. */
void fill_ring(struct fill *);

/* Leaves the pen (an orphan if its block is not whole), rings, unpins. */
void fill_fini(struct fill *);

#endif /* REELD_FILL_H */

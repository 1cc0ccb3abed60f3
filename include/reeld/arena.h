/* SPDX-License-Identifier: ISC */
/*
 * arena -- the shared memory that every process of one reeld works on
 *
 * Runs in:  master (creates it, never takes a lock), every role.
 * Touches:  the memfd: index mapped read-write, payload as asked.
 * Locks:    none.
 * Owns:     the process's one mapping, from attach to detach; never moved.
 * Fails:    -1 with errno; EPROTO when the stamp is of another layout.
 */
#ifndef REELD_ARENA_H
#define REELD_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ARENA_SLOTS	64	/* processes at once, old and new */
#define ARENA_NO_SLOT	255

enum arena_payload {
	ARENA_NO_PAYLOAD, ARENA_READ_PAYLOAD, ARENA_WRITE_PAYLOAD
};

enum arena_role { ARENA_NOBODY, ARENA_MASTER, ARENA_WORKER, ARENA_FETCHER,
	ARENA_SPOOLER };

/* Makes and formats a memfd for `arena_size` bytes of payload in segments of
 * `segment_size` bytes (a power of two, 64K to 64M).  Its descriptor, or -1. */
int arena_create(uint64_t arena_size, uint32_t segment_size, int prefault);

/* Maps the arena of `fd` into this process as the owner of `slot` (the
 * master: ARENA_NO_SLOT).  A role must hold its slot already, see slot.h.
 * `bells` are ARENA_SLOTS eventfds, copied.  0, or -1 with errno. */
int arena_attach(int fd, unsigned slot, enum arena_payload payload,
    const int *bells);
void arena_detach(void);

/* What the arena was formatted with, in bytes. */
uint32_t arena_segment_size(void);
uint32_t arena_block_size(void);
uint64_t arena_size(void);

/* Bytes of payload that records have reserved or resident; never above
 * arena_size() for long (see layout.h, A1). */
uint64_t arena_room_used(void);
/* Bytes of payload that could be had without evicting anything. */
uint64_t arena_room_free(void);

/* 1 once a repair failed or a lock could not be had: drain and start cold. */
int arena_condemned(void);

/* Rings one process / every process whose bit is set in `slots`. */
void arena_ring(uint64_t slots);

/* The fetcher says that it is the one to ring; workers ring it. */
void arena_fetcher_here(void);
void arena_ring_fetcher(void);

/* Sets this process's bit among those rung when payload comes free, and rings
 * the spooler, whose saving may free some; look again after it.  The store
 * itself rings them, when a record is freed, a segment's last pin of a process
 * goes or a row is closed. */
void arena_wait_room(void);
void arena_ring_room(void);

/* Called, from any process, when a lock could not be had for 5 seconds: is
 * given the lock's number for the master (see slot_holder()). */
void arena_on_stuck(void (*stuck)(unsigned lock));

#endif /* REELD_ARENA_H */

/* SPDX-License-Identifier: ISC */
/*
 * spooled -- segments of object 1 of storetest, as a spooler treats them
 *
 * Runs in:  tests of the store, in a process that is worker and spooler in one.
 * Touches:  what the store's public functions touch; ages of segments.
 * Locks:    as they do.
 * Owns:     nothing.
 * Fails:    the test.
 */
#ifndef TEST_SPOOLED_H
#define TEST_SPOOLED_H

#include <stdint.h>

#include "reeld/object.h"
#include "reeld/spool.h"

struct segment;
struct storetest;

/* An arena of `arena` bytes with object 1, of `size` bytes, whose file has a
 * number; the process is the spooler in it, and works. */
struct object_ref spooled_begin(struct storetest *, uint64_t arena,
    int64_t size);
/* Audits it, busy and idle. */
void spooled_end(struct storetest *, struct object_ref *);

/* The record of segment `number`, or NULL. */
struct segment *spooled_record(struct object_ref, uint32_t number);
/* Lets it look unused for `ms`. */
void spooled_age(struct object_ref, uint32_t number, int64_t ms);
/* Fills it in whole, to the object's end if it is the last. */
void spooled_fill(struct object_ref, uint32_t number);
/* Saves what is due first; its number, or -1. */
int spooled_save(enum spool_why, int64_t idle);
void spooled_save_all(void);
/* Evicts it as the one unused longest. */
void spooled_evict(struct object_ref, uint32_t number);
/* Brings it; its first `upto` bytes are on disk. */
void spooled_load(struct object_ref, uint32_t number, uint32_t upto);
/* A row that reads to the end. */
int spooled_reader(struct object_ref, uint64_t position, int waiting,
    int64_t since);

#endif /* TEST_SPOOLED_H */

/* SPDX-License-Identifier: ISC */
/*
 * record -- takes records and string cells off the free lists, gives them back
 *
 * Runs in:  worker, fetcher, spooler.
 * Touches:  free lists, rooms, string cells; punches holes in the payload.
 * Locks:    ARENA, alone; system calls are made outside it.
 * Owns:     what was taken is HELD by this process until linked or given.
 * Fails:    0 or -1 with errno: ENOSPC, EDEADLK.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>
#include <stdint.h>

/* A segment record with room for `need` bytes of payload; its id, or 0. */
uint32_t record_take_segment(uint32_t need);
void record_give_segment(uint32_t id);
/* The same; it counts as free since it was used last. */
void record_give_unused(uint32_t id);
/* The segment will never hold more than `need` bytes: gives the rest back. */
void record_trim_segment(uint32_t id, uint32_t need);
/* Gives the pages of free records to the machine that are free since `before`
 * (ms), until `most` bytes are.  How many were. */
uint64_t record_cool(int64_t before, uint64_t most);

/* Empties a record that nobody uses (keeps S5). */
void record_wipe_segment(uint32_t id);

/* An object record; its id, or 0. */
uint32_t record_take_object(void);
/* Gives it back with all its text. */
void record_give_object(uint32_t id);

/* The caller holds ARENA: frees a text that nothing reaches any more. */
void record_drop_cells(uint32_t first);
/* Copies `len` bytes into cells that this process holds; the first one's id, or
 * 0. */
uint32_t record_put_text(const char *text, size_t len);
/* Makes them the text at `place` of an object, in place of what was there
 * (keeps A4). */
int record_keep_text(uint32_t *place, uint32_t cell);
/* Copies at most `max` bytes of the text out; how many. */
size_t record_get_text(uint32_t cell, char *out, size_t max);

#endif /* RECORD_H */

/* SPDX-License-Identifier: ISC */
/*
 * index -- the chains that find objects by key and segments by number
 *
 * Runs in:  worker, fetcher.
 * Touches:  the buckets of one stripe, the records in them.
 * Locks:    the caller holds the stripe.
 * Owns:     nothing.
 * Fails:    0 where nothing is found.
 */
#ifndef INDEX_H
#define INDEX_H

#include "layout.h"

uint32_t index_stripe(const uint8_t key[HASH_LEN]);
uint32_t *index_object_bucket(const struct object *);
uint32_t *index_segment_bucket(const struct segment *);

/* The object of `key` that is neither past nor purged, or 0. */
uint32_t index_find_object(uint32_t stripe, const uint8_t key[HASH_LEN]);
/* Segment `number` of the object, or 0. */
uint32_t index_find_segment(uint32_t stripe, struct object_ref,
    uint32_t number);

/* A HELD record whose fields but `stripe` are filled in becomes LINKED (keeps
 * S1), and back. */
void index_link_object(uint32_t id);
void index_link_segment(uint32_t id);
void index_unlink_object(uint32_t id);
void index_unlink_segment(uint32_t id);

#endif /* INDEX_H */

/* SPDX-License-Identifier: ISC */
/*
 * pin -- "somebody uses this": a private count, a shared bit per slot
 *
 * Runs in:  worker, fetcher.
 * Touches:  the pins word of a record, our private counts.
 * Locks:    pinning: the caller holds the record's stripe.  Unpinning: none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef PIN_H
#define PIN_H

#include <stdint.h>

void pin_object(uint32_t id);
void pin_segment(uint32_t id);
/* 1 when it was this process's last pin of the record. */
int unpin_object(uint32_t id);
int unpin_segment(uint32_t id);

#endif /* PIN_H */

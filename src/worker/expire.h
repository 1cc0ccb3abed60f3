/* SPDX-License-Identifier: ISC */
/*
 * expire -- the clocks of readers: wait_max, send_timeout, pause_max
 *
 * Runs in:  worker, a few times a second.
 * Touches:  all readers of this worker, and their connections.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef EXPIRE_H
#define EXPIRE_H

#include <stdint.h>

/* Gives up who waited longer than wait_max, and cuts who took nothing for too
 * long, at `now` (ms). */
void expire_readers(int64_t now);

#endif /* EXPIRE_H */

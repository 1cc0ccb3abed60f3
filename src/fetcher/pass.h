/* SPDX-License-Identifier: ISC */
/*
 * pass -- requests that pass: each a transfer of its own, stored nowhere
 *
 * Runs in:  fetcher.
 * Touches:  the channel and the sockets of passage.h.
 * Locks:    none.
 * Owns:     every struct pass: its socket, an easy handle, a connection of the
 *           account (rule P4).
 * Fails:    tells the worker why; a worker that is gone is told nothing.
 *
 * A request is sent to its source once at most, on a connection of its own:
 * libcurl repeats what a connection that it used again did not take, and nobody
 * knows what the source has done with that.
 */
#ifndef PASS_H
#define PASS_H

#include <curl/curl.h>

#include "reeld/conf.h"
#include "seat.h"

/* Begins to take passages from the channel. */
void pass_init(int channel);

/* libcurl is done with a transfer: 1 when it was one of these. */
int pass_ended(CURL *, CURLcode);

/* After a turn of the planner, so that it has the first choice of places: gives
 * those who wait for one their turn; looks at the clocks.  1 while somebody
 * waits. */
int pass_tick(int64_t now);

/* How many places of an account are theirs, or due to be: the planner has the
 * others. */
unsigned pass_places(const struct seat *, int64_t now);

/* Says who waits for a place (seat_queue()).  Before a turn of the planner. */
void pass_queue(void);

/* Says which sockets are in use (connection_in_use()). */
void pass_in_use(void);

/* The configuration is another one; its origins have moved. */
void pass_reload(const struct conf *);

/* Ends all of them. */
void pass_fini(void);

#endif /* PASS_H */

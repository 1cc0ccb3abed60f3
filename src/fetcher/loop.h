/* SPDX-License-Identifier: ISC */
/*
 * loop -- the fetcher's one epoll: libcurl's sockets, the bell, the master
 *
 * Runs in:  fetcher.
 * Touches:  the multi handle; the bell's eventfd.
 * Locks:    none.
 * Owns:     the multi handle and the epoll descriptor.
 * Fails:    fatal at start; afterwards never.
 */
#ifndef LOOP_H
#define LOOP_H

#include <curl/curl.h>

enum loop_source { LOOP_BELL, LOOP_MASTER };

void loop_init(int bell, int master);

/* Adds and removes a transfer.  Never from inside libcurl's callbacks. */
void loop_add(CURL *);
void loop_remove(CURL *);

/* Calls `cb` whenever the descriptor, one of an epoll, has events. */
void loop_attend(int fd, void (*cb)(void));

/* Waits at most `ms`, lets libcurl work; sets `rung` and `told` when the bell
 * rang and when the master has said something. */
void loop_turn(int ms, int *rung, int *told);

/* The next transfer that is over, removed from libcurl; NULL: none. */
CURL *loop_ended(CURLcode *result);

#endif /* LOOP_H */

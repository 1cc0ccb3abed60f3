/* SPDX-License-Identifier: ISC */
/*
 * hook -- tells others of errors: POSTs to the URLs of on_error
 *
 * Runs in:  fetcher.
 * Touches:  transfers of the fetcher's loop, on connections of their own that
 *           no account counts.
 * Locks:    none.
 * Owns:     at most 64 messages, with copies of all they need: a reload does
 *           not end them.
 * Fails:    a message is tried four times, then dropped; counters tell.
 */
#ifndef HOOK_H
#define HOOK_H

#include <curl/curl.h>

#include <stdint.h>

#include "notice.h"

/* Tells all hooks of the origin, unless they heard the same of the same object
 * less than a minute ago: then it counts in the next notice. */
void hook_tell(struct notice *);

/* A transfer is over: 1 when it was a hook's. */
int hook_ended(CURL *, CURLcode);

/* Once in a while: tries again what is due. */
void hook_tick(int64_t now);

/* Drops all, as the process ends. */
void hook_fini(void);

#endif /* HOOK_H */

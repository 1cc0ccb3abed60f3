/* SPDX-License-Identifier: ISC */
/*
 * server -- what one configured address of an origin did of late, for all
 * objects that come from it: it rests after a failure
 *
 * Runs in:  fetcher.
 * Touches:  its own memory.
 * Locks:    none.
 * Owns:     struct server for the life of the process.
 * Fails:    never.
 *
 * A server that failed is well again after `cool_down`; until then others go
 * first, and it is asked only where there is no other.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdint.h>

struct server;

/* The server of a configured address, made on first use.  NULL for NULL, an
 * address that a client named: it has no other, and is not remembered.  The
 * rest takes NULL for one that is well. */
struct server *server_of(const char *base);

/* It failed: others go first for `ms` from now on. */
void server_blame(struct server *, int64_t now, int64_t ms);
/* A reload: everyone may be tried again. */
void server_forget_all(void);

/* 1 when it may be tried before others. */
int server_is_well(const struct server *, int64_t now);

#endif /* SERVER_H */

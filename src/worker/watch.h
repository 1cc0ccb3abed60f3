/* SPDX-License-Identifier: ISC */
/*
 * watch -- notices at once that the client of a waiting HTTP/1 request left
 *
 * Runs in:  worker.
 * Touches:  one epoll descriptor inside libh2o's loop: libh2o 2.2.5 takes a
 *           connection out of its own while a response is under way.
 * Locks:    none.
 * Owns:     that descriptor.
 * Fails:    a client that cannot be watched is noticed at its next byte.
 */
#ifndef WATCH_H
#define WATCH_H

struct reader;

void watch_init(void);
void watch_fini(void);
/* From now on, until the request ends; HTTP/2 needs no watching. */
void watch_add(struct reader *);
void watch_remove(struct reader *);

#endif /* WATCH_H */

/* SPDX-License-Identifier: ISC */
/*
 * again -- what goes on in the next turn of the event loop
 *
 * All that is sent must be sent from inside libh2o's loop (src/DESIGN, 5), and
 * nobody may hold it: whoever has had his share of a turn comes here, and is
 * called back in the next, by way of an eventfd.
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     the queue; not what is in it.
 * Fails:    never.
 */
#ifndef AGAIN_H
#define AGAIN_H

#include <bsd/sys/queue.h>

struct again {
	TAILQ_ENTRY(again) next;
	void		(*run)(struct again *);
	int		 queued;
};

void again_init(void);
void again_fini(void);

/* Calls `run` in the next turn, once. */
void again_insert(struct again *);
void again_remove(struct again *);

#endif /* AGAIN_H */

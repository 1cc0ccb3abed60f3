/* SPDX-License-Identifier: ISC */
/* lock -- the robust mutexes of the arena; worker, fetcher */
#include "config.h"

#include <errno.h>
#include <time.h>

#include "reeld/panic.h"
#include "layout.h"
#include "lock.h"
#include "repair.h"
#include "shared.h"

#define LOCK_PATIENCE	5	/* s, before the master is told */

static void (*on_stuck)(unsigned lock);

void
arena_on_stuck(void (*stuck)(unsigned lock))
{
	on_stuck = stuck;
}

int
arena_condemned(void)
{
	return LOAD(view.head->condemned) != 0;
}

static int
condemn(void)
{
	SET(view.head->condemned, 1);
	errno = EDEADLK;
	return -1;
}

static void
note_holding(uint32_t lock_plus_one)
{
	if (view.slot != ARENA_NO_SLOT)
		SET(view.slots[view.slot].holding, lock_plus_one);
}

static int
wait_for(pthread_mutex_t *m)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOCK_PATIENCE;
	return pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &until);
}

/* Takes `m`, repairs what a dead holder left half done. */
static int
acquire(pthread_mutex_t *m, uint32_t number, int (*repair)(uint32_t))
{
	int rc;

	ASSERT(view.slot == ARENA_NO_SLOT ||
	    view.slots[view.slot].holding == 0);
	if (arena_condemned()) {
		errno = EDEADLK;
		return -1;
	}
	rc = pthread_mutex_trylock(m);
	if (rc == EBUSY)
		rc = wait_for(m);
	if (rc == ETIMEDOUT) {
		if (on_stuck != NULL)
			on_stuck(number);
		rc = wait_for(m);
	}
	if (rc != 0 && rc != EOWNERDEAD)
		return condemn();
	note_holding(number + 1);
	if (rc == EOWNERDEAD) {
		if (repair(number) == -1) {
			note_holding(0);
			pthread_mutex_unlock(m); /* not recoverable now */
			return condemn();
		}
		pthread_mutex_consistent(m);
		counter_add(COUNTER_REPAIRS, 1);
	}
	return 0;
}

static void
release(pthread_mutex_t *m)
{
	note_holding(0);
	if (pthread_mutex_unlock(m) != 0)
		PANIC("unlocking what is not ours");
}

int
lock_stripe(uint32_t stripe)
{
	return acquire(&view.stripes[stripe].lock, stripe, repair_stripe);
}

void
unlock_stripe(uint32_t stripe)
{
	release(&view.stripes[stripe].lock);
}

int
lock_arena(void)
{
	if (acquire(&view.head->lock, LOCK_ARENA, repair_arena) == -1)
		return -1;
	if (LOAD(view.head->loose) && EXCHANGE(view.head->loose, 0))
		repair_sweep();
	return 0;
}

void
unlock_arena(void)
{
	release(&view.head->lock);
}

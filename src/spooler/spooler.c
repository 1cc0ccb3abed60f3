/* SPDX-License-Identifier: ISC */
/* spooler -- keeps segments on disk; the process's main loop */
#include "config.h"

#include <poll.h>
#include <unistd.h>

#include "reeld/arena.h"
#include "reeld/child.h"
#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/roles.h"
#include "reeld/sandbox.h"
#include "reeld/slot.h"
#include "binding.h"
#include "disk.h"
#include "fence.h"
#include "health.h"
#include "janitor.h"
#include "work.h"

#define CHECK	1000	/* ms between looks at the directory */
#define IDLE	250	/* ms, when there is none */

enum phase {
	WORKING,
	FINISHING,		/* reeld stops: what is not saved is */
	ENDING
};

/* Waits for the bell or the master; 1 when the bell was rung. */
static int
wait_for(const struct child *c, int ms)
{
	struct pollfd fds[2] = {
		{ .fd = c->bells[c->slot], .events = POLLIN },
		{ .fd = c->sock, .events = POLLIN },
	};
	uint64_t count;

	if (poll(fds, 2, ms) <= 0)
		return 0;
	return fds[0].revents != 0 &&
	    read(fds[0].fd, &count, sizeof(count)) != -1;
}

static void
hear(struct child *c, struct disk *d, enum phase *phase)
{
	enum child_event event;

	while ((event = child_read(c)) != CHILD_NOTHING) {
		switch (event) {
		case CHILD_CONF:
			disk_set_rules(d, &c->conf->spool);
			janitor_begin(clock_ms());
			break;
		case CHILD_DRAIN:
			if (*phase == WORKING)
				*phase = FINISHING;
			break;
		case CHILD_STOP:
			*phase = ENDING;
			break;
		case CHILD_NOTHING:
		case CHILD_LOG:
		case CHILD_CONTROL:
			break;
		}
	}
}

/* ---- the directory ---- */

static int
begin(struct disk *d, int64_t now)
{
	if (disk_open(d) == -1)
		return -1;
	if (binding_check_all(d) == -1) {
		disk_close(d);
		return -1;
	}
	binding_drop_purged(d);
	janitor_begin(now);
	return 0;
}

/* It is closed: tries again when it is time to, and ends the process where
 * that is what it takes (fence.h). */
static void
begin_again(struct disk *d, int64_t now, enum phase *phase)
{
	if (!health_is_due(now))
		return;
	if (fence_is_old(d->path)) {
		log_info("spool: begins again in another process");
		*phase = ENDING;
		return;
	}
	if (begin(d, now) == 0)
		health_good();
	else
		health_postpone(now);
}

/* What was found corrupt, or empty, is made anew at once. */
static void
leave(struct disk *d, int64_t now, int at_once)
{
	work_abandon();
	disk_close(d);
	if (at_once)
		health_retry(now);
}

static void
look_after(struct disk *d, int64_t now)
{
	static int64_t looked;
	enum disk_place place = DISK_HERE;

	if (now - looked >= CHECK) {
		looked = now;
		place = disk_place(d);
	}
	if (place != DISK_HERE)
		leave(d, now, 1);
	else if (health_state() == SPOOL_BROKEN)
		leave(d, now, health_is_corrupt());
}

/* ---- the loop ---- */

/* Returns for how many ms there is nothing to do. */
static int
turn(struct disk *d, int rung, enum phase *phase)
{
	int64_t now = clock_ms();
	int did;

	if (!disk_is_open(d)) {
		if (*phase == FINISHING)
			*phase = ENDING;
		else
			begin_again(d, now, phase);
		return IDLE;
	}
	if (*phase == FINISHING) {
		if (!work_finish(d, now))
			*phase = ENDING;
		return 0;
	}
	did = work_turn(d, now, rung);
	look_after(d, now);
	return did ? 0 : work_patience(now);
}

int
spooler_main(struct child *c)
{
	enum phase phase = WORKING;
	struct disk disk;
	int rung, ms = 0;

	disk_init(&disk, &c->conf->spool);
	fence_note(disk.path);
	if (begin(&disk, clock_ms()) == 0)
		health_good();
	sandbox_enter_in(c->role, disk.path);
	health_here();
	child_ready(c);
	/* who rang before this process was there rang for nobody */
	for (rung = 1; phase != ENDING && !arena_condemned();
	    rung = wait_for(c, ms)) {
		slot_beat();
		ms = turn(&disk, rung, &phase);
		hear(c, &disk, &phase);
	}
	work_end(&disk);
	disk_close(&disk);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* work -- what the spooler does next; spooler */
#include "config.h"

#include "reeld/arena.h"
#include "batch.h"
#include "health.h"
#include "janitor.h"
#include "load.h"
#include "look.h"
#include "room.h"
#include "save.h"
#include "touch.h"
#include "work.h"

#define SOON		20	/* ms between looks while anything happens */
#define REST		250	/* ms while nothing does */
#define ACTIVE		1000	/* ms since the last step: something does */
#define READERS		1000	/* ms between looks at what they use */
#define RELEASE_MOST	(8u << 20)	/* bytes given back at a time */
#define CLEANING	100		/* ms between the janitor's, if busy */

static int64_t looked;		/* ms: at what readers want */
static int64_t active;		/* ms: last step that did something */
static int64_t released, touched;	/* ms */
static int64_t weighed;		/* ms: at what room there is */
static int64_t cleaned;		/* ms: the janitor's last turn */
static int pressed;		/* then: only saving makes some */

void
work_abandon(void)
{
	save_abandon();
	load_abandon();
	batch_abandon();
	room_abandon();
}

void
work_end(struct disk *d)
{
	if (disk_is_open(d))
		batch_commit(d);
	work_abandon();
}

/* Who waits rings: between two rings there is seldom anybody. */
static int
serve(struct disk *d, int64_t now, int rung)
{
	if (!rung && now - looked < SOON)
		return 0;
	if (look_turn(d) || load_turn(d, 1)) {
		looked = 0;
		return 1;
	}
	looked = now;
	return 0;
}

/* Goes on with what is at hand; else the arena's needs come first. */
static int
save_some(struct disk *d)
{
	if (!save_is_busy() && (pressed = spool_is_pressed()) != 0 &&
	    save_turn(d, SPOOL_PRESSED, 0))
		return 1;
	if (d->rules.save == CONF_SAVE_EARLY)
		return save_turn(d, SPOOL_WHOLE, 0);
	return save_turn(d, SPOOL_IDLE, d->rules.idle);
}

/* What is brought may need room that only saving makes: under pressure they
 * take turns, or what is brought, evicted and brought again would keep that
 * room from being made.  Bringing ahead comes last then. */
static int
by_turns(struct disk *d, int64_t now, int rung)
{
	static int saved;

	if (pressed && !saved && save_some(d)) {
		saved = 1;
		return 1;
	}
	saved = 0;
	return serve(d, now, rung) || (pressed && save_some(d)) ||
	    load_turn(d, 0) || (!pressed && save_some(d));
}

/* However long what is at hand takes. */
static void
weigh(int64_t now)
{
	if (now - weighed < SOON)
		return;
	weighed = now;
	pressed = spool_is_pressed();
}

/* Unwritable: looks whether it still is. */
static int
try_again(struct disk *d, int64_t now)
{
	if (disk_try(d))
		health_good();
	else
		health_postpone(now);
	return 1;
}

/* Full: looks whether it still is, and makes room. */
static int
recover(struct disk *d, int64_t now)
{
	if (!health_is_due(now))
		return 0;
	if (health_state() == SPOOL_UNWRITABLE)
		return try_again(d, now);
	if (health_state() != SPOOL_FULL)
		return 0;
	switch (room_relieve(d)) {
	case ROOM_MAKING:
		break;
	case ROOM_MADE:
		health_good();
		break;
	case ROOM_NONE:
		health_postpone(now);
		break;
	}
	return 1;
}

static void
release(struct disk *d, int64_t now)
{
	if (now - released < REST)
		return;
	released = now;
	if (spool_release(d->rules.idle, d->rules.reload_ttl,
	    RELEASE_MOST) >= RELEASE_MOST)
		released = now - REST + SOON;
}

/* What is noted in the catalogue; a full one is not told what was used. */
static void
keep_books(struct disk *d, int64_t now)
{
	if (health_state() == SPOOL_WORKING && now - touched >= READERS) {
		touched = now;
		touch_used(d);
		touch_tell(d);
	}
	batch_turn(d, now, pressed && !save_is_busy());
}

static int
clean(struct disk *d, int64_t now, int busy)
{
	if (health_state() == SPOOL_BROKEN ||
	    (busy && now - cleaned < CLEANING))
		return 0;
	cleaned = now;
	return janitor_turn(d, now);
}

/* Readers that are never satisfied put off neither recovery nor the janitor,
 * whose strays may be what fills the disk. */
int
work_turn(struct disk *d, int64_t now, int rung)
{
	int did;

	weigh(now);
	if (health_state() != SPOOL_BROKEN)
		keep_books(d, now);
	release(d, now);
	did = by_turns(d, now, rung);
	did |= recover(d, now);
	did |= clean(d, now, did);
	if (did)
		active = now;
	return did;
}

int
work_finish(struct disk *d, int64_t now)
{
	static uint64_t enough;

	/* more than there is in the arena would go round in a circle */
	if (enough == 0)
		enough = save_written() + arena_size();
	if (health_state() != SPOOL_WORKING)
		return 0;
	batch_turn(d, now, 0);
	if (save_written() > enough)
		return 0;
	if (save_turn(d, SPOOL_ALL, 0) || load_turn(d, 0))
		return 1;
	touch_tell(d);
	janitor_note(d);
	batch_commit(d);
	return 0;
}

int
work_patience(int64_t now)
{
	int64_t left;

	if (load_is_blocked() || now - active < ACTIVE)
		return SOON;
	left = batch_due() - now;
	return left < 0 ? 0 : left < REST ? (int)left : REST;
}

/* SPDX-License-Identifier: ISC */
/* slot -- a process's place, and what it leaves behind; master, roles */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "reeld/clock.h"
#include "reeld/slot.h"
#include "layout.h"
#include "lock.h"
#include "shared.h"

static struct flock
byte_of(unsigned slot, short type)
{
	struct flock fl;

	memset(&fl, 0, sizeof(fl));
	fl.l_type = type;
	fl.l_whence = SEEK_SET;
	fl.l_start = (off_t)slot;
	fl.l_len = 1;
	return fl;
}

/* 1 while a process holds the byte of `slot`. */
static int
byte_locked(unsigned slot)
{
	struct flock fl = byte_of(slot, F_WRLCK);

	return fcntl(view.fd, F_GETLK, &fl) == -1 || fl.l_type != F_UNLCK;
}

int
slot_issue(enum arena_role role)
{
	struct slot *s;
	unsigned i;

	for (i = 0; i < ARENA_SLOTS; i++) {
		s = &view.slots[i];
		if (s->role != ARENA_NOBODY || byte_locked(i))
			continue;
		SET(s->life, (s->life + 1) & 0xffffff);
		SET(s->pid, 0);
		SET(s->holding, 0);
		SET(s->since, clock_ms());
		SET(s->heartbeat, clock_ms());
		SET(s->words[0], '\0');
		SET(s->role, role);
		return (int)i;
	}
	errno = EAGAIN;
	return -1;
}

void
slot_spawned(unsigned slot, pid_t pid)
{
	SET(view.slots[slot].pid, pid);
}

int
slot_take(int fd, unsigned slot)
{
	struct flock fl = byte_of(slot, F_WRLCK);

	return fcntl(fd, F_SETLK, &fl);
}

/* 1 when bytes that the pen published are not part of a whole block. */
static int
is_needed(const struct segment *s, uint64_t pen)
{
	uint32_t block = PEN_BLOCK(pen);

	return PEN_VALID(pen) != 0 &&
	    (LOAD(s->have[block / 64]) & 1ULL << block % 64) == 0;
}

/* A pen of the dead writer stays as an orphan if its bytes are needed. */
static void
orphan_pens(struct segment *s, unsigned slot)
{
	uint64_t pen, left;
	unsigned i;

	for (i = 0; i < PENS; i++) {
		pen = LOAD(s->pens[i]);
		if (pen == PEN_FREE || PEN_SLOT(pen) != slot)
			continue;
		left = is_needed(s, pen) ? pen | PEN_ORPHAN : PEN_FREE;
		CAS(s->pens[i], &pen, left);
	}
}

/* Writes only where there is something: most records are not its. */
static void
clear_bit(uint64_t *word, unsigned slot)
{
	uint64_t bit = 1ULL << slot;

	if (LOAD(*word) & bit)
		AND(*word, ~bit);
}

/* The pins last: what is not pinned any more may be evicted at once. */
static void
reap_records(unsigned slot)
{
	struct segment *s;
	struct object *o;
	uint32_t id, fresh;

	fresh = LOAD(view.head->segment_fresh);
	for (id = 1; id < fresh; id++) {
		s = &view.segments[id];
		orphan_pens(s, slot);
		clear_bit(&s->waiters, slot);
		clear_bit(&s->pins, slot);
	}
	fresh = LOAD(view.head->object_fresh);
	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		clear_bit(&o->waiters, slot);
		clear_bit(&o->pins, slot);
	}
	clear_bit(&view.head->room_waiters, slot);
}

/* Keeps R1: the rows go before the pins that they rely on. */
static void
reap_rows(unsigned slot)
{
	struct region *r;
	uint32_t holder;
	unsigned i;

	for (i = 0; i < ROW_WORDS; i++)
		if (LOAD(view.slots[slot].rows[i]) != 0)
			SET(view.slots[slot].rows[i], 0);
	for (i = 0; i < REGION_MAX; i++) {
		r = &view.regions[i];
		holder = LOAD(r->holder);
		if (holder == 0 || HOLDER_SLOT(holder) != slot)
			continue;
		SET(r->seq, r->seq | 1);
		SET(r->holder, 0);
	}
}

/* Keeps R2. */
static void
reap_tallies(unsigned slot)
{
	struct tally *t = &view.tallies[slot * (size_t)SLOT_TALLIES], *end;

	for (end = t + SLOT_TALLIES; t < end; t++)
		if (LOAD(t->count) != 0)
			SET(t->count, 0);
}

/* Keeps R4: its connections are closed by now. */
static void
reap_seats(unsigned slot)
{
	struct seats *s = view.seats, *end = s + SEATS_MAX;
	uint32_t holder;

	for (; s < end; s++) {
		holder = LOAD(s->holder);
		if (holder == 0 || HOLDER_SLOT(holder) != slot)
			continue;
		SET(s->limit, 0);
		SET(s->holder, 0);
	}
}

/* What a spooler that died was telling of it is nothing (keeps S11). */
static void
forget_told(struct object *o)
{
	unsigned i;

	for (i = 0; i < DISK_WORDS; i++) {
		SET(o->partial[i], 0);
		SET(o->disk[i], 0);
	}
	SET(o->lacks, 0);
	SET(o->file, 0);
}

/* An object that the spooler was about to make known is asked for again. */
static void
reap_spooler(unsigned slot)
{
	struct object *o;
	uint32_t id, fresh = LOAD(view.head->object_fresh);

	if (LOAD(view.head->spooler) != slot)
		return;
	SET(view.head->spool_state, SPOOL_NONE);
	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		if (LOAD(o->looked) != LOOKED_TELLING)
			continue;
		if (LOAD(o->state) != OBJECT_KNOWN)
			forget_told(o);
		SET(o->looked, LOAD(o->state) == OBJECT_KNOWN ? LOOKED_DONE :
		    LOOKED_NOT);
	}
	SET(view.head->spooler, ARENA_NO_SLOT);
}

/*
 * Done twice it is done once: a master that dies in here leaves the role, by
 * which the next one finds the slot.  What the slot held is garbage from its
 * next life on, so `loose` comes after it (keeps A3).
 */
int
slot_reap(unsigned slot)
{
	struct slot *s = &view.slots[slot];

	if (byte_locked(slot)) {
		errno = EBUSY;
		return -1;
	}
	if (LOAD(view.head->fetcher) == slot)
		SET(view.head->fetcher, ARENA_NO_SLOT);
	reap_spooler(slot);
	reap_rows(slot);
	reap_tallies(slot);
	reap_seats(slot);
	reap_records(slot);
	/* What it had open went with it. */
	SET(s->counters[COUNTER_CONNECTIONS_CLOSED],
	    s->counters[COUNTER_CONNECTIONS]);
	SET(s->counters[COUNTER_PULL_CLOSES],
	    s->counters[COUNTER_PULL_CONNECTS]);
	SET(s->holding, 0);
	SET(s->life, (s->life + 1) & 0xffffff);
	SET(view.head->loose, 1);
	arena_ring(~0ULL);
	SET(s->role, ARENA_NOBODY);
	return 0;
}

int
slot_holder(unsigned lock)
{
	unsigned i;

	for (i = 0; i < ARENA_SLOTS; i++)
		if (LOAD(view.slots[i].holding) == lock + 1)
			return (int)i;
	return -1;
}

int
slot_info(unsigned slot, struct slot_info *info)
{
	struct slot *s = &view.slots[slot];

	info->role = LOAD(s->role);
	info->pid = LOAD(s->pid);
	info->since = LOAD(s->since);
	info->heartbeat = LOAD(s->heartbeat);
	memcpy(info->words, s->words, sizeof(info->words));
	info->words[sizeof(info->words) - 1] = '\0';
	return info->role == ARENA_NOBODY ? -1 : 0;
}

void
slot_beat(void)
{
	SET(view.slots[view.slot].heartbeat, clock_ms());
}

char *
slot_words(size_t *len)
{
	*len = sizeof(view.slots[view.slot].words);
	return view.slots[view.slot].words;
}

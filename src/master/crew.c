/* SPDX-License-Identifier: ISC */
/* crew -- all processes of reeld but the master; master */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "reeld/clock.h"
#include "reeld/log.h"
#include "crew.h"
#include "files.h"
#include "ground.h"

#define TELL_AGAIN	20	/* ms, while a socket is full */
#define LOOK_AGAIN	1000	/* ms, at arena and heartbeats */
#define LEAVE_SPOOL	10000	/* ms for the spooler to leave a directory */

/* Whether that is another directory than before, or the first, or none. */
static int
set_spool(struct crew *crew, const struct conf *conf)
{
	const char *directory = conf->spool.directory;

	if (directory == NULL)
		directory = "";
	if (strcmp(crew->spool, directory) == 0)
		return 0;
	/* one that is too long the spooler will not take either */
	strlcpy(crew->spool, directory, sizeof(crew->spool));
	return 1;
}

int
crew_init(struct crew *crew, const struct conf *conf)
{
	crew->conf = conf;
	set_spool(crew, conf);
	crew->workers = conf->workers;
	crew->began = clock_ms();
	if (ground_create(&crew->kit, conf) == -1) {
		log_err("arena: %s", strerror(errno));
		return -1;
	}
	return 0;
}

void
crew_fini(struct crew *crew)
{
	ground_destroy(&crew->kit);
}

static int
is_role(const struct place *p, enum arena_role role)
{
	return role == ARENA_NOBODY || p->role == role;
}

unsigned
crew_count(const struct crew *crew, enum arena_role role)
{
	unsigned i, n = 0;

	for (i = 0; i < CREW_PLACES; i++)
		if (crew->places[i].state != PLACE_UNUSED &&
		    is_role(&crew->places[i], role))
			n++;
	return n;
}

void
crew_owe(struct crew *crew, enum arena_role role, enum owed what)
{
	unsigned i;

	for (i = 0; i < CREW_PLACES; i++)
		if (place_alive(&crew->places[i]) &&
		    is_role(&crew->places[i], role))
			crew->places[i].owed |= what;
}

/* 1 when nobody is owed anything any more. */
static int
tell_all(struct crew *crew)
{
	struct place *p;
	unsigned owed = 0;

	for (p = crew->places; p < crew->places + CREW_PLACES; p++) {
		place_tell(p, &crew->kit);
		owed |= p->owed;
	}
	return owed == 0;
}

void
crew_tell(struct crew *crew, int64_t ms)
{
	int64_t until = clock_ms() + ms;

	while (!tell_all(crew) && clock_ms() < until)
		usleep(TELL_AGAIN * 1000);
}

void
crew_renew(struct crew *crew, const struct conf *conf, int64_t now)
{
	struct place *p;

	crew->conf = conf;
	crew->workers = conf->workers;
	if (set_spool(crew, conf))
		crew_dismiss(crew, ARENA_SPOOLER, OWED_STOP, now, LEAVE_SPOOL);
	for (p = crew->places; p < crew->places + CREW_PLACES; p++) {
		if (p->state != PLACE_UNUSED && p->role == ARENA_WORKER &&
		    !p->last && p->index >= conf->workers)
			place_retire(p, now);
		place_renew(p);
	}
}

void
crew_dismiss(struct crew *crew, enum arena_role role, enum owed how,
    int64_t now, int64_t ms)
{
	unsigned i;

	if (role == ARENA_WORKER || role == ARENA_NOBODY)
		crew->workers = 0;
	for (i = 0; i < CREW_PLACES; i++)
		if (crew->places[i].state != PLACE_UNUSED &&
		    is_role(&crew->places[i], role))
			place_dismiss(&crew->places[i], how, now, ms);
}

/* ---- seats: places that are kept filled ---- */

/* 1 when somebody sits there, or is about to. */
static int
is_taken(const struct crew *crew, enum arena_role role, unsigned number)
{
	const struct place *p;

	for (p = crew->places; p < crew->places + CREW_PLACES; p++)
		if (p->state != PLACE_UNUSED && !p->last && p->role == role &&
		    p->index == number)
			return 1;
	return 0;
}

/* A place that waits for its first process.  -1: all are in use. */
static int
make_seat(struct crew *crew, enum arena_role role, unsigned number)
{
	struct place *p = crew->places;

	while (p < crew->places + CREW_PLACES && p->state != PLACE_UNUSED)
		p++;
	if (p == crew->places + CREW_PLACES)
		return -1;
	memset(p, 0, sizeof(*p));
	p->state = PLACE_VACANT;
	p->role = role;
	p->index = number;
	p->slot = p->sock = -1;
	return 0;
}

/* Of those who leave the one that has lived longest, unless one is on its way
 * out already. */
static void
kill_a_leaving(struct crew *crew)
{
	struct place *p, *eldest = NULL;
	char title[ROLE_TITLE];

	for (p = crew->places; p < crew->places + CREW_PLACES; p++) {
		if (!p->last || p->state == PLACE_UNUSED)
			continue;
		if (!place_alive(p) || p->killed)
			return;
		if (eldest == NULL || p->since < eldest->since)
			eldest = p;
	}
	if (eldest == NULL)
		return;
	log_warn("%s (pid %d) leaves no room for others: killed",
	    role_title(eldest->role, eldest->index, title), (int)eldest->pid);
	place_kill(eldest);
}

/* Clients of those who leave may stay for as long as they like, but not so
 * many that reeld itself finds no place any more. */
static void
take_seats(struct crew *crew)
{
	unsigned i;
	int rc = 0;

	if (crew->workers == 0)
		return;
	for (i = 0; i < crew->workers; i++)
		if (!is_taken(crew, ARENA_WORKER, i))
			rc |= make_seat(crew, ARENA_WORKER, i);
	if (!is_taken(crew, ARENA_FETCHER, 0))
		rc |= make_seat(crew, ARENA_FETCHER, 0);
	/* two would speak of two directories to one arena */
	if (crew->spool[0] != '\0' && crew_count(crew, ARENA_SPOOLER) == 0)
		rc |= make_seat(crew, ARENA_SPOOLER, 0);
	if (rc != 0)
		kill_a_leaving(crew);
}

/* ---- starting cold ---- */

static void
kill_leaving(struct crew *crew)
{
	struct place *p;

	for (p = crew->places; p < crew->places + CREW_PLACES; p++)
		if (p->last)
			place_kill(p);
}

/* Who leaves already makes room for those who have to leave now: all of them
 * keep their places, and others come. */
static int
has_room(struct crew *crew)
{
	if (CREW_PLACES - crew_count(crew, ARENA_NOBODY) >= crew->workers + 2)
		return 1;
	kill_leaving(crew);
	return 0;
}

/* It may finish in an arena that nobody else looks at. */
static void
leave_behind(struct place *p, int64_t now, int64_t ms)
{
	if (p->state == PLACE_UNUSED)
		return;
	p->slot = -1;
	place_dismiss(p, p->role == ARENA_WORKER ? OWED_DRAIN : OWED_STOP,
	    now, ms);
}

/* A new arena beside the condemned one, which lives on for as long as its
 * processes need to finish what they can.  If there is no room for it, those
 * who are leaving an earlier one have to go at once, and it is tried again. */
static void
start_cold(struct crew *crew, int64_t now)
{
	struct kit fresh;
	struct place *p;

	if (now < crew->cold_at || !has_room(crew))
		return;
	if (ground_prepare(&fresh, crew->conf) == -1) {
		log_err("new arena: %s", strerror(errno));
		crew->cold_at = now + throttle_next(&crew->cold, 0, 0);
		kill_leaving(crew);
		return;
	}
	crew->cold_at = now + throttle_next(&crew->cold, 1, now - crew->began);
	crew->began = now;
	log_err("the arena could not be repaired: starting with a new one");
	for (p = crew->places; p < crew->places + CREW_PLACES; p++)
		leave_behind(p, now, crew->conf->drain);
	if (ground_replace(&crew->kit, &fresh) == -1)
		fatal("arena: %s", strerror(errno));
}

/* ---- the turn ---- */

static void
attend(struct crew *crew, struct place *p, int64_t now)
{
	const char *why = place_overdue(p, now);
	char title[ROLE_TITLE];

	if (why != NULL) {
		log_warn("%s (pid %d) %s: killed", role_title(p->role,
		    p->index, title), (int)p->pid, why);
		place_kill(p);
	}
	if (p->drain_at != 0 && now >= p->drain_at) {
		p->drain_at = 0;
		p->owed |= OWED_DRAIN;
	}
	if (p->state == PLACE_DEAD && now >= p->reap_at)
		place_reap(p, now);
	if (p->state == PLACE_VACANT && now >= p->due) {
		if (p->role == ARENA_SPOOLER)
			files_make_spool(crew->spool, &crew->kit.account);
		place_spawn(p, &crew->kit, now);
	}
	place_tell(p, &crew->kit);
}

void
crew_turn(struct crew *crew, int64_t now)
{
	unsigned i;

	/* those who were dismissed need no new arena to go */
	if (arena_condemned() && crew->workers > 0)
		start_cold(crew, now);
	take_seats(crew);
	for (i = 0; i < CREW_PLACES; i++)
		attend(crew, &crew->places[i], now);
}

static void
sooner(int64_t *due, int64_t when)
{
	if (when < *due)
		*due = when;
}

int64_t
crew_due(const struct crew *crew, int64_t now)
{
	const struct place *p;
	int64_t due = now + LOOK_AGAIN;

	for (p = crew->places; p < crew->places + CREW_PLACES; p++) {
		if (p->kill_at != 0 && !p->killed)
			sooner(&due, p->kill_at);
		if (p->drain_at != 0)
			sooner(&due, p->drain_at);
		if (p->state == PLACE_DEAD)
			sooner(&due, p->reap_at);
		if (p->state == PLACE_VACANT)
			sooner(&due, p->due);
		if (p->owed != 0)
			sooner(&due, now + TELL_AGAIN);
	}
	return due;
}

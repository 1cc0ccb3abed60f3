/* SPDX-License-Identifier: ISC */
/* crew -- all processes of reeld but the master; master */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/slot.h"
#include "crew.h"
#include "ground.h"

#define TELL_AGAIN	20	/* ms, while a socket is full */
#define LOOK_AGAIN	1000	/* ms, whether the arena is condemned */
#define HEAR_MOST	16	/* messages of one process at a time */

/* Makes `p` wait for its first process. */
static void
vacate(struct place *p, enum arena_role role, unsigned number)
{
	memset(p, 0, sizeof(*p));
	p->state = PLACE_VACANT;
	p->role = role;
	p->index = number;
	p->slot = p->sock = -1;
}

int
crew_init(struct crew *crew, const struct conf *conf)
{
	unsigned i;

	memset(crew, 0, sizeof(*crew));
	crew->conf = conf;
	crew->began = clock_ms();
	crew->kit.conf = crew->kit.access_log = crew->kit.error_log = -1;
	if (ground_create(&crew->kit, conf) == -1) {
		log_err("arena: %s", strerror(errno));
		return -1;
	}
	for (i = 0; i < conf->workers; i++)
		vacate(&crew->places[i], ARENA_WORKER, i);
	vacate(&crew->places[i++], ARENA_FETCHER, 0);
	crew->seats = i;
	for (; i < CREW_PLACES; i++)
		crew->places[i].state = PLACE_UNUSED;
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

void
crew_dismiss(struct crew *crew, enum arena_role role, enum owed how,
    int64_t now, int64_t ms)
{
	unsigned i;

	for (i = 0; i < CREW_PLACES; i++)
		if (crew->places[i].state != PLACE_UNUSED &&
		    is_role(&crew->places[i], role))
			place_dismiss(&crew->places[i], how, now, ms);
}

/* Takes the process out of a seat: it may finish elsewhere, in an arena that
 * nobody else looks at, and its seat is filled at once. */
static void
move_out(struct place *from, struct place *to, int64_t now, int64_t ms)
{
	enum arena_role role = from->role;
	unsigned number = from->index, restarts = from->restarts;

	if (place_alive(from)) {
		*to = *from;
		to->slot = -1;
		place_dismiss(to, role == ARENA_WORKER ? OWED_DRAIN :
		    OWED_STOP, now, ms);
	}
	vacate(from, role, number);
	from->restarts = restarts;
}

/* The first place at or after `i` that no process is in. */
static unsigned
spare(const struct crew *crew, unsigned i)
{
	while (i < CREW_PLACES && crew->places[i].state != PLACE_UNUSED)
		i++;
	return i;
}

static void
kill_leaving(struct crew *crew)
{
	unsigned i;

	for (i = crew->seats; i < CREW_PLACES; i++)
		place_kill(&crew->places[i]);
}

/* Who still finishes in an arena before this one makes room for those who
 * have to leave now. */
static int
make_spare(struct crew *crew)
{
	unsigned i, n = 0;

	for (i = crew->seats; i < CREW_PLACES; i++)
		if (crew->places[i].state == PLACE_UNUSED)
			n++;
	if (n >= crew->seats)
		return 1;
	kill_leaving(crew);
	return 0;
}

/* A new arena beside the condemned one, which lives on for as long as its
 * processes need to finish what they can.  If there is no room for it, those
 * who are leaving an earlier one have to go at once, and it is tried again. */
static void
start_cold(struct crew *crew, int64_t now)
{
	struct kit fresh;
	unsigned i, to = crew->seats;

	if (now < crew->cold_at || !make_spare(crew))
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
	for (i = 0; i < crew->seats; i++) {
		to = spare(crew, to);
		move_out(&crew->places[i], &crew->places[to], now,
		    crew->conf->drain);
	}
	if (ground_replace(&crew->kit, &fresh) == -1)
		fatal("arena: %s", strerror(errno));
}

static void
attend(struct crew *crew, struct place *p, int64_t now)
{
	char title[ROLE_TITLE];

	if (p->kill_at != 0 && now >= p->kill_at) {
		log_warn("%s (pid %d) takes too long to go: killed",
		    role_title(p->role, p->index, title), (int)p->pid);
		p->kill_at = 0;
		place_kill(p);
	}
	if (p->state == PLACE_DEAD && now >= p->reap_at)
		place_reap(p, now);
	if (p->state == PLACE_VACANT && now >= p->due)
		place_spawn(p, &crew->kit, now);
	if (p->owed != 0)
		place_tell(p, &crew->kit);
}

void
crew_turn(struct crew *crew, int64_t now)
{
	unsigned i;

	/* those who were dismissed need no new arena to go */
	if (arena_condemned() && !crew->places[0].last)
		start_cold(crew, now);
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
		if (p->kill_at != 0)
			sooner(&due, p->kill_at);
		if (p->state == PLACE_DEAD)
			sooner(&due, p->reap_at);
		if (p->state == PLACE_VACANT)
			sooner(&due, p->due);
		if (p->owed != 0)
			sooner(&due, now + TELL_AGAIN);
	}
	return due;
}

static struct place *
find_pid(struct crew *crew, pid_t pid)
{
	struct place *p;

	for (p = crew->places; p < crew->places + CREW_PLACES; p++)
		if (place_alive(p) && p->pid == pid)
			return p;
	return NULL;
}

size_t
crew_polls(const struct crew *crew, struct pollfd *fds)
{
	const struct place *p;
	size_t n = 0;

	for (p = crew->places; p < crew->places + CREW_PLACES; p++) {
		if (!place_alive(p) || p->mute)
			continue;
		fds[n].fd = p->sock;
		fds[n].events = POLLIN;
		fds[n++].revents = 0;
	}
	return n;
}

/* A process that holds a lock for so long is beyond help: the store repairs
 * what it leaves. */
static void
kill_holder(struct crew *crew, const struct place *from, const struct msg *m)
{
	struct place *p;
	char title[ROLE_TITLE];
	uint32_t lock;
	int slot;

	if (m->len != sizeof(lock) || from->slot == -1)
		return;
	memcpy(&lock, m->body, sizeof(lock));
	if ((slot = slot_holder(lock)) == -1)
		return;
	for (p = crew->places; p < crew->places + CREW_PLACES; p++) {
		if (!place_alive(p) || p->slot != slot)
			continue;
		log_err("%s (pid %d) does not let go of lock %u: killed",
		    role_title(p->role, p->index, title), (int)p->pid,
		    (unsigned)lock);
		place_kill(p);
	}
}

static void
heard(struct crew *crew, struct place *p, const struct msg *m)
{
	char title[ROLE_TITLE];

	switch (m->type) {
	case MSG_READY:
		p->state = PLACE_READY;
		break;
	case MSG_STUCK:
		kill_holder(crew, p, m);
		break;
	case MSG_HELLO:
	case MSG_BELLS:
	case MSG_CONF:
	case MSG_LISTEN:
	case MSG_LOG:
	case MSG_GO:
	case MSG_DRAIN:
	case MSG_STOP:
	case MSG_CONTROL:
	case MSG_TYPES:
		log_warn("%s sent %s", role_title(p->role, p->index, title),
		    msg_name(m->type));
		break;
	}
}

/* What it has to say.  One that hung up is going; if it is out of its mind
 * instead, it can be reached no other way. */
static void
hear(struct crew *crew, struct place *p)
{
	struct msg m;
	char title[ROLE_TITLE];
	unsigned i;
	int got = 1;

	for (i = 0; i < HEAR_MOST && got == 1; i++) {
		if ((got = msg_recv(p->sock, &m)) != 1)
			break;
		heard(crew, p, &m);
		msg_close(&m);
	}
	if (got == 1 || (got == -1 && errno == EAGAIN))
		return;
	if (got == -1)
		log_err("%s: %s: killed", role_title(p->role, p->index,
		    title), strerror(errno));
	p->mute = 1;
	place_kill(p);
}

void
crew_hear(struct crew *crew, const struct pollfd *fds, size_t n)
{
	struct place *p;
	size_t i;

	for (i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		for (p = crew->places; p < crew->places + CREW_PLACES; p++)
			if (place_alive(p) && p->sock == fds[i].fd)
				hear(crew, p);
	}
}

/* Peeks first: for as long as the process is not waited for its pid is its
 * own, and what it said before it died is read as if it lived. */
void
crew_wait(struct crew *crew, int64_t now)
{
	struct place *p;
	siginfo_t info;
	int status;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
		    -1 || info.si_pid == 0)
			return;
		/* one that is not ours fell to us as process 1 */
		if ((p = find_pid(crew, info.si_pid)) != NULL)
			hear(crew, p);
		if (waitpid(info.si_pid, &status, 0) != -1 && p != NULL)
			place_died(p, status, now);
	}
}

int
crew_pass(struct crew *crew, const char *line, int fd)
{
	struct place *p;
	unsigned i;

	for (i = 0; i < crew->seats; i++) {
		crew->turn = (crew->turn + 1) % crew->seats;
		p = &crew->places[crew->turn];
		if (p->role == ARENA_WORKER && p->state == PLACE_READY &&
		    msg_send(p->sock, MSG_CONTROL, line, strlen(line), &fd,
		    1) == 0)
			return 0;
	}
	return -1;
}

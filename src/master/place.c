/* SPDX-License-Identifier: ISC */
/* place -- one process that the master keeps going; master */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "reeld/counter.h"
#include "reeld/log.h"
#include "reeld/panic.h"
#include "reeld/slot.h"
#include "reeld/spawn.h"
#include "place.h"

#define REAP_AGAIN	10		/* ms, while the slot is still locked */
#define HANDSHAKES	1000		/* ms, for those that were under way */
#define LOOKS_EVERY	1000		/* ms between two at a heartbeat */
#define SILENT_LOOKS	10		/* after which who leaves is lost, */
#define SILENT_LONG	30		/* ... and who does not */

const char *const place_state_names[] = {
	[PLACE_UNUSED] = "unused",
	[PLACE_VACANT] = "waiting",
	[PLACE_STARTING] = "starting",
	[PLACE_READY] = "ready",
	[PLACE_DEAD] = "dead",
};

int
place_alive(const struct place *p)
{
	return p->state == PLACE_STARTING || p->state == PLACE_READY;
}

int64_t
place_silence(const struct place *p, int64_t now)
{
	struct slot_info info;

	if (!place_alive(p) || p->slot == -1 ||
	    slot_info((unsigned)p->slot, &info) == -1)
		return -1;
	return now > info.heartbeat ? now - info.heartbeat : 0;
}

static unsigned
owed_by_conf(enum arena_role role)
{
	unsigned owed = OWED_CONF | OWED_GO;

	if (role == ARENA_WORKER)
		owed |= OWED_LISTENS | OWED_IDENTITIES;
	if (role == ARENA_FETCHER)
		owed |= OWED_TRUST;
	return owed;
}

static unsigned
owed_at_start(enum arena_role role, const struct kit *kit)
{
	unsigned owed = OWED_HELLO | OWED_BELLS | owed_by_conf(role);

	if (role == ARENA_WORKER && kit->access_log != -1)
		owed |= OWED_ACCESS_LOG;
	if (role != ARENA_SPOOLER)
		owed |= OWED_PASSAGE;
	return owed;
}

static int
occupy(struct place *p)
{
	int saved;

	if ((p->slot = slot_issue(p->role)) == -1)
		return -1;
	if ((p->pid = spawn_role(p->role, &p->sock)) == -1)
		goto undo_slot;
	slot_spawned((unsigned)p->slot, p->pid);
	return 0;

undo_slot:
	saved = errno;
	/* nobody ever had it, so that nobody can hold its byte */
	slot_reap((unsigned)p->slot);
	p->slot = -1;
	errno = saved;
	return -1;
}

void
place_spawn(struct place *p, const struct kit *kit, int64_t now)
{
	char title[ROLE_TITLE];

	p->since = now;
	if (occupy(p) == -1) {
		log_warn("%s: cannot start: %s", role_title(p->role, p->index,
		    title), strerror(errno));
		p->due = now + throttle_next(&p->throttle, 0, 0);
		return;
	}
	p->owed = owed_at_start(p->role, kit);
	p->newest = 0;
	p->killed = p->mute = 0;
	p->silent = 0;
	p->state = PLACE_STARTING;
	place_tell(p, kit);
}

static int
tell_hello(const struct place *p, const struct kit *kit)
{
	struct msg_hello hello = {
		.slot = (uint32_t)p->slot,
		.index = p->index,
		.uid = kit->account.uid,
		.gid = kit->account.gid,
		.syslog = (uint32_t)kit->syslog,
	};

	return msg_send(p->sock, MSG_HELLO, &hello, sizeof(hello),
	    &kit->arena, 1);
}

/* What it was told for a configuration before this one, and could not use yet,
 * counts for nothing: see child.h. */
static int
tell_conf(struct place *p, const struct supply *supply)
{
	p->listens = p->identities = 0;
	return msg_send(p->sock, MSG_CONF, NULL, 0, &supply->conf, 1);
}

static int
tell_numbered(const struct place *p, enum msg_type type, size_t i, int fd)
{
	uint32_t n = (uint32_t)i;

	return msg_send(p->sock, type, &n, sizeof(n), &fd, 1);
}

/* Those that it has not got yet. */
static int
tell_listens(struct place *p, const struct listens *listens)
{
	size_t i;
	int fd;

	for (; (i = p->listens) < listens->n; p->listens++) {
		fd = listen_socket(listens, i, p->index);
		if (listens->v[i]->id > p->newest && fd != -1 &&
		    tell_numbered(p, MSG_LISTEN, i, fd) == -1)
			return -1;
	}
	return 0;
}

/* All of them: the files may have changed. */
static int
tell_identities(struct place *p, const struct identities *ids)
{
	size_t i;

	for (; (i = p->identities) < CHILD_LISTENS; p->identities++)
		if (ids->fds[i] != -1 &&
		    tell_numbered(p, MSG_IDENTITY, i, ids->fds[i]) == -1)
			return -1;
	return 0;
}

static int
tell_go(struct place *p, const struct listens *listens)
{
	if (msg_send(p->sock, MSG_GO, NULL, 0, NULL, 0) == -1)
		return -1;
	p->newest = listens->newest;
	return 0;
}

static int
tell_log(const struct place *p, enum msg_log which, const int *fd)
{
	uint32_t n = which;

	return msg_send(p->sock, MSG_LOG, &n, sizeof(n), fd, 1);
}

static int
tell(struct place *p, const struct kit *kit, enum owed what)
{
	switch (what) {
	case OWED_HELLO:
		return tell_hello(p, kit);
	case OWED_BELLS:
		return msg_send(p->sock, MSG_BELLS, NULL, 0, kit->bells,
		    ARENA_SLOTS);
	case OWED_CONF:
		return tell_conf(p, &kit->supply);
	case OWED_LISTENS:
		return tell_listens(p, &kit->supply.listens);
	case OWED_IDENTITIES:
		return tell_identities(p, &kit->supply.identities);
	case OWED_TRUST:
		return msg_send(p->sock, MSG_TRUST, NULL, 0,
		    &kit->supply.trust, 1);
	case OWED_ACCESS_LOG:
		return tell_log(p, MSG_ACCESS_LOG, &kit->access_log);
	case OWED_ERROR_LOG:
		return tell_log(p, MSG_ERROR_LOG, &kit->error_log);
	case OWED_PASSAGE:
		return msg_send(p->sock, MSG_PASSAGE, NULL, 0,
		    &kit->passages[p->role == ARENA_FETCHER], 1);
	case OWED_GO:
		return tell_go(p, &kit->supply.listens);
	case OWED_DRAIN:
		return msg_send(p->sock, MSG_DRAIN, NULL, 0, NULL, 0);
	case OWED_STOP:
		return msg_send(p->sock, MSG_STOP, NULL, 0, NULL, 0);
	case OWED_END:
		break;
	}
	PANIC("owed %d", (int)what);
}

/* The socket is full, or too many descriptors are under way: the process has
 * to read first. */
static int
passes(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM ||
	    error == ETOOMANYREFS;
}

void
place_tell(struct place *p, const struct kit *kit)
{
	char title[ROLE_TITLE];
	unsigned bit;

	for (bit = OWED_HELLO; bit < OWED_END && p->owed != 0; bit <<= 1) {
		if ((p->owed & bit) == 0)
			continue;
		if (tell(p, kit, (enum owed)bit) == -1) {
			if (passes(errno))
				return;
			/* EPIPE: it is dead already, waitpid(2) says why */
			if (errno != EPIPE && errno != ECONNRESET)
				log_warn("%s: cannot be told: %s", role_title(
				    p->role, p->index, title),
				    strerror(errno));
			p->owed = 0;
			return;
		}
		p->owed &= ~bit;
	}
}

static void
log_death(const struct place *p, int status)
{
	struct slot_info info;
	char title[ROLE_TITLE];
	const char *words = "";
	int pid = (int)p->pid;

	role_title(p->role, p->index, title);
	if (p->slot != -1 && slot_info((unsigned)p->slot, &info) == 0)
		words = info.words;
	if (WIFSIGNALED(status))
		log_warn("%s (pid %d) was killed by signal %d (%s)%s%s", title,
		    pid, WTERMSIG(status), strsignal(WTERMSIG(status)),
		    words[0] == '\0' ? "" : ": ", log_vis(words));
	else if (WEXITSTATUS(status) != 0 || !p->last)
		log_warn("%s (pid %d) exited with status %d", title, pid,
		    WEXITSTATUS(status));
}

void
place_reap(struct place *p, int64_t now)
{
	if (p->slot != -1 && slot_reap((unsigned)p->slot) == -1) {
		p->reap_at = now + REAP_AGAIN;
		return;
	}
	p->slot = -1;
	if (p->last) {
		p->state = PLACE_UNUSED;
		return;
	}
	p->state = PLACE_VACANT;
	p->restarts++;
	counter_add(COUNTER_RESPAWNS, 1);
}

void
place_died(struct place *p, int status, int64_t now)
{
	log_death(p, status);
	close(p->sock);
	p->sock = -1;
	p->owed = 0;
	p->drain_at = p->kill_at = 0;
	p->due = now + throttle_next(&p->throttle, p->state == PLACE_READY,
	    now - p->since);
	p->state = PLACE_DEAD;
	p->pid = 0;
	place_reap(p, now);
}

/* One that has not heard GO yet cannot tell old from new; one that is not told
 * to drain yet still has listeners to give up. */
void
place_renew(struct place *p)
{
	if (place_alive(p) && (!p->last || p->drain_at != 0 ||
	    (p->owed & OWED_GO) != 0))
		p->owed |= owed_by_conf(p->role);
}

/* Nobody follows the one in it.  0 when nobody is in it. */
static int
make_last(struct place *p)
{
	p->last = 1;
	if (p->state == PLACE_VACANT)
		p->state = PLACE_UNUSED;
	return place_alive(p);
}

void
place_dismiss(struct place *p, enum owed how, int64_t now, int64_t ms)
{
	if (!make_last(p))
		return;
	p->owed |= how;
	p->drain_at = 0;
	if (p->kill_at == 0 || p->kill_at > now + ms)
		p->kill_at = now + ms;
}

/* Handshakes that are under way end in the queue in which they began; after
 * that no one comes. */
void
place_retire(struct place *p, int64_t now)
{
	if (make_last(p))
		p->drain_at = now + HANDSHAKES;
}

/*
 * Counts looks in a row that found the same heartbeat.  Not the time since it:
 * after the whole machine has slept, the master may be the first to wake.
 */
static void
look_at_heartbeat(struct place *p, int64_t now)
{
	struct slot_info info;

	if (p->slot == -1 || now - p->looked < LOOKS_EVERY ||
	    slot_info((unsigned)p->slot, &info) == -1)
		return;
	p->looked = now;
	p->silent = info.heartbeat == p->heartbeat ? p->silent + 1 : 0;
	p->heartbeat = info.heartbeat;
}

const char *
place_overdue(struct place *p, int64_t now)
{
	if (!place_alive(p) || p->killed)
		return NULL;
	if (p->kill_at != 0)
		return now >= p->kill_at ? "takes too long to go" : NULL;
	if (p->state != PLACE_READY)
		return NULL;
	look_at_heartbeat(p, now);
	return p->silent >= (p->last ? SILENT_LOOKS : SILENT_LONG) ?
	    "gives no sign of life" : NULL;
}

void
place_kill(struct place *p)
{
	if (!place_alive(p))
		return;
	kill(p->pid, SIGKILL);
	p->killed = 1;
}

/* SPDX-License-Identifier: ISC */
/* crew_hear -- what the processes say, and their deaths; master */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <string.h>

#include "reeld/log.h"
#include "reeld/slot.h"
#include "crew.h"

#define HEAR_MOST	16	/* messages of one process at a time */

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
	case MSG_IDENTITY:
	case MSG_TRUST:
	case MSG_LOG:
	case MSG_PASSAGE:
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

/* One that leaves may be gone before it answers: only if there is no other. */
static int
may_answer(const struct crew *crew, const struct place *p)
{
	return p->role == ARENA_WORKER && p->state == PLACE_READY &&
	    p->slot != -1 && (!p->last || crew->workers == 0);
}

int
crew_pass(struct crew *crew, const char *line, int fd)
{
	struct place *p;
	unsigned i;

	for (i = 0; i < CREW_PLACES; i++) {
		crew->turn = (crew->turn + 1) % CREW_PLACES;
		p = &crew->places[crew->turn];
		if (may_answer(crew, p) && msg_send(p->sock, MSG_CONTROL,
		    line, strlen(line), &fd, 1) == 0)
			return 0;
	}
	return -1;
}

/* SPDX-License-Identifier: ISC */
/* child -- what a role is given by the master; every role */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

#include "reeld/account.h"
#include "reeld/child.h"
#include "reeld/log.h"
#include "reeld/msg.h"
#include "reeld/panic.h"
#include "reeld/roles.h"
#include "reeld/slot.h"

static pid_t master;

/* The signals that a terminal, a service manager or killall(1) sends to all
 * of reeld are for the master alone, which then drains us in order. */
static const int masters_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGUSR1,
	SIGUSR2, SIGPIPE };

static void
on_term(int sig)
{
	(void)sig;
	if (getppid() != master)
		_exit(0);
}

static void
catch_signals(void)
{
	struct sigaction sa;
	size_t i;

	master = getppid();
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_flags = SA_RESTART;
	sa.sa_handler = on_term;
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	for (i = 0; i < sizeof(masters_signals) / sizeof(int); i++)
		sigaction(masters_signals[i], &sa, NULL);
}

/* To be called once the user was changed, which clears this. */
static void
follow_master(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		fatal("parent death signal: %s", strerror(errno));
	if (getppid() != master)
		exit(0);
}

static void
report(void *arg, int warning, const char *file, int line, const char *text)
{
	(void)arg;
	/* the master has told the warnings once for all of us */
	if (!warning)
		log_err("%s:%d: %s", file, line, text);
}

/* The descriptor is one of several to the same memfd, whose size never
 * changes: mapped, since reading would move the offset of all. */
static struct conf *
parse_conf(int fd)
{
	struct conf *conf;
	struct stat st;
	char *text;

	if (fstat(fd, &st) == -1 || st.st_size == 0)
		return NULL;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return NULL;
	conf = conf_parse_text(text, (size_t)st.st_size, report, NULL);
	munmap(text, (size_t)st.st_size);
	return conf;
}

static void
take_hello(struct child *c, struct msg *m, struct msg_hello *hello)
{
	if (m->len != sizeof(*hello))
		fatal("master of another version");
	memcpy(hello, m->body, sizeof(*hello));
	if (hello->slot >= ARENA_SLOTS)
		fatal("slot %u", (unsigned)hello->slot);
	c->slot = hello->slot;
	c->index = hello->index;
	c->arena_fd = m->fds[0];
	m->fds[0] = -1;
}

static void
take_bells(struct child *c, struct msg *m)
{
	size_t i;

	for (i = 0; i < ARENA_SLOTS; i++) {
		c->bells[i] = m->fds[i];
		m->fds[i] = -1;
	}
}

static void
drop(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* What was told for a configuration that never came into force is told again
 * for the one that takes its place, under other numbers perhaps. */
static void
drop_coming(struct child *c)
{
	size_t i;

	conf_destroy(c->coming);
	c->coming = NULL;
	for (i = 0; i < CHILD_LISTENS; i++) {
		drop(&c->listens[i]);
		drop(&c->identities[i]);
	}
	drop(&c->trust);
}

static void
take_conf(struct child *c, const struct msg *m)
{
	drop_coming(c);
	if ((c->coming = parse_conf(m->fds[0])) == NULL)
		log_err("the master's configuration is no good");
}

/* 0, or -1 without a configuration that could come into force. */
static int
commit(struct child *c)
{
	if (c->coming == NULL) {
		drop_coming(c);
		return -1;
	}
	conf_destroy(c->conf);
	c->conf = c->coming;
	c->coming = NULL;
	return 0;
}

static uint32_t
number(const struct msg *m)
{
	uint32_t n;

	if (m->len != sizeof(n))
		fatal("%s of %zu bytes", msg_name(m->type), m->len);
	memcpy(&n, m->body, sizeof(n));
	return n;
}

/* Takes the descriptor that belongs to a listener, by its number. */
static void
take_numbered(int fds[CHILD_LISTENS], struct msg *m)
{
	uint32_t i = number(m);

	if (i >= CHILD_LISTENS || fds[i] != -1)
		fatal("%s %u", msg_name(m->type), (unsigned)i);
	fds[i] = m->fds[0];
	m->fds[0] = -1;
}

static void
take_trust(struct child *c, struct msg *m)
{
	drop(&c->trust);
	c->trust = m->fds[0];
	m->fds[0] = -1;
}

static int
take_log(struct child *c, struct msg *m)
{
	if (number(m) == MSG_ERROR_LOG) {
		dup2(m->fds[0], STDERR_FILENO);
		return 0;
	}
	drop(&c->access_log);
	c->access_log = m->fds[0];
	m->fds[0] = -1;
	return 1;
}

/* 1 with a message, or 0 when none waits on a socket that does not block.
 * Without its master a role has no reason to live. */
static int
receive(int sock, struct msg *m)
{
	int got;

	if ((got = msg_recv(sock, m)) == 0)
		exit(0);
	if (got == -1 && errno != EAGAIN)
		fatal("cannot hear the master: %s", strerror(errno));
	return got == 1;
}

/* One message before GO.  Returns 0 when it was that. */
static int
prepare(struct child *c, struct msg *m, struct msg_hello *hello)
{
	switch (m->type) {
	case MSG_HELLO:
		take_hello(c, m, hello);
		break;
	case MSG_BELLS:
		take_bells(c, m);
		break;
	case MSG_CONF:
		take_conf(c, m);
		break;
	case MSG_LISTEN:
		take_numbered(c->listens, m);
		break;
	case MSG_IDENTITY:
		take_numbered(c->identities, m);
		break;
	case MSG_TRUST:
		take_trust(c, m);
		break;
	case MSG_LOG:
		take_log(c, m);
		break;
	case MSG_PASSAGE:
		drop(&c->passages);
		c->passages = m->fds[0];
		m->fds[0] = -1;
		break;
	case MSG_GO:
		if (c->arena_fd == -1 || c->bells[0] == -1 || commit(c) == -1)
			fatal("told to go without all that it takes");
		return 0;
	case MSG_STOP:
		exit(0);
	case MSG_READY:
	case MSG_DRAIN:
	case MSG_CONTROL:
	case MSG_STUCK:
	case MSG_TYPES:
		fatal("%s before go", msg_name(m->type));
	}
	return 1;
}

static void
child_init(struct child *c, enum arena_role role)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	c->role = role;
	c->sock = CHILD_SOCK;
	c->arena_fd = c->trust = c->access_log = c->control = -1;
	c->passages = -1;
	for (i = 0; i < ARENA_SLOTS; i++)
		c->bells[i] = -1;
	for (i = 0; i < CHILD_LISTENS; i++)
		c->listens[i] = c->identities[i] = -1;
}

static void
name_process(const struct child *c, const struct msg_hello *hello)
{
	char title[ROLE_TITLE], ident[ROLE_TITLE + sizeof("reeld/")];

	role_title(c->role, c->index, title);
	/* the dash keeps libbsd from putting the file's name in front */
	setproctitle("-reeld: %s", title);
	/* It was executed as /proc/self/exe: that is no name for ps(1). */
	prctl(PR_SET_NAME, "reeld");
	/* a tag of syslog ends at a blank; its program's name at a slash */
	snprintf(ident, sizeof(ident), "reeld/%s", title);
	if (strchr(ident, ' ') != NULL)
		*strchr(ident, ' ') = '-';
	log_init(hello->syslog ? LOG_TO_SYSLOG : LOG_TO_STDERR, ident);
}

/* Called by the store, without any lock. */
static void
tell_stuck(unsigned lock)
{
	uint32_t n = lock;

	if (msg_send(CHILD_SOCK, MSG_STUCK, &n, sizeof(n), NULL, 0) == -1)
		log_warn("cannot tell that lock %u is stuck: %s", lock,
		    strerror(errno));
}

static void
enter_arena(const struct child *c)
{
	char *words;
	size_t len;

	if (slot_take(c->arena_fd, c->slot) == -1)
		fatal("slot %u: %s", c->slot, strerror(errno));
	if (arena_attach(c->arena_fd, c->slot, role_payload(c->role),
	    c->bells) == -1)
		fatal("arena: %s", strerror(errno));
	words = slot_words(&len);
	panic_words(words, len);
	arena_on_stuck(tell_stuck);
}

static void
change_user(const struct msg_hello *hello)
{
	const struct account account = { hello->uid, hello->gid, 0 };

	account_become(&account);
	follow_master();
}

void
child_start(struct child *c, enum arena_role role)
{
	struct msg_hello hello;
	struct msg m;
	int more;

	catch_signals();
	child_init(c, role);
	memset(&hello, 0, sizeof(hello));
	do {
		receive(c->sock, &m);
		more = prepare(c, &m, &hello);
		msg_close(&m);
	} while (more);
	name_process(c, &hello);
	enter_arena(c);
	change_user(&hello);
	if (fcntl(c->sock, F_SETFL, O_NONBLOCK) == -1)
		fatal("socket to the master: %s", strerror(errno));
}

void
child_finish(struct child *c)
{
	drop_coming(c);
	conf_destroy(c->conf);
	c->conf = NULL;
}

void
child_ready(struct child *c)
{
	if (msg_send(c->sock, MSG_READY, NULL, 0, NULL, 0) == -1)
		fatal("cannot tell the master: %s", strerror(errno));
}

/* One message after GO; CHILD_NOTHING when the role need not know of it. */
static enum child_event
hear(struct child *c, struct msg *m)
{
	switch (m->type) {
	case MSG_CONF:
		take_conf(c, m);
		return CHILD_NOTHING;
	case MSG_LISTEN:
		take_numbered(c->listens, m);
		return CHILD_NOTHING;
	case MSG_IDENTITY:
		take_numbered(c->identities, m);
		return CHILD_NOTHING;
	case MSG_TRUST:
		take_trust(c, m);
		return CHILD_NOTHING;
	case MSG_GO:
		return commit(c) == 0 ? CHILD_CONF : CHILD_NOTHING;
	case MSG_LOG:
		return take_log(c, m) ? CHILD_LOG : CHILD_NOTHING;
	case MSG_DRAIN:
		return CHILD_DRAIN;
	case MSG_STOP:
		return CHILD_STOP;
	case MSG_CONTROL:
		strlcpy(c->line, m->body, sizeof(c->line));
		c->control = m->fds[0];
		m->fds[0] = -1;
		return CHILD_CONTROL;
	case MSG_HELLO:
	case MSG_BELLS:
	case MSG_PASSAGE:
	case MSG_READY:
	case MSG_STUCK:
	case MSG_TYPES:
		break;
	}
	fatal("%s after go", msg_name(m->type));
}

enum child_event
child_read(struct child *c)
{
	enum child_event event;
	struct msg m;

	do {
		if (!receive(c->sock, &m))
			return CHILD_NOTHING;
		event = hear(c, &m);
		msg_close(&m);
	} while (event == CHILD_NOTHING);
	return event;
}

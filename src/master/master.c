/* SPDX-License-Identifier: ISC */
/* master -- spawns, reaps, reloads, by signals and commands; master */
#include "config.h"

#include <sys/signalfd.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "reeld/clock.h"
#include "reeld/log.h"
#include "boot.h"
#include "logs.h"
#include "reload.h"
#include "status.h"

#define STOP_TIME	2000	/* ms that a process has to stop in */
#define SAVE_TIME	1000	/* ms that the spooler has at least to save */
#define TELL_TIME	1000	/* ms to tell of the last configuration */

static const char *const phase_names[] = {
	[PHASE_RUNNING] = "running",
	[PHASE_DRAINING] = "draining",
	[PHASE_CLOSING] = "closing",
	[PHASE_SAVING] = "saving",
	[PHASE_STOPPING] = "stopping",
};

/* Signals are read in the loop, between two turns.  One that was ignored by
 * who started us would stay so: a child's death would never be heard of. */
static int
open_signals(void)
{
	static const int taken[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2,
		SIGCHLD };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		signal(taken[i], SIG_DFL);
		sigaddset(&set, taken[i]);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void
reopen_logs(struct master *m)
{
	unsigned owed = logs_reopen(&m->crew.kit, m->conf);

	if (owed & OWED_ACCESS_LOG)
		crew_owe(&m->crew, ARENA_WORKER, OWED_ACCESS_LOG);
	if (owed & OWED_ERROR_LOG)
		crew_owe(&m->crew, ARENA_NOBODY, OWED_ERROR_LOG);
}

/* Who was not told yet what the last configuration took away has it still, and
 * this one may bring it back. */
static void
reload(struct master *m, FILE *answer, int64_t now)
{
	crew_tell(&m->crew, TELL_TIME);
	if (reload_conf(m->start, &m->crew.kit.supply, &m->conf, answer) == -1)
		return;
	reopen_logs(m);
	crew_renew(&m->crew, m->conf, now);
}

/* With our own listening sockets gone as well, new clients are refused at once
 * and may go elsewhere.  The end of the time is the spooler's. */
static void
drain(struct master *m, int64_t now)
{
	int64_t ms = m->conf->drain;

	log_info("draining");
	m->until = now + ms;
	if (m->conf->spool.directory != NULL && ms >= 2 * SAVE_TIME)
		ms -= SAVE_TIME;
	m->phase = PHASE_DRAINING;
	listen_close(&m->crew.kit.supply.listens);
	crew_dismiss(&m->crew, ARENA_WORKER, OWED_DRAIN, now, ms);
}

static void
stop(struct master *m, int64_t now)
{
	m->phase = PHASE_STOPPING;
	crew_dismiss(&m->crew, ARENA_NOBODY, OWED_STOP, now, STOP_TIME);
}

static void
obey(struct master *m, int sig, int64_t now)
{
	switch (sig) {
	case SIGCHLD:
		crew_wait(&m->crew, now);
		break;
	case SIGHUP:
		if (m->phase == PHASE_RUNNING)
			reload(m, NULL, now);
		break;
	case SIGUSR1:
		reopen_logs(m);
		break;
	case SIGTERM:
		if (m->phase == PHASE_RUNNING)
			drain(m, now);
		else
			stop(m, now);
		break;
	case SIGINT:
		stop(m, now);
		break;
	default:
		log_warn("%s: not in this version", strsignal(sig));
		break;
	}
}

static void
read_signals(struct master *m, int fd, int64_t now)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		obey(m, (int)info.ssi_signo, now);
}

/* One line of reelctl; see control.h. */
static int
answer_line(void *arg, const char *line, int fd, FILE *out)
{
	struct master *m = arg;
	const struct status status = { &m->crew, phase_names[m->phase],
		m->began, clock_ms() };

	if (strcmp(line, "status") == 0) {
		fprintf(out, "ok\n");
		status_print(&status, out);
	} else if (strcmp(line, "status -j") == 0) {
		fprintf(out, "ok\n");
		status_print_json(&status, out);
	} else if (strcmp(line, "reload") == 0 ||
	    strcmp(line, "reload -j") == 0) {
		if (m->phase == PHASE_RUNNING)
			reload(m, out, clock_ms());
		else
			fprintf(out, "error: reeld is stopping\n");
	} else if (crew_pass(&m->crew, line, fd) == 0) {
		return 1;
	} else {
		fprintf(out, "error: no worker\n");
	}
	return 0;
}

/* Workers finish what they serve for as long as the fetcher is there; what is
 * saved last must not change any more. */
static void
go_on(struct master *m, int64_t now)
{
	struct crew *crew = &m->crew;
	int64_t left = m->until - now;

	if (left < SAVE_TIME)
		left = SAVE_TIME;
	if (m->phase == PHASE_DRAINING &&
	    crew_count(crew, ARENA_WORKER) == 0) {
		m->phase = PHASE_CLOSING;
		crew_dismiss(crew, ARENA_FETCHER, OWED_STOP, now,
		    left < STOP_TIME ? left : STOP_TIME);
	}
	if (m->phase == PHASE_CLOSING &&
	    crew_count(crew, ARENA_FETCHER) == 0) {
		m->phase = PHASE_SAVING;
		crew_dismiss(crew, ARENA_SPOOLER, OWED_DRAIN, now, left);
	}
	if (m->phase == PHASE_SAVING && crew_count(crew, ARENA_NOBODY) == 0)
		m->phase = PHASE_STOPPING;
}

static int
finished(struct master *m, int64_t now)
{
	go_on(m, now);
	return m->phase == PHASE_STOPPING &&
	    crew_count(&m->crew, ARENA_NOBODY) == 0;
}

static int
time_left(const struct master *m, int64_t now)
{
	int64_t due = crew_due(&m->crew, now);

	if (control_due(m->control) < due)
		due = control_due(m->control);
	if (due <= now)
		return 0;
	return due - now > INT_MAX ? INT_MAX : (int)(due - now);
}

static void
wait_and_see(struct master *m, int signals, int64_t now)
{
	struct pollfd fds[1 + CREW_PLACES + CONTROL_POLLS];
	size_t of_crew, of_control;

	fds[0].fd = signals;
	fds[0].events = POLLIN;
	of_crew = crew_polls(&m->crew, fds + 1);
	of_control = control_polls(m->control, fds + 1 + of_crew, now);
	if (poll(fds, 1 + of_crew + of_control, time_left(m, now)) == -1)
		return;
	now = clock_ms();
	if (fds[0].revents != 0)
		read_signals(m, signals, now);
	crew_hear(&m->crew, fds + 1, of_crew);
	control_hear(m->control, fds + 1 + of_crew, of_control, now);
}

static void
run(struct master *m, int signals)
{
	int64_t now;

	log_info("reeld %s: %u worker%s", REELD_VERSION, m->conf->workers,
	    m->conf->workers == 1 ? "" : "s");
	for (now = clock_ms(); !finished(m, now); now = clock_ms()) {
		crew_turn(&m->crew, now);
		wait_and_see(m, signals, now);
	}
	log_info("stopped");
}

int
master_main(const struct master_start *start)
{
	struct master m;
	int signals;

	/* what somebody left open in us would stay open for good */
	closefrom(STDERR_FILENO + 1);
	if ((signals = open_signals()) == -1)
		fatal("signals: %s", strerror(errno));
	if (boot(&m, start, answer_line) == -1) {
		boot_fini(&m);
		return 1;
	}
	setproctitle("-reeld: master");
	run(&m, signals);
	boot_fini(&m);
	close(signals);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * guard -- runs one test program for a limited time and leaves nothing behind
 *
 * usage: guard seconds program [arg]...
 *
 * Exits like timeout(1): with the status of the program, 128 and the signal if
 * one ended it, 124 if the time was up.  A test may start daemons that leave
 * its session and its parent, and then fail before it stops them; guard is the
 * reaper of all of these (PR_SET_CHILD_SUBREAPER), so it knows them by their
 * parent.  What does not end by itself in GRACE_MS is named and killed.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "reeld/clock.h"

#define GRACE_MS	2000
#define STATUS_TIME	124	/* as timeout(1) has it */
#define STATUS_GUARD	125

static sigset_t watched;

/* Collects what has ended.  Returns 1 and sets *status when `pid` was among
 * it, -1 when there is no child any more, else 0. */
static int
collect(pid_t pid, int *status)
{
	int found = 0, raw;
	pid_t ended;

	while ((ended = waitpid(-1, &raw, WNOHANG)) > 0) {
		if (ended != pid)
			continue;
		*status = WIFEXITED(raw) ? WEXITSTATUS(raw) :
		    128 + WTERMSIG(raw);
		found = 1;
	}
	if (found)
		return 1;
	return ended == -1 && errno == ECHILD ? -1 : 0;
}

/* Waits for a watched signal until `deadline`; returns it, or 0. */
static int
await(int64_t deadline)
{
	struct timespec ts;
	int64_t left = deadline - clock_ms();
	int sig;

	if (left <= 0)
		return 0;
	ts.tv_sec = left / 1000;
	ts.tv_nsec = left % 1000 * 1000000;
	sig = sigtimedwait(&watched, NULL, &ts);
	return sig == -1 ? 0 : sig;
}

/* The status of `pid`, or why it was not waited for. */
static int
watch(pid_t pid, int64_t deadline)
{
	int sig, status;

	while (collect(pid, &status) == 0) {
		sig = await(deadline);
		if (sig == 0 && clock_ms() >= deadline)
			return STATUS_TIME;
		if (sig != 0 && sig != SIGCHLD)
			return 128 + sig;
	}
	return status;
}

/* Reads name and parent of a process: "pid (name) state parent ...", where the
 * name may hold anything.  Returns the parent, -1 if the process is gone. */
static pid_t
parent_of(pid_t pid, char *name, size_t len)
{
	char path[32], line[512], *open, *close;
	FILE *f;
	int parent = -1;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	if (fgets(line, sizeof(line), f) != NULL &&
	    (open = strchr(line, '(')) != NULL &&
	    (close = strrchr(line, ')')) != NULL) {
		*close = '\0';
		snprintf(name, len, "%s", open + 1);
		if (sscanf(close + 1, " %*c %d", &parent) != 1)
			parent = -1;
	}
	fclose(f);
	return parent;
}

/* Kills our children; theirs become ours and are met by the next call. */
static void
kill_children(int tell)
{
	struct dirent *d;
	char name[64];
	pid_t pid;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		err(STATUS_GUARD, "/proc");
	while ((d = readdir(dir)) != NULL) {
		pid = atoi(d->d_name);
		if (pid <= 0 || parent_of(pid, name, sizeof(name)) != getpid())
			continue;
		if (tell)
			warnx("left behind: %d (%s)", pid, name);
		kill(pid, SIGKILL);
	}
	closedir(dir);
}

/* Returns when no process is left of all that the program started. */
static void
sweep(int cut)
{
	int64_t deadline = clock_ms() + (cut ? 0 : GRACE_MS);
	int unused;

	while (collect(0, &unused) != -1) {
		if (await(deadline) == 0) {
			kill_children(!cut);
			deadline = clock_ms() + 10;
		}
	}
}

static pid_t
start(char **argv)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid == -1)
		err(STATUS_GUARD, "fork");
	if (pid != 0)
		return pid;
	/* A shell ignores these two for what it starts with `&`. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	warn("%s", argv[0]);
	_exit(STATUS_GUARD);
}

int
main(int argc, char **argv)
{
	const char *problem;
	int64_t begin = clock_ms();
	int seconds, status;

	if (argc < 3)
		errx(STATUS_GUARD, "usage: guard seconds program [arg]...");
	seconds = strtonum(argv[1], 1, 1000000, &problem);
	if (problem != NULL)
		errx(STATUS_GUARD, "%s: %s", argv[1], problem);

	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGHUP);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGTERM);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		err(STATUS_GUARD, "PR_SET_CHILD_SUBREAPER");

	status = watch(start(argv + 2), begin + seconds * 1000LL);
	sweep(status == STATUS_TIME);
	return status;
}

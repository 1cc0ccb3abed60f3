/* SPDX-License-Identifier: ISC */
/* keeper -- stands between a test and the program it starts; a fork of it */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/unistd.h>

#include "keeper.h"
#include "proc.h"

#define PIDS_MAX	256
#define LOG_TAIL	16384

/* The keeper tells its test the program's pid, then how it ended. */
struct keeper {
	pid_t	keeper, program;
	int	pipe;
	int	ended, status;
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
keeper_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
keeper_print_log(const char *log, const char *title)
{
	static char buf[LOG_TAIL + 1];
	ssize_t n;
	off_t size;
	int fd;

	if ((fd = open(log, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	size = lseek(fd, 0, SEEK_END);
	n = pread(fd, buf, LOG_TAIL, size > LOG_TAIL ? size - LOG_TAIL : 0);
	close(fd);
	if (n < 0)
		return;
	buf[n] = '\0';
	fprintf(stderr, "---- %s\n%s---- end of the log\n", title, buf);
}

static void
run_program(const char *const argv[], const char *log,
    const sigset_t *unblocked)
{
	int fd;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, unblocked, NULL);
	signal(SIGPIPE, SIG_DFL);
	if ((fd = open("/dev/null", O_RDWR)) == -1 || dup2(fd, 0) == -1 ||
	    (fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644)) == -1 ||
	    dup2(fd, 1) == -1 || dup2(fd, 2) == -1)
		_exit(126);
	closefrom(3);
	execvp(argv[0], (char *const *)argv);
	warn("%s", argv[0]);
	_exit(127);
}

/* Until nobody is left: one that forks meanwhile is met again. */
static void
kill_descendants(void)
{
	pid_t pids[PIDS_MAX];
	int i, n;

	while ((n = proc_descendants(getpid(), pids, PIDS_MAX)) > 0) {
		for (i = 0; i < n; i++)
			kill(pids[i], SIGKILL);
		usleep(1000);
	}
	/* No zombie is left to a machine whose init may not reap. */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

/* SIGTERM comes from the kernel when the test dies, SIGUSR1 from the test. */
static void
keep(pid_t program, int fd, const char *dir, const char *log,
    const sigset_t *signals)
{
	int sig, status;
	pid_t pid;

	for (;;) {
		sigwait(signals, &sig);
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == program &&
			    write(fd, &status, sizeof(status)) == -1)
				warn("keeper");
		if (sig == SIGCHLD)
			continue;
		if (sig == SIGTERM)
			keeper_print_log(log, "the test died; its log");
		kill_descendants();
		if (sig == SIGTERM)
			keeper_remove(dir);
		_exit(0);
	}
}

static void
keeper_main(const char *const argv[], int fd, const char *dir,
    const char *log, pid_t test)
{
	sigset_t signals, unblocked;
	pid_t program;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	sigemptyset(&unblocked);
	signal(SIGCHLD, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != test)		/* it died before the line above */
		_exit(1);
	/* Nothing of the test's runner may be held open from here. */
	dup2(fd, 3);
	closefrom(4);
	if ((program = fork()) == 0)
		run_program(argv, log, &unblocked);
	if (write(3, &program, sizeof(program)) == -1)
		warn("keeper");
	keep(program, 3, dir, log, &signals);
}

struct keeper *
keeper_start(const char *const argv[], const char *dir, const char *log)
{
	struct keeper *k;
	pid_t test = getpid();
	int fds[2];

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return NULL;
	if (pipe2(fds, O_CLOEXEC) == -1)
		goto undo_keeper;
	if ((k->keeper = fork()) == -1)
		goto undo_pipe;
	if (k->keeper == 0)
		keeper_main(argv, fds[1], dir, log, test);
	close(fds[1]);
	k->pipe = fds[0];
	if (read(k->pipe, &k->program, sizeof(k->program)) ==
	    sizeof(k->program) && k->program > 0)
		return k;
	kill(k->keeper, SIGKILL);
	waitpid(k->keeper, NULL, 0);
	close(k->pipe);
	free(k);
	return NULL;

undo_pipe:
	close(fds[0]);
	close(fds[1]);
undo_keeper:
	free(k);
	return NULL;
}

pid_t
keeper_pid(const struct keeper *k)
{
	return k->program;
}

int
keeper_wait(struct keeper *k, int ms, int *status)
{
	struct pollfd pfd = { k->pipe, POLLIN, 0 };
	int n;

	if (!k->ended) {
		while ((n = poll(&pfd, 1, ms)) == -1 && errno == EINTR)
			continue;
		if (n != 1 || read(k->pipe, &k->status, sizeof(k->status)) !=
		    sizeof(k->status))
			return 0;
		k->ended = 1;
	}
	*status = k->status;
	return 1;
}

int
keeper_pids(const struct keeper *k, pid_t *pids, int max)
{
	return proc_descendants(k->keeper, pids, max);
}

void
keeper_stop(struct keeper **kp)
{
	struct keeper *k = *kp;

	if (k == NULL)
		return;
	kill(k->keeper, SIGUSR1);
	while (waitpid(k->keeper, NULL, 0) == -1 && errno == EINTR)
		continue;
	close(k->pipe);
	free(k);
	*kp = NULL;
}

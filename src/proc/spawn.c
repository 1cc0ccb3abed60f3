/* SPDX-License-Identifier: ISC */
/* spawn -- starts this very program once more, as a role; master */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

#include "reeld/child.h"
#include "reeld/log.h"
#include "reeld/roles.h"
#include "reeld/spawn.h"

/* A child must not outlive its master.  The signal is set again after the
 * child has changed its user, which clears it; a master that died before the
 * call is seen by getppid(). */
static void
follow(pid_t master)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != master)
		_exit(SPAWN_FAILED);
}

static int
arrange_fds(int sock)
{
	int null;

	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		return -1;
	/* dup2(2) to itself would leave the close-on-exec flag */
	if (sock == CHILD_SOCK ? fcntl(sock, F_SETFD, 0) == -1 :
	    dup2(sock, CHILD_SOCK) == -1)
		return -1;
	closefrom(CHILD_SOCK + 1);
	return 0;
}

static void __attribute__((noreturn))
become(enum arena_role role, int sock, pid_t master)
{
	char name[] = "reeld", flag[] = "-R", who[ROLE_TITLE];
	char *argv[] = { name, flag, who, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	follow(master);
	strlcpy(who, role_name(role), sizeof(who));
	if (arrange_fds(sock) == 0)
		execv("/proc/self/exe", argv);
	log_err("cannot start a %s: %s", role_name(role), strerror(errno));
	_exit(SPAWN_FAILED);
}

pid_t
spawn_role(enum arena_role role, int *sock)
{
	pid_t pid, master = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	/* only our end: the child waits for its first messages */
	if (fcntl(pair[0], F_SETFL, O_NONBLOCK) == -1 ||
	    (pid = fork()) == -1)
		goto undo_pair;
	if (pid == 0)
		become(role, pair[1], master);
	close(pair[1]);
	*sock = pair[0];
	return pid;

undo_pair:
	close(pair[0]);
	close(pair[1]);
	return -1;
}

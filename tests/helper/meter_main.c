/* SPDX-License-Identifier: ISC */
/*
 * meter -- what a command takes, and what it costs the servers that it asks
 *
 * usage: meter [-o file] [-p pid[:title]]... command [arg]...
 *
 * Runs the command, its output in `file` (default: stderr), and prints
 * milliseconds: `wall servers command`, the latter two of CPU.  A server is a
 * process with all its descendants, or those of them that have `title` in
 * their command line.  Processes that come or go meanwhile are not measured.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "now.h"
#include "proc.h"

#define PIDS_MAX	256

static pid_t pids[PIDS_MAX];
static int npids;

static int
has_title(pid_t pid, const char *title)
{
	char line[4096];

	return title == NULL || (proc_title(pid, line, sizeof(line)) == 0 &&
	    strstr(line, title) != NULL);
}

/* The processes that `pid[:title]` stands for. */
static void
add_server(char *arg)
{
	char *title = strchr(arg, ':');
	pid_t found[PIDS_MAX];
	int i, n, before = npids;

	if (title != NULL)
		*title++ = '\0';
	found[0] = (pid_t)atoi(arg);
	n = 1 + proc_descendants(found[0], found + 1, PIDS_MAX - 1);
	for (i = 0; i < n && npids < PIDS_MAX; i++)
		if (has_title(found[i], title))
			pids[npids++] = found[i];
	if (npids == before)
		errx(1, "no such process: %s %s", arg, title ? title : "");
}

static int64_t
servers_ms(void)
{
	int64_t total = 0;
	int i;

	for (i = 0; i < npids; i++)
		total += proc_cpu_ms(pids[i]);
	return total;
}

static int64_t
command_ms(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * INT64_C(1000) +
	    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000;
}

/* Runs the command: its exit status, 128 and the signal if one ended it. */
static int
run(char **argv, int output)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		if (dup2(output, STDOUT_FILENO) == -1)
			err(126, "dup2");
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	int64_t began, servers, wall;
	int ch, output = STDERR_FILENO, status;

	/* `+`: what follows the command is the command's. */
	while ((ch = getopt(argc, argv, "+o:p:")) != -1) {
		switch (ch) {
		case 'o':
			if ((output = open(optarg, O_WRONLY | O_CREAT |
			    O_TRUNC | O_CLOEXEC, 0644)) == -1)
				err(1, "%s", optarg);
			break;
		case 'p':
			add_server(optarg);
			break;
		default:
			goto usage;
		}
	}
	if (optind == argc)
		goto usage;
	servers = servers_ms();
	began = now_us();
	status = run(argv + optind, output);
	wall = (now_us() - began) / 1000;
	servers = servers_ms() - servers;
	printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", wall, servers,
	    command_ms());
	return status;

usage:
	fprintf(stderr, "usage: meter [-o file] [-p pid[:title]]... command"
	    " [arg]...\n");
	return 1;
}

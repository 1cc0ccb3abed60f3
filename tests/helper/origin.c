/* SPDX-License-Identifier: ISC */
/* origin -- a scripted, misbehaving source for the tests; a program of its own
 *
 * origin [-6v] [-c control-port] [-p port] [-r directory]
 *
 * One thread and poll(2).  tests/README has the table of what it can do.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <bsd/stdlib.h>

#include "argument.h"
#include "now.h"
#include "origin_conn.h"
#include "origin_listen.h"

/* conn[i] goes with pfd[LISTEN_SLOTS + i]. */
static struct conn **conns;
static struct pollfd *pfds;
static size_t nconns, room;

static volatile sig_atomic_t quit;

static void
on_term(int sig)
{
	(void)sig;
	quit = 1;
}

static void *
grown(void *array, size_t n, size_t size)
{
	if ((array = reallocarray(array, n, size)) == NULL)
		err(1, "connections");
	return array;
}

static void
add_conn(struct conn *c)
{
	if (nconns == room) {
		room = room * 2 + 16;
		conns = grown(conns, room, sizeof(*conns));
		pfds = grown(pfds, room + LISTEN_SLOTS, sizeof(*pfds));
	}
	conns[nconns++] = c;
}

/*
 * Waits.  The listeners stand first: poll(2) looks at them before it looks at
 * the connections, so whatever a client closed before it connected anew is in
 * the same turn's events, and the tally never sees both.
 */
static void
wait_for_events(const sigset_t *mask)
{
	struct timespec ts, *timeout = NULL;
	int64_t wake = INT64_MAX, left;
	size_t i;
	int slot;

	for (slot = 0; slot < LISTEN_SLOTS; slot++)
		pfds[slot] = (struct pollfd){ listen_fd(slot), POLLIN, 0 };
	for (i = 0; i < nconns; i++) {
		pfds[LISTEN_SLOTS + i] = (struct pollfd){ conn_fd(conns[i]),
		    conn_events(conns[i]), 0 };
		if (conn_wake(conns[i]) < wake)
			wake = conn_wake(conns[i]);
	}
	if (wake != INT64_MAX) {
		left = wake - now_ns();
		left = left > 0 ? left : 0;
		ts.tv_sec = left / 1000000000;
		ts.tv_nsec = left % 1000000000;
		timeout = &ts;
	}
	if (ppoll(pfds, nconns + LISTEN_SLOTS, timeout, mask) == -1) {
		if (errno != EINTR)
			err(1, "poll");
		for (i = 0; i < nconns + LISTEN_SLOTS; i++)
			pfds[i].revents = 0;
	}
}

/* Every connection has its turn, and those that are done leave. */
static void
step_conns(void)
{
	size_t i, kept = 0;

	for (i = 0; i < nconns; i++) {
		if (conn_step(conns[i], pfds[LISTEN_SLOTS + i].revents))
			conn_destroy(conns[i]);
		else
			conns[kept++] = conns[i];
	}
	nconns = kept;
}

/* One connection of each listener a turn: a client may close and connect
 * between two accepts, and its closing has to be seen first. */
static void
accept_conns(const struct options *opt)
{
	int slot, fd;

	for (slot = 0; slot < LISTEN_SLOTS; slot++) {
		/* Control may just have closed it. */
		if (pfds[slot].revents == 0 || listen_fd(slot) == -1)
			continue;
		fd = accept4(listen_fd(slot), NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd != -1)
			add_conn(conn_create(fd, slot == LISTEN_CONTROL, opt));
	}
}

static void
catch_term(sigset_t *unblocked)
{
	struct sigaction sa = { .sa_handler = on_term };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, unblocked);
	/* Whoever started us may have had them blocked. */
	sigdelset(unblocked, SIGTERM);
	sigdelset(unblocked, SIGINT);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
main(int argc, char **argv)
{
	struct options opt = { NULL, 0 };
	int ch, port = 0, control = 0, v6 = 0;
	sigset_t unblocked;

	while ((ch = getopt(argc, argv, "6c:p:r:v")) != -1) {
		switch (ch) {
		case '6':
			v6 = 1;
			break;
		case 'c':
			control = argument_port(optarg, 0);
			break;
		case 'p':
			port = argument_port(optarg, 0);
			break;
		case 'r':
			opt.root = optarg;
			break;
		case 'v':
			opt.verbose = 1;
			break;
		default:
			fprintf(stderr, "usage: origin [-6v] [-c control-port]"
			    " [-p port] [-r directory]\n");
			return 1;
		}
	}
	catch_term(&unblocked);
	setvbuf(stderr, NULL, _IOLBF, 0);
	port = listen_open(LISTEN_V4, port);
	if (v6)
		listen_open(LISTEN_V6, port);
	control = listen_open(LISTEN_CONTROL, control);
	printf("port %d\ncontrol %d\n", port, control);
	fflush(stdout);

	pfds = grown(NULL, LISTEN_SLOTS, sizeof(*pfds));
	while (!quit) {
		wait_for_events(&unblocked);
		step_conns();
		accept_conns(&opt);
	}
	return 0;
}

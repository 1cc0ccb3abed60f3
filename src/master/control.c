/* SPDX-License-Identifier: ISC */
/* control -- the socket that reelctl talks to; master */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/log.h"
#include "control.h"
#include "files.h"
#include "socket.h"

#define PAUSE	1000		/* ms, when no descriptor is to be had */

/* Reads a line, then sends the answer. */
struct conn {
	int		 fd;		/* -1: free */
	int64_t		 due;		/* ms, dropped then */
	size_t		 got;
	char		 line[CONTROL_LINE + 1];
	char		*answer;	/* NULL: still reading */
	size_t		 len, sent;
};

struct control {
	int		 fd;
	int64_t		 pause;		/* ms, accepts nobody before */
	char		*path;
	control_answer	*answer;
	void		*arg;
	struct conn	 conns[CONTROL_CONNS];
};

/* Root's socket is for a group as well; that of an ordinary user is hers. */
static int
open_socket(const char *path, gid_t gid)
{
	int fd;

	if (geteuid() != 0)
		return socket_unix(path, 0600);
	if ((fd = socket_unix(path, 0660)) != -1 &&
	    chown(path, (uid_t)-1, gid) == -1)
		log_warn("%s: %s", log_vis(path), strerror(errno));
	return fd;
}

struct control *
control_open(const char *path, gid_t gid, control_answer *answer, void *arg)
{
	struct control *c;
	size_t i;
	int saved;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->path = strdup(path)) == NULL)
		goto undo_control;
	files_make_folder(path);
	if ((c->fd = open_socket(path, gid)) == -1)
		goto undo_control;
	c->answer = answer;
	c->arg = arg;
	for (i = 0; i < CONTROL_CONNS; i++)
		c->conns[i].fd = -1;
	return c;

undo_control:
	saved = errno;
	if (c != NULL)
		free(c->path);
	free(c);
	errno = saved;
	return NULL;
}

static void
drop(struct conn *conn)
{
	if (conn->fd != -1)
		close(conn->fd);
	free(conn->answer);
	memset(conn, 0, sizeof(*conn));
	conn->fd = -1;
}

void
control_close(struct control *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < CONTROL_CONNS; i++)
		drop(&c->conns[i]);
	close(c->fd);
	unlink(c->path);
	free(c->path);
	free(c);
}

static struct conn *
find_fd(struct control *c, int fd)
{
	size_t i;

	for (i = 0; i < CONTROL_CONNS; i++)
		if (c->conns[i].fd == fd)
			return &c->conns[i];
	return NULL;
}

size_t
control_polls(const struct control *c, struct pollfd *fds, int64_t now)
{
	const struct conn *conn;
	size_t n = 0;

	if (c == NULL)
		return 0;
	for (conn = c->conns; conn < c->conns + CONTROL_CONNS; conn++) {
		if (conn->fd == -1)
			continue;
		fds[n].fd = conn->fd;
		fds[n++].events = conn->answer == NULL ? POLLIN : POLLOUT;
	}
	/* a client too many waits in the queue */
	if (n < CONTROL_CONNS && now >= c->pause) {
		fds[n].fd = c->fd;
		fds[n++].events = POLLIN;
	}
	return n;
}

int64_t
control_due(const struct control *c)
{
	const struct conn *conn;
	int64_t due = INT64_MAX;

	if (c == NULL)
		return due;
	for (conn = c->conns; conn < c->conns + CONTROL_CONNS; conn++)
		if (conn->fd != -1 && conn->due < due)
			due = conn->due;
	return due;
}

static void
send_answer(struct conn *conn)
{
	ssize_t n;

	n = send(conn->fd, conn->answer + conn->sent, conn->len - conn->sent,
	    MSG_NOSIGNAL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		conn->sent += (size_t)n;
	if (n == -1 || conn->sent == conn->len)
		drop(conn);
}

static void
answer_line(struct control *c, struct conn *conn, int64_t now)
{
	FILE *out;
	int passed;

	if ((out = open_memstream(&conn->answer, &conn->len)) == NULL) {
		drop(conn);
		return;
	}
	if (conn->line[0] == '\0') {
		passed = 0;
		fprintf(out, "error: not one line of at most %d bytes\n",
		    CONTROL_LINE);
	} else {
		passed = c->answer(c->arg, conn->line, conn->fd, out);
	}
	if (fclose(out) == EOF || passed) {
		drop(conn);
		return;
	}
	conn->due = now + CONTROL_LIMIT;
	send_answer(conn);
}

/* Cuts the line off.  One that is too long, or has a NUL in it, becomes
 * empty; 0 while it is not whole. */
static int
whole_line(struct conn *conn)
{
	char *end = memchr(conn->line, '\n', conn->got);

	if (end == NULL && conn->got < sizeof(conn->line))
		return 0;
	if (end == NULL)
		end = conn->line;
	if (end > conn->line && end[-1] == '\r')
		end--;
	*end = '\0';
	if (strlen(conn->line) != (size_t)(end - conn->line))
		conn->line[0] = '\0';
	return 1;
}

static void
read_line(struct control *c, struct conn *conn, int64_t now)
{
	ssize_t n;

	n = recv(conn->fd, conn->line + conn->got,
	    sizeof(conn->line) - conn->got, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(conn);
		return;
	}
	conn->got += (size_t)n;
	if (whole_line(conn))
		answer_line(c, conn, now);
}

static void
accept_conn(struct control *c, int64_t now)
{
	struct conn *conn;
	int fd;

	fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE)
			c->pause = now + PAUSE;
		return;
	}
	if ((conn = find_fd(c, -1)) == NULL) {
		close(fd);
		return;
	}
	conn->fd = fd;
	conn->due = now + CONTROL_LIMIT;
}

static void
drop_late(struct control *c, int64_t now)
{
	struct conn *conn;

	for (conn = c->conns; conn < c->conns + CONTROL_CONNS; conn++)
		if (conn->fd != -1 && now >= conn->due)
			drop(conn);
}

void
control_hear(struct control *c, const struct pollfd *fds, size_t n,
    int64_t now)
{
	struct conn *conn;
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		if (fds[i].fd == c->fd)
			accept_conn(c, now);
		else if ((conn = find_fd(c, fds[i].fd)) == NULL)
			continue;
		else if (conn->answer != NULL)
			send_answer(conn);
		else
			read_line(c, conn, now);
	}
	drop_late(c, now);
}

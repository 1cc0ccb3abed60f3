/* SPDX-License-Identifier: ISC */
/* listen -- the sockets that workers accept on; master */
#include "config.h"

#include <sys/socket.h>

#include <linux/filter.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/undo.h"
#include "listen.h"
#include "load.h"
#include "socket.h"

#define GIVEN_BACK	3000	/* ms that workers have to close theirs */
#define BIND_AGAIN	20	/* ms, until then */
#define RETURNED	16

static uint64_t newest;		/* id of the listener made last */
/* What HUPs took last. */
static struct returned {
	struct socket_address to;
	int64_t		 until;		/* ms: a worker may still have it */
} returned[RETURNED];
static unsigned nreturned;

static struct listen *
create(const char *address)
{
	struct listen *l;
	size_t i;

	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->address = strdup(address)) == NULL) {
		free(l);
		return NULL;
	}
	l->id = ++newest;
	for (i = 0; i < ROLE_WORKERS; i++)
		l->fds[i] = -1;
	return l;
}

/* Closes the sockets from number `n` on. */
static void
truncate_to(struct listen *l, unsigned n)
{
	while (l->bound > n) {
		close(l->fds[--l->bound]);
		l->fds[l->bound] = -1;
	}
	if (l->open > l->bound)
		l->open = l->bound;
}

static void
destroy(struct listen *l)
{
	struct returned *r = &returned[nreturned % RETURNED];

	if (l->bound > 0 && l->path == NULL &&
	    socket_address(l->fds[0], &r->to) == 0) {
		r->until = clock_ms() + GIVEN_BACK;
		nreturned++;
	}
	truncate_to(l, 0);
	if (l->path != NULL)
		unlink(l->path);
	free(l->path);
	free(l->address);
	free(l);
}

static struct listen *
find(const struct listens *listens, const char *address)
{
	size_t i;

	for (i = 0; i < listens->n; i++)
		if (strcmp(listens->v[i]->address, address) == 0)
			return listens->v[i];
	return NULL;
}

static int
is_configured(const struct conf *conf, const char *address)
{
	size_t i;

	for (i = 0; i < conf->nlistens; i++)
		if (strcmp(conf->listens[i].address, address) == 0)
			return 1;
	return 0;
}

/* A TCP listener that `conf` gives up and that is in the way of `to`, as when
 * 127.0.0.1:80 becomes 0.0.0.0:80; or NULL. */
static struct listen *
find_given_up(const struct listens *old, const struct conf *conf,
    const struct socket_address *to)
{
	struct socket_address a;
	size_t i;

	for (i = 0; i < old->n; i++)
		if (!is_configured(conf, old->v[i]->address) &&
		    socket_address(old->v[i]->fds[0], &a) == 0 &&
		    socket_overlap(&a, to))
			return old->v[i];
	return NULL;
}

/* One that is kept, or was opened for another text of the same address. */
static int
is_taken(const struct listens *fresh, const struct socket_address *to)
{
	struct socket_address a;
	size_t i;

	for (i = 0; i < fresh->n; i++)
		if (socket_address(fresh->v[i]->fds[0], &a) == 0 &&
		    socket_same(&a, to))
			return 1;
	return 0;
}

/* Another text for the same address: the sockets go on, in the places that
 * they have among their sisters.  The old listener closes its own copies. */
static int
take_over(struct listen *l, const struct listen *from)
{
	for (; l->bound < from->open; l->bound++) {
		l->fds[l->bound] = fcntl(from->fds[l->bound], F_DUPFD_CLOEXEC,
		    0);
		if (l->fds[l->bound] == -1)
			return -1;
		l->open = l->bound + 1;
	}
	l->steered = from->steered;
	return 0;
}

/* The first one listens at once: only that tells that nobody else does. */
static int
open_first(struct listen *l, const struct socket_address *to, int shared)
{
	int fd;

	fd = socket_bind(to, shared ? SOCKET_SHARED : SOCKET_ALONE);
	if (fd == -1)
		return -1;
	if (socket_listen(fd) == -1)
		return undo_fd(fd);
	l->fds[0] = fd;
	l->bound = l->open = 1;
	/* its sisters of the old address may have been */
	l->steered = shared;
	return 0;
}

static int
was_ours(const struct socket_address *to)
{
	const struct returned *r;

	for (r = returned; r < returned + RETURNED; r++)
		if (clock_ms() < r->until && socket_same(&r->to, to))
			return 1;
	return 0;
}

/* The same, of an address that a HUP may have taken and the next one brings
 * back: the workers are a moment late in closing what they have of it. */
static int
open_returned(struct listen *l, const struct socket_address *to)
{
	int rc;

	while ((rc = open_first(l, to, 0)) == -1 && errno == EADDRINUSE &&
	    was_ours(to))
		usleep(BIND_AGAIN * 1000);
	return rc;
}

static int
open_unix(struct listen *l, const char *path)
{
	if ((l->fds[0] = socket_unix(path, 0666)) == -1)
		return -1;
	l->bound = l->open = 1;
	l->path = strdup(path);
	return l->path == NULL ? -1 : 0;
}

/* 0, or -1 with `*why` in words. */
static int
open_address(struct listen *l, const struct listens *fresh,
    const struct listens *old, const struct conf *conf, const char **why)
{
	const char *path = socket_path(l->address);
	struct listen *given_up;
	struct socket_address to, a;
	int rc;

	if (socket_parse(l->address, &to, why) == -1)
		return -1;
	given_up = path == NULL ? find_given_up(old, conf, &to) : NULL;
	errno = EADDRINUSE;
	if (path != NULL)
		rc = open_unix(l, path);
	else if (is_taken(fresh, &to))
		rc = -1;
	else if (given_up != NULL &&
	    socket_address(given_up->fds[0], &a) == 0 &&
	    socket_same(&a, &to))
		rc = take_over(l, given_up);
	else if (given_up == NULL)
		rc = open_returned(l, &to);
	else if ((rc = open_first(l, &to, 0)) == -1 && errno == EADDRINUSE)
		rc = open_first(l, &to, 1);
	if (rc == -1)
		*why = strerror(errno);
	return rc;
}

/* Sisters do not listen yet: from that moment on clients wait in them. */
static int
bind_sisters(struct listen *l, unsigned workers)
{
	struct socket_address to;

	if (l->path != NULL || l->bound >= workers)
		return 0;
	/* not the configured one: port 0 was chosen once, for all */
	if (socket_address(l->fds[0], &to) == -1)
		return -1;
	for (; l->bound < workers; l->bound++)
		if ((l->fds[l->bound] = socket_bind(&to, SOCKET_SHARED)) == -1)
			return -1;
	return 0;
}

/* What `old` has under the address, else a new one; NULL with `*why` in
 * words. */
static struct listen *
obtain(const char *address, const struct listens *fresh,
    const struct listens *old, const struct conf *conf, const char **why)
{
	struct listen *l;

	if ((l = find(old, address)) != NULL)
		return l;
	if ((l = create(address)) == NULL) {
		*why = strerror(errno);
		return NULL;
	}
	if (open_address(l, fresh, old, conf, why) == 0)
		return l;
	destroy(l);
	return NULL;
}

/* Adds one listener to `fresh`: 0, or -1 after the reason was told. */
static int
add(struct listens *fresh, const struct listens *old, const struct conf *conf,
    const struct conf_listen *c, FILE *errors)
{
	struct listen *l;
	const char *why;

	if ((l = obtain(c->address, fresh, old, conf, &why)) != NULL) {
		fresh->v[fresh->n++] = l;
		if (bind_sisters(l, fresh->workers) == 0)
			return 0;
		why = strerror(errno);
	}
	load_complain(errors, 0, c, "%s", why);
	return -1;
}

/* Takes all of it back. */
static void
abandon(struct listens *fresh, const struct listens *old)
{
	struct listen *l;
	size_t i;

	for (i = 0; i < fresh->n; i++) {
		l = fresh->v[i];
		if (find(old, l->address) == NULL)
			destroy(l);
		else
			truncate_to(l, l->open);
	}
	fresh->n = 0;
}

int
listen_prepare(struct listens *fresh, const struct listens *old,
    const struct conf *conf, FILE *errors)
{
	size_t i;
	int rc = 0;

	memset(fresh, 0, sizeof(*fresh));
	fresh->workers = conf->workers;
	if (conf->nlistens == 0) {
		load_print(errors, 0, conf->file, 1, "no listener");
		return -1;
	}
	if (conf->nlistens > CHILD_LISTENS) {
		load_complain(errors, 0, &conf->listens[CHILD_LISTENS],
		    "one more than the %d that are possible", CHILD_LISTENS);
		return -1;
	}
	for (i = 0; i < conf->nlistens; i++)
		if (add(fresh, old, conf, &conf->listens[i], errors) == -1)
			rc = -1;
	fresh->newest = newest;
	if (rc == -1)
		abandon(fresh, old);
	return rc;
}

/*
 * Has the kernel give new connections to the first `workers` sockets alone,
 * each as likely as the other.  A program that fails, or that names a socket
 * which is not there, is passed over in favour of the kernel's own choice.
 */
static int
steer(const struct listen *l, unsigned workers)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, workers),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct sock_fprog program = {
		sizeof(code) / sizeof(code[0]), code
	};

	return setsockopt(l->fds[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
	    &program, sizeof(program));
}

/* Lets clients into the new sockets, and no more into those that have lost
 * their worker.  If the kernel cannot be told, these are closed: all but what
 * comes in the moment between their worker's last look and its end is taken. */
static void
admit(struct listen *l, unsigned workers)
{
	for (; l->open < l->bound; l->open++)
		if (socket_listen(l->fds[l->open]) == -1)
			log_err("listen \"%s\": %s", log_vis(l->address),
			    strerror(errno));
	if (l->path != NULL || (!l->steered && l->open <= workers))
		return;
	l->steered = steer(l, workers) == 0;
	if (l->steered)
		return;
	log_warn("listen \"%s\": connections cannot be steered: %s",
	    log_vis(l->address), strerror(errno));
	truncate_to(l, workers);
}

void
listen_commit(struct listens *old, const struct listens *fresh)
{
	struct listen *l;
	size_t i;

	for (i = 0; i < fresh->n; i++) {
		l = fresh->v[i];
		admit(l, fresh->workers);
		if (old->n > 0 && find(old, l->address) == NULL)
			log_info("listening on %s", log_vis(l->address));
	}
	for (i = 0; i < old->n; i++) {
		l = old->v[i];
		if (find(fresh, l->address) != NULL)
			continue;
		log_info("no longer listening on %s", log_vis(l->address));
		destroy(l);
	}
	*old = *fresh;
}

void
listen_close(struct listens *listens)
{
	size_t i;

	for (i = 0; i < listens->n; i++)
		destroy(listens->v[i]);
	listens->n = 0;
}

int
listen_socket(const struct listens *listens, size_t i, unsigned index)
{
	const struct listen *l = listens->v[i];

	if (l->path != NULL)
		return l->fds[0];
	return index < listens->workers ? l->fds[index] : -1;
}

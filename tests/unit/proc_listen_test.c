/* SPDX-License-Identifier: ISC */
/* Tests of the workers' sockets, and of what becomes of them by a change. */
#include "config.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "src/master/listen.h"

#define CLIENTS		60	/* none of two sockets gets any: 2^-59 */
#define ADDRESSES	3

static struct listens l;	/* in force */
static struct conf_listen rows[ADDRESSES];
static char addresses[ADDRESSES][128];
static struct conf conf = { .file = addresses[0], .listens = rows };
static int clients[CLIENTS];

/* What the configuration says next. */
static void
want(unsigned workers, size_t n)
{
	size_t i;

	conf.workers = workers;
	conf.nlistens = n;
	for (i = 0; i < n; i++) {
		rows[i].address = addresses[i];
		rows[i].file = "listen.conf";
		rows[i].line = 7 + (int)i;
	}
}

static void
set_port(size_t i, const char *host, unsigned port)
{
	snprintf(addresses[i], sizeof(addresses[i]), "%s:%u", host, port);
}

/* Tries to do what it says: NULL, or the errors, good until the next call. */
static const char *
change(void)
{
	static char *text;
	struct listens fresh;
	size_t len;
	FILE *errors;
	int rc;

	free(text);
	cr_assert_not_null(errors = open_memstream(&text, &len));
	rc = listen_prepare(&fresh, &l, &conf, errors);
	fclose(errors);
	if (rc == -1)
		return text;
	cr_assert_str_eq(text, "");
	listen_commit(&l, &fresh);
	return NULL;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	return ntohs(sin.sin_port);
}

static int
connect_to(unsigned port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_port = htons((uint16_t)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
connect_all(unsigned port)
{
	int i;

	for (i = 0; i < CLIENTS; i++)
		cr_assert_neq(clients[i] = connect_to(port), -1);
}

/* How many wait in a socket's queue. */
static int
accept_all(int fd)
{
	int client, n = 0;

	while ((client = accept(fd, NULL, NULL)) != -1) {
		close(client);
		n++;
	}
	return n;
}

/* Connects all: how many come out at each of the sockets. */
static void
divide(const int *fds, int n, int *got)
{
	int i, sum = 0;

	connect_all(port_of(fds[0]));
	for (i = 0; i < n; i++)
		sum += got[i] = accept_all(fds[i]);
	for (i = 0; i < CLIENTS; i++)
		close(clients[i]);
	cr_assert_eq(sum, CLIENTS, "%d of them were lost", CLIENTS - sum);
}

static void
setup(void)
{
	memset(&l, 0, sizeof(l));
	set_port(0, "127.0.0.1", 0);
	want(3, 1);
}

static void
teardown(void)
{
	listen_close(&l);
}

TestSuite(listen, .init = setup, .fini = teardown);

Test(listen, one_socket_per_worker_on_one_port)
{
	unsigned i, j;

	cr_assert_null(change());
	for (i = 0; i < conf.workers; i++) {
		cr_assert_eq(port_of(listen_socket(&l, 0, i)),
		    port_of(listen_socket(&l, 0, 0)));
		for (j = 0; j < i; j++)
			cr_assert_neq(listen_socket(&l, 0, i),
			    listen_socket(&l, 0, j));
	}
}

Test(listen, one_that_stays_keeps_sockets_and_id)
{
	int fds[3];
	uint64_t id;

	set_port(1, "127.0.0.2", 0);
	cr_assert_null(change());
	memcpy(fds, l.v[0]->fds, sizeof(fds));
	id = l.v[0]->id;
	/* another one comes before it */
	strcpy(addresses[1], addresses[0]);
	set_port(0, "127.0.0.3", 0);
	want(3, 2);
	cr_assert_null(change());
	cr_assert_eq(memcmp(fds, l.v[1]->fds, sizeof(fds)), 0);
	cr_assert_eq(l.v[1]->id, id);
	cr_assert_gt(l.v[0]->id, id);
	cr_assert_eq(l.newest, l.v[0]->id);
}

Test(listen, one_that_goes_refuses)
{
	unsigned port;

	set_port(1, "127.0.0.1", 0);
	want(2, 2);
	strcpy(addresses[1], "127.0.0.2:0");
	cr_assert_null(change());
	port = port_of(listen_socket(&l, 0, 0));
	strcpy(addresses[0], addresses[1]);
	want(2, 1);
	cr_assert_null(change());
	cr_assert_eq(connect_to(port), -1);
}

/* Those that have lost their worker get nobody new; who waits in them waits
 * on. */
Test(listen, fewer_workers_lose_nobody)
{
	int fds[3], got[3], before[3];
	unsigned i;

	cr_assert_null(change());
	memcpy(fds, l.v[0]->fds, sizeof(fds));
	connect_all(port_of(fds[0]));
	want(1, 1);
	cr_assert_null(change());
	for (i = 0; i < 3; i++)
		before[i] = accept_all(fds[i]);
	cr_assert_eq(before[0] + before[1] + before[2], CLIENTS);
	cr_assert_gt(before[1], 0);
	cr_assert_gt(before[2], 0);
	divide(fds, 3, got);
	cr_assert_eq(got[0], CLIENTS);
	cr_assert_eq(listen_socket(&l, 0, 1), -1);
}

Test(listen, more_workers_again)
{
	int got[4];

	cr_assert_null(change());
	want(1, 1);
	cr_assert_null(change());
	want(2, 1);
	cr_assert_null(change());
	divide(l.v[0]->fds, 3, got);
	cr_assert_gt(got[0], 0);
	cr_assert_gt(got[1], 0);
	cr_assert_eq(got[2], 0);
	want(4, 1);
	cr_assert_null(change());
	divide(l.v[0]->fds, 4, got);
	cr_assert(got[0] > 0 && got[1] > 0 && got[2] > 0 && got[3] > 0);
}

/* Every one that cannot be had, by its line; those that could are closed, and
 * sockets for more workers as well. */
Test(listen, a_port_in_use_changes_nothing)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const char *errors;
	unsigned port, bound;
	char wanted[256];

	cr_assert_null(change());
	bound = l.v[0]->bound;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(fd, (struct sockaddr *)&sin, sizeof(sin));
	cr_assert_eq(listen(fd, 1), 0);
	port = port_of(fd);
	set_port(1, "127.0.0.1", port);
	strcpy(addresses[2], "127.0.0.1:none");
	want(5, 3);
	cr_assert_not_null(errors = change(), "shared a port");
	snprintf(wanted, sizeof(wanted), "listen.conf:8: listen "
	    "\"127.0.0.1:%u\": Address already in use\n", port);
	cr_assert_not_null(strstr(errors, wanted), "%s", errors);
	cr_assert_not_null(strstr(errors, "listen.conf:9: listen "), "%s",
	    errors);
	cr_assert_eq(l.n, 1);
	cr_assert_eq(l.v[0]->bound, bound);
	cr_assert_eq(l.workers, 3);
	close(fd);
	want(5, 2);
	cr_assert_null(change());
}

/* Our own socket would be in the way of the one that takes its place, under
 * another name or wider. */
Test(listen, the_same_port_written_otherwise)
{
	unsigned port;
	int got[2];

	want(2, 1);
	cr_assert_null(change());
	port = port_of(listen_socket(&l, 0, 0));
	set_port(0, "127.0.0.1", port);
	cr_assert_null(change());
	divide(l.v[0]->fds, 2, got);
	cr_assert(got[0] > 0 && got[1] > 0);
	set_port(0, "*", port);
	cr_assert_null(change());
	divide(l.v[0]->fds, 2, got);
	cr_assert(got[0] > 0 && got[1] > 0);
	/* but beside the other it is not to be had, as at a start */
	set_port(1, "127.0.0.1", port);
	want(2, 2);
	cr_assert_not_null(change());
}

Test(listen, none_and_too_many)
{
	static struct conf_listen many[CHILD_LISTENS + 1];
	int i;

	want(1, 0);
	cr_assert_not_null(change());
	for (i = 0; i <= CHILD_LISTENS; i++)
		many[i] = (struct conf_listen){ .address = addresses[0],
		    .file = "many.conf", .line = i };
	conf.listens = many;
	conf.nlistens = CHILD_LISTENS + 1;
	cr_assert_not_null(strstr(change(), "many.conf:64: "));
}

Test(listen, unix_is_shared_and_removed)
{
	char folder[] = "/tmp/reeld-listen-XXXXXX", path[64];

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	snprintf(addresses[1], sizeof(addresses[1]), "unix:%s", path);
	want(3, 2);
	cr_assert_null(change());
	cr_assert_eq(listen_socket(&l, 1, 0), listen_socket(&l, 1, 2));
	want(1, 2);
	cr_assert_null(change());
	cr_assert_eq(access(path, F_OK), 0);
	want(1, 1);
	cr_assert_null(change());
	cr_assert_eq(access(path, F_OK), -1);
	rmdir(folder);
}

/* SPDX-License-Identifier: ISC */
/* Tests of what a role hears of a new configuration, and when. */
#include "config.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/child.h"
#include "reeld/msg.h"
#include "../helper/proc.h"

static struct child c;
static int master;

static void
setup(void)
{
	int i, pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
	    pair), 0);
	master = pair[0];
	memset(&c, 0, sizeof(c));
	c.role = ARENA_WORKER;
	c.sock = pair[1];
	c.trust = c.access_log = c.control = -1;
	for (i = 0; i < CHILD_LISTENS; i++)
		c.listens[i] = c.identities[i] = -1;
}

static void
teardown(void)
{
	conf_destroy(c.conf);
	close(master);
	close(c.sock);
}

TestSuite(child, .init = setup, .fini = teardown);

static void
tell_conf(const char *text)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(msg_send(master, MSG_CONF, NULL, 0, &fd, 1), 0);
	close(fd);
}

static void
tell_numbered(enum msg_type type, uint32_t i)
{
	cr_assert_eq(msg_send(master, type, &i, sizeof(i), &master, 1), 0);
}

static void
tell_trust(void)
{
	cr_assert_eq(msg_send(master, MSG_TRUST, NULL, 0, &master, 1), 0);
}

static void
tell(enum msg_type type)
{
	cr_assert_eq(msg_send(master, type, NULL, 0, NULL, 0), 0);
}

Test(child, one_event_for_all_of_it)
{
	tell_conf("wait_max = 7s\nlisten \"127.0.0.1:1\" {}\n");
	tell_numbered(MSG_LISTEN, 0);
	tell_numbered(MSG_IDENTITY, 0);
	tell_trust();
	cr_assert_eq(child_read(&c), CHILD_NOTHING);
	cr_assert_null(c.conf);
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_CONF);
	cr_assert_eq(c.conf->wait_max, 7000);
	cr_assert_neq(c.listens[0], -1);
	cr_assert_neq(c.identities[0], -1);
	cr_assert_neq(c.trust, -1);
	cr_assert_eq(c.listens[1], -1);
	cr_assert_eq(child_read(&c), CHILD_NOTHING);
}

/* The old one is in force until then, whatever else is said between. */
Test(child, nothing_before_go)
{
	tell_conf("wait_max = 7s\n");
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_CONF);
	tell_conf("wait_max = 8s\n");
	tell(MSG_DRAIN);
	cr_assert_eq(child_read(&c), CHILD_DRAIN);
	cr_assert_eq(c.conf->wait_max, 7000);
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_CONF);
	cr_assert_eq(c.conf->wait_max, 8000);
}

/* Numbers are those of the newest configuration: what came for the one before
 * it is closed, not used under another address. */
Test(child, told_anew_before_go)
{
	int before = proc_open_fds();

	tell_conf("wait_max = 7s\n");
	tell_numbered(MSG_LISTEN, 3);
	tell_numbered(MSG_IDENTITY, 3);
	tell_trust();
	tell_conf("wait_max = 8s\n");
	tell_numbered(MSG_LISTEN, 1);
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_CONF);
	cr_assert_eq(c.conf->wait_max, 8000);
	cr_assert_eq(c.listens[3], -1);
	cr_assert_eq(c.identities[3], -1);
	cr_assert_eq(c.trust, -1);
	cr_assert_neq(c.listens[1], -1);
	cr_assert_eq(proc_open_fds(), before + 1);
}

/* What a role has taken out is its own. */
Test(child, what_was_taken_stays_open)
{
	int fd;

	tell_conf("wait_max = 7s\n");
	tell_numbered(MSG_LISTEN, 0);
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_CONF);
	fd = c.listens[0];
	c.listens[0] = -1;
	tell_conf("wait_max = 8s\n");
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_CONF);
	cr_assert_neq(fcntl(fd, F_GETFD), -1);
	close(fd);
}

Test(child, no_configuration_no_change)
{
	int before = proc_open_fds();

	tell_conf("wait_max = 7s\n");
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_CONF);
	tell_conf("wait_max = never\n");
	tell_numbered(MSG_LISTEN, 0);
	tell(MSG_GO);
	cr_assert_eq(child_read(&c), CHILD_NOTHING);
	cr_assert_eq(c.conf->wait_max, 7000);
	cr_assert_eq(c.listens[0], -1);
	cr_assert_eq(proc_open_fds(), before);
}

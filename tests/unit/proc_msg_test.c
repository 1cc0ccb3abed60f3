/* SPDX-License-Identifier: ISC */
/* Tests of the messages between the master and a child. */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/msg.h"
#include "../helper/proc.h"

static int pair[2];

static void
setup(void)
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
	    pair), 0);
}

static void
teardown(void)
{
	close(pair[0]);
	close(pair[1]);
}

TestSuite(msg, .init = setup, .fini = teardown);

/* Sends what msg_send() would refuse to. */
static void
send_raw(const void *bytes, size_t len, const int *fds, size_t nfds)
{
	char control[CMSG_SPACE(2 * MSG_FDS * sizeof(int))];
	struct iovec iov = { (void *)bytes, len };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (nfds > 0) {
		memset(control, 0, sizeof(control));
		hdr.msg_control = control;
		hdr.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&hdr);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	cr_assert_neq(sendmsg(pair[0], &hdr, 0), -1);
}

static void
expect_eproto(void)
{
	struct msg m;
	int before = proc_open_fds();

	cr_assert_eq(msg_recv(pair[1], &m), -1);
	cr_assert_eq(errno, EPROTO);
	cr_assert_eq(proc_open_fds(), before, "descriptors were left open");
}

Test(msg, body_arrives_with_its_end)
{
	struct msg m;

	cr_assert_eq(msg_send(pair[0], MSG_STUCK, "seven", 5, NULL, 0), 0);
	cr_assert_eq(msg_recv(pair[1], &m), 1);
	cr_assert_eq(m.type, MSG_STUCK);
	cr_assert_eq(m.len, 5);
	cr_assert_str_eq(m.body, "seven");
	cr_assert_eq(m.nfds, 0);
}

Test(msg, messages_stay_apart)
{
	struct msg m;

	msg_send(pair[0], MSG_READY, NULL, 0, NULL, 0);
	msg_send(pair[0], MSG_DRAIN, NULL, 0, NULL, 0);
	cr_assert_eq(msg_recv(pair[1], &m), 1);
	cr_assert_eq(m.type, MSG_READY);
	cr_assert_eq(msg_recv(pair[1], &m), 1);
	cr_assert_eq(m.type, MSG_DRAIN);
	cr_assert_eq(msg_recv(pair[1], &m), -1);
	cr_assert_eq(errno, EAGAIN);
}

Test(msg, longest_body)
{
	char body[MSG_BODY];
	struct msg m;
	int fd = pair[0];

	memset(body, 'x', sizeof(body));
	cr_assert_eq(msg_send(pair[0], MSG_CONTROL, body, sizeof(body), &fd,
	    1), 0);
	cr_assert_eq(msg_recv(pair[1], &m), 1);
	cr_assert_eq(m.len, MSG_BODY);
	cr_assert_eq(strlen(m.body), MSG_BODY);
	msg_close(&m);
}

Test(msg, descriptors_are_the_same_files)
{
	struct stat a, b;
	struct msg m;
	int null = open("/dev/null", O_RDONLY);

	cr_assert_eq(msg_send(pair[0], MSG_CONF, NULL, 0, &null, 1), 0);
	cr_assert_eq(msg_recv(pair[1], &m), 1);
	cr_assert_eq(m.nfds, 1);
	cr_assert_neq(m.fds[0], null);
	fstat(null, &a);
	fstat(m.fds[0], &b);
	cr_assert_eq(a.st_rdev, b.st_rdev);
	cr_assert_eq(fcntl(m.fds[0], F_GETFD), FD_CLOEXEC);
	msg_close(&m);
	close(null);
}

Test(msg, all_bells_at_once_and_none_is_left)
{
	int before, i, fds[MSG_FDS];
	struct msg m;

	for (i = 0; i < MSG_FDS; i++)
		fds[i] = pair[0];
	before = proc_open_fds();
	cr_assert_eq(msg_send(pair[0], MSG_BELLS, NULL, 0, fds, MSG_FDS), 0);
	cr_assert_eq(msg_recv(pair[1], &m), 1);
	cr_assert_eq(m.nfds, MSG_FDS);
	cr_assert_eq(proc_open_fds(), before + MSG_FDS);
	msg_close(&m);
	cr_assert_eq(proc_open_fds(), before);
}

Test(msg, what_was_taken_stays_open)
{
	struct msg m;
	int fd;

	msg_send(pair[0], MSG_LOG, NULL, 0, &pair[0], 1);
	cr_assert_eq(msg_recv(pair[1], &m), 1);
	fd = m.fds[0];
	m.fds[0] = -1;
	msg_close(&m);
	cr_assert_neq(fcntl(fd, F_GETFD), -1);
	close(fd);
}

Test(msg, sender_refuses_what_is_no_message)
{
	static const char big[MSG_BODY + 1];

	cr_assert_eq(msg_send(pair[0], MSG_STUCK, big, sizeof(big), NULL, 0),
	    -1);
	cr_assert_eq(errno, EMSGSIZE);
	cr_assert_eq(msg_send(pair[0], MSG_GO, NULL, 0, &pair[0], 1), -1);
	cr_assert_eq(errno, EINVAL);
	cr_assert_eq(msg_send(pair[0], MSG_HELLO, NULL, 0, NULL, 0), -1);
	cr_assert_eq(errno, EINVAL);
	cr_assert_eq(msg_send(pair[0], MSG_TYPES, NULL, 0, NULL, 0), -1);
	cr_assert_eq(errno, EINVAL);
}

Test(msg, shorter_than_a_type)
{
	send_raw("ab", 2, NULL, 0);
	expect_eproto();
}

Test(msg, unknown_type)
{
	uint32_t type = MSG_TYPES;

	send_raw(&type, sizeof(type), NULL, 0);
	expect_eproto();
}

Test(msg, oversized_body)
{
	char packet[sizeof(uint32_t) + MSG_BODY + 1] = { 0 };
	uint32_t type = MSG_STUCK;

	memcpy(packet, &type, sizeof(type));
	send_raw(packet, sizeof(packet), NULL, 0);
	expect_eproto();
}

Test(msg, wrong_number_of_descriptors)
{
	uint32_t type = MSG_GO;
	int fds[2] = { pair[0], pair[1] };

	send_raw(&type, sizeof(type), fds, 2);
	expect_eproto();
	type = MSG_CONF;
	send_raw(&type, sizeof(type), NULL, 0);
	expect_eproto();
}

Test(msg, too_many_descriptors)
{
	uint32_t type = MSG_BELLS;
	int i, fds[MSG_FDS + 8];

	for (i = 0; i < MSG_FDS + 8; i++)
		fds[i] = pair[0];
	send_raw(&type, sizeof(type), fds, MSG_FDS + 8);
	expect_eproto();
}

Test(msg, peer_gone)
{
	struct msg m;

	close(pair[0]);
	cr_assert_eq(msg_recv(pair[1], &m), 0);
	cr_assert_eq(msg_send(pair[1], MSG_READY, NULL, 0, NULL, 0), -1);
	cr_assert_eq(errno, EPIPE);
	pair[0] = dup(pair[1]);
}

Test(msg, peer_gone_without_reading_us)
{
	struct msg m;

	msg_send(pair[1], MSG_READY, NULL, 0, NULL, 0);
	close(pair[0]);
	cr_assert_eq(msg_recv(pair[1], &m), 0);
	pair[0] = dup(pair[1]);
}

Test(msg, names)
{
	cr_assert_str_eq(msg_name(MSG_HELLO), "hello");
	cr_assert_str_eq(msg_name(MSG_STUCK), "stuck");
	cr_assert_str_eq(msg_name(MSG_TYPES), "unknown");
}

/* SPDX-License-Identifier: ISC */
/* msg -- typed messages with descriptors; master and every role */
#include "config.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "reeld/msg.h"

static const struct {
	const char	*name;
	size_t		 nfds;
} table[MSG_TYPES] = {
#define MSG(type, text, fds, says) [MSG_##type] = { text, fds },
#include "reeld/msg.def"
#undef MSG
};

/* One packet is the type and then the body; the socket keeps packets apart,
 * so that no length has to be sent. */
struct parcel {
	uint32_t	 type;
	struct iovec	 iov[2];
	_Alignas(struct cmsghdr) char
			 control[CMSG_SPACE(MSG_FDS * sizeof(int))];
	struct msghdr	 hdr;
};

static void
parcel_init(struct parcel *p, void *body, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->iov[0].iov_base = &p->type;
	p->iov[0].iov_len = sizeof(p->type);
	p->iov[1].iov_base = body;
	p->iov[1].iov_len = len;
	p->hdr.msg_iov = p->iov;
	p->hdr.msg_iovlen = 2;
}

static void
attach_fds(struct parcel *p, const int *fds, size_t nfds)
{
	struct cmsghdr *cmsg;

	if (nfds == 0)
		return;
	p->hdr.msg_control = p->control;
	p->hdr.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&p->hdr);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
}

int
msg_send(int sock, enum msg_type type, const void *body, size_t len,
    const int *fds, size_t nfds)
{
	struct parcel p;
	ssize_t n;

	if ((unsigned)type >= MSG_TYPES || nfds != table[type].nfds) {
		errno = EINVAL;
		return -1;
	}
	if (len > MSG_BODY) {
		errno = EMSGSIZE;
		return -1;
	}
	/* sendmsg(2) does not write to what it sends */
	parcel_init(&p, (void *)body, len);
	p.type = type;
	attach_fds(&p, fds, nfds);
	do
		n = sendmsg(sock, &p.hdr, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* Takes the descriptors over first, whatever the message is worth, so that
 * msg_close() can end them. */
static void
take_fds(struct parcel *p, struct msg *m)
{
	struct cmsghdr *cmsg;
	size_t n;

	for (cmsg = CMSG_FIRSTHDR(&p->hdr); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(&p->hdr, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > MSG_FDS - m->nfds)
			n = MSG_FDS - m->nfds;
		memcpy(m->fds + m->nfds, CMSG_DATA(cmsg), n * sizeof(int));
		m->nfds += n;
	}
}

static int
sound(const struct parcel *p, size_t got, size_t nfds)
{
	return (p->hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
	    got >= sizeof(p->type) && p->type < MSG_TYPES &&
	    nfds == table[p->type].nfds;
}

int
msg_recv(int sock, struct msg *m)
{
	struct parcel p;
	ssize_t n;

	m->nfds = 0;
	parcel_init(&p, m->body, MSG_BODY);
	p.hdr.msg_control = p.control;
	p.hdr.msg_controllen = sizeof(p.control);
	do
		n = recvmsg(sock, &p.hdr, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	/* a peer that died with our messages unread resets the connection */
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return 0;
	if (n == -1)
		return -1;
	take_fds(&p, m);
	if (!sound(&p, (size_t)n, m->nfds)) {
		msg_close(m);
		errno = EPROTO;
		return -1;
	}
	m->type = p.type;
	m->len = (size_t)n - sizeof(p.type);
	m->body[m->len] = '\0';
	return 1;
}

void
msg_close(struct msg *m)
{
	size_t i;

	for (i = 0; i < m->nfds; i++)
		if (m->fds[i] != -1)
			close(m->fds[i]);
	m->nfds = 0;
}

const char *
msg_name(enum msg_type type)
{
	return (unsigned)type < MSG_TYPES ? table[type].name : "unknown";
}

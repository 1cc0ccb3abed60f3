/* SPDX-License-Identifier: ISC */
/* passage -- the way of one request that passes; master, worker, fetcher */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/passage.h"

/* ---- the channel ---- */

/* A message is one byte, which says nothing, and a descriptor. */
struct letter {
	char		 byte;
	struct iovec	 iov;
	_Alignas(struct cmsghdr) char
			 control[CMSG_SPACE(sizeof(int))];
	struct msghdr	 hdr;
};

static void
letter_init(struct letter *l)
{
	memset(l, 0, sizeof(*l));
	l->iov.iov_base = &l->byte;
	l->iov.iov_len = 1;
	l->hdr.msg_iov = &l->iov;
	l->hdr.msg_iovlen = 1;
	l->hdr.msg_control = l->control;
	l->hdr.msg_controllen = sizeof(l->control);
}

int
passage_channel(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, ends);
}

static int
send_end(int channel, int fd)
{
	struct cmsghdr *cmsg;
	struct letter l;
	ssize_t n;

	letter_init(&l);
	cmsg = CMSG_FIRSTHDR(&l.hdr);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	do
		n = sendmsg(channel, &l.hdr, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

int
passage_open(int channel)
{
	int pair[2], sent, saved;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    pair) == -1)
		return -1;
	sent = send_end(channel, pair[1]);
	saved = errno;
	close(pair[1]);
	if (sent == 0)
		return pair[0];
	close(pair[0]);
	errno = saved;
	return -1;
}

int
passage_accept(int channel)
{
	struct cmsghdr *cmsg;
	struct letter l;
	ssize_t n;
	int fd;

	letter_init(&l);
	do
		n = recvmsg(channel, &l.hdr, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&l.hdr);
	if (n == 0 || cmsg == NULL || cmsg->cmsg_type != SCM_RIGHTS) {
		errno = EPROTO;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* ---- frames ---- */

void
passage_begin(struct passage_text *t, enum passage_kind kind)
{
	t->frame.kind = kind;
	t->frame.len = 0;
	t->full = 0;
}

void
passage_put(struct passage_text *t, struct span word)
{
	if (word.len >= PASSAGE_MAX - t->frame.len) {
		t->full = 1;
		return;
	}
	if (word.len > 0)
		memcpy(t->words + t->frame.len, word.base, word.len);
	t->frame.len += (uint32_t)word.len;
	t->words[t->frame.len++] = '\0';
}

void
passage_put_number(struct passage_text *t, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	passage_put(t, span_of(text));
}

int
passage_sound(const struct passage_frame *f)
{
	return f->kind < PASSAGE_KINDS && f->len <= PASSAGE_MAX &&
	    (f->kind == PASSAGE_END) == (f->len == 0);
}

const char *
passage_word(struct span *payload)
{
	const char *word = payload->base, *end;

	if (payload->len == 0 ||
	    (end = memchr(word, '\0', payload->len)) == NULL)
		return NULL;
	payload->len -= (size_t)(end + 1 - word);
	payload->base = end + 1;
	return word;
}

int
passage_number(struct span *payload, int64_t *n)
{
	const char *word = passage_word(payload);
	char *end;

	if (word == NULL || word[0] == '\0')
		return -1;
	errno = 0;
	*n = strtoll(word, &end, 10);
	return *end != '\0' || errno != 0 || *n < -1 ? -1 : 0;
}

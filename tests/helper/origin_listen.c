/* SPDX-License-Identifier: ISC */
/* origin_listen -- the source's listening sockets; runs in the source */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "origin_listen.h"

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

/* fd is good only while `listening`; port 0: never opened. */
static struct {
	int	fd, port, listening;
} slots[LISTEN_SLOTS];

static socklen_t
loopback(union address *a, enum listen_slot slot, int port)
{
	memset(a, 0, sizeof(*a));
	if (slot == LISTEN_V6) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_addr = in6addr_loopback;
		a->in6.sin6_port = htons((uint16_t)port);
		return sizeof(a->in6);
	}
	a->in.sin_family = AF_INET;
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->in.sin_port = htons((uint16_t)port);
	return sizeof(a->in);
}

int
listen_open(enum listen_slot slot, int port)
{
	union address a;
	socklen_t len = loopback(&a, slot, port);
	int fd, one = 1;

	if ((fd = socket(a.sa.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (slot == LISTEN_V6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &a.sa, len) == -1 || listen(fd, 511) == -1 ||
	    getsockname(fd, &a.sa, &len) == -1)
		err(1, "port %d", port);
	slots[slot].fd = fd;
	slots[slot].listening = 1;
	slots[slot].port = ntohs(slot == LISTEN_V6 ? a.in6.sin6_port :
	    a.in.sin_port);
	return slots[slot].port;
}

int
listen_fd(enum listen_slot slot)
{
	return slots[slot].listening ? slots[slot].fd : -1;
}

void
listen_media(int on)
{
	enum listen_slot slot;

	for (slot = LISTEN_V4; slot <= LISTEN_V6; slot++) {
		if (slots[slot].port == 0 || slots[slot].listening == on)
			continue;
		if (on) {
			listen_open(slot, slots[slot].port);
		} else {
			close(slots[slot].fd);
			slots[slot].listening = 0;
		}
	}
}

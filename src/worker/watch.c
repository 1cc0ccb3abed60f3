/* SPDX-License-Identifier: ISC */
/* watch -- notices that a waiting HTTP/1 client left; worker */
#include "config.h"

#include <sys/epoll.h>

#include <string.h>

#include "reeld/log.h"
#include "reader.h"
#include "watch.h"

#define EVENTS	64

static int epfd = -1;
static h2o_socket_t *ear;	/* of the loop, on epfd */

static void
on_gone(h2o_socket_t *sock, const char *err)
{
	struct epoll_event events[EVENTS];
	int i, n;

	(void)sock;
	if (err != NULL)
		return;
	/* One at a time: serving one may end the reader of another. */
	for (i = 0; i < EVENTS; i++) {
		n = epoll_wait(epfd, events, 1, 0);
		if (n != 1)
			break;
		reader_lost(events[0].data.ptr);
	}
}

void
watch_init(void)
{
	if ((epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal("epoll_create1: %m");
	ear = h2o_evloop_socket_create(worker.context.loop, epfd,
	    H2O_SOCKET_FLAG_DONT_READ);
	h2o_socket_read_start(ear, on_gone);
}

void
watch_fini(void)
{
	h2o_socket_close(ear);
}

static int
fd_of(struct reader *r)
{
	return h2o_socket_get_fd(r->req->conn->callbacks->get_socket(
	    r->req->conn));
}

void
watch_add(struct reader *r)
{
	struct epoll_event ev;

	if (r->req->version >= 0x200)
		return;
	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLRDHUP | EPOLLET;
	ev.data.ptr = r;
	r->watched = epoll_ctl(epfd, EPOLL_CTL_ADD, fd_of(r), &ev) == 0;
}

void
watch_remove(struct reader *r)
{
	epoll_ctl(epfd, EPOLL_CTL_DEL, fd_of(r), NULL);
	r->watched = 0;
}

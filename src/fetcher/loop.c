/* SPDX-License-Identifier: ISC */
/* loop -- the fetcher's one epoll; fetcher */
#include "config.h"

#include <sys/epoll.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "reeld/clock.h"
#include "reeld/log.h"
#include "loop.h"

#define EVENTS		64
#define POOL		256L	/* connections that libcurl keeps */

static CURLM *multi;
static int epfd = -1, bell = -1, master = -1;
static int guest = -1;		/* of loop_attend() */
static void (*on_guest)(void);
static int64_t timer = -1;	/* ms, clock_ms(): libcurl's; -1 none */

static void
watch(int op, int fd, uint32_t events)
{
	struct epoll_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.events = events;
	ev.data.fd = fd;
	if (epoll_ctl(epfd, op, fd, &ev) == -1 && errno == EEXIST)
		epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &ev);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	uint32_t events;

	(void)easy;
	(void)arg;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL);
		curl_multi_assign(multi, fd, NULL);
		return 0;
	}
	events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) |
	    ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
	watch(known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events);
	curl_multi_assign(multi, fd, &multi);
	return 0;
}

static int
on_timer(CURLM *m, long ms, void *arg)
{
	(void)m;
	(void)arg;
	timer = ms < 0 ? -1 : clock_ms() + ms;
	return 0;
}

void
loop_init(int bell_fd, int master_fd)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
	    (multi = curl_multi_init()) == NULL ||
	    (epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal("cannot start libcurl");
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, POOL);
	curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	bell = bell_fd;
	master = master_fd;
	watch(EPOLL_CTL_ADD, bell, EPOLLIN);
	watch(EPOLL_CTL_ADD, master, EPOLLIN);
}

void
loop_attend(int fd, void (*cb)(void))
{
	guest = fd;
	on_guest = cb;
	watch(EPOLL_CTL_ADD, fd, EPOLLIN);
}

void
loop_add(CURL *easy)
{
	if (curl_multi_add_handle(multi, easy) != CURLM_OK)
		fatal("libcurl takes no more transfers");
}

void
loop_remove(CURL *easy)
{
	curl_multi_remove_handle(multi, easy);
}

static int
patience(int ms)
{
	int64_t left;

	if (timer == -1)
		return ms;
	left = timer - clock_ms();
	return left < 0 ? 0 : left < ms ? (int)left : ms;
}

static void
on_event(const struct epoll_event *ev, int *rung, int *told)
{
	uint64_t count;
	int mask, running;

	if (ev->data.fd == bell) {
		*rung = 1;
		if (read(bell, &count, sizeof(count)) == -1)
			return;		/* somebody else was faster */
	} else if (ev->data.fd == master) {
		*told = 1;
	} else if (ev->data.fd == guest) {
		on_guest();
	} else {
		mask = ((ev->events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
		    ((ev->events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
		    ((ev->events & (EPOLLERR | EPOLLHUP)) != 0 ?
		    CURL_CSELECT_ERR : 0);
		curl_multi_socket_action(multi, ev->data.fd, mask, &running);
	}
}

void
loop_turn(int ms, int *rung, int *told)
{
	struct epoll_event events[EVENTS];
	int i, n, running;

	n = epoll_wait(epfd, events, EVENTS, patience(ms));
	for (i = 0; i < n; i++)
		on_event(&events[i], rung, told);
	if (timer != -1 && clock_ms() >= timer) {
		timer = -1;
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
}

CURL *
loop_ended(CURLcode *result)
{
	CURLMsg *m;
	CURL *easy;
	int left;

	while ((m = curl_multi_info_read(multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		easy = m->easy_handle;
		*result = m->data.result;
		curl_multi_remove_handle(multi, easy);
		return easy;
	}
	return NULL;
}

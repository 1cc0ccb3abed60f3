/* SPDX-License-Identifier: ISC */
/* pass -- requests that pass: each a transfer of its own; fetcher */
#include "config.h"

#include <sys/epoll.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "ask.h"
#include "loop.h"
#include "pass_part.h"
#include "pull.h"

#define EVENTS		32
#define TURN		4000	/* ms: then it may take a reader's place (P4) */
#define PLACE_WAIT	15000	/* ms, for a place */
#define FULL_WAIT	20	/* ms, when the seat's limit said no */

TAILQ_HEAD(passes, pass);
static struct passes passes = TAILQ_HEAD_INITIALIZER(passes);
static int epfd = -1, channel = -1;

/* ---- begin and end ---- */

static void
create(int fd)
{
	struct epoll_event ev;
	struct pass *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("no memory");
	p->fd = fd;
	p->length = -1;
	p->events = EPOLLIN | EPOLLRDHUP;
	memset(&ev, 0, sizeof(ev));
	ev.events = p->events;
	ev.data.ptr = p;
	epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev);
	TAILQ_INSERT_TAIL(&passes, p, next);
}

/* Its connection goes before anybody else's comes. */
static void
end_transfer(struct pass *p)
{
	if (p->easy == NULL)
		return;
	seat_passed(p->seat, clock_ms());
	loop_remove(p->easy);
	curl_easy_cleanup(p->easy);
	curl_slist_free_all(p->headers);
	p->easy = NULL;
	p->headers = NULL;
}

static void
destroy(struct pass *p)
{
	end_transfer(p);
	TAILQ_REMOVE(&passes, p, next);
	close(p->fd);
	free(p->payload);
	free(p);
}

void
pass_watch(struct pass *p)
{
	struct epoll_event ev;
	uint32_t events;

	events = EPOLLRDHUP |
	    (p->state == PASS_READING || p->hungry ? EPOLLIN : 0u) |
	    (p->sated || p->state == PASS_LEAVING ? EPOLLOUT : 0u);
	if (events == p->events)
		return;
	p->events = events;
	memset(&ev, 0, sizeof(ev));
	ev.events = events;
	ev.data.ptr = p;
	epoll_ctl(epfd, EPOLL_CTL_MOD, p->fd, &ev);
}

/* After anything happened to it: waits for what comes next, or ends it. */
static void
settle(struct pass *p)
{
	if (p->gone || (p->state == PASS_LEAVING && pass_flush(p)))
		destroy(p);
	else
		pass_watch(p);
}

static void
fail(struct pass *p, int status, const char *error, const char *why)
{
	pass_fail(p, status, status == 503 ? 1 : 0, error, "%s", why);
	end_transfer(p);
	settle(p);
}

/* ---- the transfer ---- */

static void
start(struct pass *p, int64_t now)
{
	if (pass_prepare(p) == -1)
		fatal("no memory");
	counter_add(COUNTER_PULLS, 1);
	counter_add(COUNTER_METHODS_PASSED, 1);
	p->state = PASS_ASKING;
	p->heard = now;
	loop_add(p->easy);
}

static struct pass *
pass_of(const CURL *easy)
{
	struct pass *p;

	TAILQ_FOREACH(p, &passes, next)
		if (p->easy == easy)
			return p;
	return NULL;
}

static void
ended(struct pass *p, CURLcode code)
{
	if (code == CURLE_OK && p->told) {
		pass_end(p);
	} else if (code == CURLE_OK) {
		pass_fail(p, 502, 0, "http_response_incomplete",
		    "it closed without an answer");
	} else if (p->socket.full) {
		/* Nothing was sent: it waits on. */
		p->state = PASS_WAITING;
		p->not_before = clock_ms() + FULL_WAIT;
	} else {
		pass_fail_curl(p, code);
	}
	end_transfer(p);
	settle(p);
}

int
pass_ended(CURL *easy, CURLcode code)
{
	struct pass *p = pass_of(easy);

	if (p == NULL)
		return 0;
	ended(p, code);
	return 1;
}

/* ---- the worker's end ---- */

static void
read_on(struct pass *p)
{
	int got = pass_read(p);

	if (got == -1) {
		p->gone = 1;
	} else if (got == 1) {
		p->state = PASS_WAITING;
		p->since = clock_ms();
		pass_permit(p, ask_conf());
	}
}

/* What the transfer paused for has come. */
static void
wake(struct pass *p)
{
	CURLcode code;

	p->heard = clock_ms();
	code = curl_easy_pause(p->easy, (p->hungry ? CURLPAUSE_SEND : 0) |
	    (p->sated ? CURLPAUSE_RECV : 0));
	if (code != CURLE_OK)
		pass_fail_curl(p, code);
}

static void
on_event(struct pass *p, uint32_t events)
{
	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
		p->gone = 1;
	} else if (p->state == PASS_READING) {
		read_on(p);
	} else if (p->state == PASS_ASKING) {
		if (p->hungry && (events & EPOLLIN) != 0)
			p->hungry = 0;
		if (p->sated && (events & EPOLLOUT) != 0)
			p->sated = !pass_flush(p);
		wake(p);
		if (p->state == PASS_LEAVING)
			end_transfer(p);
	}
	settle(p);
}

/* What came through the channel, and on the sockets that did before. */
static void
on_events(void)
{
	struct epoll_event events[EVENTS];
	int i, n, fd;

	n = epoll_wait(epfd, events, EVENTS, 0);
	for (i = 0; i < n; i++) {
		if (events[i].data.ptr != NULL)
			on_event(events[i].data.ptr, events[i].events);
		else if ((fd = passage_accept(channel)) != -1)
			create(fd);
	}
}

void
pass_init(int fd)
{
	struct epoll_event ev;

	channel = fd;
	if (channel == -1)
		return;
	if ((epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal("epoll_create1: %s", strerror(errno));
	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	epoll_ctl(epfd, EPOLL_CTL_ADD, channel, &ev);
	loop_attend(epfd, on_events);
}

/* ---- places ---- */

/* It has waited for a turn's time, and so long no other has passed: readers
 * come first. */
static int
is_due(const struct pass *p, int64_t now)
{
	return p->state == PASS_WAITING && now - p->since >= TURN &&
	    now - seat_last_pass(p->seat) >= TURN;
}

unsigned
pass_places(const struct seat *s, int64_t now)
{
	const struct pass *p;
	unsigned n = 0, due = 0;

	TAILQ_FOREACH(p, &passes, next) {
		if (p->seat != s)
			continue;
		n += p->easy != NULL;
		due |= (unsigned)is_due(p, now);
	}
	return n + due;
}

void
pass_queue(void)
{
	const struct pass *p;

	TAILQ_FOREACH(p, &passes, next)
		if (p->state == PASS_WAITING)
			seat_queue(p->seat);
}

/* A pull of the account that nobody waits for.  Where there is none, the
 * planner takes one from a reader, once it is told of one place less. */
static struct pull *
find_victim(const struct pass *p)
{
	struct pull *pull;

	TAILQ_FOREACH(pull, &pulls, next)
		if (pull->target->seat == p->seat && pull->asking &&
		    (!pull->has_reader || pull->state == PLAN_PAUSED))
			return pull;
	return NULL;
}

static int
find_place(const struct pass *p)
{
	struct pull *victim;

	connection_make_room(p->seat, 0);
	if (seat_open(p->seat) < seat_limit(p->seat))
		return 1;
	if ((victim = find_victim(p)) == NULL)
		return 0;
	counter_add(COUNTER_PULL_PREEMPTED, 1);
	pull_stop(victim);
	return seat_open(p->seat) < seat_limit(p->seat);
}

/* ---- clocks ---- */

static void
look(struct pass *p, int64_t now)
{
	if (p->gone) {
		destroy(p);
	} else if (p->state == PASS_WAITING && now - p->since >= PLACE_WAIT) {
		fail(p, 503, "connection_limit_reached",
		    "all connections of its account are in use");
	} else if (p->state == PASS_WAITING && now >= p->not_before &&
	    find_place(p)) {
		start(p, now);
	} else if (p->state == PASS_ASKING && !p->sated &&
	    now - p->heard > p->origin->stall_timeout) {
		fail(p, 504, p->told ? "connection_read_timeout" :
		    "http_response_timeout",
		    "the source sent no byte for too long");
	}
}

int
pass_tick(int64_t now)
{
	struct pass *p, *following;

	TAILQ_FOREACH_SAFE(p, &passes, next, following)
		look(p, now);
	return !TAILQ_EMPTY(&passes);
}

void
pass_in_use(void)
{
	const struct pass *p;

	TAILQ_FOREACH(p, &passes, next)
		if (p->easy != NULL)
			connection_in_use(p->socket.fd);
}

void
pass_reload(const struct conf *conf)
{
	struct pass *p, *following;

	TAILQ_FOREACH_SAFE(p, &passes, next, following) {
		if (p->state != PASS_WAITING && p->state != PASS_ASKING)
			continue;
		p->origin = conf_origin(conf, p->origin_name);
		if (p->origin == NULL)
			fail(p, 502, "destination_unavailable",
			    "its origin is no longer configured");
	}
}

void
pass_fini(void)
{
	struct pass *p, *following;

	TAILQ_FOREACH_SAFE(p, &passes, next, following)
		destroy(p);
	if (epfd != -1)
		close(epfd);
	epfd = -1;
}

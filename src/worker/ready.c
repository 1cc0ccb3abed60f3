/* SPDX-License-Identifier: ISC */
/* ready -- readers that go on in the next turn of the event loop; worker */
#include "config.h"

#include <sys/eventfd.h>

#include <unistd.h>

#include "reeld/log.h"
#include "ready.h"

/*
 * The queue runs inside the event loop, as the callback of an eventfd: libh2o
 * 2.2.5 asserts when a write that was begun outside of it completes at once on
 * a socket that it still polls for writing.
 */
static TAILQ_HEAD(, reader) ready = TAILQ_HEAD_INITIALIZER(ready);
static int again = -1;
static unsigned nready;
static h2o_socket_t *again_ear;

static void
run_again(void)
{
	uint64_t one = 1;

	if (write(again, &one, sizeof(one)) == -1)
		log_warn("the worker's own bell: %m");
}

void
ready_insert(struct reader *r)
{
	if (nready++ == 0)
		run_again();
	r->ready = 1;
	TAILQ_INSERT_TAIL(&ready, r, queue);
}

void
ready_remove(struct reader *r)
{
	if (!r->ready)
		return;
	TAILQ_REMOVE(&ready, r, queue);
	r->ready = 0;
	nready--;
}

static void
on_again(h2o_socket_t *sock, const char *err)
{
	struct reader *r;
	uint64_t count;
	unsigned n = nready;

	if (err != NULL ||
	    read(h2o_socket_get_fd(sock), &count, sizeof(count)) == -1)
		return;
	/* Those that come back to the queue wait for the next turn. */
	while (n-- > 0 && (r = TAILQ_FIRST(&ready)) != NULL) {
		ready_remove(r);
		deliver(r);
	}
	if (nready > 0)
		run_again();
}

void
ready_init(void)
{
	if ((again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		fatal("eventfd: %m");
	again_ear = h2o_evloop_socket_create(worker.context.loop, again,
	    H2O_SOCKET_FLAG_DONT_READ);
	h2o_socket_read_start(again_ear, on_again);
}

void
ready_fini(void)
{
	h2o_socket_close(again_ear);
}

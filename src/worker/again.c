/* SPDX-License-Identifier: ISC */
/* again -- what goes on in the next turn of the event loop; worker */
#include "config.h"

#include <sys/eventfd.h>

#include <unistd.h>

#include "reeld/log.h"
#include "again.h"
#include "worker.h"

static TAILQ_HEAD(agains, again) queue = TAILQ_HEAD_INITIALIZER(queue);
static unsigned length;
static h2o_socket_t *ear;

static void
ring(void)
{
	uint64_t one = 1;

	if (write(h2o_socket_get_fd(ear), &one, sizeof(one)) == -1)
		log_warn("the worker's own bell: %m");
}

static void
on_ring(h2o_socket_t *sock, const char *err)
{
	struct again *a;
	uint64_t count;
	unsigned n = length;

	if (err != NULL ||
	    read(h2o_socket_get_fd(sock), &count, sizeof(count)) == -1)
		return;
	/* Those that come back wait for the next turn. */
	while (n-- > 0 && (a = TAILQ_FIRST(&queue)) != NULL) {
		again_remove(a);
		a->run(a);
	}
	if (length > 0)
		ring();
}

void
again_init(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd == -1)
		fatal("eventfd: %m");
	ear = h2o_evloop_socket_create(worker.context.loop, fd,
	    H2O_SOCKET_FLAG_DONT_READ);
	h2o_socket_read_start(ear, on_ring);
}

void
again_fini(void)
{
	h2o_socket_close(ear);
}

void
again_insert(struct again *a)
{
	if (a->queued)
		return;
	if (length++ == 0)
		ring();
	a->queued = 1;
	TAILQ_INSERT_TAIL(&queue, a, next);
}

void
again_remove(struct again *a)
{
	if (!a->queued)
		return;
	TAILQ_REMOVE(&queue, a, next);
	a->queued = 0;
	length--;
}

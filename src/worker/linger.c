/* SPDX-License-Identifier: ISC */
/* linger -- closes a connection so that its last bytes arrive; worker */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "linger.h"
#include "worker.h"

#define LINGERING_MOST	1024	/* at once; others are just closed */
#define UNHEARD_MOST	(256u << 10)	/* bytes read away of each */

struct lingering {
	h2o_timeout_entry_t timer;
	h2o_socket_t	*sock;
	size_t		 unheard;
};

static h2o_timeout_t timeout;
static unsigned lingering;

static void
end(struct lingering *l)
{
	h2o_timeout_unlink(&l->timer);
	h2o_socket_close(l->sock);
	free(l);
	lingering--;
}

static void
on_late(h2o_timeout_entry_t *timer)
{
	end(H2O_STRUCT_FROM_MEMBER(struct lingering, timer, timer));
}

static void
on_read(h2o_socket_t *sock, const char *err)
{
	struct lingering *l = sock->data;

	l->unheard += sock->input->size;
	h2o_buffer_consume(&sock->input, sock->input->size);
	if (err != NULL || l->unheard > UNHEARD_MOST)
		end(l);
}

void
linger_init(void)
{
	h2o_timeout_init(worker.context.loop, &timeout, LINGER_TIME);
}

int
linger_pending(int fd)
{
	int unread = 0, unsent = 0;

	ioctl(fd, FIONREAD, &unread);
	ioctl(fd, TIOCOUTQ, &unsent);
	return unread > 0 || unsent > 0;
}

int
linger_copy(int fd)
{
	return lingering < LINGERING_MOST && linger_pending(fd) ?
	    fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
}

int
linger_any(void)
{
	return lingering > 0;
}

void
linger_begin(int copy)
{
	struct lingering *l;

	if (shutdown(copy, SHUT_WR) == -1 ||
	    (l = calloc(1, sizeof(*l))) == NULL) {
		close(copy);
		return;
	}
	l->sock = h2o_evloop_socket_create(worker.context.loop, copy, 0);
	l->sock->data = l;
	l->timer.cb = on_late;
	h2o_timeout_link(worker.context.loop, &timeout, &l->timer);
	h2o_socket_read_start(l->sock, on_read);
	lingering++;
}

/* SPDX-License-Identifier: ISC */
/* ground -- an arena and its bells; master */
#include "config.h"

#include <sys/eventfd.h>

#include <errno.h>
#include <unistd.h>

#include "ground.h"

static void
close_all(const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		close(fds[i]);
}

static int
make_bells(int bells[ARENA_SLOTS])
{
	size_t i;

	for (i = 0; i < ARENA_SLOTS; i++)
		if ((bells[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) == -1)
			goto undo_bells;
	return 0;

undo_bells:
	close_all(bells, i);
	return -1;
}

int
ground_create(struct kit *kit, const struct conf *conf)
{
	int saved;

	kit->arena = arena_create(conf->arena_size, conf->segment_size,
	    conf->prefault);
	if (kit->arena == -1)
		return -1;
	if (make_bells(kit->bells) == -1)
		goto undo_arena;
	if (arena_attach(kit->arena, ARENA_NO_SLOT, ARENA_NO_PAYLOAD,
	    kit->bells) == -1)
		goto undo_bells;
	return 0;

undo_bells:
	close_all(kit->bells, ARENA_SLOTS);
undo_arena:
	saved = errno;
	close(kit->arena);
	kit->arena = -1;
	errno = saved;
	return -1;
}

void
ground_destroy(struct kit *kit)
{
	if (kit->arena == -1)
		return;
	arena_detach();
	close_all(kit->bells, ARENA_SLOTS);
	close(kit->arena);
}

/* SPDX-License-Identifier: ISC */
/* ground -- an arena and its bells; master */
#include "config.h"

#include <sys/eventfd.h>

#include <errno.h>
#include <string.h>
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

/* Makes both, attached to nobody. */
static int
make(struct kit *kit, const struct conf *conf, int prefault)
{
	int saved;

	kit->arena = arena_create(conf->arena_size, conf->segment_size,
	    prefault);
	if (kit->arena == -1)
		return -1;
	if (make_bells(kit->bells) == 0)
		return 0;
	saved = errno;
	close(kit->arena);
	kit->arena = -1;
	errno = saved;
	return -1;
}

static int
attach(const struct kit *kit)
{
	return arena_attach(kit->arena, ARENA_NO_SLOT, ARENA_NO_PAYLOAD,
	    kit->bells);
}

int
ground_create(struct kit *kit, const struct conf *conf)
{
	int saved;

	if (make(kit, conf, conf->prefault) == -1)
		return -1;
	if (attach(kit) == 0)
		return 0;
	saved = errno;
	close_all(kit->bells, ARENA_SLOTS);
	close(kit->arena);
	kit->arena = -1;
	errno = saved;
	return -1;
}

int
ground_prepare(struct kit *fresh, const struct conf *conf)
{
	return make(fresh, conf, 0);
}

int
ground_replace(struct kit *kit, const struct kit *fresh)
{
	ground_destroy(kit);
	kit->arena = fresh->arena;
	memcpy(kit->bells, fresh->bells, sizeof(kit->bells));
	return attach(kit);
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

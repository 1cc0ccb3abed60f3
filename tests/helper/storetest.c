/* SPDX-License-Identifier: ISC */
/* storetest -- an arena for a test; tests of the store */
#include "config.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/audit.h"
#include "reeld/fill.h"
#include "reeld/segment.h"
#include "reeld/slot.h"
#include "data.h"
#include "storetest.h"

static unsigned mine;		/* the slot that this process is in */

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "storetest: %s: %s\n", what, strerror(errno));
	abort();
}

void
storetest_enter(const struct storetest *t, unsigned slot)
{
	arena_detach();
	must(slot_take(t->fd, slot) == 0, "slot_take");
	must(arena_attach(t->fd, slot, ARENA_WRITE_PAYLOAD, t->bells) == 0,
	    "arena_attach");
	mine = slot;
}

/* The master's view. */
static void
command(const struct storetest *t)
{
	arena_detach();
	must(arena_attach(t->fd, ARENA_NO_SLOT, ARENA_NO_PAYLOAD,
	    t->bells) == 0, "arena_attach");
}

static void
enter_new(const struct storetest *t)
{
	int slot;

	command(t);
	must((slot = slot_issue(ARENA_WORKER)) != -1, "slot_issue");
	slot_spawned((unsigned)slot, getpid());
	storetest_enter(t, (unsigned)slot);
}

void
storetest_create(struct storetest *t, uint64_t size)
{
	storetest_create_of(t, size, STORETEST_SEGMENT);
}

void
storetest_create_of(struct storetest *t, uint64_t size, uint32_t segment_size)
{
	unsigned i;

	must((t->fd = arena_create(size, segment_size, 0)) != -1,
	    "arena_create");
	for (i = 0; i < ARENA_SLOTS; i++)
		must((t->bells[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) !=
		    -1, "eventfd");
	enter_new(t);
}

unsigned
storetest_rest(const struct storetest *t)
{
	unsigned bad = store_audit(stderr, 0);

	command(t);
	must(slot_reap(mine) == 0, "slot_reap");
	enter_new(t);
	return bad + store_audit(stderr, 1);
}

void
storetest_drop(struct storetest *t)
{
	unsigned i;

	arena_detach();
	for (i = 0; i < ARENA_SLOTS; i++)
		close(t->bells[i]);
	close(t->fd);
}

unsigned
storetest_end(struct storetest *t)
{
	unsigned bad = storetest_rest(t);

	storetest_drop(t);
	return bad;
}

/* ---- processes ---- */

struct storetest_child
storetest_fork(const struct storetest *t, enum arena_role role,
    int (*run)(void *), void *arg)
{
	struct storetest_child child;
	int slot;

	must((slot = slot_issue(role)) != -1, "slot_issue");
	child.slot = (unsigned)slot;
	must((child.pid = fork()) != -1, "fork");
	if (child.pid == 0) {
		/* A test that fails in the middle leaves nobody behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		storetest_enter(t, child.slot);
		_exit(run(arg));
	}
	slot_spawned(child.slot, child.pid);
	return child;
}

int
storetest_join(struct storetest_child child)
{
	int status;

	while (waitpid(child.pid, &status, 0) == -1)
		must(errno == EINTR, "waitpid");
	must(slot_reap(child.slot) == 0, "slot_reap");
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int
storetest_rung(const struct storetest *t, int ms)
{
	struct pollfd p = { .fd = t->bells[mine], .events = POLLIN };
	uint64_t times;

	return poll(&p, 1, ms) == 1 &&
	    read(p.fd, &times, sizeof(times)) == (ssize_t)sizeof(times);
}

/* ---- content ---- */

void
storetest_key(unsigned n, uint8_t key[HASH_LEN])
{
	struct hash_piece piece = { &n, sizeof(n) };

	hash_key(&piece, 1, key);
}

struct object_ref
storetest_object(unsigned n, int64_t size)
{
	struct object_answer answer = { .size = size, .mtime = -1,
	    .etag = "\"e\"", .source_etag = "\"e\"", .type = "video/mp4" };
	uint8_t key[HASH_LEN];
	struct object_ref ref;
	char url[64];
	int created;

	storetest_key(n, key);
	snprintf(url, sizeof(url), "http://source.example/%u", n);
	must(object_obtain(key, "films", url, &ref, &created) == 0,
	    "object_obtain");
	if (size >= 0)
		must(object_known(ref, &answer) == 0, "object_known");
	return ref;
}

uint64_t
storetest_fill(struct object_ref ref, unsigned n, uint64_t begin, uint64_t end)
{
	uint8_t piece[3000];
	struct fill f;
	int64_t size;
	ssize_t got = 0;
	size_t len;

	object_state(ref, &size);
	fill_init(&f, ref, begin, size);
	while (f.position < end && got != -1) {
		len = end - f.position < sizeof(piece) ?
		    (size_t)(end - f.position) : sizeof(piece);
		data_fill(n, f.position, piece, len);
		got = fill_write(&f, piece, len, end);
	}
	fill_fini(&f);
	return f.position - begin;
}

uint64_t
storetest_read(struct object_ref ref, unsigned n, uint64_t begin, uint64_t end)
{
	struct segment_ref seg;
	uint32_t offset, ready, ss = arena_segment_size();
	uint64_t at = begin;

	while (at < end) {
		offset = (uint32_t)(at % ss);
		if (segment_find(ref, (uint32_t)(at / ss), &seg) == -1)
			break;
		ready = segment_ready(seg, offset, end - at < ss - offset ?
		    (uint32_t)(end - at) : ss - offset);
		must(data_check(n, at, segment_bytes(seg) + offset,
		    ready) == -1, "a wrong byte");
		segment_unpin(&seg);
		at += ready;
		if (ready == 0)
			break;
	}
	return at - begin;
}

uint64_t
storetest_random(uint64_t *seed)
{
	*seed = hash_mix(*seed);
	return *seed;
}

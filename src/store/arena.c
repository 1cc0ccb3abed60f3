/* SPDX-License-Identifier: ISC */
/* arena -- creates, maps and rings the shared memory; every process */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/clock.h"
#include "reeld/undo.h"
#include "bell.h"
#include "layout.h"
#include "pages.h"
#include "shared.h"

#define PAGE		4096u
#define RECORDS_MIN	8192u	/* segments, so that small objects fit */

struct view view = { .fd = -1, .slot = ARENA_NO_SLOT };

static uint64_t
align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* What must agree before two builds may share an arena. */
static uint64_t
stamp(void)
{
	return (uint64_t)LAYOUT_VERSION << 48 ^
	    hash_mix(sizeof(pthread_mutex_t) << 40 | sizeof(struct head) << 20 |
	    sizeof(struct slot)) ^
	    hash_mix(sizeof(struct object) << 40 |
	    sizeof(struct segment) << 20 | sizeof(struct stripe)) ^
	    hash_mix(sizeof(struct row) << 40 | sizeof(struct region) << 20 |
	    offsetof(struct head, lock)) ^
	    hash_mix(sizeof(struct tally) << 40 | SLOT_TALLIES) ^
	    hash_mix(sizeof(struct seats) << 40 | SEATS_MAX);
}

static void
lay_out(struct head *h, uint64_t arena_size, uint32_t segment_size)
{
	uint64_t records = 16 * (arena_size / segment_size), at;

	memset(h, 0, sizeof(*h));
	h->magic = LAYOUT_MAGIC;
	h->stamp = stamp();
	h->arena_size = arena_size;
	h->segment_size = segment_size;
	h->block_size = segment_size / SEGMENT_BLOCKS;
	h->nsegments = records > RECORDS_MIN ? (uint32_t)records : RECORDS_MIN;
	h->nobjects = h->nsegments;
	h->ncells = CELLS;
	h->fetcher = h->spooler = ARENA_NO_SLOT;
	h->object_fresh = h->segment_fresh = h->cell_fresh = 1;

	at = align_up(sizeof(*h), PAGE);
	h->at_slots = at;
	at += align_up(sizeof(struct slot) * ARENA_SLOTS, PAGE);
	h->at_stripes = at;
	at += align_up(sizeof(struct stripe) * STRIPES, PAGE);
	h->at_objects = at;
	at += align_up(sizeof(struct object) * (h->nobjects + 1ULL), PAGE);
	h->at_segments = at;
	at += align_up(sizeof(struct segment) * (h->nsegments + 1ULL), PAGE);
	h->at_regions = at;
	at += align_up(sizeof(struct region) * REGION_MAX, PAGE);
	h->at_rows = at;
	at += align_up(sizeof(struct row) * SLOT_ROWS * ARENA_SLOTS, PAGE);
	h->at_tallies = at;
	at += align_up(sizeof(struct tally) * SLOT_TALLIES * ARENA_SLOTS, PAGE);
	h->at_seats = at;
	at += align_up(sizeof(struct seats) * SEATS_MAX, PAGE);
	h->at_cells = at;
	at += align_up(sizeof(struct cell) * (h->ncells + 1ULL), PAGE);
	h->at_payload = align_up(at, PAGES_LARGE);
	h->length = h->at_payload +
	    (h->nsegments + 1ULL) * (uint64_t)segment_size;
}

static int
init_lock(pthread_mutex_t *m)
{
	pthread_mutexattr_t attr;
	int rc;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	rc = pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
	if (rc != 0)
		errno = rc;
	return rc == 0 ? 0 : -1;
}

/* The file is all zeros: only what differs from zero is written. */
static int
format(uint8_t *base, const struct head *h)
{
	struct stripe *stripes = (struct stripe *)(base + h->at_stripes);
	unsigned i;

	memcpy(base, h, sizeof(*h));
	if (init_lock(&((struct head *)base)->lock) == -1)
		return -1;
	for (i = 0; i < STRIPES; i++)
		if (init_lock(&stripes[i].lock) == -1)
			return -1;
	return 0;
}

/* Gives the first records their pages and makes them a list of warm ones, as
 * if they had been used and freed (keeps A1). */
static int
warm_up(int fd, uint8_t *base)
{
	struct head *h = (struct head *)base;
	struct segment *segments = (struct segment *)(base + h->at_segments);
	uint32_t id, n = (uint32_t)(h->arena_size / h->segment_size);

	if (fallocate(fd, FALLOC_FL_KEEP_SIZE,
	    (off_t)(h->at_payload + h->segment_size),
	    (off_t)n * h->segment_size) == -1)
		return -1;
	for (id = 1; id <= n; id++) {
		segments[id].room = h->segment_size;
		segments[id].freed = clock_ms();
		segments[id].next = id < n ? id + 1 : 0;
	}
	h->segment_warm = 1;
	h->segment_fresh = n + 1;
	h->room_used = (uint64_t)n * h->segment_size;
	return 0;
}

int
arena_create(uint64_t size, uint32_t segment_size, int prefault)
{
	struct head h;
	uint8_t *base;
	int fd, saved;

	if (segment_size < 64u << 10 || segment_size > 64u << 20 ||
	    (segment_size & (segment_size - 1)) != 0 || size < segment_size) {
		errno = EINVAL;
		return -1;
	}
	lay_out(&h, size, segment_size);
	h.prefault = prefault != 0;
	if ((fd = memfd_create("reeld-arena", MFD_CLOEXEC)) == -1)
		return -1;
	if (ftruncate(fd, (off_t)h.length) == -1)
		goto close_fd;
	base = mmap(NULL, h.at_payload, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	if (base == MAP_FAILED)
		goto close_fd;
	if (format(base, &h) == -1 ||
	    (prefault && warm_up(fd, base) == -1)) {
		saved = errno;
		munmap(base, h.at_payload);
		errno = saved;
		goto close_fd;
	}
	munmap(base, h.at_payload);
	return fd;

close_fd:
	return undo_fd(fd);
}

/* Reserves the whole length once, so that both parts stand in place; at an
 * address where large pages of the file can be large ones of the mapping. */
static uint8_t *
reserve(uint64_t length)
{
	uint64_t more;
	uint8_t *at;

	at = mmap(NULL, length + PAGES_LARGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	more = align_up((uintptr_t)at, PAGES_LARGE) - (uintptr_t)at;
	if (more > 0)
		munmap(at, more);
	munmap(at + more + length, PAGES_LARGE - more);
	return at + more;
}

static int
map_all(int fd, const struct head *h, enum arena_payload payload)
{
	int prot = payload == ARENA_WRITE_PAYLOAD ? PROT_READ | PROT_WRITE :
	    payload == ARENA_READ_PAYLOAD ? PROT_READ : PROT_NONE;
	uint8_t *base;

	if ((base = reserve(h->length)) == NULL)
		return -1;
	if (mmap(base, h->at_payload, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		goto unmap;
	if (payload != ARENA_NO_PAYLOAD &&
	    mmap(base + h->at_payload, h->length - h->at_payload, prot,
	    MAP_SHARED | MAP_FIXED, fd, (off_t)h->at_payload) == MAP_FAILED)
		goto unmap;
	view.head = (struct head *)base;
	view.slots = (struct slot *)(base + h->at_slots);
	view.stripes = (struct stripe *)(base + h->at_stripes);
	view.objects = (struct object *)(base + h->at_objects);
	view.segments = (struct segment *)(base + h->at_segments);
	view.regions = (struct region *)(base + h->at_regions);
	view.rows = (struct row *)(base + h->at_rows);
	view.tallies = (struct tally *)(base + h->at_tallies);
	view.seats = (struct seats *)(base + h->at_seats);
	view.cells = (struct cell *)(base + h->at_cells);
	view.payload = base + h->at_payload;
	return 0;

unmap:
	munmap(base, h->length);
	return -1;
}

int
arena_attach(int fd, unsigned slot, enum arena_payload payload,
    const int *bells)
{
	struct head h;
	ssize_t n;

	if ((n = pread(fd, &h, sizeof(h), 0)) == -1)
		return -1;
	if (n != (ssize_t)sizeof(h) || h.magic != LAYOUT_MAGIC ||
	    h.stamp != stamp()) {
		errno = EPROTO;
		return -1;
	}
	view.object_pins = calloc(h.nobjects + 1ULL, sizeof(uint32_t));
	view.segment_pins = calloc(h.nsegments + 1ULL, sizeof(uint32_t));
	view.object_marks = calloc(h.nobjects + 1ULL, 1);
	if (view.object_pins == NULL || view.segment_pins == NULL ||
	    view.object_marks == NULL)
		goto free_pins;
	if (map_all(fd, &h, payload) == -1)
		goto free_pins;
	view.fd = fd;
	view.slot = slot;
	view.bit = slot < ARENA_SLOTS ? 1ULL << slot : 0;
	view.life = slot < ARENA_SLOTS ? view.slots[slot].life : 0;
	memcpy(view.bells, bells, sizeof(view.bells));
	return 0;

free_pins:
	free(view.object_pins);
	free(view.segment_pins);
	free(view.object_marks);
	view.object_pins = view.segment_pins = NULL;
	view.object_marks = NULL;
	return -1;
}

void
arena_detach(void)
{
	if (view.head == NULL)
		return;
	munmap(view.head, view.head->length);
	free(view.object_pins);
	free(view.segment_pins);
	free(view.object_marks);
	memset(&view, 0, sizeof(view));
	view.fd = -1;
	view.slot = ARENA_NO_SLOT;
}

uint32_t
arena_segment_size(void)
{
	return view.head->segment_size;
}

uint32_t
arena_block_size(void)
{
	return view.head->block_size;
}

uint64_t
arena_size(void)
{
	return view.head->arena_size;
}

uint64_t
arena_room_used(void)
{
	return LOAD(view.head->room_used);
}

uint64_t
arena_room_free(void)
{
	uint64_t used = 0;
	uint32_t id;

	for (id = 1; id < LOAD(view.head->segment_fresh); id++)
		if (LOAD(view.segments[id].record) != RECORD_FREE)
			used += LOAD(view.segments[id].room);
	return used < view.head->arena_size ? view.head->arena_size - used : 0;
}

void
arena_ring(uint64_t slots)
{
	uint64_t one = 1;
	unsigned slot;

	for (; slots != 0; slots &= slots - 1) {
		slot = (unsigned)__builtin_ctzll(slots);
		/* A full eventfd is a bell that rings already. */
		if (write(view.bells[slot], &one, sizeof(one)) == -1)
			continue;
		counter_add(COUNTER_WAKES, 1);
	}
}

void
arena_fetcher_here(void)
{
	SET(view.head->fetcher, view.slot);
}

void
arena_ring_fetcher(void)
{
	uint32_t slot = LOAD(view.head->fetcher);

	if (slot < ARENA_SLOTS)
		arena_ring(1ULL << slot);
}

void
arena_ring_room(void)
{
	bell_ring(&view.head->room_waiters);
}

void
arena_wait_room(void)
{
	bell_wait(&view.head->room_waiters);
	spool_ring();
}

/* SPDX-License-Identifier: ISC */
/* store_two_test -- writers, readers and a spooler side by side, under random
 * schedules, in an arena too small for what they want; no wrong byte, no lost
 * bell.  SOAK=1 in the environment: 30 s instead of 5 s.  SEED=n: another
 * schedule. */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/fill.h"
#include "reeld/row.h"
#include "reeld/slot.h"
#include "../helper/data.h"
#include "../helper/fakespool.h"
#include "../helper/storetest.h"

#define SS		STORETEST_SEGMENT
#define BS		STORETEST_BLOCK
#define ARENA		(16ULL * SS)
#define OBJECTS		3
#define PIECE		(48u << 10)
#define PATIENCE	3000	/* ms without a bell: it was lost */

#define ROUNDS		300	/* of two writers in one segment */

/* What the processes tell the test. */
struct tally {
	int		 stop;
	uint64_t	 written, skipped, adopted, contested, no_room;
	uint64_t	 read, waits, lost, torn, wrong, renewed, given_up;
	unsigned	 ready[ROUNDS];
	uint64_t	 taken[ROUNDS];
};

static struct storetest t;
static struct tally *tally;
static struct fakespool *disk;

static void
note(uint64_t *n, uint64_t by)
{
	__atomic_fetch_add(n, by, __ATOMIC_RELAXED);
}

static int
is_over(void)
{
	return __atomic_load_n(&tally->stop, __ATOMIC_RELAXED);
}

/* No two generations of an object have the same content. */
static uint64_t
content(unsigned n, struct object_ref ref)
{
	struct object_info info;

	object_info(ref, &info);
	return n * 1000000ULL + info.generation;
}

static int64_t
size_of(unsigned n)
{
	return 40 * SS + 1000 * (n + 1);
}

/* ---- a writer ---- */

struct writer {
	uint64_t	 seed;
	struct coverage	 coverage;
	struct row_state rows[64];
};

static void
make_known(unsigned n, struct object_ref ref)
{
	struct object_answer answer = { .size = size_of(n), .mtime = -1,
	    .etag = "\"e\"" };

	object_known(ref, &answer);
}

/* Where a pull for `wanted` begins: an orphan's edge or a block. */
static uint64_t
edge_of(struct writer *w, struct object_ref ref, unsigned n, uint64_t wanted)
{
	struct coverage *c = &w->coverage;
	size_t i;

	c->object = ref;
	c->size = size_of(n);
	if (coverage_take(c, 1) == -1)
		return 0;
	for (i = 0; i < c->n; i++)
		if (c->extents[i].begin <= wanted &&
		    c->extents[i].end >= wanted)
			wanted = c->extents[i].end;
	for (i = 0; i < c->n; i++)
		if (c->extents[i].end == wanted && wanted % BS != 0) {
			note(&tally->adopted, 1);
			return wanted;
		}
	return wanted / BS * BS;
}

/* A position that a reader waits at, or just any. */
static uint64_t
pick_position(struct writer *w, struct object_ref ref, unsigned n)
{
	size_t i, rows = row_take(w->rows, 64);

	for (i = 0; i < rows && storetest_random(&w->seed) % 8 != 0; i++)
		if (w->rows[i].object.id == ref.id && w->rows[i].waiting)
			return edge_of(w, ref, n, w->rows[i].position);
	return edge_of(w, ref, n, storetest_random(&w->seed) %
	    (uint64_t)size_of(n));
}

static void
pull(struct writer *w, unsigned n, struct object_ref ref)
{
	static uint8_t bytes[PIECE];
	uint64_t seed = content(n, ref), end;
	struct fill f;
	size_t len;
	ssize_t got;

	fill_init(&f, ref, pick_position(w, ref, n), size_of(n));
	f.skip = storetest_random(&w->seed) % 4 == 0;
	end = f.position + storetest_random(&w->seed) % (4 * SS);
	if (storetest_random(&w->seed) % 4 != 0)
		end = end / BS * BS;
	if (end > (uint64_t)f.size)
		end = (uint64_t)f.size;
	while (f.position < end && !is_over()) {
		len = storetest_random(&w->seed) % PIECE + 1;
		data_fill(seed, f.position, bytes, len);
		got = fill_write(&f, bytes, len, end);
		fill_ring(&f);
		if (got > 0)
			note(&tally->written, (uint64_t)got);
		if (got == (ssize_t)len || f.position >= end)
			continue;
		if (errno != ENOSPC) {
			note(&tally->contested, 1);
			break;
		}
		note(&tally->no_room, 1);
		arena_wait_room();
		storetest_rung(&t, 20);
		if (storetest_random(&w->seed) % 4 == 0)
			break;
	}
	note(&tally->skipped, f.skipped);
	fill_fini(&f);
}

static int
write_all(void *arg)
{
	struct writer w = { .seed = (uint64_t)(uintptr_t)arg };
	struct object_ref ref, fresh;
	uint8_t key[HASH_LEN];
	unsigned n;
	int created;

	arena_fetcher_here();
	while (!is_over()) {
		n = (unsigned)(storetest_random(&w.seed) % OBJECTS);
		storetest_key(n, key);
		if (object_obtain(key, "o", "u", &ref, &created) == -1)
			continue;
		make_known(n, ref);
		if (storetest_random(&w.seed) % 200 == 0 &&
		    object_renew(ref, &fresh) == 0) {
			make_known(n, fresh);
			note(&tally->renewed, 1);
			object_unpin(&fresh);
		}
		pull(&w, n, ref);
		object_unpin(&ref);
	}
	coverage_fini(&w.coverage);
	return 0;
}

/* ---- a reader ---- */

struct reader {
	uint64_t	 seed;
	unsigned	 n;
	uint64_t	 content;
	struct row_state row;
	int		 row_number;
};

/* Or purged: these writers find objects by key. */
static int
is_past(struct object_ref ref)
{
	struct object_info info;

	object_info(ref, &info);
	return info.past || info.purged;
}

/* Announce, look again, sleep: how many bytes can be read; 0: give up. */
static uint32_t
wait_for(struct reader *r, struct segment_ref seg, uint32_t offset,
    uint32_t want)
{
	int64_t until = clock_ms() + PATIENCE;
	uint32_t ready;

	r->row.waiting = 1;
	row_write(r->row_number, &r->row);
	note(&tally->waits, 1);
	for (;;) {
		segment_wait(seg);
		object_wait(r->row.object);
		if ((ready = segment_ready(seg, offset, want)) > 0 ||
		    is_past(r->row.object) || is_over())
			break;
		arena_ring_fetcher();
		if (storetest_rung(&t, PATIENCE))
			continue;
		ready = segment_ready(seg, offset, want);
		if (clock_ms() >= until &&
		    (ready > 0 || is_past(r->row.object)))
			note(&tally->lost, 1);
		note(&tally->given_up, 1);
		break;
	}
	r->row.waiting = 0;
	return ready;
}

static void
check(struct reader *r, struct segment_ref seg, uint32_t offset, uint32_t len)
{
	const uint8_t *bytes = segment_bytes(seg) + offset;

	if (data_check(r->content, r->row.position, bytes, len) != -1)
		note(&tally->wrong, 1);
	if (storetest_random(&r->seed) % 16 == 0) {
		usleep((useconds_t)(storetest_random(&r->seed) % 2000));
		if (data_check(r->content, r->row.position, bytes, len) != -1)
			note(&tally->torn, 1);
	}
	note(&tally->read, len);
}

/* Reads on from the row's position; 0 when there is no more to be had. */
static int
read_on(struct reader *r)
{
	uint32_t offset = (uint32_t)(r->row.position % SS), want, ready;
	uint64_t left = r->row.end - r->row.position;
	struct segment_ref seg;

	want = left < SS - offset ? (uint32_t)left : SS - offset;
	if (segment_obtain(r->row.object, (uint32_t)(r->row.position / SS),
	    SEGMENT_EVICT, &seg) == -1) {
		arena_wait_room();
		storetest_rung(&t, 20);
		return !is_over();
	}
	segment_touch(seg);
	if ((ready = segment_ready(seg, offset, want)) == 0)
		ready = wait_for(r, seg, offset, want);
	if (ready > 0) {
		check(r, seg, offset, ready);
		r->row.position += ready;
		row_write(r->row_number, &r->row);
	}
	segment_unpin(&seg);
	return ready > 0 && r->row.position < r->row.end && !is_over();
}

static int
read_all(void *arg)
{
	struct reader r = { .seed = (uint64_t)(uintptr_t)arg };
	uint8_t key[HASH_LEN];
	int64_t size;
	int created;

	while (!is_over()) {
		r.n = (unsigned)(storetest_random(&r.seed) % OBJECTS);
		storetest_key(r.n, key);
		if (object_obtain(key, "o", "u", &r.row.object, &created) == -1)
			continue;
		object_wait(r.row.object);
		while (object_state(r.row.object, &size) != OBJECT_KNOWN &&
		    !is_over()) {
			arena_ring_fetcher();
			storetest_rung(&t, 50);
			object_wait(r.row.object);
		}
		if (size > 0) {
			r.content = content(r.n, r.row.object);
			r.row.position = storetest_random(&r.seed) %
			    (uint64_t)size;
			r.row.end = r.row.position + 1 +
			    storetest_random(&r.seed) % (6 * SS);
			if (r.row.end > (uint64_t)size)
				r.row.end = (uint64_t)size;
			r.row_number = row_open(&r.row);
			while (read_on(&r))
				continue;
			row_close(r.row_number);
		}
		object_unpin(&r.row.object);
	}
	return 0;
}

/* ---- the test ---- */

#define CHILDREN	5
#define SPOOLER		4	/* the last of them */

/* The seed that content() makes, of an object that the spooler sees. */
static uint64_t
content_of(struct object_ref ref)
{
	struct object_info info;
	uint8_t key[HASH_LEN];
	unsigned n;

	object_info(ref, &info);
	for (n = 0; n < OBJECTS; n++) {
		storetest_key(n, key);
		if (memcmp(key, info.key, HASH_LEN) == 0)
			break;
	}
	return content(n, ref);
}

static int
spool_all(void *arg)
{
	fakespool_run(&t, disk, (uint64_t)(uintptr_t)arg, is_over, content_of);
	return 0;
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s == NULL ? otherwise : strtoull(s, NULL, 10);
}

static struct storetest_child
start(unsigned i, uint64_t seed)
{
	void *arg = (void *)(uintptr_t)(seed * 100 + i + 1);

	if (i == SPOOLER)
		return storetest_fork(&t, ARENA_SPOOLER, spool_all, arg);
	return i % 2 == 0 ?
	    storetest_fork(&t, ARENA_FETCHER, write_all, arg) :
	    storetest_fork(&t, ARENA_WORKER, read_all, arg);
}

static void
report(const char *what)
{
	printf("%s: %llu MB written, %llu skipped, %llu MB read, %llu waits, "
	    "%llu adopted, %llu contested, %llu times no room, %llu renewed, "
	    "%llu given up, %llu evicted, %llu repairs\n", what,
	    (unsigned long long)tally->written >> 20,
	    (unsigned long long)tally->skipped,
	    (unsigned long long)tally->read >> 20,
	    (unsigned long long)tally->waits,
	    (unsigned long long)tally->adopted,
	    (unsigned long long)tally->contested,
	    (unsigned long long)tally->no_room,
	    (unsigned long long)tally->renewed,
	    (unsigned long long)tally->given_up,
	    (unsigned long long)counter_sum(COUNTER_EVICTED_SEGMENTS),
	    (unsigned long long)counter_sum(COUNTER_REPAIRS));
	cr_assert_eq(tally->wrong, 0, "%llu wrong bytes",
	    (unsigned long long)tally->wrong);
	printf("%llu saved, %llu blocks brought, %llu dropped, %llu purged, "
	    "%llu restored\n", (unsigned long long)disk->saved,
	    (unsigned long long)disk->loaded,
	    (unsigned long long)disk->dropped,
	    (unsigned long long)disk->purged,
	    (unsigned long long)disk->restored);
	cr_assert_eq(disk->wrong, 0, "a wrong byte was to be saved");
	cr_assert(disk->saved > 0 && disk->loaded > 0 && disk->purged > 0);
	cr_assert_eq(tally->torn, 0, "published bytes changed");
	cr_assert_eq(tally->lost, 0, "a bell was lost");
	cr_assert_gt(tally->written, 0);
	cr_assert_gt(tally->read, 0);
	cr_assert_gt(tally->waits, 0);
	cr_assert_gt(counter_sum(COUNTER_EVICTED_SEGMENTS), 0);
}

static void
share(void)
{
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(tally, MAP_FAILED);
	disk = mmap(NULL, sizeof(*disk), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(disk, MAP_FAILED);
}

/* Two writers, two readers, a spooler; with `kill_every` > 0 one of them is
 * killed and replaced about every so many ms. */
static void
run(int64_t ms, int kill_every)
{
	struct storetest_child children[CHILDREN];
	uint64_t seed = number("SEED", 1), dice = seed;
	int64_t until = clock_ms() + ms;
	unsigned i, turn = 0;

	share();
	storetest_create(&t, ARENA);
	for (i = 0; i < CHILDREN; i++)
		children[i] = start(i, seed);
	while (clock_ms() < until) {
		turn++;
		usleep((useconds_t)(kill_every > 0 ? storetest_random(&dice) %
		    (unsigned)(2 * kill_every) : 100) * 1000);
		cr_assert_eq(store_audit(stderr, 0), 0);
		cr_assert_leq(arena_room_used(), ARENA);
		if (kill_every == 0)
			continue;
		i = (unsigned)(storetest_random(&dice) % CHILDREN);
		kill(children[i].pid, SIGKILL);
		cr_assert_eq(storetest_join(children[i]), -SIGKILL);
		children[i] = start(i, seed + turn);
	}
	__atomic_store_n(&tally->stop, 1, __ATOMIC_RELAXED);
	arena_ring(~0ULL);
	for (i = 0; i < CHILDREN; i++)
		cr_assert_eq(storetest_join(children[i]), 0);
	report(kill_every > 0 ? "killed" : "two");
	cr_assert_eq(storetest_end(&t), 0);
}

Test(store_two, no_wrong_byte_under_random_schedules, .timeout = 60)
{
	run(getenv("SOAK") != NULL ? 30000 : 5000, 0);
}

Test(store_two, no_wrong_byte_when_processes_are_killed, .timeout = 60)
{
	run(getenv("SOAK") != NULL ? 30000 : 3000, 10);
}

/* ---- two writers in one block ---- */

/* Begins each round when the other one does. */
static int
race(void *arg)
{
	uint8_t bytes[BS / 2];
	struct object_ref ref;
	struct fill f;
	unsigned n;

	(void)arg;
	for (n = 0; n < ROUNDS; n++) {
		ref = storetest_object(n, SS);
		__atomic_fetch_add(&tally->ready[n], 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&tally->ready[n], __ATOMIC_SEQ_CST) < 2)
			continue;
		fill_init(&f, ref, 0, SS);
		f.skip = 1;
		while (f.position < SS) {
			data_fill(n, f.position, bytes, sizeof(bytes));
			if (fill_write(&f, bytes, sizeof(bytes), SS) == -1)
				break;
		}
		note(&tally->taken[n], f.position - f.skipped);
		fill_fini(&f);
		object_unpin(&ref);
	}
	return 0;
}

Test(store_two, no_byte_is_written_twice, .timeout = 60)
{
	struct storetest_child one, other;
	uint64_t both = 0;
	unsigned n;

	share();
	storetest_create(&t, ARENA);
	one = storetest_fork(&t, ARENA_FETCHER, race, NULL);
	other = storetest_fork(&t, ARENA_FETCHER, race, NULL);
	cr_assert_eq(storetest_join(one), 0);
	cr_assert_eq(storetest_join(other), 0);
	for (n = 0; n < ROUNDS; n++) {
		cr_assert_leq(tally->taken[n], SS, "round %u: %llu bytes", n,
		    (unsigned long long)tally->taken[n]);
		both += tally->taken[n];
	}
	cr_assert_gt(both, 0);
	cr_assert_eq(storetest_end(&t), 0);
}

/* SPDX-License-Identifier: ISC */
/* store_fault_test -- a process dies before every shared write of the store, in
 * turn: what is left is repaired, nothing is lost, and who comes next works.
 *
 * Each scenario is run once to see how often it comes by which write (the list
 * is printed), then once for the first, the middle and the last time of each:
 * killed there, reaped by the master, and its place taken. */
#include "config.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/counter.h"
#include "reeld/fill.h"
#include "reeld/region.h"
#include "reeld/row.h"
#include "reeld/seats.h"
#include "reeld/slot.h"
#include "reeld/spool.h"
#include "reeld/tally.h"
#include "../../src/store/evict.h"
#include "../../src/store/fault.h"
#include "../../src/store/layout.h"
#include "../../src/store/lock.h"
#include "../../src/store/record.h"
#include "../helper/data.h"
#include "../helper/storetest.h"

#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK
#define ARENA	(16ULL * SS)
#define FILM	1		/* the object that a neighbour watches */
#define FILM_SIZE (3 * SS + 1000)
#define OTHER	2		/* an object of the neighbour, to be evicted */
#ifdef __SANITIZE_ADDRESS__
#define TIMES	1		/* a fork costs ten times as much */
#else
#define TIMES	3		/* the first, the middle and the last */
#endif

/* What a process that died had done for certain. */
struct shared {
	struct fault_table table;
	uint64_t	 published;	/* of FILM, from its beginning */
};

static const struct seats_info seats = { .limit = 2, .open = 1 };
static struct storetest t;
static struct shared *shared;
static unsigned deaths;

/* ---- what a worker and fetcher do ---- */

static void
feed(struct fill *f, unsigned n, size_t len, uint64_t end)
{
	static uint8_t bytes[SS];

	data_fill(n, f->position, bytes, len);
	fill_write(f, bytes, len, end);
}

/* Every way in which a pen moves. */
static void
pens(void)
{
	struct object_ref film = storetest_object(FILM, FILM_SIZE);
	struct segment_ref seg;
	struct fill f, g;
	int i;

	fill_init(&f, film, BS, FILM_SIZE);
	if (segment_find(film, 0, &seg) == 0)
		segment_wait(seg);
	for (i = 0; i < 5; i++) {
		feed(&f, FILM, BS / 2, FILM_SIZE);
		shared->published = f.position;
	}
	fill_ring(&f);
	segment_unpin(&seg);
	fill_fini(&f);				/* an orphan in block 3 */
	fill_init(&f, film, f.position, FILM_SIZE);
	feed(&f, FILM, BS / 2 + 3 * BS, FILM_SIZE);	/* taken over */
	shared->published = f.position;
	fill_init(&g, film, 12 * BS, FILM_SIZE);
	feed(&g, FILM, 10, FILM_SIZE);
	f.skip = 1;
	feed(&f, FILM, 4 * BS, FILM_SIZE);	/* moves on, block by block */
	fill_fini(&g);				/* an orphan in block 12 */
	feed(&f, FILM, 4 * BS, FILM_SIZE);	/* with a pen, takes it over */
	fill_fini(&f);
	object_unpin(&film);
}

static void
answers(void)
{
	struct object_failure failure = { .status = 502, .error = "e",
	    .text = "t" };
	static const struct freshness fresh_for = { .fresh_until = 99 };
	static const struct object_answer passing = { .size = 1, .pass = 1 };
	struct object_ref ref = storetest_object(10, 10 * SS), fresh;
	uint8_t key[HASH_LEN];

	object_wait(ref);
	object_touch(ref);
	object_set_filling(ref, 1);
	object_set_home(ref, 1);
	object_set_queued(ref, 1);
	object_set_verdict(ref, OBJECT_VERIFIED);
	object_fresh(ref, &fresh_for, "max-age=9");
	object_missed(ref, &failure);
	object_own(ref, object_new_pull(ref), 0, SS);
	storetest_fill(ref, 10, 0, SS + 10);
	if (object_renew(ref, &fresh) == 0)
		object_unpin(&fresh);
	object_unpin(&ref);		/* past: goes with its segments */

	ref = storetest_object(12, -1);
	object_known(ref, &passing);
	object_unpin(&ref);		/* without a key: the same */

	ref = storetest_object(11, -1);
	object_fail(ref, &failure);
	object_fail(ref, &failure);
	view.objects[ref.id].broken -= 5000;
	storetest_key(11, key);
	object_unpin(&ref);
	ref = storetest_object(12, -1);
	object_fail(ref, &failure);
	fresh = ref;
	object_unpin(&ref);
	view.objects[fresh.id].broken -= 5000;
	storetest_key(12, key);
	object_find(key, &ref);		/* stale */
	ref = storetest_object(13, -1);
	object_unpin(&ref);		/* never answered */
}

static void
ends(void)
{
	struct object_ref live = storetest_object(20, -1);
	struct fill f;

	fill_init(&f, live, 0, -1);
	feed(&f, 20, SS, UINT64_MAX);
	feed(&f, 20, 5000, UINT64_MAX);
	fill_eof(&f);
	fill_fini(&f);
	object_unpin(&live);
}

static void
readers(void)
{
	struct object_ref film = storetest_object(FILM, FILM_SIZE);
	struct region_info region = { .object = film, .end = SS };
	struct row_state row = { .object = film, .end = SS };
	const uint64_t client[2] = { 1, 2 };
	int n;

	arena_fetcher_here();
	slot_beat();
	arena_wait_room();
	if ((n = row_open(&row)) != -1) {
		row_write(n, &row);
		row_close(n);
	}
	if ((n = region_open(&region)) != -1) {
		region_write(n, &region);
		region_close(n);
	}
	if (row_open(&row) == -1)		/* left open */
		counter_add(COUNTER_NO_ROWS, 1);
	region_open(&region);
	object_unpin(&film);
	tally_enter(client);
	tally_enter(client);
	tally_leave(client);
	seats_write(seats_claim("account"), &seats);
}

/* More than there is room for, then less. */
static void
evictions(void)
{
	struct object_ref big = storetest_object(30, 20 * SS), small;
	struct object_ref fresh;

	storetest_fill(big, 30, 0, 20 * SS);
	if (object_renew(big, &fresh) == 0)
		object_unpin(&fresh);
	object_unpin(&big);		/* its pages are free, and warm */
	small = storetest_object(31, 100);
	storetest_fill(small, 31, 0, 100);
	object_unpin(&small);
	evict_object();
	evict_segment((struct object_ref){ 0, 0 }, 0, 1);
}

/* Writes in place, once to the end and once not. */
static void
claims(void)
{
	struct object_ref film = storetest_object(63, SS);
	uint8_t *at;
	struct fill f;

	fill_init(&f, film, 0, SS);
	if ((at = fill_claim(&f, SS / 2)) != NULL) {
		data_fill(63, 0, at, SS / 2);
		fill_publish(&f, SS / 2);
	}
	fill_claim(&f, SS / 2);
	fill_fini(&f);
	object_unpin(&film);
}

/* Saves, brings, drops and forgets; restores one object, purges another. */
static void
spooling(void)
{
	static const uint64_t all[SPOOL_WORDS] = { ~0ULL },
	    partial[SPOOL_SEGMENTS / 64] = { 4 };
	static const struct spool_marks marks = { .on_disk = { 1 },
	    .partial = { 1 }, .lacks = 1 };
	const struct object_answer stored = { .size = SS, .mtime = -1,
	    .etag = "\"e\"" };
	struct object_ref film = storetest_object(60, 3 * SS), asking, next;
	struct spool_dirty d;
	struct segment_ref seg;

	spool_here();
	spool_set_state(SPOOL_WORKING);
	storetest_fill(film, 60, 0, 2 * SS);
	while (spool_next_dirty(SPOOL_ALL, 0, &d) == 0) {
		spool_bind(d.object, d.object.id);
		spool_saved(&d);
	}
	spool_mark(film, 0, 0);
	spool_dropped(film, 0);
	spool_mark(film, 2, 1);
	spool_set_partial(film, partial, 1);
	if (segment_find(film, 1, &seg) == 0) {
		spool_loaded(film, seg, all);
		segment_unpin(&seg);
	}
	spool_release(0, 0, ARENA);
	asking = storetest_object(61, -1);
	if (spool_next_asking(&next) == 0) {
		spool_restore(next, 61, &stored, &marks);
		object_unpin(&next);
	}
	object_unpin(&asking);
	asking = storetest_object(62, -1);
	object_claim(asking);
	spool_set_looked(asking);
	object_unpin(&asking);
	spool_purge(film);
	if (spool_next_purged(&next) == 0) {
		spool_set_purged(next, 1);
		object_unpin(&next);
	}
	object_unpin(&film);
	if (spool_next_over(&next) == 0) {
		spool_forget(next);
		object_unpin(&next);
	}
}

static int
work(void *arg)
{
	(void)arg;
	fault_use(&shared->table);
	pens();
	answers();
	ends();
	readers();
	evictions();
	claims();
	spooling();
	return 0;
}

static int
run_work(void)
{
	return storetest_join(storetest_fork(&t, ARENA_FETCHER, work, NULL));
}

/* ---- those who died before, and left it what to repair ---- */

/* Dies with all that a process can have but a lock. */
static int
die_laden(void *arg)
{
	struct object_ref film = storetest_object(FILM, FILM_SIZE);
	struct region_info region = { .object = film, .end = SS };
	struct row_state row = { .object = film, .end = SS };
	struct object_ref known = storetest_object(3, 10), told =
	    storetest_object(4, -1);
	const uint64_t client[2] = { 1, 2 };
	struct segment_ref seg;
	struct fill f;

	(void)arg;
	spool_here();
	spool_set_state(SPOOL_WORKING);
	view.objects[known.id].looked = LOOKED_TELLING;
	view.objects[told.id].looked = LOOKED_TELLING;
	view.objects[told.id].file = 9;
	view.objects[told.id].disk[0] = 1;
	tally_enter(client);
	seats_write(seats_claim("account"), &seats);
	fill_init(&f, film, 2 * SS, FILM_SIZE);
	feed(&f, FILM, BS + 5, FILM_SIZE);
	segment_find(film, 2, &seg);
	segment_wait(seg);
	object_wait(film);
	arena_wait_room();
	arena_fetcher_here();
	row_open(&row);
	region_open(&region);
	record_take_segment(SS);
	record_put_text("held", 4);
	record_keep_text(&view.objects[record_take_object()].address,
	    record_put_text("kept", 4));
	raise(SIGKILL);
	return 0;
}

static int
die_in_arena(void *arg)
{
	(void)arg;
	lock_arena();
	raise(SIGKILL);
	return 0;
}

/* Takes no ARENA lock: the repair of it is for the next. */
static int
die_in_stripe(void *arg)
{
	lock_stripe(view.objects[*(uint32_t *)arg].stripe);
	raise(SIGKILL);
	return 0;
}

/* ---- what a master does ---- */

/* A slot whose process is gone and not reaped yet. */
static unsigned dead_slot;

static void
leave_dead(uint32_t film)
{
	struct storetest_child child = storetest_fork(&t, ARENA_FETCHER,
	    die_laden, NULL);

	(void)film;
	while (waitpid(child.pid, NULL, 0) == -1)
		continue;
	dead_slot = child.slot;
}

static int
command(void)
{
	int slot;

	arena_detach();
	if (arena_attach(t.fd, ARENA_NO_SLOT, ARENA_NO_PAYLOAD, t.bells) == -1)
		return 1;
	fault_use(&shared->table);
	slot_reap(dead_slot);
	if ((slot = slot_issue(ARENA_FETCHER)) == -1)
		return 1;
	slot_spawned((unsigned)slot, getpid());
	slot_reap((unsigned)slot);
	return 0;
}

/* A master has no slot that would be reaped after it. */
static int
run_command(void)
{
	pid_t pid = fork();
	int status;

	cr_assert_neq(pid, -1);
	if (pid == 0)
		_exit(command());
	while (waitpid(pid, &status, 0) == -1)
		continue;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* A new master reaps every slot that has a role and no process. */
static void
reap_all(void)
{
	struct slot_info info;
	unsigned i;

	for (i = 0; i < ARENA_SLOTS; i++)
		if (i != view.slot && slot_info(i, &info) == 0)
			cr_assert_eq(slot_reap(i), 0);
}

/* ---- what must hold afterwards ---- */

/* What is there is right; the rest can be pulled. */
static int
fill_gaps(struct object_ref ref, unsigned n, uint64_t size)
{
	struct coverage c = { .object = ref, .size = (int64_t)size };
	uint64_t at = 0, end;
	size_t i;

	if (coverage_take(&c, 1) == -1)
		return 0;
	for (i = 0; i <= c.n; i++) {
		end = i < c.n ? c.extents[i].begin : size;
		if (storetest_fill(ref, n, at, end) != end - at)
			break;
		if (i < c.n)
			at = c.extents[i].end;
	}
	coverage_fini(&c);
	return storetest_read(ref, n, 0, size) == size;
}

/* All was used within one ms: what goes to make room may be its own. */
static int
complete(struct object_ref ref, unsigned n, uint64_t size)
{
	return fill_gaps(ref, n, size) || fill_gaps(ref, n, size) ||
	    fill_gaps(ref, n, size);
}

static int
carry_on(void *arg)
{
	struct object_ref film = storetest_object(FILM, FILM_SIZE), other;
	struct region_info region = { .object = film, .end = SS };
	struct row_state row = { .object = film, .end = SS };
	int n, failed = 0;

	(void)arg;
	failed |= !complete(film, FILM, FILM_SIZE) << 0;
	n = row_open(&row);
	failed |= (n == -1) << 1;
	row_close(n);
	n = region_open(&region);
	failed |= (n == -1) << 2;
	region_close(n);
	other = storetest_object(40, 3 * SS);
	failed |= !complete(other, 40, 3 * SS) << 3;
	object_unpin(&other);
	failed |= (evict_object() == -1) << 4;
	object_unpin(&film);
	return failed;
}

/* Every byte of room can be had: no record, pin or room was lost. */
static int
take_all_room(void *arg)
{
	struct object_ref ref;
	int failed;

	(void)arg;
	while (evict_object() == 0)
		continue;
	ref = storetest_object(50, (int64_t)ARENA);
	failed = !complete(ref, 50, ARENA);
	object_unpin(&ref);
	return failed;
}

/* ---- the test ---- */

struct scenario {
	const char	*name;
	void		(*before)(uint32_t film);
	int		(*run)(void);	/* exit status, -signal */
};

static void
kill_one(int (*in)(void *), void *arg)
{
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER, in, arg)),
	    -SIGKILL);
}

/* The work begins with the repair of all this.  What the laden one held is
 * garbage only after the last has had ARENA: nobody sweeps it before. */
static void
wreck(uint32_t film)
{
	leave_dead(film);
	kill_one(die_in_arena, NULL);
	kill_one(die_in_stripe, &film);
	cr_assert_eq(slot_reap(dead_slot), 0);
}

static const struct scenario scenarios[] = {
	{ "work", wreck, run_work },
	{ "command", leave_dead, run_command },
};

/* Runs the scenario, with a neighbour who watches FILM, until it ends or dies;
 * then all that must hold. */
static void
play(const struct scenario *s, const char *where)
{
	struct storetest_child child;
	struct object_ref film, other;
	struct segment_ref seg;
	int status;

	memset(shared->table.hits, 0, sizeof(shared->table.hits));
	shared->published = BS;
	storetest_create(&t, ARENA);
	other = storetest_object(OTHER, 100);
	object_unpin(&other);
	film = storetest_object(FILM, FILM_SIZE);
	storetest_fill(film, FILM, 0, BS);
	cr_assert_eq(segment_find(film, 0, &seg), 0);
	s->before(film.id);
	status = s->run();
	cr_assert(status == 0 || status == -SIGKILL);
	cr_assert(shared->table.armed == -1 || shared->table.nth != 1 ||
	    status == -SIGKILL, "%s: did not die", where);
	deaths += status == -SIGKILL;
	reap_all();
	cr_assert_geq(storetest_read(film, FILM, 0, FILM_SIZE),
	    shared->published, "%s: published bytes are gone", where);
	cr_assert_eq(store_audit(stderr, 0), 0, "%s: the audit", where);
	child = storetest_fork(&t, ARENA_FETCHER, carry_on, NULL);
	cr_assert_eq(storetest_join(child), 0, "%s: the next cannot work",
	    where);
	segment_unpin(&seg);
	object_unpin(&film);
	child = storetest_fork(&t, ARENA_FETCHER, take_all_room, NULL);
	cr_assert_eq(storetest_join(child), 0, "%s: room is lost", where);
	cr_assert_eq(row_count(), 0);
	cr_assert_eq(store_audit(stderr, 1), 0, "%s: with a neighbour", where);
	cr_assert_eq(storetest_end(&t), 0, "%s: what is left", where);
}

/* Counts the hits of a run to its end in `hits`, dies at some of each. */
static void
die_everywhere(const struct scenario *s, unsigned *reached)
{
	static unsigned hits[FAULT_POINTS];
	const struct fault_point *points;
	unsigned n = fault_points(&points), i, k, last;
	char where[128];

	shared->table.armed = -1;
	play(s, s->name);
	memcpy(hits, shared->table.hits, sizeof(hits));
	for (i = 0; i < n; i++) {
		if (hits[i] == 0)
			continue;
		reached[i] += hits[i];
		printf("%s: %s:%d, %u times\n", s->name, points[i].file,
		    points[i].line, hits[i]);
		shared->table.armed = (int)i;
		for (k = 0, last = 0; k < TIMES; k++) {
			shared->table.nth = k == 0 ? 1 : k == 1 ?
			    (hits[i] + 1) / 2 : hits[i];
			if (shared->table.nth == last)
				continue;
			last = shared->table.nth;
			snprintf(where, sizeof(where), "%s: %s:%d, time %u",
			    s->name, points[i].file, points[i].line, last);
			play(s, where);
		}
	}
}

static void
share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(shared, MAP_FAILED);
}

Test(store_fault, a_death_before_any_shared_write_is_healed, .timeout = 240)
{
	static unsigned reached[FAULT_POINTS];
	const struct fault_point *points;
	unsigned n = fault_points(&points), i, missed = 0;

	cr_assert_lt(n, FAULT_POINTS);
	share();
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		die_everywhere(&scenarios[i], reached);
	for (i = 0; i < n; i++)
		if (reached[i] == 0) {
			printf("not reached: %s:%d\n", points[i].file,
			    points[i].line);
			missed++;
		}
	printf("%u points, %u not reached, %u deaths\n", n, missed, deaths);
	cr_assert_leq(missed, 2, "but that of condemn(), see below, and of "
	    "large pages, which these segments have none of");
}

/* ---- what cannot be repaired ---- */

static int
find_film(void *arg)
{
	struct object_ref ref;
	uint8_t key[HASH_LEN];

	(void)arg;
	fault_use(&shared->table);
	storetest_key(FILM, key);
	return object_find(key, &ref) == -1 && errno == EDEADLK &&
	    arena_condemned() ? 0 : 1;
}

/* A stripe whose holder died, and whose records contradict each other. */
static void
ruin(void)
{
	struct object_ref film;

	storetest_create(&t, ARENA);
	film = storetest_object(FILM, FILM_SIZE);
	storetest_fill(film, FILM, 0, BS);
	view.segments[1].object_gen++;
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER,
	    die_in_stripe, &film.id)), -SIGKILL);
}

static int
play_ruin(void)
{
	int status;

	ruin();
	memset(shared->table.hits, 0, sizeof(shared->table.hits));
	status = storetest_join(storetest_fork(&t, ARENA_WORKER, find_film,
	    NULL));
	shared->table.armed = -1;
	cr_assert_eq(storetest_join(storetest_fork(&t, ARENA_WORKER,
	    find_film, NULL)), 0, "the next finds it condemned");
	storetest_drop(&t);
	return status;
}

Test(store_fault, a_repair_that_fails_condemns, .timeout = 60)
{
	static unsigned hits[FAULT_POINTS];
	const struct fault_point *points;
	unsigned n = fault_points(&points), i;

	share();
	shared->table.armed = -1;
	cr_assert_eq(play_ruin(), 0);
	memcpy(hits, shared->table.hits, sizeof(hits));
	for (i = 0; i < n; i++) {
		if (hits[i] == 0)
			continue;
		shared->table.armed = (int)i;
		shared->table.nth = hits[i];
		cr_assert_eq(play_ruin(), -SIGKILL, "%s:%d", points[i].file,
		    points[i].line);
	}
}

/* SPDX-License-Identifier: ISC */
/* spool_kill_test -- kill -9 of everything while a spool is filled, read and
 * emptied; what was committed is served by the next, without the source */
#include "config.h"

#include <sys/stat.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "src/spooler/catalogue.h"
#include "../helper/exam.h"
#include "../helper/spoolstage.h"

#define FILMS		6
#define VIEWERS		6
#define SEGMENT		(256 << 10)
#define SEGMENTS_MAX	256
#define LIVES_US	600000		/* at most, after it serves */
#define LOOK_EACH	4		/* kills between two looks */

static struct spoolstage s;
static struct film films[FILMS];
static char keys[FILMS][65];		/* hexadecimal; "": not seen yet */
static uint64_t seed;

/* 24 MB through a spool of 16: there is always something to be evicted. */
static void
start(void)
{
	char name[32];
	int i;

	spoolstage_open(&s, "arena_size = 8M\nsegment_size = 256K",
	    "max = 16M low = 12M idle = 50ms reload_ttl = 50ms "
	    "janitor_interval = 1s min_free = 0%", "");
	for (i = 0; i < FILMS; i++) {
		snprintf(name, sizeof(name), "film%d", i);
		films[i] = stage_film(name, 4 * MB + i * 99999, 20 * MB, "");
	}
	seed = stage_soak() ? (uint64_t)now_us() : 3;
	fprintf(stderr, "seed %" PRIu64 "\n", seed);
}

static void
stop(void)
{
	spoolstage_close(&s);
}

TestSuite(spool_kill, .init = start, .fini = stop, .timeout = 1800);

/* ---- what the catalogue has ---- */

struct committed {
	uint32_t	 numbers[SEGMENTS_MAX];	/* whole segments */
	int		 n;
	int64_t		 size;
};

static unsigned
blocks_of(const struct catalogue_segment *segment)
{
	unsigned n = 0, i;

	for (i = 0; i < SPOOL_WORDS; i++)
		n += (unsigned)__builtin_popcountll(segment->blocks[i]);
	return n;
}

static void
see(void *arg, const struct catalogue_segment *segment)
{
	struct committed *c = arg;
	int64_t left = c->size - (int64_t)segment->number * SEGMENT;
	unsigned block = SEGMENT / 512;

	if (left > SEGMENT)
		left = SEGMENT;
	if (blocks_of(segment) == (left + block - 1) / block &&
	    c->n < SEGMENTS_MAX)
		c->numbers[c->n++] = segment->number;
}

static void
parse_key(const char *text, uint8_t key[HASH_LEN])
{
	unsigned byte;
	size_t i;

	for (i = 0; i < HASH_LEN; i++) {
		cr_assert_eq(sscanf(text + 2 * i, "%2x", &byte), 1);
		key[i] = (uint8_t)byte;
	}
}

/* Reads a copy of the catalogue: looking would end what a crash has left. */
static void
read_committed(struct committed *all)
{
	struct object_answer answer;
	struct catalogue *c;
	uint8_t key[HASH_LEN];
	int64_t file, answered;
	char copy[300];
	int i;

	memset(all, 0, sizeof(*all) * FILMS);
	snprintf(copy, sizeof(copy), "%s/copy", s.dir.top);
	spooldir_copy_catalogue(&s.dir, copy);
	cr_assert_eq(catalogue_open(copy, SEGMENT, 0, &c), CATALOGUE_OK);
	cr_assert_eq(catalogue_check(c), CATALOGUE_OK, "%s",
	    catalogue_error(c));
	for (i = 0; i < FILMS; i++) {
		if (keys[i][0] == '\0')
			continue;
		parse_key(keys[i], key);
		if (catalogue_find(c, key, &file, &answer, &answered) !=
		    CATALOGUE_OK)
			continue;
		cr_assert_eq(answer.size, films[i].size);
		all[i].size = answer.size;
		cr_assert_eq(catalogue_segments(c, file, see, &all[i]),
		    CATALOGUE_OK);
	}
	catalogue_close(c);
}

/* ---- lives ---- */

static void
note_keys(void)
{
	json_t *all = exam_ctl_json(s.stage.reeld, "-j objects"), *object;
	char tail[80];
	size_t i;
	int n;

	json_array_foreach(all, i, object) {
		for (n = 0; n < FILMS; n++) {
			snprintf(tail, sizeof(tail), "%.63s?", films[n].path);
			if (strstr(exam_string(object, "url"), tail) != NULL)
				snprintf(keys[n], sizeof(keys[n]), "%s",
				    exam_string(object, "key"));
		}
	}
	json_decref(all);
}

static struct watch
watch_somewhere(void)
{
	const struct film *f = &films[spooldir_random(&seed, FILMS)];
	int64_t from = spooldir_random(&seed, 2) == 0 ? 0 :
	    (int64_t)spooldir_random(&seed, (uint64_t)f->size);

	return stage_watch(&s.stage, f, from, &(struct viewer_want){
	    .http = spooldir_random(&seed, 2) ? VIEWER_HTTP11 : VIEWER_H2C,
	    .timeout_ms = 20000 });
}

/* It serves, fills, saves, loads and evicts, and is killed.  Its viewers were
 * cut, but none of them has seen a wrong byte. */
static void
live_and_die(void)
{
	struct watch w[VIEWERS];
	struct viewer_result *res;
	int i;

	for (i = 0; i < VIEWERS; i++)
		w[i] = watch_somewhere();
	usleep((useconds_t)spooldir_random(&seed, LIVES_US));
	if (keys[0][0] == '\0' || spooldir_random(&seed, 4) == 0)
		note_keys();
	spoolstage_kill(&s);
	for (i = 0; i < VIEWERS; i++) {
		res = viewer_wait(&w[i].viewer);
		cr_assert_eq(res->wrong_at, -1, "wrong byte at %" PRId64,
		    res->wrong_at);
		cr_assert_leq((int64_t)res->bytes, w[i].expected);
		viewer_result_destroy(res);
	}
}

/* Of one film, all that was committed. */
static int
serves(const struct film *f, const struct committed *c)
{
	struct viewer_result *res;
	char range[64];
	int64_t begin, end;
	int i;

	for (i = 0; i < c->n; i++) {
		begin = (int64_t)c->numbers[i] * SEGMENT;
		end = begin + SEGMENT < f->size ? begin + SEGMENT : f->size;
		snprintf(range, sizeof(range), "%" PRId64 "-%" PRId64, begin,
		    end - 1);
		res = fetch(&(struct viewer_want){ .url = reeld_url(
		    s.stage.reeld, "%s?%s", f->path, f->query),
		    .range = range, .check = 1, .timeout_ms = 10000,
		    .seed = data_seed(f->path, 1),
		    .offset = (uint64_t)begin });
		cr_assert(res->status == 206 && res->wrong_at == -1 &&
		    (int64_t)res->bytes == end - begin, "%s %s: status %d, "
		    "%" PRIu64 " bytes, wrong at %" PRId64 ": %s", f->path,
		    range, res->status, res->bytes, res->wrong_at,
		    res->error);
		viewer_result_destroy(res);
	}
	return c->n;
}

static void
set_max(const char *max)
{
	memcpy(strstr(s.conf, "max = ") + strlen("max = "), max, strlen(max));
}

/* What was committed when it died is there in its next life, with the source
 * off; and nothing of it is bad.  That life has more room, so that nothing is
 * evicted before it was asked for. */
static int
serves_all(const struct committed *all)
{
	int i, n = 0;

	spoolstage_source(&s, 0);
	set_max("64M");
	spoolstage_start(&s);
	for (i = 0; i < FILMS; i++)
		n += serves(&films[i], &all[i]);
	cr_assert_eq(stage_counter(&s.stage, "spool_bad_segments_total"), 0);
	cr_assert_eq(stage_counter(&s.stage, "spool_evicted_bytes_total"), 0);
	spoolstage_stop(&s);
	spoolstage_fsck(&s);
	set_max("16M");
	spoolstage_source(&s, 1);
	return n;
}

Test(spool_kill, of_everything)
{
	static struct committed all[FILMS];
	int kills = stage_soak() ? 200 : 20, served = 0, i;
	char copy[300];

	snprintf(copy, sizeof(copy), "%s/copy", s.dir.top);
	cr_assert_eq(mkdir(copy, 0755), 0);
	for (i = 1; i <= kills; i++) {
		if (s.stage.reeld == NULL)
			spoolstage_start(&s);
		live_and_die();
		spoolstage_fsck(&s);
		if (i % LOOK_EACH != 0)
			continue;
		read_committed(all);
		served += serves_all(all);
	}
	fprintf(stderr, "%d kills; %d segments that were committed served "
	    "without the source\n", kills, served);
	cr_assert_gt(served, kills);
}

/* 1 when there was one that was not killed before. */
static int
kill_spooler(void)
{
	static pid_t last;
	pid_t pids[2];

	if (reeld_pids(s.stage.reeld, "spooler", pids, 2) != 1 ||
	    pids[0] == last)
		return 0;
	last = pids[0];
	return kill(last, SIGKILL) == 0;
}

/* The spooler alone, again and again: nobody else sees it. */
Test(spool_kill, of_the_spooler)
{
	int n = stage_soak() ? 8 : 3, i;	/* each is longer away */
	struct watch w[VIEWERS];
	int64_t sent;

	for (i = 0; i < VIEWERS; i++)
		w[i] = stage_watch(&s.stage, &films[i % FILMS], 0,
		    &(struct viewer_want){ .rate = MB });
	for (i = 0; i < n; i++) {
		usleep((useconds_t)spooldir_random(&seed, LIVES_US));
		cr_assert(AWAIT(kill_spooler(), 30000));
		s.stage.kills++;
	}
	watch_end_all(w, VIEWERS);
	for (i = 0, sent = 0; i < FILMS; i++)
		sent += stage_sent(&s.stage, &films[i]);
	fprintf(stderr, "%d kills of the spooler, %" PRId64 " bytes sent\n",
	    s.stage.kills, sent);
}

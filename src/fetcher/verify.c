/* SPDX-License-Identifier: ISC */
/* verify -- whether pieces are what their names commit to; fetcher */
#include "config.h"

#include <stdlib.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/commp.h"
#include "reeld/counter.h"
#include "reeld/log.h"
#include "reeld/spool.h"
#include "reeld/url.h"
#include "beam.h"
#include "verify.h"

#define BUDGET		1000		/* us of hashing per turn */
#define SLICE		(32u << 10)	/* bytes between looks at the clock */
#define LOOK		50		/* ms between looks while any pulls */
#define SEGMENTS_MAX	65536		/* of an object that is verified */

struct part {
	struct commp	*commp;		/* NULL: not hashed yet */
	int		 again;		/* written to since */
};

struct verify {
	struct piece	 piece;
	uint64_t	 size;
	uint32_t	 n, left;	/* parts; those to be hashed */
	uint32_t	 next;		/* where to look for one */
	int		 hope;		/* one of them may be in the arena */
	struct part	*parts;		/* one per segment */
};

/* The segment in hand. */
static struct {
	struct target	*target;	/* NULL: none */
	struct segment_ref segment;	/* pinned */
	uint32_t	 number, length, done;	/* bytes */
	struct commp	*commp;
} work;
static int64_t look_at;			/* ms: not before; 0: at once */

/* ---- begin and end ---- */

/* A piece of a known size, which can be found, of an origin that wants it. */
static int
is_wanted(const struct target *t, struct object_info *info)
{
	object_info(t->object, info);
	return target_is_content_addressed(t) && t->origin->verify &&
	    info->state == OBJECT_KNOWN && !info->past && !info->purged &&
	    info->size >= 0;
}

static struct verify *
create(const struct target *t, uint64_t size)
{
	uint32_t ss = arena_segment_size();
	struct verify *v;

	if (size / ss >= SEGMENTS_MAX)
		return NULL;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		fatal("no memory");
	v->size = size;
	v->n = v->left = (uint32_t)((size + ss - 1) / ss);
	v->parts = calloc(v->n + 1, sizeof(*v->parts));
	if (v->parts == NULL)
		fatal("no memory");
	if (beam_piece(t->url, &v->piece) == -1) {
		free(v->parts);
		free(v);
		return NULL;
	}
	v->hope = 1;
	return v;
}

static void
drop_work(void)
{
	if (work.target == NULL)
		return;
	segment_unpin(&work.segment);
	commp_destroy(work.commp);
	work.commp = NULL;
	work.target = NULL;
}

void
verify_forget(struct target *t)
{
	struct verify *v = t->verify;
	uint32_t i;

	if (v == NULL)
		return;
	if (work.target == t)
		drop_work();
	for (i = 0; i < v->n; i++)
		commp_destroy(v->parts[i].commp);
	free(v->parts);
	free(v);
	t->verify = NULL;
}

/* Begins where there is anything to verify; ends where there no longer is. */
static void
attend(struct target *t)
{
	struct object_info info;

	if (!is_wanted(t, &info)) {
		verify_forget(t);
	} else if (t->verify == NULL && info.verdict <= OBJECT_UNVERIFIED) {
		object_set_verdict(t->object, OBJECT_UNVERIFIED);
		t->verify = create(t, (uint64_t)info.size);
	}
}

/* ---- what pulls do ---- */

void
verify_writes(const struct pull *p, uint64_t begin, uint64_t end)
{
	uint32_t ss = arena_segment_size(), i;
	struct target *t = p->target;
	struct verify *v = t->verify;
	struct object_info info;

	if (!target_is_content_addressed(t) || begin >= end)
		return;
	t->gave |= UINT64_C(1) << p->source;
	object_info(t->object, &info);
	if (info.verdict == OBJECT_VERIFIED)
		object_set_verdict(t->object, OBJECT_UNVERIFIED);
	if (v == NULL)
		return;
	v->hope = 1;
	for (i = (uint32_t)(begin / ss); i < v->n && i <= (end - 1) / ss; i++)
		if (v->parts[i].commp != NULL && !v->parts[i].again) {
			v->parts[i].again = 1;
			v->left++;
		}
}

int
verify_is_busy(const struct target *t)
{
	struct object_info info;

	if (t->verify == NULL)
		return is_wanted(t, &info) && info.verdict == OBJECT_UNTOLD;
	return work.target == t || t->verify->hope;
}

/* ---- verdicts ---- */

static void
stop_pulls(const struct target *t)
{
	struct pull *p, *next;

	TAILQ_FOREACH_SAFE(p, &pulls, next, next)
		if (p->target == t)
			pull_stop(p);
}

/* Each source that gave any of it: others go first for a while. */
static void
blame_sources(const struct target *t)
{
	uint32_t i;

	for (i = 0; i < t->sources.n; i++)
		if ((t->gave >> i & 1) != 0)
			server_blame(t->sources.v[i].server, clock_ms(),
			    t->origin->cool_down);
}

/* Tells those who wait for the new object, as long as a failure is kept: where
 * there are but these sources, they would give the same again. */
static void
tell(const struct target *t, struct object_ref fresh)
{
	struct object_failure f = { .status = 502,
		.error = "http_protocol_error",
		.text = "the bytes of the source are not those of the piece" };
	int64_t size;

	if (sources_choose(&t->sources, t->gave, clock_ms()) == SOURCE_NONE &&
	    object_state(fresh, &size) == OBJECT_ASKING)
		object_fail(fresh, &f);
}

/* Who asks from now on gets a new object. */
static void
condemn(struct target *t)
{
	static struct log_limit limit = { .burst = 10 };
	char url[256];
	struct object_ref fresh;

	url_public(t->url, url, sizeof(url));
	if (log_allow(&limit))
		log_warn("%s: its bytes are not those of the piece: dropped",
		    log_vis(url));
	verify_forget(t);
	stop_pulls(t);
	blame_sources(t);
	if (object_renew(t->object, &fresh) == 0) {
		tell(t, fresh);
		object_unpin(&fresh);
	} else if (spool_purge(t->object) == -1) {
		log_warn("%s: cannot be dropped: %m", log_vis(url));
		return;
	}
	object_set_verdict(t->object, OBJECT_MISMATCH);
	counter_add(COUNTER_PIECES_BAD, 1);
}

/* All segments were hashed. */
static void
judge(struct target *t)
{
	struct verify *v = t->verify;
	struct commp *all = commp_create(0);
	int same = 1;
	uint32_t i;

	for (i = 0; i < v->n && same; i++)
		same = commp_append(all, v->parts[i].commp) == 0;
	same = same && commp_end(all) == v->size && piece_is(&v->piece, all);
	commp_destroy(all);
	if (!same) {
		condemn(t);
		return;
	}
	v->hope = 0;
	counter_add(COUNTER_PIECES_VERIFIED, 1);
	object_set_verdict(t->object, OBJECT_VERIFIED);
}

/* ---- hashing ---- */

/* The segment in hand was hashed: for the first time, or to see that it is
 * what it was. */
static void
finish(void)
{
	struct target *t = work.target;
	struct part *part = &t->verify->parts[work.number];
	int same = part->commp == NULL || commp_equal(part->commp, work.commp);
	struct object_info info;

	look_at = 0;
	if (!is_wanted(t, &info)) {
		verify_forget(t);
		return;
	}
	commp_destroy(part->commp);
	part->commp = work.commp;
	part->again = 0;
	work.commp = NULL;
	drop_work();
	if (!same)
		condemn(t);
	else if (--t->verify->left == 0)
		judge(t);
}

static int
is_covered(const struct coverage *c, uint64_t begin, uint64_t end)
{
	size_t i;

	for (i = 0; i < c->n && c->extents[i].begin <= begin; i++)
		if (end <= c->extents[i].end)
			return 1;
	return 0;
}

/* Takes segment `number` in hand if all of it is in the arena. */
static int
take(struct target *t, uint32_t number)
{
	struct verify *v = t->verify;
	uint64_t ss = arena_segment_size(), at = number * ss;
	uint64_t end = at + ss < v->size ? at + ss : v->size;
	uint32_t length = (uint32_t)(end - at);
	struct segment_ref seg;

	if ((v->parts[number].commp != NULL && !v->parts[number].again) ||
	    !is_covered(&t->coverage, at, end) ||
	    segment_find(t->object, number, &seg) == -1)
		return 0;
	if (segment_ready(seg, 0, length) < length) {
		segment_unpin(&seg);
		return 0;
	}
	work.target = t;
	work.segment = seg;
	work.number = number;
	work.length = length;
	work.done = 0;
	work.commp = commp_create(at);
	return 1;
}

static int
find_in(struct target *t)
{
	struct verify *v = t->verify;
	uint32_t i, number;

	for (i = 0; v->left > 0 && i < v->n; i++) {
		number = (v->next + i) % v->n;
		if (take(t, number)) {
			v->next = number + 1;
			return 1;
		}
	}
	/* What a pull or the spooler brought is in the picture of the turn
	 * that sees them, or the reader, gone. */
	if (t->pulls == 0 && t->readers == 0)
		v->hope = 0;
	return 0;
}

/* Whoever was served goes behind the others. */
static int
find_work(void)
{
	struct target *t, *next;

	TAILQ_FOREACH_SAFE(t, &targets, next, next) {
		attend(t);
		if (t->verify == NULL)
			continue;
		if (t->verify->n == 0 && t->verify->hope)
			judge(t);
		else if (find_in(t)) {
			TAILQ_REMOVE(&targets, t, next);
			TAILQ_INSERT_TAIL(&targets, t, next);
			return 1;
		}
	}
	return 0;
}

static void
hash(int64_t until)
{
	uint32_t n;

	do {
		n = work.length - work.done < SLICE ?
		    work.length - work.done : SLICE;
		commp_add(work.commp, segment_bytes(work.segment) + work.done,
		    n);
		work.done += n;
	} while (work.done < work.length && clock_us() < until);
}

/* While nothing is pulled, the next turn may be far. */
static int
may_look(int turned)
{
	int64_t now = clock_ms();

	if (look_at != 0 && (!turned || (now < look_at &&
	    !TAILQ_EMPTY(&pulls))))
		return 0;
	look_at = now + LOOK;
	return 1;
}

int
verify_turn(int turned)
{
	if (work.target == NULL && (!may_look(turned) || !find_work()))
		return 0;
	hash(clock_us() + BUDGET);
	if (work.done == work.length)
		finish();
	return 1;
}

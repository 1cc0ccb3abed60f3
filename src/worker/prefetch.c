/* SPDX-License-Identifier: ISC */
/* prefetch -- makes reeld have what nobody reads yet; worker */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <bsd/sys/queue.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/range.h"
#include "reeld/row.h"
#include "reeld/segment.h"
#include "reeld/spool.h"
#include "reeld/url.h"
#include "prefetch.h"
#include "worker.h"

struct prefetch {
	TAILQ_ENTRY(prefetch) next;
	uint8_t		 key[HASH_LEN];
	char		 origin[64], url[URL_MAX + 1];
	char		 range[64];	/* "bytes=0-99"; "": all of it */
	struct object_ref object;
	struct segment_ref segment;	/* that it waits for */
	int		 row;		/* -1: none */
	struct row_state state;
	int		 asking;	/* until the object is known, fresh */
	int64_t		 moved;		/* ms: something has come */
};

static TAILQ_HEAD(, prefetch) all = TAILQ_HEAD_INITIALIZER(all);
static unsigned count;

/* "prefetch of URL: text", without credentials. */
static void
note(const struct prefetch *p, const char *text)
{
	char url[URL_MAX + 1];

	url_public(p->url, url, sizeof(url));
	log_info("prefetch of %s: %s", log_vis(url), text);
}

static void
end(struct prefetch *p, const char *why)
{
	note(p, why);
	if (p->row != -1) {
		row_close(p->row);
		arena_ring_fetcher();
	}
	segment_unpin(&p->segment);
	object_unpin(&p->object);
	TAILQ_REMOVE(&all, p, next);
	count--;
	free(p);
}

/* What the row says: a reader who waits, but behind all others once the object
 * is known. */
static int
note_row(struct prefetch *p, uint64_t position, unsigned flags)
{
	p->state.object = p->object;
	p->state.position = position;
	p->state.flags = ROW_PREFETCH | flags;
	p->state.waiting = p->asking;
	p->state.since = clock_ms();
	if (p->row != -1)
		row_write(p->row, &p->state);
	else
		p->row = row_open(&p->state);
	return p->row == -1 ? -1 : 0;
}

/* ---- what the object is ---- */

/* Where to begin while nobody knows the size: a suffix needs it first. */
static void
wish(struct prefetch *p)
{
	struct range_wish w;

	range_first(p->range, strlen(p->range), &w);
	p->state.start = w.kind == RANGE_WISH_FROM ? w.first : 0;
	p->state.end = w.kind == RANGE_WISH_SUFFIX ? 1 : UINT64_MAX;
	if (w.kind == RANGE_WISH_FROM && w.last != RANGE_OPEN)
		p->state.end = w.last + 1;
}

/* Asks its source, and the catalogue before that. */
static int
ask(struct prefetch *p, unsigned flags)
{
	p->asking = 1;
	if (note_row(p, p->state.start, flags) == -1)
		return -1;
	spool_ring();
	arena_ring_fetcher();
	return 0;
}

static int
obtain(struct prefetch *p)
{
	struct object_ref past = p->object;
	struct object_info info;
	int created;

	wish(p);
	if (object_obtain(p->key, p->origin, p->url, &p->object,
	    &created) == -1) {
		p->object = past;
		return -1;
	}
	object_unpin(&past);
	object_touch(p->object);
	object_info(p->object, &info);
	p->state.answers = info.answers;
	return ask(p, 0);
}

/* The range, now that the size is known.  Without a spool no more of it than
 * half of the arena can be had at once.  NULL, or why not. */
static const char *
settle(struct prefetch *p, int64_t size)
{
	uint64_t most = arena_size() / 2;
	struct range r = { 0, size > 0 ? (uint64_t)size - 1 : 0 };
	size_t n = 0;

	if (size < 0)
		return "its size is not known";
	if (p->range[0] != '\0' && range_parse(p->range, strlen(p->range),
	    (uint64_t)size, &r, 1, &n) == RANGE_UNSATISFIABLE)
		return "the range is behind its end";
	p->asking = 0;
	p->state.start = r.first;
	p->state.end = size > 0 ? r.last + 1 : 0;
	if (!spool_saves() && p->state.end - p->state.start > most)
		p->state.end = p->state.start + most;
	return note_row(p, p->state.start, 0) == -1 ? "too many readers" :
	    NULL;
}

/* 1 when the object's answer is there, and new enough.  NULL or why it will
 * not be. */
static const char *
find_out(struct prefetch *p, int *known)
{
	struct object_info info;
	struct object_failure f;

	*known = 0;
	object_info(p->object, &info);
	if (info.pass)
		return "its source does not let it be kept";
	if (info.past || info.purged)
		return obtain(p) == -1 ? "no room for the object" : NULL;
	if (info.state == OBJECT_FAILED) {
		object_failure(p->object, &f);
		log_info("%s", log_vis(f.text));
		return "it cannot be had";
	}
	if (info.state == OBJECT_ASKING)
		return NULL;
	if (info.answers == p->state.answers &&
	    clock_wall() >= info.fresh.fresh_until) {
		if ((p->state.flags & ROW_CHECK) == 0 &&
		    ask(p, ROW_CHECK) == -1)
			return "too many readers";
		return NULL;
	}
	*known = 1;
	return settle(p, info.size);
}

/* ---- the walk ---- */

/* How far it is there from the position on: in memory, or a segment that is
 * whole on disk.  Which blocks another lacks shows when it was brought. */
static uint64_t
step(struct prefetch *p)
{
	uint32_t ss = arena_segment_size(), number, offset, n;
	uint64_t at = p->state.position;
	struct segment_ref seg;

	number = (uint32_t)(at / ss);
	offset = (uint32_t)(at % ss);
	if (spool_loads() && spool_is_away(p->object, number) &&
	    !spool_is_partial(p->object, number))
		return ss - offset;
	if (segment_find(p->object, number, &seg) == -1)
		return 0;
	n = segment_ready(seg, offset, ss - offset);
	segment_unpin(&seg);
	return n;
}

/* Announces, looks again: what is there is passed over. */
static void
walk(struct prefetch *p)
{
	uint64_t was = p->state.position, n;

	do {
		object_wait(p->object);
		if (p->segment.id != 0)
			segment_wait(p->segment);
		while (p->state.position < p->state.end &&
		    (n = step(p)) > 0) {
			segment_unpin(&p->segment);
			p->state.position += n;
		}
		if (p->segment.id != 0 ||
		    p->state.position >= p->state.end)
			break;
		if (segment_obtain(p->object, (uint32_t)(p->state.position /
		    arena_segment_size()), SEGMENT_EVICT_IDLE,
		    &p->segment) == -1) {
			arena_wait_room();
			break;
		}
	} while (1);
	if (p->state.position == was)
		return;
	p->moved = clock_ms();
	note_row(p, p->state.position, 0);
	arena_ring_fetcher();
}

static void
look(struct prefetch *p)
{
	struct object_info info;
	const char *why;
	int known;

	object_wait(p->object);
	if (p->asking) {
		if ((why = find_out(p, &known)) != NULL) {
			end(p, why);
			return;
		}
		if (!known)
			return;
		p->moved = clock_ms();
		arena_ring_fetcher();
	}
	walk(p);
	object_info(p->object, &info);
	if (p->state.position >= p->state.end)
		end(p, "done");
	else if (info.past || info.purged)
		end(p, "it has changed, or was purged");
	else if (object_broken(p->object, p->state.position, p->moved))
		end(p, "it cannot be had");
}

/* ---- all of them ---- */

int
prefetch_start(const struct aim *aim, const char *range, const char **why)
{
	struct prefetch *p;
	struct range_wish w;

	*why = "too many prefetches are under way";
	if (count == PREFETCH_MAX)
		return -1;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return -1;
	p->row = -1;
	memcpy(p->key, aim->key, sizeof(p->key));
	strlcpy(p->origin, aim->origin->name, sizeof(p->origin));
	strlcpy(p->url, aim->url, sizeof(p->url));
	p->moved = clock_ms();
	TAILQ_INSERT_TAIL(&all, p, next);
	count++;
	if (range != NULL)
		snprintf(p->range, sizeof(p->range), "bytes=%s", range);
	range_first(p->range, strlen(p->range), &w);
	*why = "this is no range like 0-99, 100- or -500";
	if (range != NULL && w.kind != RANGE_WISH_FROM &&
	    w.kind != RANGE_WISH_SUFFIX)
		goto undo_prefetch;
	*why = "no room for another reader or object";
	if (obtain(p) == -1)
		goto undo_prefetch;
	note(p, "begins");
	look(p);
	return 0;

undo_prefetch:
	end(p, *why);
	return -1;
}

void
prefetch_look_all(void)
{
	struct prefetch *p, *next;

	TAILQ_FOREACH_SAFE(p, &all, next, next)
		look(p);
}

void
prefetch_expire(int64_t now)
{
	struct prefetch *p, *next;

	TAILQ_FOREACH_SAFE(p, &all, next, next)
		if (now - p->moved >= worker.conf->wait_max)
			end(p, "nothing came for too long");
}

void
prefetch_end_all(void)
{
	struct prefetch *p, *next;

	TAILQ_FOREACH_SAFE(p, &all, next, next)
		end(p, "reeld stops");
}

/* SPDX-License-Identifier: ISC */
/* object_known -- what the source said of an object; every role */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/clock.h"
#include "reeld/object.h"
#include "bell.h"
#include "evict.h"
#include "fresh.h"
#include "layout.h"
#include "lock.h"
#include "record.h"
#include "shared.h"

const char *const object_verdict_names[] = {
	[OBJECT_UNTOLD] = NULL,
	[OBJECT_UNVERIFIED] = "unverified",
	[OBJECT_VERIFIED] = "verified",
	[OBJECT_MISMATCH] = "mismatch"
};

#define TRIES	8	/* of a torn read, then there is no text */

void
object_info(struct object_ref ref, struct object_info *info)
{
	struct object *o = &view.objects[ref.id];

	info->answers = LOAD(o->answers);	/* first: it said the rest */
	info->state = LOAD(o->state);
	info->past = (int)LOAD(o->past);
	info->purged = (int)LOAD(o->purged);
	info->pass = (int)LOAD(o->pass);
	info->size = LOAD(o->size);
	info->no_ranges = (int)LOAD(o->no_ranges);
	info->filling = (int)LOAD(o->filling);
	info->spilled = (int)LOAD(o->spilled);
	info->queued = LOAD(o->queued);
	info->verdict = LOAD(o->verdict);
	fresh_read(o, &info->fresh, NULL);
	info->answered = LOAD(o->answered);
	info->missed = LOAD(o->missed);
	info->last_use = LOAD(o->last_use);
	info->segments = LOAD(o->segments);
	info->generation = LOAD(o->generation);
	info->pulls = LOAD(o->pulls);
	memcpy(info->key, o->key, sizeof(info->key));
	memcpy(info->owner, o->owner, sizeof(info->owner));
}

enum object_state
object_state(struct object_ref ref, int64_t *size)
{
	struct object *o = &view.objects[ref.id];
	enum object_state state = LOAD(o->state);

	*size = LOAD(o->size);
	return state;
}

/* Copies the next of several NUL-terminated strings; returns what follows. */
static const char *
next_string(const char *text, const char *end, char *out, size_t len)
{
	size_t n = strnlen(text, (size_t)(end - text));

	if (len > n + 1)
		len = n + 1;
	strlcpy(out, text, len);
	return text + n < end ? text + n + 1 : end;
}

int
object_answer(struct object_ref ref, struct object_answer *a)
{
	struct object *o = &view.objects[ref.id];
	char text[512];
	const char *p = text, *end;
	uint32_t cells;

	if (LOAD(o->state) != OBJECT_KNOWN || (cells = LOAD(o->answer)) == 0)
		return -1;
	end = text + record_get_text(cells, text, sizeof(text) - 1);
	text[end - text] = '\0';
	p = next_string(p, end, a->etag, sizeof(a->etag));
	p = next_string(p, end, a->source_etag, sizeof(a->source_etag));
	next_string(p, end, a->type, sizeof(a->type));
	a->size = LOAD(o->size);
	a->answered = LOAD(o->answered);
	a->mtime = LOAD(o->mtime);
	fresh_read(o, &a->fresh, a->control);
	a->no_ranges = (int)LOAD(o->no_ranges);
	a->made_etag = (int)LOAD(o->made_etag);
	a->pass = (int)LOAD(o->pass);
	return 0;
}

/* The next failure gives the cells of this one away, perhaps while we copy:
 * then they are another's text. */
static size_t
failure_text(const struct object *o, char *text, size_t max)
{
	uint32_t cells;
	size_t n;
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		cells = LOAD(o->failure);
		n = record_get_text(cells, text, max);
		FENCE();
		if (LOAD(o->failure) == cells)
			return n;
	}
	return 0;
}

int
object_broken(struct object_ref ref, uint64_t position, int64_t since)
{
	struct object *o = &view.objects[ref.id];
	uint64_t block = view.head->block_size;
	int64_t when = LOAD(o->broken);

	if (when == 0 || when < since)
		return 0;
	/* Where there is but one request at a time, it was for all. */
	return LOAD(o->no_ranges) || LOAD(o->size) < 0 ||
	    LOAD(o->broken_at) / block == position / block;
}

void
object_failure(struct object_ref ref, struct object_failure *f)
{
	struct object *o = &view.objects[ref.id];
	char text[640];
	const char *p = text, *end;

	memset(f, 0, sizeof(*f));
	f->status = (int)LOAD(o->status);
	f->retry_after = (int)LOAD(o->retry_after);
	f->received = (int)LOAD(o->received);
	f->when = LOAD(o->broken);
	f->position = LOAD(o->broken_at);
	end = text + failure_text(o, text, sizeof(text) - 1);
	text[end - text] = '\0';
	p = next_string(p, end, f->error, sizeof(f->error));
	next_string(p, end, f->text, sizeof(f->text));
}

void
object_touch(struct object_ref ref)
{
	SET(view.objects[ref.id].last_use, clock_ms());
}

void
object_wait(struct object_ref ref)
{
	bell_wait(&view.objects[ref.id].waiters);
}

/* ---- what the fetcher says of it ---- */

/* It is never found again, so that it is its maker's alone. */
static int
lose_key(struct object *o)
{
	uint32_t stripe = LOAD(o->stripe), kept = SPOOL_KEPT;

	if (lock_stripe(stripe) == -1)
		return -1;
	SET(o->pass, 1);
	CAS(o->purged, &kept, SPOOL_PURGING);	/* keeps S2, S13 */
	unlock_stripe(stripe);
	spool_ring();
	return 0;
}

int
object_claim(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];
	uint32_t looked = LOOKED_NOT;

	if (CAS(o->looked, &looked, LOOKED_DONE) ||
	    (looked == LOOKED_DONE && LOAD(o->state) != OBJECT_KNOWN))
		return 0;
	errno = EEXIST;
	return -1;
}

int
object_known(struct object_ref ref, const struct object_answer *a)
{
	struct object *o = &view.objects[ref.id];
	uint32_t cells, looked = LOOKED_NOT;
	char text[512];
	int len;

	len = snprintf(text, sizeof(text), "%s%c%s%c%s", a->etag, '\0',
	    a->source_etag, '\0', a->type);
	if (len < 0 || (size_t)len >= sizeof(text)) {
		errno = ENOSPC;
		return -1;
	}
	/* Either the catalogue answers for it or its source, never both. */
	if (!CAS(o->looked, &looked, LOOKED_DONE) &&
	    looked == LOOKED_TELLING &&
	    LOAD(view.head->spooler) != view.slot) {
		errno = EEXIST;
		return -1;
	}
	/* One that a dead fetcher left before it said KNOWN is replaced. */
	if (LOAD(o->answer) == 0 || LOAD(o->state) != OBJECT_KNOWN) {
		while ((cells = record_put_text(text, (size_t)len + 1)) == 0)
			if (errno != ENOSPC || evict_object() == -1)
				return -1;
		if (record_keep_text(&o->answer, cells) == -1)
			return -1;
	}
	if (a->pass && lose_key(o) == -1)
		return -1;
	SET(o->mtime, a->mtime);
	SET(o->no_ranges, (uint32_t)a->no_ranges);
	SET(o->made_etag, (uint32_t)a->made_etag);
	fresh_write(o, &a->fresh, a->control);
	SET(o->answered, a->answered != 0 ? a->answered : clock_wall());
	SET(o->missed, 0);
	if (a->answered == 0)		/* not of the catalogue */
		SET(o->answers, o->answers + 1);
	if (a->size >= 0)
		SET(o->size, a->size);
	SET(o->state, OBJECT_KNOWN);
	bell_ring(&o->waiters);
	return 0;
}

void
object_sized(struct object_ref ref, int64_t size)
{
	struct object *o = &view.objects[ref.id];

	SET(o->size, size);
	bell_ring(&o->waiters);
}

void
object_fresh(struct object_ref ref, const struct freshness *f,
    const char *control)
{
	struct object *o = &view.objects[ref.id];

	fresh_write(o, f, control);
	SET(o->answered, clock_wall());
	SET(o->missed, 0);
	SET(o->answers, o->answers + 1);
	bell_ring(&o->waiters);
}

void
object_set_filling(struct object_ref ref, int filling)
{
	SET(view.objects[ref.id].filling, (uint32_t)filling);
}

void
object_set_home(struct object_ref ref, uint32_t mark)
{
	SET(view.objects[ref.id].home, mark);
}

uint32_t
object_home(struct object_ref ref)
{
	return LOAD(view.objects[ref.id].home);
}

void
object_set_queued(struct object_ref ref, unsigned place)
{
	if (LOAD(view.objects[ref.id].queued) != place)
		SET(view.objects[ref.id].queued, place);
}

void
object_set_verdict(struct object_ref ref, enum object_verdict verdict)
{
	SET(view.objects[ref.id].verdict, (uint32_t)verdict);
}

static void
keep_failure(struct object *o, const struct object_failure *f)
{
	uint32_t cells;
	char text[640];
	int len;

	len = snprintf(text, sizeof(text), "%s%c%s", f->error, '\0', f->text);
	if (len > 0 && (size_t)len < sizeof(text) &&
	    (cells = record_put_text(text, (size_t)len + 1)) != 0)
		record_keep_text(&o->failure, cells);
	SET(o->status, (uint32_t)f->status);
	SET(o->retry_after, (uint32_t)f->retry_after);
	SET(o->received, (uint32_t)f->received);
}

void
object_missed(struct object_ref ref, const struct object_failure *f)
{
	struct object *o = &view.objects[ref.id];

	keep_failure(o, f);
	SET(o->missed, clock_ms());
	SET(o->answers, o->answers + 1);
	bell_ring(&o->waiters);
}

void
object_fail(struct object_ref ref, const struct object_failure *f)
{
	struct object *o = &view.objects[ref.id];
	uint32_t asking = OBJECT_ASKING;

	keep_failure(o, f);
	SET(o->broken_at, f->position);
	SET(o->broken, clock_ms());
	/* Not if the spooler has said meanwhile what the catalogue knows. */
	CAS(o->state, &asking, OBJECT_FAILED);
	bell_ring(&o->waiters);
}

uint32_t
object_new_pull(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];
	uint32_t number = o->pulls;

	SET(o->pulls, number + 1);
	return number;
}

void
object_own(struct object_ref ref, uint32_t pull, uint64_t begin, uint64_t end)
{
	struct object *o = &view.objects[ref.id];
	uint64_t size = (uint64_t)LOAD(o->size), first, last, i;

	if (LOAD(o->size) <= 0 || begin >= end || begin >= size)
		return;
	if (end > size)
		end = size;
	first = (uint64_t)((unsigned __int128)begin * OBJECT_CELLS / size);
	last = (uint64_t)((unsigned __int128)(end - 1) * OBJECT_CELLS / size);
	for (i = first; i <= last && i < OBJECT_CELLS; i++)
		SET(o->owner[i], (uint8_t)(pull < 36 ? pull : 36));
}

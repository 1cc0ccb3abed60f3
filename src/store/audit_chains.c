/* SPDX-License-Identifier: ISC */
/* audit_chains -- S1 to S4, S9 to S14: what each stripe says; worker, tests */
#include "config.h"

#include <string.h>

#include "audit_part.h"
#include "index.h"
#include "layout.h"
#include "lock.h"
#include "saved.h"
#include "shared.h"

static uint32_t
next_object(uint32_t id)
{
	return view.objects[id].next;
}

static uint32_t
next_segment(uint32_t id)
{
	return view.segments[id].next;
}

/* 1 when a chain can be walked: it ends, and its ids are ids. */
static int
is_sound(uint32_t id, uint32_t most, uint32_t (*next)(uint32_t))
{
	uint32_t steps = 0;

	for (; id != 0; id = next(id))
		if (id > most || steps++ > most)
			return 0;
	return 1;
}

/* Reads the record first, see S1. */
static int
is_member(const uint32_t *record, const uint32_t *of, uint32_t stripe)
{
	return LOAD(*record) == RECORD_LINKED && LOAD(*of) == stripe;
}

static int
is_on_disk(const struct object *o)
{
	unsigned i;

	for (i = 0; i < DISK_WORDS; i++)
		if (LOAD(o->disk[i]) != 0)
			return 1;
	return 0;
}

/* Who restores an object holds no lock: TELLING is set before its file, and the
 * state, or the file's going, before TELLING ends. */
static void
check_file(struct audit *a, uint32_t id)
{
	const struct object *o = &view.objects[id];
	unsigned i;

	if (is_on_disk(o) && LOAD(o->file) == 0 && is_on_disk(o))
		audit_bad(a, "S11 object %u is on disk without a file", id);
	if (LOAD(o->file) != 0 && LOAD(o->looked) != LOOKED_TELLING &&
	    LOAD(o->file) != 0 && LOAD(o->state) == OBJECT_ASKING)
		audit_bad(a, "S11 object %u has a file and is asking", id);
	for (i = 0; i < DISK_WORDS; i++)
		if ((o->partial[i] & ~LOAD(o->disk[i])) != 0) {
			audit_bad(a, "S14 object %u: partial, not on disk",
			    id);
			break;
		}
}

/* What makes a verdict right is said before it. */
static void
check_verdict(struct audit *a, uint32_t id)
{
	const struct object *o = &view.objects[id];
	uint32_t verdict = LOAD(o->verdict);

	if (verdict != OBJECT_UNTOLD && LOAD(o->state) != OBJECT_KNOWN)
		audit_bad(a, "S12 object %u has a verdict and is not known",
		    id);
	if (verdict == OBJECT_MISMATCH && !LOAD(o->past) && !LOAD(o->purged))
		audit_bad(a, "S12 object %u is a mismatch and can be found",
		    id);
}

static void
check_object(struct audit *a, uint32_t id, uint32_t stripe,
    const uint32_t *bucket)
{
	struct object *o = &view.objects[id], *p;
	uint32_t other;

	if (!is_member(&o->record, &o->stripe, stripe) ||
	    index_stripe(o->key) != stripe || index_object_bucket(o) != bucket)
		audit_bad(a, "S1 object %u is in the wrong chain", id);
	if (o->pass && LOAD(o->state) == OBJECT_KNOWN && !o->purged)
		audit_bad(a, "S13 object %u is to pass, and has a key", id);
	check_file(a, id);
	check_verdict(a, id);
	for (other = o->next; other != 0; other = p->next) {
		p = &view.objects[other];
		if (!o->past && !p->past && !o->purged && !p->purged &&
		    memcmp(o->key, p->key, HASH_LEN) == 0)
			audit_bad(a, "S2 objects %u and %u have one key", id,
			    other);
	}
}

static void
check_object_chains(struct audit *a, uint32_t stripe)
{
	uint32_t id, *bucket, fresh = LOAD(view.head->object_fresh);
	unsigned i;

	memset(a->seen, 0, view.head->nobjects + 1ULL);
	for (i = 0; i < OBJECT_BUCKETS; i++) {
		bucket = &view.stripes[stripe].objects[i];
		if (!is_sound(*bucket, view.head->nobjects, next_object)) {
			audit_bad(a, "S1 stripe %u: object chain %u is broken",
			    stripe, i);
			continue;
		}
		for (id = *bucket; id != 0; id = next_object(id)) {
			a->seen[id] = 1;
			check_object(a, id, stripe, bucket);
		}
	}
	for (id = 1; id < fresh; id++)
		if (is_member(&view.objects[id].record,
		    &view.objects[id].stripe, stripe) && !a->seen[id])
			audit_bad(a, "S1 object %u is in no chain", id);
}

static void
check_saved(struct audit *a, uint32_t id)
{
	const struct segment *s = &view.segments[id];
	unsigned i;

	for (i = 0; i < HAVE_WORDS; i++)
		if ((s->saved[i] & ~LOAD(s->have[i])) != 0) {
			audit_bad(a, "S9 segment %u: saved and not there", id);
			break;
		}
	if (!saved_is_none(s) &&
	    !saved_on_disk(&view.objects[s->object], s->number))
		audit_bad(a, "S10 segment %u: saved, its object does not know",
		    id);
}

static void
check_segment(struct audit *a, uint32_t id, uint32_t stripe,
    const uint32_t *bucket)
{
	struct segment *s = &view.segments[id], *t;
	struct object *o;
	uint32_t other;

	if (!is_member(&s->record, &s->stripe, stripe) ||
	    index_segment_bucket(s) != bucket)
		audit_bad(a, "S3 segment %u is in the wrong chain", id);
	if (s->object == 0 || s->object > view.head->nobjects) {
		audit_bad(a, "S3 segment %u has no object", id);
		return;
	}
	o = &view.objects[s->object];
	a->count[s->object]++;
	if (!is_member(&o->record, &o->stripe, stripe) ||
	    o->gen != s->object_gen)
		audit_bad(a, "S3 segment %u has no object", id);
	check_saved(a, id);
	for (other = s->next; other != 0; other = t->next) {
		t = &view.segments[other];
		if (t->object == s->object && t->number == s->number)
			audit_bad(a, "S3 segments %u and %u are one", id,
			    other);
	}
}

static void
check_segment_chains(struct audit *a, uint32_t stripe)
{
	uint32_t id, *bucket, fresh = LOAD(view.head->segment_fresh);
	unsigned i;

	/* An object of the stripe before may have become one of this. */
	memset(a->count, 0, (view.head->nobjects + 1ULL) * sizeof(*a->count));
	memset(a->seen, 0, view.head->nsegments + 1ULL);
	for (i = 0; i < SEGMENT_BUCKETS; i++) {
		bucket = &view.stripes[stripe].segments[i];
		if (!is_sound(*bucket, view.head->nsegments, next_segment)) {
			audit_bad(a, "S3 stripe %u: segment chain %u is broken",
			    stripe, i);
			continue;
		}
		for (id = *bucket; id != 0; id = next_segment(id)) {
			a->seen[id] = 1;
			check_segment(a, id, stripe, bucket);
		}
	}
	for (id = 1; id < fresh; id++)
		if (is_member(&view.segments[id].record,
		    &view.segments[id].stripe, stripe) && !a->seen[id])
			audit_bad(a, "S3 segment %u is in no chain", id);
}

static void
check_counts(struct audit *a, uint32_t stripe)
{
	struct object *o;
	uint32_t id, fresh = LOAD(view.head->object_fresh);

	for (id = 1; id < fresh; id++) {
		o = &view.objects[id];
		if (is_member(&o->record, &o->stripe, stripe) &&
		    o->segments != a->count[id])
			audit_bad(a, "S4 object %u: %u segments counted, "
			    "%u linked", id, o->segments, a->count[id]);
	}
}

void
audit_chains(struct audit *a)
{
	uint32_t i;

	for (i = 0; i < STRIPES; i++) {
		if (lock_stripe(i) == -1) {
			audit_bad(a, "stripe %u cannot be had", i);
			return;
		}
		check_object_chains(a, i);
		check_segment_chains(a, i);
		check_counts(a, i);
		unlock_stripe(i);
	}
}

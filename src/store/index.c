/* SPDX-License-Identifier: ISC */
/* index -- chains of objects and segments; worker, fetcher */
#include "config.h"

#include <string.h>

#include "index.h"
#include "shared.h"

uint32_t
index_stripe(const uint8_t key[HASH_LEN])
{
	return key[0] % STRIPES;
}

uint32_t *
index_object_bucket(const struct object *o)
{
	return &view.stripes[o->stripe].objects[o->key[1] % OBJECT_BUCKETS];
}

static uint32_t *
segment_bucket(uint32_t stripe, uint32_t object, uint32_t number)
{
	return &view.stripes[stripe].segments[
	    hash_mix((uint64_t)object << 32 | number) % SEGMENT_BUCKETS];
}

uint32_t *
index_segment_bucket(const struct segment *s)
{
	return segment_bucket(s->stripe, s->object, s->number);
}

uint32_t
index_find_object(uint32_t stripe, const uint8_t key[HASH_LEN])
{
	uint32_t id;

	id = view.stripes[stripe].objects[key[1] % OBJECT_BUCKETS];
	for (; id != 0; id = view.objects[id].next)
		if (!view.objects[id].past && !view.objects[id].purged &&
		    memcmp(view.objects[id].key, key, HASH_LEN) == 0)
			break;
	return id;
}

uint32_t
index_find_segment(uint32_t stripe, struct object_ref ref, uint32_t number)
{
	struct segment *s;
	uint32_t id;

	id = *segment_bucket(stripe, ref.id, number);
	for (; id != 0; id = s->next) {
		s = &view.segments[id];
		if (s->object == ref.id && s->number == number &&
		    s->object_gen == ref.gen)
			break;
	}
	return id;
}

static uint32_t
me(void)
{
	return HOLDER(view.slot, view.life);
}

/* The record is the commit: a cut before it loses only what is held, a cut
 * after it leaves the chain to repair_stripe(). */
void
index_link_object(uint32_t id)
{
	struct object *o = &view.objects[id];
	uint32_t *bucket;

	SET(o->stripe, index_stripe(o->key));
	bucket = index_object_bucket(o);
	SET(o->record, RECORD_LINKED);
	SET(o->next, *bucket);
	SET(*bucket, id);
}

void
index_link_segment(uint32_t id)
{
	struct segment *s = &view.segments[id];
	uint32_t *bucket;

	SET(s->stripe, view.objects[s->object].stripe);
	bucket = index_segment_bucket(s);
	SET(s->record, RECORD_LINKED);
	SET(s->next, *bucket);
	SET(*bucket, id);
	SET(view.objects[s->object].segments,
	    view.objects[s->object].segments + 1);	/* keeps S4 */
}

void
index_unlink_object(uint32_t id)
{
	struct object *o = &view.objects[id];
	uint32_t *at = index_object_bucket(o);

	SET(o->holder, me());
	SET(o->record, RECORD_HELD);
	while (*at != id)
		at = &view.objects[*at].next;
	SET(*at, o->next);
}

void
index_unlink_segment(uint32_t id)
{
	struct segment *s = &view.segments[id];
	uint32_t *at = index_segment_bucket(s);

	SET(s->holder, me());
	SET(s->record, RECORD_HELD);
	while (*at != id)
		at = &view.segments[*at].next;
	SET(*at, s->next);
	SET(view.objects[s->object].segments,
	    view.objects[s->object].segments - 1);	/* keeps S4 */
}

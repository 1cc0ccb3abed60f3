/* SPDX-License-Identifier: ISC */
/* object -- one stored representation, found by its key; worker, fetcher */
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
#include "index.h"
#include "lock.h"
#include "pin.h"
#include "record.h"
#include "shared.h"

/* Origin, URL and fields, each with its NUL. */
#define ADDRESS_MAX	(64 + OBJECT_TEXT + OBJECT_FIELDS)

static struct object_ref
ref_of(uint32_t id)
{
	struct object_ref ref = { id, view.objects[id].gen };

	return ref;
}

/* Under the stripe.  Finds and pins what may still be used: a failure is for
 * those who joined it, who comes later asks again.  A pin on what may not is
 * in `past`, for the caller to give back when the stripe is free. */
static int
find_locked(uint32_t stripe, const uint8_t *key, struct object_ref *ref,
    struct object_ref *past)
{
	uint32_t id = index_find_object(stripe, key);

	past->id = 0;
	if (id == 0)
		return 0;
	pin_object(id);
	if (!evict_is_stale(&view.objects[id])) {
		*ref = ref_of(id);
		return 1;
	}
	SET(view.objects[id].past, 1);
	*past = ref_of(id);
	return 0;
}

int
object_find(const uint8_t key[HASH_LEN], struct object_ref *ref)
{
	uint32_t stripe = index_stripe(key);
	struct object_ref past;
	int found;

	if (lock_stripe(stripe) == -1)
		return -1;
	found = find_locked(stripe, key, ref, &past);
	unlock_stripe(stripe);
	object_unpin(&past);
	if (!found)
		errno = ENOENT;
	return found ? 0 : -1;
}

/* Fills in a HELD record.  Its generation number in `generation`. */
static void
prepare(uint32_t id, const uint8_t *key, uint32_t generation)
{
	static const struct freshness none;
	struct object *o = &view.objects[id];
	unsigned i;

	SET(o->state, OBJECT_ASKING);
	SET(o->past, 0);
	SET(o->segments, 0);
	SET(o->waiters, 0);
	SET(o->size, -1);
	/* Another generation than the catalogue's: its source was asked. */
	SET(o->looked, generation > 1 ? LOOKED_DONE : LOOKED_NOT);
	SET(o->purged, SPOOL_KEPT);
	SET(o->no_ranges, 0);
	SET(o->made_etag, 0);
	SET(o->filling, 0);
	SET(o->home, 0);
	SET(o->spilled, 0);
	SET(o->queued, 0);
	SET(o->verdict, OBJECT_UNTOLD);
	SET(o->generation, generation);
	SET(o->pulls, 0);
	SET(o->status, 0);
	SET(o->retry_after, 0);
	SET(o->received, 0);
	SET(o->mtime, -1);
	SET(o->pass, 0);
	fresh_write(o, &none, "");
	SET(o->answered, 0);
	SET(o->missed, 0);
	SET(o->answers, 0);
	SET(o->last_use, clock_ms());
	SET(o->broken, 0);
	SET(o->broken_at, 0);
	SET(o->file, 0);
	COPY(o->key, key, HASH_LEN);
	for (i = 0; i < OBJECT_CELLS; i++)
		SET(o->owner[i], OBJECT_NOBODY);
	for (i = 0; i < EVICTED_WORDS; i++)
		SET(o->evicted[i], 0);
	for (i = 0; i < DISK_WORDS; i++) {
		SET(o->disk[i], 0);
		SET(o->partial[i], 0);
	}
	SET(o->lacks, 0);
}

/* A held object record with its address; 0 with errno. */
static uint32_t
make(const uint8_t *key, const char *address, size_t len, uint32_t generation)
{
	uint32_t id, text;

	while ((id = record_take_object()) == 0)
		if (errno != ENOSPC || evict_object() == -1)
			return 0;
	while ((text = record_put_text(address, len)) == 0) {
		if (errno != ENOSPC || evict_object() == -1) {
			record_give_object(id);
			return 0;
		}
	}
	if (record_keep_text(&view.objects[id].address, text) == -1)
		return 0;
	prepare(id, key, generation);
	return id;
}

/* Links what make() made, unless somebody was faster: then `ref` is theirs. */
static int
insert(uint32_t id, struct object_ref *ref, int *created)
{
	const uint8_t *key = view.objects[id].key;
	uint32_t stripe = index_stripe(key);
	struct object_ref past;

	if (lock_stripe(stripe) == -1)
		return -1;
	*created = !find_locked(stripe, key, ref, &past);
	if (*created) {
		index_link_object(id);		/* keeps S1, S2 */
		pin_object(id);
		*ref = ref_of(id);
	}
	unlock_stripe(stripe);
	object_unpin(&past);
	if (!*created)
		record_give_object(id);
	return 0;
}

int
object_obtain_for(const uint8_t key[HASH_LEN], const char *origin,
    const char *url, const char *fields, struct object_ref *ref, int *created)
{
	char address[ADDRESS_MAX];
	uint32_t id;
	int len;

	*created = 0;
	if (object_find(key, ref) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	len = snprintf(address, sizeof(address), "%s%c%s%c%s", origin, '\0',
	    url, '\0', fields);
	if (len < 0 || (size_t)len >= sizeof(address) ||
	    strlen(url) >= OBJECT_TEXT || strlen(fields) >= OBJECT_FIELDS) {
		errno = ENOSPC;
		return -1;
	}
	if ((id = make(key, address, (size_t)len + 1, 1)) == 0)
		return -1;
	return insert(id, ref, created);
}

int
object_obtain(const uint8_t key[HASH_LEN], const char *origin, const char *url,
    struct object_ref *ref, int *created)
{
	return object_obtain_for(key, origin, url, "", ref, created);
}

/* The n-th text of an object's address. */
static void
address_part(struct object_ref ref, unsigned n, char *out, size_t len)
{
	char text[ADDRESS_MAX + 1];
	size_t got = record_get_text(view.objects[ref.id].address, text,
	    ADDRESS_MAX);
	const char *p = text, *end = text + got;

	text[got] = '\0';
	while (n-- > 0 && p < end)
		p += strlen(p) + 1;
	strlcpy(out, p < end ? p : "", len);
}

void
object_url(struct object_ref ref, char *origin, char *url)
{
	address_part(ref, 0, origin, 64);
	address_part(ref, 1, url, OBJECT_TEXT);
}

void
object_fields(struct object_ref ref, char fields[OBJECT_FIELDS])
{
	address_part(ref, 2, fields, OBJECT_FIELDS);
}

int
object_pin(struct object_ref ref)
{
	struct object *o = &view.objects[ref.id];
	uint32_t stripe;
	int same;

	if (ref.id == 0 || ref.id > view.head->nobjects ||
	    (stripe = LOAD(o->stripe)) >= STRIPES) {
		errno = ESTALE;
		return -1;
	}
	if (lock_stripe(stripe) == -1)
		return -1;
	same = o->record == RECORD_LINKED && o->gen == ref.gen &&
	    o->stripe == stripe;
	if (same)
		pin_object(ref.id);
	unlock_stripe(stripe);
	if (!same)
		errno = ESTALE;
	return same ? 0 : -1;
}

void
object_unpin(struct object_ref *ref)
{
	if (ref->id == 0)
		return;
	if (unpin_object(ref->id))
		evict_if_done(*ref);
	ref->id = 0;
}

int
object_renew(struct object_ref old, struct object_ref *fresh)
{
	struct object *o = &view.objects[old.id];
	char text[ADDRESS_MAX];
	uint32_t id;
	size_t len;
	int created;

	len = record_get_text(o->address, text, sizeof(text));
	if ((id = make(o->key, text, len, o->generation + 1)) == 0)
		return -1;
	if (lock_stripe(o->stripe) == -1)
		return -1;
	SET(o->past, 1);			/* keeps S2 */
	unlock_stripe(o->stripe);
	if (insert(id, fresh, &created) == -1)
		return -1;
	if (created)
		counter_add(COUNTER_GENERATIONS, 1);
	bell_ring(&o->waiters);
	if (LOAD(o->file) != 0)
		spool_ring();		/* it is to go */
	return 0;
}

void
object_each(int (*see)(void *, struct object_ref), void *arg)
{
	struct object_ref ref;
	struct object *o;
	uint32_t id;
	int stop;

	for (id = 1; id < LOAD(view.head->object_fresh); id++) {
		o = &view.objects[id];
		ref.id = id;
		ref.gen = LOAD(o->gen);
		if (LOAD(o->record) != RECORD_LINKED || object_pin(ref) == -1)
			continue;
		stop = see(arg, ref);
		object_unpin(&ref);
		if (stop)
			break;
	}
}

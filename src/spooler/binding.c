/* SPDX-License-Identifier: ISC */
/* binding -- which file of the spool an object of the arena has; spooler */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "reeld/arena.h"
#include "reeld/log.h"
#include "reeld/slot.h"
#include "batch.h"
#include "binding.h"
#include "health.h"
#include "load.h"
#include "part.h"
#include "save.h"

#define PURGED	16	/* files that go at a time */

/* ---- one object ---- */

/* 1 when both tell of the same generation. */
static int
same_generation(const struct object_answer *a, const struct object_answer *b)
{
	return a->size == b->size && a->mtime == b->mtime &&
	    a->made_etag == b->made_etag && strcmp(a->etag, b->etag) == 0 &&
	    strcmp(a->source_etag, b->source_etag) == 0;
}

/* The file that the catalogue has of this object, as it is known now: OK, or
 * NONE where the one of its key is of another generation. */
static enum catalogue_result
find(struct disk *d, struct object_ref object, int64_t *file)
{
	struct object_answer known, stored;
	struct object_info info;
	enum catalogue_result result;
	int64_t answered;

	object_info(object, &info);
	if (object_answer(object, &known) == -1)
		return CATALOGUE_NONE;
	result = catalogue_find(d->catalogue, info.key, file, &stored,
	    &answered);
	if (result == CATALOGUE_OK && !same_generation(&known, &stored))
		return CATALOGUE_NONE;
	return result;
}

/* What is on disk of an object of `size` bytes, seen row by row. */
struct marking {
	int64_t		 size;
	struct spool_marks *marks;
	struct object_ref marked;	/* it, if it has its marks; id 0 */
};

/* A row whose segment has no mark is about to be dropped. */
static void
note(void *arg, const struct catalogue_segment *s)
{
	const struct marking *m = arg;
	uint32_t length = part_length(m->size, s->number);
	uint64_t bit = 1ULL << s->number % 64;

	if (m->marked.id != 0 && !spool_has(m->marked, s->number))
		return;
	m->marks->on_disk[s->number / 64] |= bit;
	if (s->bytes >= length)
		return;
	m->marks->partial[s->number / 64] |= bit;
	m->marks->lacks += length - s->bytes;
}

enum catalogue_result
binding_marks(struct disk *d, int64_t file, int64_t size,
    struct spool_marks *marks)
{
	struct marking m = { .size = size, .marks = marks };

	memset(marks, 0, sizeof(*marks));
	return catalogue_segments(d->catalogue, file, note, &m);
}

void
binding_count(struct disk *d, struct object_ref object)
{
	struct spool_marks marks = { .lacks = 0 };
	struct marking m = { .marks = &marks, .marked = object };
	int64_t file = spool_bound(object);
	struct object_info info;

	if (file == 0)
		return;
	object_info(object, &info);
	m.size = info.size;
	if (health_check(d->catalogue, catalogue_segments(d->catalogue, file,
	    note, &m)) == 0)
		spool_set_partial(object, marks.partial, marks.lacks);
}

void
binding_mark_off(struct disk *d, struct object_ref object, uint32_t number)
{
	int partial = spool_is_partial(object, number);

	spool_mark(object, number, 0);
	if (partial)
		binding_count(d, object);
}

/* The source told first what the catalogue knew as well. */
static int
adopt(struct disk *d, struct object_ref object, int64_t file)
{
	struct spool_marks marks;
	uint32_t i;

	if (health_check(d->catalogue, binding_marks(d, file, 0, &marks)) ==
	    -1)
		return -1;
	spool_bind(object, file);
	for (i = 0; i < SPOOL_SEGMENTS; i++)
		if ((marks.on_disk[i / 64] >> i % 64 & 1) != 0)
			spool_mark(object, i, 1);
	binding_count(d, object);
	return 0;
}

/* A file is there before anything of it is saved, in no batch: its number
 * must not be given twice. */
static int
insert(struct disk *d, struct object_ref object, int64_t *file)
{
	char origin[64], *url;
	struct object_answer answer;
	struct object_info info;
	enum catalogue_result result;
	int64_t old = 0;

	if (batch_commit(d) == -1 || object_answer(object, &answer) == -1 ||
	    (url = malloc(OBJECT_TEXT)) == NULL)
		return -1;
	object_info(object, &info);
	object_url(object, origin, url);
	result = catalogue_insert(d->catalogue, info.key, origin, url,
	    &answer, info.answered, file, &old);
	free(url);
	if (health_check(d->catalogue, result) == -1)
		return -1;
	if (old != 0) {
		data_remove(d->data, old);
		binding_forget(&old, 1);
	}
	/* what a crash may have left under that number */
	data_remove(d->data, *file);
	spool_bind(object, *file);
	return 0;
}

static int
purge_all(struct disk *d)
{
	struct object_ref object;
	int done = 0;

	while (done == 0 && spool_next_purged(&object) == 0) {
		done = binding_purge(d, object);
		object_unpin(&object);
	}
	return done;
}

int
binding_obtain(struct disk *d, struct object_ref object, int64_t *file)
{
	enum catalogue_result result;

	if ((*file = spool_bound(object)) != 0)
		return 0;
	/* What is purged must not be adopted. */
	if (purge_all(d) == -1)
		return -1;
	result = find(d, object, file);
	if (health_check(d->catalogue, result) == -1)
		return -1;
	if (result == CATALOGUE_OK)
		return adopt(d, object, *file);
	return insert(d, object, file);
}

/* ---- all objects ---- */

struct sight {
	struct disk	*disk;
	const int64_t	*files;
	const struct catalogue_segment *segments;
	size_t		 n;
	int64_t		 since;
	int		 failed;
};

/* Makes the marks of an object as the catalogue has it. */
static enum catalogue_result
compare_marks(struct sight *sight, struct object_ref object, int64_t file)
{
	struct spool_marks marks;
	enum catalogue_result result;
	uint32_t i;
	int there;

	result = binding_marks(sight->disk, file, 0, &marks);
	for (i = 0; i < SPOOL_SEGMENTS && result == CATALOGUE_OK; i++) {
		there = (marks.on_disk[i / 64] >> i % 64 & 1) != 0;
		if (there != spool_has(object, i))
			spool_mark(object, i, there);
	}
	if (result == CATALOGUE_OK)
		binding_count(sight->disk, object);
	return result;
}

static int
check(void *arg, struct object_ref object)
{
	struct sight *sight = arg;
	enum catalogue_result result;
	int64_t bound = spool_bound(object), file;

	slot_beat();
	if (bound == 0)
		return 0;
	result = find(sight->disk, object, &file);
	if (result == CATALOGUE_OK && file == bound)
		result = compare_marks(sight, object, file);
	else
		spool_forget(object);
	if (health_check(sight->disk->catalogue, result) == -1)
		sight->failed = -1;
	return sight->failed;
}

int
binding_check_all(struct disk *d)
{
	struct sight sight = { .disk = d };

	object_each(check, &sight);
	return sight.failed;
}

static int
forget_if_named(void *arg, struct object_ref object)
{
	const struct sight *sight = arg;
	int64_t bound = spool_bound(object);
	size_t i;

	for (i = 0; i < sight->n && bound != 0; i++)
		if (sight->files[i] == bound) {
			spool_forget(object);
			break;
		}
	return 0;
}

void
binding_forget(const int64_t *files, size_t n)
{
	struct sight sight = { .files = files, .n = n };

	object_each(forget_if_named, &sight);
}

static int
unmark_if_named(void *arg, struct object_ref object)
{
	const struct sight *sight = arg;
	int64_t bound = spool_bound(object);
	int partial = 0;
	size_t i;

	for (i = 0; i < sight->n && bound != 0; i++) {
		if (sight->segments[i].file != bound)
			continue;
		partial |= spool_is_partial(object,
		    sight->segments[i].number);
		if (sight->segments[i].bytes != 0)
			spool_dropped(object, sight->segments[i].number);
		else		/* it was bad: there is room for it */
			spool_mark(object, sight->segments[i].number, 0);
	}
	if (partial)
		binding_count(sight->disk, object);
	return 0;
}

void
binding_unmark(struct disk *d, const struct catalogue_segment *segments,
    size_t n)
{
	struct sight sight = { .disk = d, .segments = segments, .n = n };

	object_each(unmark_if_named, &sight);
}

/* ---- what changed ---- */

static int
refresh(void *arg, struct object_ref object)
{
	struct sight *sight = arg;
	struct disk *d = sight->disk;
	struct object_answer a;
	int64_t file = spool_bound(object);

	if (file != 0 && object_answer(object, &a) == 0 &&
	    a.answered >= sight->since)
		sight->failed = health_check(d->catalogue,
		    catalogue_refresh(d->catalogue, file, &a, a.answered));
	return sight->failed;
}

int
binding_refresh(struct disk *d, int64_t since)
{
	struct sight sight = { .disk = d, .since = since };

	if (batch_begin(d) == -1)
		return -1;
	object_each(refresh, &sight);
	return sight.failed;
}

/* ---- ends ---- */

/* A file that the catalogue has of the key and that is not the object's goes at
 * once: nobody reads in it. */
static enum catalogue_result
remove_of_key(struct disk *d, struct object_ref object)
{
	struct object_answer stored;
	struct object_info info;
	enum catalogue_result result;
	int64_t file, answered;

	object_info(object, &info);
	result = catalogue_find(d->catalogue, info.key, &file, &stored,
	    &answered);
	if (result == CATALOGUE_OK)
		result = catalogue_remove(d->catalogue, file);
	if (result == CATALOGUE_OK)
		data_remove(d->data, file);
	return result;
}

int
binding_purge(struct disk *d, struct object_ref object)
{
	int64_t file = spool_bound(object);
	enum catalogue_result result;

	if (file != 0 && save_has(file, UINT32_MAX))
		save_abandon();
	if (batch_commit(d) == -1)
		return -1;
	result = file != 0 ? catalogue_purge(d->catalogue, file) :
	    remove_of_key(d, object);
	if (health_check(d->catalogue, result) == -1)
		return -1;
	spool_set_purged(object, result == CATALOGUE_OK);
	return 0;
}

void
binding_drop_purged(struct disk *d)
{
	int64_t files[PURGED];
	size_t i, n;

	do {
		if (health_check(d->catalogue, catalogue_purged(d->catalogue,
		    files, PURGED, &n)) == -1)
			return;
		for (i = 0; i < n; i++) {
			if (health_check(d->catalogue, catalogue_remove(
			    d->catalogue, files[i])) == -1)
				return;
			data_remove(d->data, files[i]);
		}
	} while (n > 0);
}

int
binding_drop(struct disk *d, struct object_ref object)
{
	int64_t file = spool_bound(object);

	load_leave(file);
	if (save_has(file, UINT32_MAX))
		save_abandon();
	if (batch_commit(d) == -1)
		return -1;
	/* Not before the row is gone: else it would be found again. */
	if (health_check(d->catalogue, catalogue_remove(d->catalogue,
	    file)) == -1)
		return -1;
	spool_forget(object);
	data_remove(d->data, file);
	return 0;
}

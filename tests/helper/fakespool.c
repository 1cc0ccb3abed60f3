/* SPDX-License-Identifier: ISC */
/* fakespool -- a spooler whose disk is memory; tests of the store */
#include "config.h"

#include <string.h>

#include "reeld/fill.h"
#include "reeld/slot.h"
#include "../../src/store/evict.h"
#include "data.h"
#include "fakespool.h"

#define SS	STORETEST_SEGMENT
#define BS	STORETEST_BLOCK
#define IDLE	20		/* ms until memory is given back */
#define BATCH	8		/* segments saved in a row */

struct spooler {
	struct fakespool *disk;
	uint64_t	 seed;
	uint64_t	 (*content)(struct object_ref);
};

static struct fakefile *
file_of(struct spooler *s, struct object_ref ref)
{
	return &s->disk->file[spool_bound(ref) % FAKESPOOL_FILES];
}

/* ---- lookups ---- */

static int64_t
find(struct spooler *s, const uint8_t *key)
{
	int64_t n;

	for (n = s->disk->files; n > 0; n--)
		if (s->disk->file[n].size > 0 &&
		    memcmp(s->disk->file[n].key, key, HASH_LEN) == 0)
			break;
	return n;
}

/* A file whose key nobody has can be read, but is not found. */
static void
purged(struct spooler *s)
{
	struct object_info info;
	struct object_ref ref;
	int64_t n;

	if (spool_next_purged(&ref) == 0) {
		object_info(ref, &info);
		if ((n = find(s, info.key)) != 0)
			memset(s->disk->file[n].key, 0, HASH_LEN);
		spool_set_purged(ref, n != 0);
		object_unpin(&ref);
	}
	if (spool_next_over(&ref) == 0) {
		file_of(s, ref)->size = 0;
		spool_forget(ref);
		object_unpin(&ref);
	}
}

static void
restore(struct spooler *s, struct object_ref ref, int64_t number)
{
	const struct fakefile *f = &s->disk->file[number];
	struct object_answer a = { .size = f->size, .mtime = -1,
	    .etag = "\"e\"" };
	struct spool_marks marks = { .lacks = 0 };
	unsigned i, w;

	for (i = 0; i < FAKESPOOL_SEGMENTS; i++)
		for (w = 0; w < SPOOL_WORDS; w++)
			if (f->blocks[i][w] != 0)
				marks.on_disk[0] |= 1ULL << i;
	s->disk->restored += spool_restore(ref, number, &a, &marks) == 0;
}

static void
look(struct spooler *s)
{
	struct object_ref ref;
	struct object_info info;
	int64_t number;

	if (spool_next_asking(&ref) == -1)
		return;
	object_info(ref, &info);
	if ((number = find(s, info.key)) != 0 &&
	    s->disk->file[number].content == s->content(ref))
		restore(s, ref, number);
	else
		spool_set_looked(ref);
	object_unpin(&ref);
}

/* ---- bringing ---- */

static void
bring_block(struct spooler *s, struct fill *f, uint64_t content, uint64_t at,
    int64_t size)
{
	uint8_t bytes[BS];
	size_t len = (uint64_t)size - at < BS ? (size_t)size - at : BS;

	data_fill(content, at, bytes, len);
	if (f->position != at) {
		fill_fini(f);
		fill_init(f, f->object, at, size);
		f->skip = 1;
	}
	fill_write(f, bytes, len, at + len);
	s->disk->loaded++;
}

static void
bring(struct spooler *s, const struct spool_want *w)
{
	struct object_ref ref = w->object;
	struct segment_ref seg;
	struct fakefile *file;
	struct fill f;
	unsigned i;

	if (object_pin(ref) == -1)
		return;
	file = file_of(s, ref);
	if (spool_bound(ref) != 0 && file->size > 0 &&
	    segment_obtain(ref, w->number, SEGMENT_EVICT, &seg) == 0) {
		fill_init(&f, ref, (uint64_t)w->number * SS, file->size);
		f.skip = 1;
		for (i = 0; i < SEGMENT_BLOCKS; i++)
			if (file->blocks[w->number][i / 64] >> i % 64 & 1)
				bring_block(s, &f, file->content,
				    (uint64_t)w->number * SS + i * BS,
				    file->size);
		fill_fini(&f);
		spool_loaded(ref, seg, file->blocks[w->number]);
		segment_unpin(&seg);
	}
	object_unpin(&ref);
}

/* ---- saving ---- */

/* Of one that is mixed: brings what is on disk, if any of it is not here. */
static int
was_brought(struct spooler *s, const struct spool_dirty *d)
{
	struct spool_want want = { .object = d->object, .number = d->number };
	const uint64_t *blocks = file_of(s, d->object)->blocks[d->number];
	uint64_t missing = 0;
	unsigned w;

	for (w = 0; w < SPOOL_WORDS; w++)
		missing |= blocks[w] & ~d->blocks[w];
	if (missing != 0)
		bring(s, &want);
	return missing != 0;
}

static int
bind(struct spooler *s, struct object_ref ref)
{
	struct object_info info;
	struct fakefile *f;
	int64_t old;

	if (spool_bound(ref) != 0)
		return 0;
	if (s->disk->files + 1 >= FAKESPOOL_FILES)
		return -1;
	object_info(ref, &info);
	if ((old = find(s, info.key)) != 0)
		s->disk->file[old].size = 0;
	f = &s->disk->file[s->disk->files + 1];
	memset(f, 0, sizeof(*f));
	f->content = s->content(ref);
	memcpy(f->key, info.key, HASH_LEN);
	f->size = info.size;
	s->disk->files++;
	spool_bind(ref, s->disk->files);
	return 0;
}

/* The blocks that are to be saved hold what they should. */
static void
check(struct spooler *s, const struct spool_dirty *d, uint64_t content)
{
	const uint8_t *bytes = segment_bytes(d->segment);
	uint32_t i, len;

	for (i = 0; i * BS < d->length; i++) {
		len = d->length - i * BS < BS ? d->length - i * BS : BS;
		if ((d->blocks[i / 64] >> i % 64 & 1) != 0 &&
		    data_check(content, (uint64_t)d->number * SS + i * BS,
		    bytes + i * BS, len) != -1)
			s->disk->wrong++;
	}
}

static void
save(struct spooler *s, int pressed)
{
	enum spool_why why = pressed ? SPOOL_PRESSED :
	    (enum spool_why)(storetest_random(&s->seed) % 4);
	struct spool_dirty d;
	struct fakefile *f;
	unsigned w;

	if (spool_next_dirty(why, IDLE, &d) == -1)
		return;
	if (bind(s, d.object) == -1 || was_brought(s, &d) ||
	    storetest_random(&s->seed) % 16 == 0) {
		spool_unsaved(&d);
		return;
	}
	f = file_of(s, d.object);
	check(s, &d, f->content);
	for (w = 0; w < SPOOL_WORDS; w++)
		f->blocks[d.number][w] |= d.blocks[w];
	s->disk->saved++;
	spool_saved(&d);
}

/* ---- what else happens ---- */

static int
disturb(void *arg, struct object_ref ref)
{
	struct spooler *s = arg;
	uint64_t dice = storetest_random(&s->seed);
	uint64_t partial[SPOOL_SEGMENTS / 64] = { 0 };
	uint32_t number = dice % FAKESPOOL_SEGMENTS;

	if (dice >> 32 & 7) {
		if (!spool_has(ref, number))
			return 0;
		partial[number / 64] = 1ULL << number % 64;
		spool_set_partial(ref, partial, 1);
		memset(file_of(s, ref)->blocks[number], 0,
		    sizeof(file_of(s, ref)->blocks[number]));
		spool_mark(ref, number, 0);
		s->disk->dropped++;
	} else if (spool_purge(ref) == 0) {
		s->disk->purged++;
	}
	return 1;
}

void
fakespool_run(const struct storetest *t, struct fakespool *disk, uint64_t seed,
    int (*is_over)(void), uint64_t (*content)(struct object_ref))
{
	struct spooler s = { disk, seed, content };
	struct spool_want wants[8];
	size_t i, n;

	spool_here();
	while (!is_over()) {
		slot_beat();
		spool_set_state(storetest_random(&s.seed) % 64 == 0 ?
		    SPOOL_FULL : SPOOL_WORKING);
		purged(&s);
		look(&s);
		n = spool_wants(wants, 8, 2 * SS);
		for (i = 0; i < n; i++)
			bring(&s, &wants[i]);
		for (i = 0; i < BATCH && (i == 0 || spool_is_pressed()); i++)
			save(&s, spool_is_pressed());
		spool_release(IDLE, IDLE, 4 * SS);
		if (storetest_random(&s.seed) % 32 == 0)
			object_each(disturb, &s);
		if (storetest_random(&s.seed) % 8 == 0)
			evict_object();
		if (!spool_is_pressed())
			storetest_rung(t, 1);
	}
}

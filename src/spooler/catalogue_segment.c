/* SPDX-License-Identifier: ISC */
/* catalogue_segment -- the catalogue's segments: what is where; spooler */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "statement.h"

#define PAGE		4096U	/* what a file system gives out at least */
#define BLOCKS_LEN	(SPOOL_WORDS * sizeof(uint64_t))
#define SUMS_LEN	(CATALOGUE_PARTS * sizeof(uint64_t))

static unsigned
count_blocks(const uint64_t blocks[SPOOL_WORDS], unsigned *last)
{
	unsigned i, n = 0;

	*last = 0;
	for (i = 0; i < SPOOL_WORDS; i++) {
		n += (unsigned)__builtin_popcountll(blocks[i]);
		if (blocks[i] != 0)
			*last = i * 64 + 63 -
			    (unsigned)__builtin_clzll(blocks[i]);
	}
	return n;
}

/* All blocks are whole but the last, which is where the object ends. */
static int
adds_up(const struct catalogue_segment *s, uint32_t segment_size)
{
	uint32_t block = segment_size / SEGMENT_BLOCKS;
	unsigned last, n = count_blocks(s->blocks, &last);

	return s->number < SPOOL_SEGMENTS && n > 0 && s->bytes <= n * block &&
	    s->bytes > (n - 1) * block;
}

uint32_t
catalogue_end(const struct catalogue_segment *s, uint32_t segment_size)
{
	uint32_t block = segment_size / SEGMENT_BLOCKS;
	unsigned last, n = count_blocks(s->blocks, &last);

	return n == 0 ? 0 : last * block + (s->bytes - (n - 1) * block);
}

uint32_t
catalogue_pages(const struct catalogue_segment *s, uint32_t segment_size)
{
	uint32_t block = segment_size / SEGMENT_BLOCKS, begin, end;
	uint32_t last = catalogue_end(s, segment_size), next = 0, pages = 0;
	unsigned i;

	for (i = 0; i < SEGMENT_BLOCKS && i * block < last; i++) {
		if (!(s->blocks[i / 64] >> i % 64 & 1))
			continue;
		begin = i * block / PAGE;
		end = (i + 1) * block < last ? (i + 1) * block : last;
		end = (end + PAGE - 1) / PAGE;
		if (begin < next)
			begin = next;
		if (end > begin)
			pages += end - begin;
		next = end;
	}
	return pages * PAGE;
}

/* Words as they are in the catalogue, of any machine. */
static void
put_words(uint64_t *to, const uint64_t *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = htole64(from[i]);
}

static int
get_words(uint64_t *to, sqlite3_stmt *s, int column, size_t n)
{
	const void *blob = sqlite3_column_blob(s, column);
	size_t i;

	if (blob == NULL ||
	    (size_t)sqlite3_column_bytes(s, column) != n * sizeof(*to))
		return -1;
	memcpy(to, blob, n * sizeof(*to));
	for (i = 0; i < n; i++)
		to[i] = le64toh(to[i]);
	return 0;
}

/* 1 when the row can be what was written. */
static int
take_row(const struct catalogue *c, sqlite3_stmt *s,
    struct catalogue_segment *segment)
{
	int64_t number = sqlite3_column_int64(s, 1);
	int64_t bytes = sqlite3_column_int64(s, 2);

	segment->file = sqlite3_column_int64(s, 0);
	segment->number = (uint32_t)number;
	segment->bytes = (uint32_t)bytes;
	return number >= 0 && number < SPOOL_SEGMENTS && bytes > 0 &&
	    bytes <= c->segment_size &&
	    get_words(segment->blocks, s, 3, SPOOL_WORDS) == 0 &&
	    get_words(segment->sums, s, 4, CATALOGUE_PARTS) == 0 &&
	    adds_up(segment, c->segment_size) &&
	    sqlite3_column_int64(s, 5) ==
	    catalogue_pages(segment, c->segment_size);
}

static enum catalogue_result
read_segment(struct catalogue *c, sqlite3_stmt *s,
    struct catalogue_segment *segment)
{
	return take_row(c, s, segment) ? CATALOGUE_OK :
	    statement_corrupt(c, "a segment does not add up");
}

/* The same for one that is to go, and may be bad. */
static enum catalogue_result
read_oldest(struct catalogue *c, sqlite3_stmt *s,
    struct catalogue_segment *segment)
{
	if (take_row(c, s, segment))
		return CATALOGUE_OK;
	if (segment->file <= 0 ||
	    sqlite3_column_int64(s, 1) != segment->number)
		return statement_corrupt(c, "a segment is of nothing");
	segment->bytes = 0;
	return CATALOGUE_OK;
}

enum catalogue_result
catalogue_segments(struct catalogue *c, int64_t file,
    void (*see)(void *, const struct catalogue_segment *), void *arg)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_SEGMENTS);
	struct catalogue_segment segment;
	enum catalogue_result result;

	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, file);
	while ((result = statement_step(c, s)) == CATALOGUE_OK &&
	    (result = read_segment(c, s, &segment)) == CATALOGUE_OK)
		see(arg, &segment);
	sqlite3_reset(s);
	return result == CATALOGUE_NONE ? CATALOGUE_OK : result;
}

/* A statement for one segment; NULL with c->last. */
static sqlite3_stmt *
take_for(struct catalogue *c, enum statement_name which, int64_t file,
    uint32_t number)
{
	sqlite3_stmt *s = statement_take(c, which);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, file);
		sqlite3_bind_int64(s, 2, number);
	}
	return s;
}

enum catalogue_result
catalogue_segment(struct catalogue *c, int64_t file, uint32_t number,
    struct catalogue_segment *segment)
{
	sqlite3_stmt *s = take_for(c, STATEMENT_SEGMENT, file, number);
	enum catalogue_result result;

	if (s == NULL)
		return c->last;
	if ((result = statement_step(c, s)) == CATALOGUE_OK)
		result = read_segment(c, s, segment);
	sqlite3_reset(s);
	return result;
}

/* What the totals have of a segment; NONE and 0 where there is no row. */
static enum catalogue_result
counted(struct catalogue *c, int64_t file, uint32_t number, uint64_t *pages)
{
	sqlite3_stmt *s = take_for(c, STATEMENT_PAGES, file, number);
	enum catalogue_result result;

	*pages = 0;
	if (s == NULL)
		return c->last;
	if ((result = statement_step(c, s)) == CATALOGUE_OK)
		*pages = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return result;
}

static enum catalogue_result
set_hollow(struct catalogue *c, int64_t file, int hollow)
{
	sqlite3_stmt *s = statement_take(c,
	    hollow ? STATEMENT_EMPTY_SET : STATEMENT_EMPTY_CLEAR);

	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, file);
	return statement_run(c, s);
}

static enum catalogue_result
write_segment(struct catalogue *c, const struct catalogue_segment *segment,
    uint32_t pages, int64_t now)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_SAVE);
	uint64_t blocks[SPOOL_WORDS], sums[CATALOGUE_PARTS];

	if (s == NULL)
		return c->last;
	put_words(blocks, segment->blocks, SPOOL_WORDS);
	put_words(sums, segment->sums, CATALOGUE_PARTS);
	sqlite3_bind_int64(s, 1, segment->file);
	sqlite3_bind_int64(s, 2, segment->number);
	sqlite3_bind_int64(s, 3, segment->bytes);
	sqlite3_bind_blob(s, 4, blocks, BLOCKS_LEN, SQLITE_TRANSIENT);
	sqlite3_bind_blob(s, 5, sums, SUMS_LEN, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 6, pages);
	sqlite3_bind_int64(s, 7, now);
	return statement_run(c, s);
}

static enum catalogue_result
save(struct catalogue *c, const struct catalogue_segment *segment, int64_t now)
{
	uint32_t pages = catalogue_pages(segment, c->segment_size);
	enum catalogue_result result;
	uint64_t before;
	int had;

	result = counted(c, segment->file, segment->number, &before);
	if (result != CATALOGUE_OK && result != CATALOGUE_NONE)
		return result;
	had = result == CATALOGUE_OK;
	if ((result = write_segment(c, segment, pages, now)) != CATALOGUE_OK)
		return result;
	c->totals.bytes += pages - before;
	c->totals.segments += !had;
	return set_hollow(c, segment->file, 0);
}

enum catalogue_result
catalogue_save(struct catalogue *c, const struct catalogue_segment *segment,
    int64_t now)
{
	enum catalogue_result result;
	int own;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	if (catalogue_has(c, segment->file))
		result = save(c, segment, now);
	else
		result = c->failed == CATALOGUE_OK ? CATALOGUE_NONE : c->failed;
	return statement_end(c, own, result);
}

static enum catalogue_result
drop(struct catalogue *c, int64_t file, uint32_t number)
{
	enum catalogue_result result;
	sqlite3_stmt *s;
	uint64_t pages;

	if ((result = counted(c, file, number, &pages)) != CATALOGUE_OK)
		return result;
	if ((s = take_for(c, STATEMENT_DROP, file, number)) == NULL)
		return c->last;
	if ((result = statement_run(c, s)) != CATALOGUE_OK)
		return result;
	c->totals.bytes -= pages;
	c->totals.segments--;
	return set_hollow(c, file, 1);
}

enum catalogue_result
catalogue_drop(struct catalogue *c, int64_t file, uint32_t number)
{
	enum catalogue_result result;
	int own;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	return statement_end(c, own, drop(c, file, number));
}

enum catalogue_result
catalogue_touch(struct catalogue *c, int64_t file, uint32_t number, int64_t now)
{
	enum catalogue_result result;
	sqlite3_stmt *s;
	int own;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	if ((s = statement_take(c, STATEMENT_TOUCH)) == NULL)
		return statement_end(c, own, c->last);
	sqlite3_bind_int64(s, 1, now);
	sqlite3_bind_int64(s, 2, file);
	sqlite3_bind_int64(s, 3, number);
	result = statement_run(c, s);
	if (result == CATALOGUE_OK && sqlite3_changes(c->db) == 0)
		result = CATALOGUE_NONE;
	return statement_end(c, own, result);
}

/* What a bad row says of its pages is in no total. */
static enum catalogue_result
count_anew(struct catalogue *c)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_SUM);
	enum catalogue_result result;

	if (s == NULL)
		return c->last;
	if ((result = statement_step(c, s)) != CATALOGUE_OK)
		return result;
	c->totals.segments = (uint64_t)sqlite3_column_int64(s, 0);
	c->totals.bytes = (uint64_t)sqlite3_column_int64(s, 1);
	sqlite3_reset(s);
	return result;
}

enum catalogue_result
catalogue_drop_bad(struct catalogue *c, int64_t file, uint32_t number)
{
	enum catalogue_result result;
	int own;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	result = drop(c, file, number);
	if (result == CATALOGUE_OK)
		result = count_anew(c);
	else if (result == CATALOGUE_NONE)
		result = statement_corrupt(c, "a segment is not found");
	return statement_end(c, own, result);
}

enum catalogue_result
catalogue_oldest(struct catalogue *c, struct catalogue_segment *segments,
    size_t max, size_t *n)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_OLDEST);
	enum catalogue_result result = CATALOGUE_OK;

	*n = 0;
	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, (int64_t)max);
	while (*n < max && (result = statement_step(c, s)) == CATALOGUE_OK &&
	    (result = read_oldest(c, s, &segments[*n])) == CATALOGUE_OK)
		++*n;
	sqlite3_reset(s);
	return result == CATALOGUE_NONE ? CATALOGUE_OK : result;
}

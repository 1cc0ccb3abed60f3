/* SPDX-License-Identifier: ISC */
/* catalogue_file -- the catalogue's files and what sources said; spooler */
#include "config.h"

#include <string.h>
#include <xxhash.h>

#include <bsd/string.h>

#include "statement.h"

/* Over all that does not change; freshness does, and has its own. */
static int64_t
sum_of(const uint8_t *key, const char *origin, const char *url,
    const struct object_answer *a)
{
	const char *texts[] = { origin, url, a->etag, a->source_etag, a->type };
	int64_t numbers[] = { a->size, a->mtime, a->no_ranges, a->made_etag };
	uint64_t sum;
	size_t i;

	sum = XXH3_64bits_withSeed(numbers, sizeof(numbers),
	    XXH3_64bits(key, HASH_LEN));
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		sum = XXH3_64bits_withSeed(texts[i], strlen(texts[i]), sum);
	return (int64_t)sum;
}

/* Over the freshness, its Cache-Control too. */
static int64_t
fresh_sum_of(const struct object_answer *a, int64_t answered)
{
	int64_t numbers[] = { answered, a->fresh.born, a->fresh.fresh_until,
	    a->fresh.while_until, a->fresh.error_until, a->fresh.flags };

	return (int64_t)XXH3_64bits_withSeed(a->control, strlen(a->control),
	    XXH3_64bits(numbers, sizeof(numbers)));
}

/* Text of a column, which may be anything in a corrupt catalogue. */
static const char *
text_of(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text == NULL ? "" : text;
}

/* The FRESH_ROW at column `at`: 0, or -1 when it is not what was written. */
static int
read_fresh(sqlite3_stmt *s, int at, struct object_answer *a, int64_t *answered)
{
	*answered = sqlite3_column_int64(s, at);
	a->fresh.born = sqlite3_column_int64(s, at + 1);
	a->fresh.fresh_until = sqlite3_column_int64(s, at + 2);
	a->fresh.while_until = sqlite3_column_int64(s, at + 3);
	a->fresh.error_until = sqlite3_column_int64(s, at + 4);
	a->fresh.flags = (uint32_t)sqlite3_column_int64(s, at + 5);
	strlcpy(a->control, text_of(s, at + 6), sizeof(a->control));
	return sqlite3_column_int64(s, at + 7) ==
	    fresh_sum_of(a, *answered) ? 0 : -1;
}

/* Binds the first values of a statement to a FRESH_ROW; how many they are. */
static int
bind_fresh(sqlite3_stmt *s, const struct object_answer *a, int64_t answered)
{
	sqlite3_bind_int64(s, 1, answered);
	sqlite3_bind_int64(s, 2, a->fresh.born);
	sqlite3_bind_int64(s, 3, a->fresh.fresh_until);
	sqlite3_bind_int64(s, 4, a->fresh.while_until);
	sqlite3_bind_int64(s, 5, a->fresh.error_until);
	sqlite3_bind_int64(s, 6, a->fresh.flags);
	sqlite3_bind_text(s, 7, a->control, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 8, fresh_sum_of(a, answered));
	return 8;
}

/* The row of STATEMENT_FIND.  Its text is good until the next step. */
static enum catalogue_result
read_file(struct catalogue *c, sqlite3_stmt *s, const uint8_t *key,
    int64_t *file, struct object_answer *a, int64_t *answered)
{
	memset(a, 0, sizeof(*a));
	*file = sqlite3_column_int64(s, 0);
	a->size = sqlite3_column_int64(s, 1);
	a->mtime = sqlite3_column_int64(s, 2);
	a->no_ranges = sqlite3_column_int(s, 3);
	a->made_etag = sqlite3_column_int(s, 4);
	strlcpy(a->etag, text_of(s, 5), sizeof(a->etag));
	strlcpy(a->source_etag, text_of(s, 6), sizeof(a->source_etag));
	strlcpy(a->type, text_of(s, 7), sizeof(a->type));
	if (*file <= 0 || read_fresh(s, 11, a, answered) == -1 ||
	    sqlite3_column_int64(s, 8) != sum_of(key, text_of(s, 9),
	    text_of(s, 10), a))
		return statement_corrupt(c, "a file is not what was written");
	return CATALOGUE_OK;
}

enum catalogue_result
catalogue_find(struct catalogue *c, const uint8_t key[HASH_LEN], int64_t *file,
    struct object_answer *a, int64_t *answered)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_FIND);
	enum catalogue_result result;

	if (s == NULL)
		return c->last;
	sqlite3_bind_blob(s, 1, key, HASH_LEN, SQLITE_STATIC);
	if ((result = statement_step(c, s)) != CATALOGUE_OK)
		return result;
	result = read_file(c, s, key, file, a, answered);
	sqlite3_reset(s);
	return result;
}

/* A statement with the number of a file as its one value. */
static enum catalogue_result
run_with(struct catalogue *c, enum statement_name name, int64_t file)
{
	sqlite3_stmt *s = statement_take(c, name);

	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, file);
	return statement_run(c, s);
}

/* Takes the segments of a file out of the totals. */
static enum catalogue_result
uncount_segments(struct catalogue *c, int64_t file)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_SUM_OF);
	enum catalogue_result result;

	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, file);
	if ((result = statement_step(c, s)) != CATALOGUE_OK)
		return result;
	c->totals.segments -= (uint64_t)sqlite3_column_int64(s, 0);
	c->totals.bytes -= (uint64_t)sqlite3_column_int64(s, 1);
	sqlite3_reset(s);
	return result;
}

static enum catalogue_result
remove_file(struct catalogue *c, int64_t file)
{
	enum catalogue_result result;

	if ((result = uncount_segments(c, file)) != CATALOGUE_OK ||
	    (result = run_with(c, STATEMENT_REMOVE_SEGMENTS, file)) !=
	    CATALOGUE_OK ||
	    (result = run_with(c, STATEMENT_EMPTY_CLEAR, file)) !=
	    CATALOGUE_OK ||
	    (result = run_with(c, STATEMENT_REMOVE, file)) != CATALOGUE_OK)
		return result;
	if (sqlite3_changes(c->db) > 0) {
		c->totals.files--;
		return CATALOGUE_OK;
	}
	result = run_with(c, STATEMENT_PURGED_CLEAR, file);
	return result == CATALOGUE_OK && sqlite3_changes(c->db) == 0 ?
	    CATALOGUE_NONE : result;
}

enum catalogue_result
catalogue_remove(struct catalogue *c, int64_t file)
{
	enum catalogue_result result;
	int own;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	return statement_end(c, own, remove_file(c, file));
}

static enum catalogue_result
purge_file(struct catalogue *c, int64_t file)
{
	enum catalogue_result result;

	if ((result = run_with(c, STATEMENT_REMOVE, file)) != CATALOGUE_OK)
		return result;
	if (sqlite3_changes(c->db) == 0)
		return CATALOGUE_NONE;
	c->totals.files--;
	return run_with(c, STATEMENT_PURGE, file);
}

enum catalogue_result
catalogue_purge(struct catalogue *c, int64_t file)
{
	enum catalogue_result result;
	int own;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	return statement_end(c, own, purge_file(c, file));
}

/* The file that has the key now, whatever its row says; 0: none. */
static enum catalogue_result
remove_older(struct catalogue *c, const uint8_t *key, int64_t *old)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_FIND);
	enum catalogue_result result;

	*old = 0;
	if (s == NULL)
		return c->last;
	sqlite3_bind_blob(s, 1, key, HASH_LEN, SQLITE_STATIC);
	if ((result = statement_step(c, s)) != CATALOGUE_OK)
		return result == CATALOGUE_NONE ? CATALOGUE_OK : result;
	*old = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return remove_file(c, *old);
}

static enum catalogue_result
insert_file(struct catalogue *c, const uint8_t *key, const char *origin,
    const char *url, const struct object_answer *a, int64_t answered)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_INSERT);
	int n;

	if (s == NULL)
		return c->last;
	n = bind_fresh(s, a, answered);
	sqlite3_bind_blob(s, n + 1, key, HASH_LEN, SQLITE_STATIC);
	sqlite3_bind_text(s, n + 2, origin, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, n + 3, url, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, n + 4, a->size);
	sqlite3_bind_int64(s, n + 5, a->mtime);
	sqlite3_bind_int(s, n + 6, a->no_ranges);
	sqlite3_bind_int(s, n + 7, a->made_etag);
	sqlite3_bind_text(s, n + 8, a->etag, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, n + 9, a->source_etag, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, n + 10, a->type, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, n + 11, sum_of(key, origin, url, a));
	return statement_run(c, s);
}

enum catalogue_result
catalogue_insert(struct catalogue *c, const uint8_t key[HASH_LEN],
    const char *origin, const char *url, const struct object_answer *a,
    int64_t answered, int64_t *file, int64_t *old)
{
	enum catalogue_result result;
	int own;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	if ((result = remove_older(c, key, old)) == CATALOGUE_OK &&
	    (result = insert_file(c, key, origin, url, a, answered)) ==
	    CATALOGUE_OK) {
		*file = sqlite3_last_insert_rowid(c->db);
		c->totals.files++;
		result = run_with(c, STATEMENT_EMPTY_SET, *file);
	}
	return statement_end(c, own, result);
}

enum catalogue_result
catalogue_refresh(struct catalogue *c, int64_t file,
    const struct object_answer *a, int64_t answered)
{
	enum catalogue_result result;
	sqlite3_stmt *s;
	int own, n;

	if ((result = statement_begin(c, &own)) != CATALOGUE_OK)
		return result;
	if ((s = statement_take(c, STATEMENT_REFRESH)) == NULL)
		return statement_end(c, own, c->last);
	n = bind_fresh(s, a, answered);
	sqlite3_bind_int64(s, n + 1, file);
	result = statement_run(c, s);
	if (result == CATALOGUE_OK && sqlite3_changes(c->db) == 0)
		result = CATALOGUE_NONE;
	return statement_end(c, own, result);
}

/* The numbers that a statement has in its first column. */
static enum catalogue_result
numbers(struct catalogue *c, sqlite3_stmt *s, int64_t *files, size_t max,
    size_t *n)
{
	enum catalogue_result result = CATALOGUE_OK;

	while (*n < max && (result = statement_step(c, s)) == CATALOGUE_OK)
		files[(*n)++] = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return result == CATALOGUE_NONE ? CATALOGUE_OK : result;
}

enum catalogue_result
catalogue_empty(struct catalogue *c, int64_t *files, size_t max, size_t *n)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_EMPTY);

	*n = 0;
	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, (int64_t)max);
	return numbers(c, s, files, max, n);
}

enum catalogue_result
catalogue_purged(struct catalogue *c, int64_t *files, size_t max, size_t *n)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_PURGED);

	*n = 0;
	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, (int64_t)max);
	return numbers(c, s, files, max, n);
}

enum catalogue_result
catalogue_files(struct catalogue *c, int64_t after, int64_t *files, size_t max,
    size_t *n)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_FILES);

	*n = 0;
	if (s == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, after);
	sqlite3_bind_int64(s, 2, (int64_t)max);
	return numbers(c, s, files, max, n);
}

int
catalogue_has(struct catalogue *c, int64_t file)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_HAS);
	int has;

	if (s == NULL)
		return 1;
	sqlite3_bind_int64(s, 1, file);
	has = statement_step(c, s) != CATALOGUE_NONE;
	sqlite3_reset(s);
	return has;
}

void
catalogue_url(struct catalogue *c, int64_t file, char *url, size_t size)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_URL);

	url[0] = '\0';
	if (s == NULL)
		return;
	sqlite3_bind_int64(s, 1, file);
	if (statement_step(c, s) == CATALOGUE_OK)
		strlcpy(url, text_of(s, 0), size);
	sqlite3_reset(s);
}

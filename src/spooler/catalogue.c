/* SPDX-License-Identifier: ISC */
/* catalogue -- what is in the spool: opening, transactions, totals; spooler */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "statement.h"

#define BAD	".bad"		/* what was set aside, behind its name */

const char *const catalogue_result_names[] = {
	[CATALOGUE_OK] = "ok",
	[CATALOGUE_NONE] = "none",
	[CATALOGUE_CORRUPT] = "corrupt",
	[CATALOGUE_FULL] = "full",
	[CATALOGUE_UNWRITABLE] = "unwritable",
	[CATALOGUE_ERROR] = "error"
};

/* What the WAL has while it is in use (journal_size_limit, below), counted from
 * the beginning: that it grows anew after a start is no reason to evict. */
#define WAL_BYTES	(1u << 20)

/* Why the last catalogue could not be opened. */
static char open_error[256];

/* Before the first access: with an exclusive lock the index of the WAL is in
 * our own memory, and there is no third file. */
static const char manners[] =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA cache_size = -2048;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;";

static const char writing[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 256;"
    "PRAGMA journal_size_limit = 1048576;";

/* Numbers begin at the time in ms, so that a new catalogue gives none again
 * that an older one gave: a data file that outlived its row, or an object in
 * the arena, is never taken for another. */
static const char schema[] =
    "CREATE TABLE state(segment_size INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, segments INTEGER NOT NULL,"
    " files INTEGER NOT NULL);"
    "CREATE TABLE file(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " key BLOB NOT NULL UNIQUE, origin TEXT NOT NULL, url TEXT NOT NULL,"
    " size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
    " answered INTEGER NOT NULL, born INTEGER NOT NULL,"
    " fresh_until INTEGER NOT NULL, while_until INTEGER NOT NULL,"
    " error_until INTEGER NOT NULL, caching INTEGER NOT NULL,"
    " control TEXT NOT NULL, fresh_sum INTEGER NOT NULL,"
    " no_ranges INTEGER NOT NULL, made_etag INTEGER NOT NULL,"
    " etag TEXT NOT NULL, source_etag TEXT NOT NULL, type TEXT NOT NULL,"
    " sum INTEGER NOT NULL);"
    "CREATE TABLE segment(file INTEGER NOT NULL, number INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, blocks BLOB NOT NULL, sums BLOB NOT NULL,"
    " pages INTEGER NOT NULL, used INTEGER NOT NULL,"
    " PRIMARY KEY(file, number)) WITHOUT ROWID;"
    "CREATE INDEX segment_used ON segment(used);"
    "CREATE TABLE hollow(file INTEGER PRIMARY KEY);"
    "CREATE TABLE purged(file INTEGER PRIMARY KEY);"
    "INSERT INTO sqlite_sequence(name, seq)"
    " VALUES('file', CAST(strftime('%s', 'now') AS INTEGER) * 1000);";

static enum catalogue_result
read_number(struct catalogue *c, const char *sql, int *n)
{
	sqlite3_stmt *s;
	enum catalogue_result result;

	if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK)
		return statement_fail(c);
	if ((result = statement_step(c, s)) == CATALOGUE_OK)
		*n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return result;
}

/* Tables in an empty database, all or none. */
static enum catalogue_result
make_tables(struct catalogue *c, uint32_t segment_size)
{
	enum catalogue_result result;
	char text[160];

	snprintf(text, sizeof(text),
	    "INSERT INTO state VALUES(%u, 0, 0, 0); PRAGMA user_version = %d;"
	    "COMMIT", segment_size, CATALOGUE_VERSION);
	if ((result = statement_do(c, STATEMENT_BEGIN)) == CATALOGUE_OK &&
	    (result = statement_text(c, schema)) == CATALOGUE_OK)
		result = statement_text(c, text);
	return result;
}

static enum catalogue_result
read_state(struct catalogue *c)
{
	sqlite3_stmt *s = statement_take(c, STATEMENT_STATE);
	enum catalogue_result result;

	if (s == NULL)
		return c->last;
	if ((result = statement_step(c, s)) == CATALOGUE_NONE)
		return statement_corrupt(c, "the state is not there");
	if (result != CATALOGUE_OK)
		return result;
	c->segment_size = (uint32_t)sqlite3_column_int64(s, 0);
	c->totals.bytes = (uint64_t)sqlite3_column_int64(s, 1);
	c->totals.segments = (uint64_t)sqlite3_column_int64(s, 2);
	c->totals.files = (uint64_t)sqlite3_column_int64(s, 3);
	c->committed = c->totals;
	sqlite3_reset(s);
	if (c->segment_size < SEGMENT_BLOCKS ||
	    (c->segment_size & (c->segment_size - 1)) != 0)
		return statement_corrupt(c, "the segment size is none");
	return CATALOGUE_OK;
}

/* Segments of another size lie elsewhere in their files: nothing is left of
 * them.  Emptying a table does not read it. */
static enum catalogue_result
drop_all(struct catalogue *c, uint32_t segment_size)
{
	char text[256];

	snprintf(text, sizeof(text), "BEGIN; DELETE FROM segment;"
	    "DELETE FROM file; DELETE FROM hollow; DELETE FROM purged;"
	    "UPDATE state SET segment_size = %u, bytes = 0, segments = 0,"
	    " files = 0; COMMIT",
	    segment_size);
	return statement_text(c, text);
}

static enum catalogue_result
use_tables(struct catalogue *c, uint32_t segment_size, int read_only)
{
	enum catalogue_result result;
	int version = 0, tables = 0;

	if ((result = statement_text(c, manners)) != CATALOGUE_OK ||
	    (!read_only &&
	    (result = statement_text(c, writing)) != CATALOGUE_OK) ||
	    (result = read_number(c, "PRAGMA user_version", &version)) !=
	    CATALOGUE_OK ||
	    (result = read_number(c, "SELECT count(*) FROM sqlite_schema",
	    &tables)) != CATALOGUE_OK)
		return result;
	/* its spooler died before it had made them */
	if (version == 0 && tables == 0 && (segment_size == 0 || read_only))
		return CATALOGUE_NONE;
	if (version == 0 && segment_size != 0 && !read_only &&
	    (result = make_tables(c, segment_size)) != CATALOGUE_OK)
		return result;
	if (version != 0 && version != CATALOGUE_VERSION)
		return statement_corrupt(c, "it is of another version");
	if ((result = read_state(c)) != CATALOGUE_OK)
		return result;
	if (segment_size != 0 && segment_size != c->segment_size &&
	    !read_only &&
	    (result = drop_all(c, segment_size)) == CATALOGUE_OK)
		result = read_state(c);
	return result;
}

/* A path as SQLite's URIs have it. */
static void
print_uri(char *to, size_t size, const char *path, const char *query)
{
	size_t n = strlcpy(to, "file:", size);

	for (; *path != '\0' && n + 4 < size; path++)
		if (strchr("%?#", *path) == NULL)
			to[n++] = *path;
		else
			n += (size_t)snprintf(to + n, size - n, "%%%02x",
			    (unsigned char)*path);
	to[n] = '\0';
	strlcat(to, query, size);
}

/* Read only: without locks, since the caller has DIR/lock, and without a WAL
 * where there is none, which SQLite would make. */
static enum catalogue_result
open_file(struct catalogue *c, int create, int read_only)
{
	char name[3 * sizeof(c->path) + 32], wal[sizeof(c->path) + 8];
	struct stat st;
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

	if (read_only) {
		snprintf(wal, sizeof(wal), "%s-wal", c->path);
		print_uri(name, sizeof(name), c->path,
		    stat(wal, &st) == -1 || st.st_size == 0 ?
		    "?immutable=1" : "");
		flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
	} else {
		strlcpy(name, c->path, sizeof(name));
		flags |= SQLITE_OPEN_READWRITE |
		    (create ? SQLITE_OPEN_CREATE : 0);
	}
	if (sqlite3_open_v2(name, &c->db, flags,
	    read_only ? "unix-none" : NULL) == SQLITE_OK)
		return CATALOGUE_OK;
	if (c->db != NULL)
		return statement_fail(c);
	strlcpy(c->error, "out of memory", sizeof(c->error));
	return CATALOGUE_ERROR;
}

enum catalogue_result
catalogue_open(const char *path, uint32_t segment_size, int read_only,
    struct catalogue **opened)
{
	struct catalogue *c = calloc(1, sizeof(*c));
	enum catalogue_result result;
	struct stat st;

	*opened = NULL;
	if (c == NULL || (size_t)snprintf(c->path, sizeof(c->path), "%s/%s",
	    path, CATALOGUE_NAME) >= sizeof(c->path)) {
		strlcpy(open_error, strerror(c == NULL ? ENOMEM :
		    ENAMETOOLONG), sizeof(open_error));
		free(c);
		return CATALOGUE_ERROR;
	}
	if ((segment_size == 0 || read_only) && stat(c->path, &st) == -1) {
		strlcpy(c->error, strerror(errno), sizeof(c->error));
		result = errno == ENOENT ? CATALOGUE_NONE : CATALOGUE_ERROR;
	} else if ((result = open_file(c, segment_size != 0, read_only)) ==
	    CATALOGUE_OK)
		result = use_tables(c, segment_size, read_only);
	if (result == CATALOGUE_OK) {
		*opened = c;
		return result;
	}
	if (result != CATALOGUE_NONE)
		strlcpy(open_error, c->error, sizeof(open_error));
	catalogue_close(c);
	return result;
}

void
catalogue_close(struct catalogue *c)
{
	int i;

	if (c == NULL)
		return;
	for (i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(c->statements[i]);
	sqlite3_close_v2(c->db);
	free(c);
}

const char *
catalogue_error(const struct catalogue *c)
{
	return c == NULL ? open_error : c->error;
}

uint32_t
catalogue_segment_size(const struct catalogue *c)
{
	return c->segment_size;
}

int
catalogue_set_aside(const char *path)
{
	char from[4096], to[4096 + 8];

	if ((size_t)snprintf(from, sizeof(from), "%s/%s", path,
	    CATALOGUE_NAME) >= sizeof(from) - 8) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(to, sizeof(to), "%s" BAD, from);
	if (rename(from, to) == -1 && errno != ENOENT)
		return -1;
	/* what is in the WAL belongs to no other */
	strlcat(from, "-wal", sizeof(from));
	return unlink(from) == -1 && errno != ENOENT ? -1 : 0;
}

enum catalogue_result
catalogue_begin(struct catalogue *c)
{
	enum catalogue_result result = CATALOGUE_OK;
	int moved = 0;

	c->inside = 1;
	c->failed = CATALOGUE_OK;
	sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (moved) {
		snprintf(c->error, sizeof(c->error),
		    "%s is not there any more", CATALOGUE_NAME);
		c->failed = c->last = result = CATALOGUE_ERROR;
	} else
		result = statement_do(c, STATEMENT_BEGIN);
	if (result != CATALOGUE_OK)
		c->inside = 0;
	return result;
}

/* The totals go with what they count. */
static enum catalogue_result
write_state(struct catalogue *c)
{
	sqlite3_stmt *s;

	if (memcmp(&c->totals, &c->committed, sizeof(c->totals)) == 0)
		return CATALOGUE_OK;
	if ((s = statement_take(c, STATEMENT_STATE_SET)) == NULL)
		return c->last;
	sqlite3_bind_int64(s, 1, (int64_t)c->totals.bytes);
	sqlite3_bind_int64(s, 2, (int64_t)c->totals.segments);
	sqlite3_bind_int64(s, 3, (int64_t)c->totals.files);
	return statement_run(c, s);
}

enum catalogue_result
catalogue_commit(struct catalogue *c)
{
	if (c->failed == CATALOGUE_OK &&
	    write_state(c) == CATALOGUE_OK &&
	    statement_do(c, STATEMENT_COMMIT) == CATALOGUE_OK)
		c->committed = c->totals;
	c->inside = 0;
	return c->failed;
}

/* Of the file whose name is the catalogue's with `end` behind it. */
static uint64_t
bytes_of(const struct catalogue *c, const char *end)
{
	char name[sizeof(c->path) + 8];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", c->path, end);
	return stat(name, &st) == -1 ? 0 : (uint64_t)st.st_blocks * 512;
}

void
catalogue_totals(struct catalogue *c, struct catalogue_totals *t)
{
	uint64_t wal = bytes_of(c, "-wal");

	*t = c->totals;
	t->own = bytes_of(c, "") + bytes_of(c, BAD) +
	    (wal > WAL_BYTES ? wal : WAL_BYTES);
}

/* SPDX-License-Identifier: ISC */
/* statement -- the catalogue's prepared statements; spooler */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "statement.h"
#include "trouble.h"

#define SEGMENT_ROW	"file, number, bytes, blocks, sums, pages"
#define FRESH_ROW	"answered, born, fresh_until, while_until," \
			" error_until, caching, control, fresh_sum"

static const char *const sql[STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_STATE] =
	    "SELECT segment_size, bytes, segments, files FROM state",
	[STATEMENT_STATE_SET] =
	    "UPDATE state SET bytes = ?, segments = ?, files = ?",
	[STATEMENT_FIND] =
	    "SELECT number, size, mtime, no_ranges, made_etag, etag,"
	    " source_etag, type, sum, origin, url, " FRESH_ROW
	    " FROM file WHERE key = ?",
	[STATEMENT_INSERT] =
	    "INSERT INTO file(" FRESH_ROW ", key, origin, url, size, mtime,"
	    " no_ranges, made_etag, etag, source_etag, type, sum)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	    " ?)",
	[STATEMENT_REFRESH] =
	    "UPDATE file SET (" FRESH_ROW ") = (?, ?, ?, ?, ?, ?, ?, ?)"
	    " WHERE number = ?",
	[STATEMENT_REMOVE] = "DELETE FROM file WHERE number = ?",
	[STATEMENT_SUM_OF] =
	    "SELECT count(*), total(pages) FROM segment WHERE file = ?",
	[STATEMENT_SUM] = "SELECT count(*), total(pages) FROM segment",
	[STATEMENT_REMOVE_SEGMENTS] = "DELETE FROM segment WHERE file = ?",
	[STATEMENT_EMPTY] = "SELECT file FROM hollow LIMIT ?",
	[STATEMENT_EMPTY_SET] = "INSERT OR IGNORE INTO hollow SELECT ?1 WHERE"
	    " NOT EXISTS (SELECT 1 FROM segment WHERE file = ?1)",
	[STATEMENT_EMPTY_CLEAR] = "DELETE FROM hollow WHERE file = ?",
	[STATEMENT_PURGE] = "INSERT INTO purged VALUES(?)",
	[STATEMENT_PURGED] = "SELECT file FROM purged LIMIT ?",
	[STATEMENT_PURGED_CLEAR] = "DELETE FROM purged WHERE file = ?",
	[STATEMENT_FILES] = "SELECT number FROM file WHERE number > ?1 UNION"
	    " SELECT file FROM purged WHERE file > ?1 ORDER BY 1 LIMIT ?2",
	[STATEMENT_HAS] = "SELECT 1 FROM file WHERE number = ?1 UNION ALL"
	    " SELECT 1 FROM purged WHERE file = ?1",
	[STATEMENT_URL] = "SELECT url FROM file WHERE number = ?",
	[STATEMENT_SEGMENTS] = "SELECT " SEGMENT_ROW
	    " FROM segment WHERE file = ? ORDER BY number",
	[STATEMENT_SEGMENT] = "SELECT " SEGMENT_ROW
	    " FROM segment WHERE file = ? AND number = ?",
	[STATEMENT_PAGES] =
	    "SELECT pages FROM segment WHERE file = ? AND number = ?",
	[STATEMENT_SAVE] = "INSERT OR REPLACE INTO"
	    " segment(" SEGMENT_ROW ", used)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_DROP] =
	    "DELETE FROM segment WHERE file = ? AND number = ?",
	[STATEMENT_TOUCH] =
	    "UPDATE segment SET used = ? WHERE file = ? AND number = ?",
	[STATEMENT_OLDEST] = "SELECT " SEGMENT_ROW
	    " FROM segment ORDER BY used LIMIT ?",
};

/* The errno behind a result code, by which the spool is judged (trouble.h).
 * SQLite does not keep that of a write: any is as good. */
static int
errno_of(int code, int error)
{
	switch (code) {
	case SQLITE_IOERR_WRITE:
	case SQLITE_IOERR_FSYNC:
	case SQLITE_IOERR_DIR_FSYNC:
	case SQLITE_IOERR_TRUNCATE:
		return EIO;
	case SQLITE_READONLY_DBMOVED:
		return ENOENT;
	}
	switch (code & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_READONLY:
		return EROFS;
	case SQLITE_CANTOPEN:
		return error;
	default:
		return 0;
	}
}

/* What a result code of SQLite means to a spool. */
static enum catalogue_result
result_of(int code, int error)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return CATALOGUE_OK;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_CONSTRAINT:		/* none that we would break */
	case SQLITE_MISMATCH:
	case SQLITE_ERROR:		/* a table or column is not there */
		return CATALOGUE_CORRUPT;
	}
	if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS)
		return CATALOGUE_CORRUPT;
	switch (trouble_state(errno_of(code, error))) {
	case SPOOL_FULL:
		return CATALOGUE_FULL;
	case SPOOL_UNWRITABLE:
		return CATALOGUE_UNWRITABLE;
	case SPOOL_NONE:
	case SPOOL_WORKING:
	case SPOOL_BROKEN:
		break;
	}
	return CATALOGUE_ERROR;
}

/* Whatever was changed since begin is undone; SQLite may have done it. */
static void
undo(struct catalogue *c, enum catalogue_result why)
{
	int i;

	if (!c->inside || c->failed != CATALOGUE_OK)
		return;
	c->failed = why;
	c->totals = c->committed;
	for (i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_reset(c->statements[i]);
	if (!sqlite3_get_autocommit(c->db))
		sqlite3_exec(c->db, sql[STATEMENT_ROLLBACK], NULL, NULL, NULL);
}

enum catalogue_result
statement_fail(struct catalogue *c)
{
	int code = sqlite3_extended_errcode(c->db);
	int error = sqlite3_system_errno(c->db);
	enum catalogue_result result = result_of(code, error);

	if (result == CATALOGUE_OK)
		result = CATALOGUE_ERROR;
	if ((code & 0xff) == SQLITE_IOERR && error != 0)
		snprintf(c->error, sizeof(c->error), "%s: %s",
		    sqlite3_errmsg(c->db), strerror(error));
	else
		strlcpy(c->error, sqlite3_errmsg(c->db), sizeof(c->error));
	undo(c, result);
	c->last = result;
	return result;
}

enum catalogue_result
statement_corrupt(struct catalogue *c, const char *reason)
{
	strlcpy(c->error, reason, sizeof(c->error));
	undo(c, CATALOGUE_CORRUPT);
	c->last = CATALOGUE_CORRUPT;
	return CATALOGUE_CORRUPT;
}

sqlite3_stmt *
statement_take(struct catalogue *c, enum statement_name name)
{
	sqlite3_stmt **s = &c->statements[name];

	if (*s == NULL && sqlite3_prepare_v3(c->db, sql[name], -1,
	    SQLITE_PREPARE_PERSISTENT, s, NULL) != SQLITE_OK) {
		statement_fail(c);
		return NULL;
	}
	sqlite3_reset(*s);
	return *s;
}

enum catalogue_result
statement_step(struct catalogue *c, sqlite3_stmt *s)
{
	enum catalogue_result result;

	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		return CATALOGUE_OK;
	case SQLITE_DONE:
		sqlite3_reset(s);
		return CATALOGUE_NONE;
	default:
		result = statement_fail(c);
		sqlite3_reset(s);
		return result;
	}
}

enum catalogue_result
statement_run(struct catalogue *c, sqlite3_stmt *s)
{
	enum catalogue_result result;

	do
		result = statement_step(c, s);
	while (result == CATALOGUE_OK);
	return result == CATALOGUE_NONE ? CATALOGUE_OK : result;
}

enum catalogue_result
statement_do(struct catalogue *c, enum statement_name name)
{
	sqlite3_stmt *s = statement_take(c, name);

	return s == NULL ? c->last : statement_run(c, s);
}

enum catalogue_result
statement_text(struct catalogue *c, const char *text)
{
	if (sqlite3_exec(c->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return statement_fail(c);
	return CATALOGUE_OK;
}

enum catalogue_result
statement_begin(struct catalogue *c, int *own)
{
	*own = !c->inside;
	return *own ? catalogue_begin(c) : c->failed;
}

enum catalogue_result
statement_end(struct catalogue *c, int own, enum catalogue_result result)
{
	enum catalogue_result end;

	if (!own)
		return result;
	end = catalogue_commit(c);
	return result == CATALOGUE_OK ? end : result;
}

/* SPDX-License-Identifier: ISC */
/*
 * statement -- the catalogue's prepared statements and what SQLite says of them
 *
 * Runs in:  spooler; reelctl fsck.
 * Touches:  the catalogue's connection.
 * Locks:    none of ours.
 * Owns:     each statement is the catalogue's; it is lent until the next take
 *           of the same one.
 * Fails:    CATALOGUE_* with the reason noted for catalogue_error(); an open
 *           transaction is rolled back by every failure.
 */
#ifndef STATEMENT_H
#define STATEMENT_H

#include <sqlite3.h>

#include "catalogue.h"

#define CATALOGUE_VERSION	3	/* PRAGMA user_version */

enum statement_name {
	STATEMENT_BEGIN, STATEMENT_COMMIT, STATEMENT_ROLLBACK,
	STATEMENT_STATE, STATEMENT_STATE_SET,
	STATEMENT_FIND, STATEMENT_INSERT, STATEMENT_REFRESH, STATEMENT_REMOVE,
	STATEMENT_SUM_OF, STATEMENT_SUM, STATEMENT_REMOVE_SEGMENTS,
	STATEMENT_EMPTY, STATEMENT_EMPTY_SET, STATEMENT_EMPTY_CLEAR,
	STATEMENT_PURGE, STATEMENT_PURGED, STATEMENT_PURGED_CLEAR,
	STATEMENT_FILES,
	STATEMENT_HAS, STATEMENT_URL,
	STATEMENT_SEGMENTS, STATEMENT_SEGMENT, STATEMENT_PAGES, STATEMENT_SAVE,
	STATEMENT_DROP, STATEMENT_TOUCH, STATEMENT_OLDEST,
	STATEMENT_COUNT
};

struct catalogue {
	sqlite3		*db;
	sqlite3_stmt	*statements[STATEMENT_COUNT];
	uint32_t	 segment_size;
	int		 inside;	/* between begin and commit */
	enum catalogue_result failed;	/* what undid it; OK: nothing */
	enum catalogue_result last;	/* of the last failure */
	struct catalogue_totals totals;	/* as they will be committed */
	struct catalogue_totals committed;
	char		 path[4096];	/* of catalogue.db */
	char		 error[256];
};

/* The statement, ready for its values; prepared when first wanted.  NULL: the
 * failure is noted, `last` says which. */
sqlite3_stmt *statement_take(struct catalogue *, enum statement_name);
/* The next row: OK; NONE behind the last. */
enum catalogue_result statement_step(struct catalogue *, sqlite3_stmt *);
/* Steps to the end, rows are passed over: OK. */
enum catalogue_result statement_run(struct catalogue *, sqlite3_stmt *);
/* The same for one without values. */
enum catalogue_result statement_do(struct catalogue *, enum statement_name);
/* SQL that is used once. */
enum catalogue_result statement_text(struct catalogue *, const char *sql);

/* Notes what SQLite says last and undoes the open transaction. */
enum catalogue_result statement_fail(struct catalogue *);
/* A row that cannot be so: CORRUPT, with that reason. */
enum catalogue_result statement_corrupt(struct catalogue *, const char *reason);

/* A change is a transaction by itself where none is open. */
enum catalogue_result statement_begin(struct catalogue *, int *own);
enum catalogue_result statement_end(struct catalogue *, int own,
    enum catalogue_result);

#endif /* STATEMENT_H */

/* SPDX-License-Identifier: ISC */
/* catalogue_check -- reads the whole catalogue and counts; spooler */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "statement.h"

/* Each is 0 in a catalogue where everything has its place. */
static const struct rule {
	const char	*sql, *broken;
} rules[] = {
	{ "SELECT count(*) <> 1 FROM state", "there is more than one state" },
	{ "SELECT count(*) FROM segment WHERE file NOT IN"
	    " (SELECT number FROM file) AND file NOT IN"
	    " (SELECT file FROM purged)", "segments without a file" },
	{ "SELECT count(*) FROM purged WHERE file IN"
	    " (SELECT number FROM file)", "purged files that have a key" },
	{ "SELECT count(*) FROM hollow WHERE (file NOT IN"
	    " (SELECT number FROM file) AND file NOT IN"
	    " (SELECT file FROM purged)) OR file IN (SELECT file FROM segment)",
	    "files noted as empty that are not" },
	{ "SELECT count(*) FROM file WHERE number NOT IN"
	    " (SELECT file FROM segment) AND number NOT IN"
	    " (SELECT file FROM hollow)", "empty files not noted as such" },
	{ "SELECT count(*) <> (SELECT files FROM state) FROM file",
	    "the number of files is wrong" },
	{ "SELECT count(*) <> (SELECT segments FROM state) FROM segment",
	    "the number of segments is wrong" },
	{ "SELECT total(pages) <> (SELECT bytes FROM state) FROM segment",
	    "the number of bytes is wrong" },
};

static enum catalogue_result
check_rule(struct catalogue *c, const struct rule *rule)
{
	enum catalogue_result result;
	sqlite3_stmt *s;
	int64_t n = 0;

	if (sqlite3_prepare_v2(c->db, rule->sql, -1, &s, NULL) != SQLITE_OK)
		return statement_fail(c);
	if ((result = statement_step(c, s)) == CATALOGUE_OK)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	if (result == CATALOGUE_OK && n != 0)
		return statement_corrupt(c, rule->broken);
	return result;
}

static enum catalogue_result
check_pages(struct catalogue *c)
{
	enum catalogue_result result;
	sqlite3_stmt *s;
	char text[200] = "ok";

	if (sqlite3_prepare_v2(c->db, "PRAGMA quick_check(1)", -1, &s, NULL) !=
	    SQLITE_OK)
		return statement_fail(c);
	if ((result = statement_step(c, s)) == CATALOGUE_OK)
		snprintf(text, sizeof(text), "%s",
		    (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	if (result == CATALOGUE_OK && strcmp(text, "ok") != 0)
		return statement_corrupt(c, text);
	return result;
}

struct sight {
	uint32_t	 segment_size;
	uint64_t	 bytes;
};

static void
see_segment(void *arg, const struct catalogue_segment *segment)
{
	struct sight *sight = arg;

	sight->bytes += catalogue_pages(segment, sight->segment_size);
}

/* Reading a row checks it. */
static enum catalogue_result
check_file(struct catalogue *c, sqlite3_stmt *s, struct sight *sight)
{
	struct object_answer a;
	enum catalogue_result result;
	int64_t file, answered;

	if (sqlite3_column_bytes(s, 0) != HASH_LEN)
		return statement_corrupt(c, "a key is none");
	result = catalogue_find(c, sqlite3_column_blob(s, 0), &file, &a,
	    &answered);
	if (result != CATALOGUE_OK)
		return result == CATALOGUE_NONE ?
		    statement_corrupt(c, "a file is not found by its key") :
		    result;
	return catalogue_segments(c, file, see_segment, sight);
}

static enum catalogue_result
check_purged(struct catalogue *c, sqlite3_stmt *s, struct sight *sight)
{
	return catalogue_segments(c, sqlite3_column_int64(s, 0), see_segment,
	    sight);
}

static enum catalogue_result
check_each(struct catalogue *c, const char *sql, struct sight *sight,
    enum catalogue_result (*check)(struct catalogue *, sqlite3_stmt *,
    struct sight *))
{
	enum catalogue_result result;
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK)
		return statement_fail(c);
	while ((result = statement_step(c, s)) == CATALOGUE_OK &&
	    (result = check(c, s, sight)) == CATALOGUE_OK)
		;
	sqlite3_finalize(s);
	return result == CATALOGUE_NONE ? CATALOGUE_OK : result;
}

static enum catalogue_result
check_files(struct catalogue *c)
{
	struct sight sight = { c->segment_size, 0 };
	enum catalogue_result result;

	if ((result = check_each(c, "SELECT key FROM file", &sight,
	    check_file)) != CATALOGUE_OK ||
	    (result = check_each(c, "SELECT file FROM purged", &sight,
	    check_purged)) != CATALOGUE_OK)
		return result;
	return sight.bytes == c->totals.bytes ? CATALOGUE_OK :
	    statement_corrupt(c, "the pages of a segment are counted wrong");
}

enum catalogue_result
catalogue_check(struct catalogue *c)
{
	enum catalogue_result result = check_pages(c);
	size_t i;

	for (i = 0; result == CATALOGUE_OK &&
	    i < sizeof(rules) / sizeof(rules[0]); i++)
		result = check_rule(c, &rules[i]);
	return result == CATALOGUE_OK ? check_files(c) : result;
}

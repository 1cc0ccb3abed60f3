/* SPDX-License-Identifier: ISC */
/*
 * reading -- one parse of a configuration: where it is and what it found
 *
 * Runs in:  every process that parses a configuration.
 * Touches:  the files of the configuration.
 * Locks:    none; one parse at a time in a process (libconfuse's scanner is
 *           global).
 * Owns:     nothing; the configuration that is being filled is the caller's.
 * Fails:    never by return value: errors go to the report function and are
 *           counted in `errors`.
 */
#ifndef REELD_CONF_READING_H
#define REELD_CONF_READING_H

#include <stddef.h>

#include "reeld/conf.h"

#include "param.h"
#include "source.h"

/* Where a parameter was written; line 0: it was not. */
struct mark {
	const char	*file;
	int		 line;
	int		 bad;		/* its value was refused */
};

struct reading {
	struct conf		*conf;
	const struct conf_define *defines;
	size_t			 ndefines;
	conf_report		*report;
	void			*arg;

	unsigned		 errors;
	int			 stopped;	/* a slip ended the parse */
	struct source		*source;	/* what libconfuse has now */
	unsigned		 depth;		/* of includes */

	enum param_section	 section;	/* where values go now ... */
	void			*base;		/* ... and their struct */
	struct mark		 marks[PARAM_MAX];	/* beside param_table;
						 * of the section being read
						 * and of the global rows */
};

/* Parses a file, or text under a name, into reader->conf and applies the
 * rules. */
void reading_parse_file(struct reading *, const char *file);
void reading_parse_text(struct reading *, const char *name, const char *text,
    size_t len);

/* Report at a place; an error is counted, a warning is not. */
void reading_error(struct reading *, const char *file, int line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void reading_warning(struct reading *, const char *file, int line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* What the grammar found: the title of a section that begins, a value
 * (`first`: of a list, or the only one), the section's end. */
void reading_begin(struct reading *, enum param_section, const char *title,
    const char *file, int line);
void reading_value(struct reading *, const struct param *, int first,
    const char *value, const char *file, int line);
void reading_end(struct reading *);

/* A text with its ${name} replaced: see source_expand(). */
char *reading_expand(struct reading *, const char *value, char *why,
    size_t len);

/* The mark of a parameter that the table has. */
struct mark *reading_mark(struct reading *, const struct param *);

#endif /* REELD_CONF_READING_H */

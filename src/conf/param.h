/* SPDX-License-Identifier: ISC */
/*
 * param -- the table of all parameters of reeld.conf
 *
 * Runs in:  every process that parses or prints a configuration.
 * Touches:  nothing shared; the table is constant.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    param_find() and param_word() with NULL for a name they lack.
 *
 * One row drives all: the grammar that libconfuse gets, parsing, checking,
 * the default, printing, and whether this version can do it.  A new parameter
 * is one row, its manual line, its test.
 */
#ifndef REELD_CONF_PARAM_H
#define REELD_CONF_PARAM_H

#include <stddef.h>
#include <stdint.h>

enum param_section {
	PARAM_GLOBAL, PARAM_LISTEN, PARAM_SPOOL, PARAM_ORIGIN, PARAM_SECTIONS
};

/* How a value is written, and the field that it goes to. */
enum param_kind {
	PARAM_SIZE,	/* 64K: bytes, an unsigned integer */
	PARAM_TIME,	/* 500ms: milliseconds, int64_t */
	PARAM_COUNT,	/* 30: an unsigned integer */
	PARAM_PERCENT,	/* 5%: an unsigned integer */
	PARAM_BOOL,	/* true or false: int */
	PARAM_WORD,	/* one of `words`: an enum */
	PARAM_WORDS,	/* a list of `words`: bits of an unsigned integer */
	PARAM_TEXT,	/* char * */
	PARAM_TEXTS	/* a list: struct conf_strings */
};

/* What must not be shown of a text: neither printed nor quoted in errors. */
enum param_veil {
	VEIL_NONE,
	VEIL_ALL,	/* the whole text */
	VEIL_URL,	/* a URL's userinfo */
	VEIL_HEADER	/* the value of a header that carries credentials */
};

#define PARAM_POWER2	 0x1u	/* a power of two only */
#define PARAM_LATER	 0x2u	/* accepted, of no use in this version: printed
				 * only where it is not the default */
#define PARAM_MISSING	 0x4u	/* this version cannot do it: anything but the
				 * default is reported by
				 * conf_unsupported() */

struct param_word {
	const char	*name;		/* NULL ends the list */
	uint64_t	 value;
	int		 missing;	/* as PARAM_MISSING, for this word */
};

struct param {
	enum param_section	 section;
	enum param_kind		 kind;
	const char		*name;
	size_t			 offset, width;	/* the field in its struct */
	const char		*initial;	/* the default as it would be
						 * written; NULL: not set */
	uint64_t		 min, max;	/* of a number; of a text's
						 * length (max 0: 4095) */
	const struct param_word	*words;
	const char		*(*check)(const char *);
	enum param_veil		 veil;
	unsigned		 flags;
};

extern const struct param param_table[];
extern const size_t param_count;

/* More than the rows of the table, for arrays that run beside it. */
#define PARAM_MAX	96

/* The row of a name, or NULL. */
const struct param *param_find(enum param_section, const char *name);

/* The word called `name`, or NULL. */
const struct param_word *param_word(const struct param *, const char *name);

/* How a section is called in the file; "" for PARAM_GLOBAL. */
const char *param_section_name(enum param_section);

#endif /* REELD_CONF_PARAM_H */

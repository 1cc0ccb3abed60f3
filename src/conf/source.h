/* SPDX-License-Identifier: ISC */
/*
 * source -- the text of one configuration file, made fit for libconfuse
 *
 * Runs in:  every process that parses a configuration.
 * Touches:  the file that it reads.
 * Locks:    none.
 * Owns:     the text, until source_fini().
 * Fails:    source_read() with -1 and errno; a slip of the text is kept in
 *           the struct, to be reported when the parser gets there.
 *
 * libconfuse replaces ${name} by the process environment, miscounts lines
 * after comments, skips bytes that it does not know ("+5" is 5), misses a }
 * at the end of the file, and tells nobody of an empty list.  So its lexer
 * never sees any of that: comments become blanks, ${ in double quotes becomes
 * a mark that source_expand() replaces in the finished value, {} after = gets
 * SOURCE_EMPTY as its only value, and the text is cut before what is not the
 * grammar's.  Lines stay where they were.
 */
#ifndef REELD_CONF_SOURCE_H
#define REELD_CONF_SOURCE_H

#include <stddef.h>

#include "reeld/conf.h"

/* The value that stands for an empty list. */
#define SOURCE_EMPTY	"\002"

#define SOURCE_SLIP_MAX	64

struct source {
	char		*text;
	size_t		 len;
	char		 slip[SOURCE_SLIP_MAX];	/* why the text was cut ... */
	int		 slip_line;		/* ... and where; 0: it is
						 * whole */
};

/* Reads a file of at most SOURCE_MAX bytes (else EFBIG). */
#define SOURCE_MAX	(1024 * 1024)
int source_read(struct source *, const char *file);

/* The same for `len` bytes in memory. */
void source_parse(struct source *, const char *bytes, size_t len);

void source_fini(struct source *);

/*
 * A copy of a value with its ${name} replaced, to be freed by the caller; NULL
 * with the reason in `why` (`len` bytes) when one is not defined.
 */
char *source_expand(const char *value, const struct conf_define *, size_t n,
    char *why, size_t len);

#endif /* REELD_CONF_SOURCE_H */

/* SPDX-License-Identifier: ISC */
/*
 * grammar -- the grammar of reeld.conf, on libconfuse
 *
 * Runs in:  every process that parses a configuration.
 * Touches:  the files that include() names.
 * Locks:    none; not reentrant, as libconfuse's scanner is global.
 * Owns:     nothing.
 * Fails:    -1 after a slip or an unknown name was reported.
 */
#ifndef REELD_CONF_GRAMMAR_H
#define REELD_CONF_GRAMMAR_H

#include "reading.h"
#include "source.h"

/* Parses the text of the file `name` and what it includes: each section and
 * value goes to reading_begin(), reading_value() and reading_end() in turn. */
int grammar_parse(struct reading *, const char *name, struct source *);

#endif /* REELD_CONF_GRAMMAR_H */

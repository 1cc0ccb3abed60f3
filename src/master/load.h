/* SPDX-License-Identifier: ISC */
/*
 * load -- reads the configuration file and says what is wrong with it
 *
 * Runs in:  master.
 * Touches:  the configuration file; LOAD_CHECK certificates and keys as well.
 * Locks:    none.
 * Owns:     nothing: the configuration is the caller's to destroy.
 * Fails:    NULL after every error was printed, `file:line: text` each.
 */
#ifndef MASTER_LOAD_H
#define MASTER_LOAD_H

#include <stdio.h>

#include "reeld/conf.h"
#include "reeld/roles.h"

/* What this version cannot do is an error to LOAD_RUN, a warning to
 * LOAD_CHECK.  Certificates, which LOAD_RUN leaves to supply.h, are read by
 * LOAD_CHECK to see whether they are good. */
enum load_purpose { LOAD_RUN, LOAD_CHECK };

struct conf *load_conf(const struct master_start *, enum load_purpose,
    FILE *errors);

/* One line of it; as conf_report() with a FILE for `arg`. */
void load_print(void *errors, int warning, const char *file, int line,
    const char *text);

/* What is wrong with a listener, printf-style, at its own line. */
void load_complain(FILE *errors, int warning, const struct conf_listen *,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif /* MASTER_LOAD_H */

/* SPDX-License-Identifier: ISC */
/*
 * reload -- a new configuration in the place of the one in force
 *
 * Runs in:  master.
 * Touches:  the configuration file.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 after every error was logged; then nothing has changed.
 */
#ifndef MASTER_RELOAD_H
#define MASTER_RELOAD_H

#include <stdio.h>

#include "reeld/conf.h"
#include "reeld/roles.h"

/* Reads the configuration again.  If it is good, `*conf` becomes it, except
 * for what only a restart can change, of which it warns.  Errors and warnings
 * are logged and, unless `answer` is NULL, printed there after a first line
 * `ok` or `error: ...`. */
int reload_conf(const struct master_start *, struct conf **conf, FILE *answer);

/* The text of `conf` that the roles read, secrets and all: a sealed memfd, or
 * -1 with errno. */
int reload_text(const struct conf *);

#endif /* MASTER_RELOAD_H */

/* SPDX-License-Identifier: ISC */
/*
 * reload -- a new configuration in the place of the one in force
 *
 * Runs in:  master.
 * Touches:  the configuration file, and what it names; listening sockets.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 after every error was logged; then nothing has changed.
 */
#ifndef MASTER_RELOAD_H
#define MASTER_RELOAD_H

#include <stdio.h>

#include "reeld/conf.h"
#include "reeld/roles.h"
#include "supply.h"

/* Reads the configuration again.  If it is good, and all that it takes can be
 * had, `supply` is made by it and `*conf` becomes it, except for what only a
 * restart can change, of which it warns.  Errors and warnings are logged and,
 * unless `answer` is NULL, printed there after a first line `ok` or `error:
 * ...`. */
int reload_conf(const struct master_start *, struct supply *supply,
    struct conf **conf, FILE *answer);

#endif /* MASTER_RELOAD_H */

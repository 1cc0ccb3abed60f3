/* SPDX-License-Identifier: ISC */
/*
 * roles -- what a process of reeld can be, and where each begins
 *
 * Runs in:  every process.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    role_find() is ARENA_NOBODY for a name that is no role.
 */
#ifndef REELD_ROLES_H
#define REELD_ROLES_H

#include <stddef.h>

#include "reeld/arena.h"
#include "reeld/conf.h"

#define ROLE_TITLE	24	/* bytes that role_title() fills at most */
#define ROLE_WORKERS	30	/* workers at most */

struct child;

/* "worker", "fetcher", "spooler": as in `-R name`, process title and log. */
const char *role_name(enum arena_role);
/* The role that a process started as `-R name` has. */
enum arena_role role_find(const char *name);
/* How much of the arena a role may see. */
enum arena_payload role_payload(enum arena_role);
/* What a role may do: a set of enum sandbox_power. */
unsigned role_powers(enum arena_role);
/* "worker 0", "fetcher": `index` counts among those of the same role. */
const char *role_title(enum arena_role, unsigned index, char buf[ROLE_TITLE]);

/* The roles.  Each is called after child_start(), says child_ready() once it
 * works, and returns the exit status of its process. */
int worker_main(struct child *);
int fetcher_main(struct child *);
int spooler_main(struct child *);

/* How reeld was called. */
struct master_start {
	const char	*file;
	const struct conf_define *defines;
	size_t		 ndefines;
	int		 foreground;	/* -d */
};

/* Reads the configuration and runs reeld by it, in the background unless told
 * otherwise.  The exit status, after everything was told to stderr or to the
 * log. */
int master_main(const struct master_start *);
/* Reads the configuration, says what is wrong with it or that it is right;
 * prints the effective one when `print` is set.  The exit status. */
int master_check(const struct master_start *, int print);

#endif /* REELD_ROLES_H */

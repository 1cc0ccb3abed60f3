/* SPDX-License-Identifier: ISC */
/*
 * spawn -- starts this very program once more, as a role
 *
 * Runs in:  master.
 * Touches:  processes; the descriptors 0 to 3 of the new one.
 * Locks:    none.
 * Owns:     nothing: pid and socket are the caller's.
 * Fails:    -1 with errno of socketpair(2) or fork(2); what fails later ends
 *           the new process, status SPAWN_FAILED.
 */
#ifndef REELD_SPAWN_H
#define REELD_SPAWN_H

#include <sys/types.h>

#include "reeld/arena.h"

#define SPAWN_FAILED	127

/* Forks and executes /proc/self/exe, which stays this version even if the
 * file was replaced, as `-R role`.  The new process has descriptor 0 and 1 on
 * /dev/null, 2 as we have it, the socket to us on CHILD_SOCK, and no other; no
 * signal is blocked in it.  Returns its pid, and our end of the socket, which
 * does not block, in `*sock`. */
pid_t spawn_role(enum arena_role, int *sock);

#endif /* REELD_SPAWN_H */

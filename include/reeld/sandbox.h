/* SPDX-License-Identifier: ISC */
/*
 * sandbox -- takes from a process all powers that its role does not need
 *
 * Runs in:  every role, once it has all it was given, before its first thread.
 * Touches:  the process: limits, capabilities, landlock, seccomp; TZ.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    fatal where the kernel has the means and refuses them; a kernel
 *           without landlock is a line in the log.
 */
#ifndef REELD_SANDBOX_H
#define REELD_SANDBOX_H

#include "reeld/arena.h"

/* What a role may do besides computing, waiting, and using the descriptors
 * and the memory that it has. */
enum sandbox_power {
	SANDBOX_ACCEPT	= 1 << 0,	/* take clients from its listeners */
	SANDBOX_CONNECT	= 1 << 1,	/* find hosts, connect; has threads */
	SANDBOX_READ	= 1 << 2,	/* read what finding and trusting a
					   host takes: resolver, certificates */
	SANDBOX_SPOOL	= 1 << 3	/* make, write and remove files */
};

/* No way back: no new privileges, no core, no capabilities, landlock, then
 * seccomp, by the powers of the role (roles.h).  Libraries find here what they
 * would open later, but those with a start of their own must have been started
 * before (curl_global_init()). */
void sandbox_enter(enum arena_role);
/* The same for a role with SANDBOX_SPOOL, which may use `folder` alone: the
 * one that stands there now. */
void sandbox_enter_in(enum arena_role, const char *folder);

#endif /* REELD_SANDBOX_H */

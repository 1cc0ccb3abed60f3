/* SPDX-License-Identifier: ISC */
/*
 * sandbox_part -- what the parts of the sandbox share
 *
 * Runs in:  every role; tests, which leave out one fence to try the other.
 * Touches:  the process.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    fatal, see sandbox.h.
 */
#ifndef SANDBOX_PART_H
#define SANDBOX_PART_H

/* Which stand.  A sanitizer opens files, starts a process and lets that trace
 * us, to say what it found: under one there is none. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_FENCES	0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_FENCES	0
#endif
#endif
#ifndef SANDBOX_FENCES
#define SANDBOX_FENCES	(SANDBOX_LANDLOCK | SANDBOX_SECCOMP)
#endif

enum sandbox_fence {
	SANDBOX_LANDLOCK = 1 << 0,
	SANDBOX_SECCOMP	= 1 << 1
};

struct sandbox {
	unsigned	 powers;	/* enum sandbox_power */
	unsigned	 fences;	/* enum sandbox_fence */
	const char	*folder;	/* of SANDBOX_SPOOL; NULL: none */
};

/* All that sandbox_enter() does, for these powers. */
void sandbox_close(const struct sandbox *);

/* Reads now what libraries would open, or load as code, when they need it. */
void sandbox_load(unsigned powers);

/* The two fences; a kernel without landlock is a line in the log. */
void sandbox_landlock(const struct sandbox *);
void sandbox_seccomp(unsigned powers);

#endif /* SANDBOX_PART_H */

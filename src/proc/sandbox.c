/* SPDX-License-Identifier: ISC */
/* sandbox -- takes from a process what its role does not need; every role */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "reeld/log.h"
#include "reeld/roles.h"
#include "reeld/sandbox.h"
#include "sandbox_part.h"

/* Less than that, if that is what we were given, cannot be raised again. */
static void
limit(int resource, rlim_t most)
{
	struct rlimit rl;

	if (getrlimit(resource, &rl) == -1)
		fatal("limits: %s", strerror(errno));
	if (rl.rlim_max > most)
		rl.rlim_max = most;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(resource, &rl) == -1)
		fatal("limits: %s", strerror(errno));
}

/*
 * A core holds what clients watch, and keys.  The kernel hands one to a program
 * (core_pattern beginning with |) even if the limit is 0, but not if it is 1,
 * and a file of one byte it does not begin (core(5)).
 *
 * RLIMIT_FSIZE would be no gain: it stops the logs too, and what else could be
 * written to cannot be opened.  RLIMIT_NOFILE is as the master has set it.
 */
static void
limit_all(const struct sandbox *s)
{
	limit(RLIMIT_CORE, 1);
	if ((s->powers & SANDBOX_CONNECT) == 0 &&
	    (s->fences & SANDBOX_SECCOMP) != 0)
		limit(RLIMIT_NPROC, 0);
}

/* A change of user from root clears them; what a service manager lent to an
 * ordinary user, so that the master may bind low ports, stays until here.  The
 * ambient ones go with the permitted. */
static void
drop_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
	    0 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
	    { 0, 0, 0 }, { 0, 0, 0 } };

	if (syscall(SYS_capset, &head, none) == -1)
		fatal("capabilities: %s", strerror(errno));
}

void
sandbox_close(const struct sandbox *s)
{
	sandbox_load(s->powers);
	limit_all(s);
	drop_capabilities();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("no_new_privs: %s", strerror(errno));
	if ((s->fences & SANDBOX_LANDLOCK) != 0)
		sandbox_landlock(s);
	if ((s->fences & SANDBOX_SECCOMP) != 0)
		sandbox_seccomp(s->powers);
}

void
sandbox_enter_in(enum arena_role role, const char *folder)
{
	const struct sandbox s = { role_powers(role), SANDBOX_FENCES, folder };

	sandbox_close(&s);
}

void
sandbox_enter(enum arena_role role)
{
	sandbox_enter_in(role, NULL);
}

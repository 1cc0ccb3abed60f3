/* SPDX-License-Identifier: ISC */
/* sandbox_seccomp -- which system calls a process has; every role */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <asm/ioctls.h>
#include <linux/netlink.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <seccomp.h>

#include "reeld/log.h"
#include "reeld/sandbox.h"
#include "sandbox_part.h"

#define ARGS_MAX	2

/* A system call; with arguments: only if all of them compare so. */
struct call {
	unsigned	 powers;	/* one of these allows it; 0: all do */
	uint32_t	 action;
	int		 number;	/* negative: unknown to this machine */
	unsigned	 nargs;
	struct scmp_arg_cmp args[ARGS_MAX];
};

#define EVERYBODY	0
#define ACCEPT		SANDBOX_ACCEPT
#define CONNECT		SANDBOX_CONNECT
#define READ		SANDBOX_READ
#define SPOOL		SANDBOX_SPOOL

/* Flags of open(2) that a reader must not have. */
#define WRITING		(O_ACCMODE | O_CREAT | O_TRUNC | \
    (O_TMPFILE & ~O_DIRECTORY))

/* Flags of clone(2): a thread, and nothing that would be more than one. */
#define SPACES		(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | \
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)

#define IS(arg, value)	{ arg, SCMP_CMP_EQ, value, 0 }
#define BITS(arg, mask, value) { arg, SCMP_CMP_MASKED_EQ, mask, value }
#define COUNT(...)	(sizeof((struct scmp_arg_cmp[]){ __VA_ARGS__ }) / \
    sizeof(struct scmp_arg_cmp))
#define ROW(powers, action, call, ...) { powers, action, SCMP_SYS(call), \
    COUNT(__VA_ARGS__), { __VA_ARGS__ } },

static const struct call calls[] = {
#define ALLOW(powers, call, ...) ROW(powers, SCMP_ACT_ALLOW, call, __VA_ARGS__)
#define FAIL(powers, call, error) ROW(powers, SCMP_ACT_ERRNO(error), call)
#define KILL(call)	ROW(EVERYBODY, SCMP_ACT_KILL_PROCESS, call)
#include "reeld/sandbox_call.def"
#undef ALLOW
#undef FAIL
#undef KILL
};

static void
must(int result, const char *what)
{
	if (result < 0)
		fatal("seccomp: %s: %s", what, strerror(-result));
}

static void
add_all(scmp_filter_ctx filter, unsigned powers)
{
	const struct call *c;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		c = &calls[i];
		if (c->number < 0 ||
		    (c->powers != EVERYBODY && (c->powers & powers) == 0))
			continue;
		must(seccomp_rule_add_array(filter, c->action, c->number,
		    c->nargs, c->args), "rule");
	}
}

/* abort(3) signals its own thread. */
static void
add_abort(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp self = { 0, SCMP_CMP_EQ, (scmp_datum_t)
	    getpid(), 0 };

	must(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
	    1, &self), "rule");
}

/*
 * A call that nobody has thought of fails with EPERM: a library that tries it
 * goes on without.  Those that a library never tries and an intruder would
 * (KILL) end the process: the master starts another one, and that is in the
 * log.  Calls of another architecture, such as x32, are of that kind.
 */
void
sandbox_seccomp(unsigned powers)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (filter == NULL)
		fatal("seccomp: no memory");
	/* who may write files reads them as well */
	if ((powers & SANDBOX_SPOOL) != 0)
		powers |= SANDBOX_READ;
	must(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS), "action");
	/* the kernel's own errors */
	must(seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1), "errors");
	add_all(filter, powers);
	add_abort(filter);
	must(seccomp_load(filter), "filter");
	seccomp_release(filter);
}

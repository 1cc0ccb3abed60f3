/* SPDX-License-Identifier: ISC */
/* Tests of the sandbox: a child takes on the powers of a role behind one fence
 * alone, tries what helper/escape.c knows, and tells how far it came. */
#include "config.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/landlock.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/roles.h"
#include "reeld/sandbox.h"
#include "src/proc/sandbox_part.h"
#include "../helper/escape.h"

#define WORKER		(role_powers(ARENA_WORKER))
#define FETCHER		(role_powers(ARENA_FETCHER))
#define SPOOLER		(role_powers(ARENA_SPOOLER))
#define TRIES_MAX	64
#define CHILD_S		10	/* then it is ended */

TestSuite(sandbox, .init = escape_begin, .fini = escape_end, .timeout = 30);

struct try {
	const char	*name;		/* in escape.c */
	int		 expected;	/* errno, or 0 */
	int		 abi;		/* of landlock, from which on */
};
#define MAY(name)		{ name, 0, 0 }
#define DENIED(name)		{ name, EPERM, 0 }	/* by seccomp */
#define REFUSED(name)		{ name, EACCES, 0 }	/* by landlock */
#define REFUSED_TCP(name)	{ name, EACCES, 4 }

/* ---- the child ---- */

static pid_t
enclose(unsigned powers, unsigned fences)
{
	const struct sandbox s = { powers, fences, escape_spool() };
	pid_t pid = fork();

	cr_assert_neq(pid, -1);
	if (pid != 0)
		return pid;
	alarm(CHILD_S);
	sandbox_close(&s);
	return 0;
}

static void __attribute__((noreturn))
answer(int out, const struct try *tries, size_t n)
{
	int results[TRIES_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		results[i] = escape_try(tries[i].name);
	_exit(write(out, results, n * sizeof(int)) == -1);
}

static int
landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

static void
compare(const struct try *t, int error)
{
	if (landlock_abi() < t->abi)
		fprintf(stderr, "SKIP: %s: landlock of this kernel knows no "
		    "TCP\n", t->name);
	else
		cr_expect_eq(error, t->expected, "%s: \"%s\", not \"%s\"",
		    t->name, strerror(error), strerror(t->expected));
}

static void
try_all(unsigned powers, unsigned fences, const struct try *tries, size_t n)
{
	int results[TRIES_MAX], fds[2], status;
	pid_t pid;
	size_t i;

	cr_assert_leq(n, (size_t)TRIES_MAX);
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	if ((pid = enclose(powers, fences)) == 0)
		answer(fds[1], tries, n);
	close(fds[1]);
	cr_assert_eq(read(fds[0], results, sizeof(results)),
	    (ssize_t)(n * sizeof(int)));
	close(fds[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	for (i = 0; i < n; i++)
		compare(&tries[i], results[i]);
}
#define TRY_ALL(powers, fence, tries) \
	try_all(powers, fence, tries, sizeof(tries) / sizeof(tries[0]))

/* 1, after saying so, when this fence cannot be tried. */
static int
skipped(unsigned fence)
{
	if ((SANDBOX_FENCES & fence) == 0)
		fprintf(stderr, "SKIP: no sandbox under a sanitizer\n");
	else if (fence == SANDBOX_LANDLOCK && landlock_abi() == -1)
		fprintf(stderr, "SKIP: no landlock in this kernel\n");
	else
		return 0;
	return 1;
}

/* ---- seccomp alone ---- */

static const struct try of_all[] = {
	DENIED("listen"), DENIED("packet_socket"), DENIED("audit_socket"),
	DENIED("fork"), DENIED("kill"), DENIED("tgkill"), DENIED("setuid"),
	DENIED("undump"), DENIED("io_uring"), DENIED("map_code"),
	DENIED("turn_to_code"), DENIED("chmod"), DENIED("link"),
	MAY("map"), MAY("punch"), MAY("wait_bell"), MAY("wait_lock"),
	MAY("tell_time"), MAY("make_tls"), MAY("replace"),
};

static const struct try of_worker[] = {
	DENIED("inet"), DENIED("inet6"), DENIED("unix_socket"),
	DENIED("route_socket"), DENIED("fast_open"), DENIED("connect"),
	DENIED("bind"), DENIED("thread"), DENIED("read"), DENIED("list"),
	DENIED("read_hosts"), DENIED("write"), DENIED("create"),
	DENIED("create_unnamed"), DENIED("unlink"), DENIED("rename"),
	DENIED("mkdir"),
	MAY("accept"), MAY("accept4"),
};

static const struct try of_fetcher[] = {
	DENIED("accept"), DENIED("accept4"), DENIED("write"),
	DENIED("update"), DENIED("empty"), DENIED("create"),
	DENIED("create_to_read"), DENIED("create_unnamed"), DENIED("creat"),
	DENIED("unlink"), DENIED("rename"), DENIED("mkdir"),
	MAY("inet"), MAY("inet6"), MAY("unix_socket"), MAY("route_socket"),
	MAY("connect"), MAY("thread"), MAY("read"), MAY("find_host"),
	MAY("read_certificates"),
};

static const struct try of_spooler[] = {
	DENIED("inet"), DENIED("inet6"), DENIED("unix_socket"),
	DENIED("route_socket"), DENIED("fast_open"), DENIED("connect"),
	DENIED("bind"), DENIED("accept"), DENIED("accept4"), DENIED("thread"),
	MAY("create"), MAY("update"), MAY("unlink"), MAY("spool_rename"),
	MAY("spool_unlink"), MAY("spool_create"), MAY("spool_sync"),
};

Test(sandbox, seccomp_of_worker)
{
	if (skipped(SANDBOX_SECCOMP))
		return;
	TRY_ALL(WORKER, SANDBOX_SECCOMP, of_all);
	TRY_ALL(WORKER, SANDBOX_SECCOMP, of_worker);
}

Test(sandbox, seccomp_of_fetcher)
{
	if (skipped(SANDBOX_SECCOMP))
		return;
	TRY_ALL(FETCHER, SANDBOX_SECCOMP, of_all);
	TRY_ALL(FETCHER, SANDBOX_SECCOMP, of_fetcher);
}

Test(sandbox, seccomp_of_spooler)
{
	if (skipped(SANDBOX_SECCOMP))
		return;
	TRY_ALL(SPOOLER, SANDBOX_SECCOMP, of_all);
	TRY_ALL(SPOOLER, SANDBOX_SECCOMP, of_spooler);
}

/* ---- landlock alone ---- */

Test(sandbox, landlock_of_worker)
{
	static const struct try tries[] = {
		REFUSED("read"), REFUSED("list"), REFUSED("read_hosts"),
		REFUSED("read_environ"), REFUSED("write"), REFUSED("create"),
		REFUSED("unlink"), REFUSED("rename"), REFUSED("mkdir"),
		REFUSED_TCP("bind"), REFUSED_TCP("connect"),
		MAY("accept"), MAY("tell_time"), MAY("make_tls"),
	};

	if (!skipped(SANDBOX_LANDLOCK))
		TRY_ALL(WORKER, SANDBOX_LANDLOCK, tries);
}

Test(sandbox, landlock_of_fetcher)
{
	static const struct try tries[] = {
		REFUSED("read"), REFUSED("list"), REFUSED("read_environ"),
		REFUSED("write"), REFUSED("create"),
		REFUSED("create_unnamed"), REFUSED("unlink"),
		REFUSED("rename"), REFUSED("mkdir"),
		REFUSED_TCP("bind_port"), MAY("bind"), MAY("read_hosts"),
		MAY("read_certificates"),
		MAY("find_host"), MAY("connect"),
	};

	if (!skipped(SANDBOX_LANDLOCK))
		TRY_ALL(FETCHER, SANDBOX_LANDLOCK, tries);
}

Test(sandbox, landlock_of_spooler)
{
	static const struct try tries[] = {
		REFUSED("read"), REFUSED("read_hosts"), REFUSED("write"),
		REFUSED("create"), REFUSED("unlink"), REFUSED("mkdir"),
		REFUSED_TCP("bind"), REFUSED_TCP("connect"),
		MAY("spool_rename"), MAY("spool_unlink"),
		MAY("spool_create"),
	};

	if (!skipped(SANDBOX_LANDLOCK))
		TRY_ALL(SPOOLER, SANDBOX_LANDLOCK, tries);
}

/* What works with one fence works with both. */
Test(sandbox, all_fences)
{
	static const struct try worker[] = {
		MAY("accept4"), MAY("map"), MAY("wait_bell"),
		MAY("tell_time"), MAY("make_tls"), DENIED("connect"),
	};
	static const struct try fetcher[] = {
		MAY("find_host"), MAY("connect"), MAY("thread"),
		MAY("read_certificates"), REFUSED("read"), DENIED("write"),
	};
	static const struct try spooler[] = {
		MAY("map"), MAY("punch"), MAY("wait_bell"), MAY("tell_time"),
		MAY("spool_rename"), MAY("spool_unlink"),
		MAY("spool_create"), REFUSED("read"), REFUSED("write"),
		REFUSED("create"), DENIED("inet"), DENIED("connect"),
	};

	if (skipped(SANDBOX_SECCOMP) || skipped(SANDBOX_LANDLOCK))
		return;
	TRY_ALL(WORKER, SANDBOX_FENCES, worker);
	TRY_ALL(FETCHER, SANDBOX_FENCES, fetcher);
	TRY_ALL(SPOOLER, SANDBOX_FENCES, spooler);
}

/* ---- what ends the process ---- */

static int
end_of(unsigned powers, void (*deed)(void))
{
	pid_t pid = enclose(powers, SANDBOX_SECCOMP);
	int status;

	if (pid == 0) {
		deed();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
execute(void)
{
	execl("/bin/true", "true", NULL);
}

static void
execute_opened(void)
{
	syscall(SYS_execveat, 3, "", NULL, NULL, 0x1000);
}

static void
trace(void)
{
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void
look_into_parent(void)
{
	syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static void
mount_something(void)
{
	syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL);
}

static void
leave_namespace(void)
{
	syscall(SYS_unshare, 0x10000000);
}

static void
keys(void)
{
	syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static void
program(void)
{
	syscall(SYS_bpf, 0, NULL, 0);
}

Test(sandbox, ends)
{
	static void (*const deeds[])(void) = { execute, execute_opened, trace,
	    look_into_parent, mount_something, leave_namespace, keys,
	    program };
	size_t i;

	if (skipped(SANDBOX_SECCOMP))
		return;
	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		cr_expect_eq(end_of(WORKER, deeds[i]), SIGSYS, "%zu", i);
		cr_expect_eq(end_of(FETCHER, deeds[i]), SIGSYS, "%zu", i);
		cr_expect_eq(end_of(SPOOLER, deeds[i]), SIGSYS, "%zu", i);
	}
}

/* A panic is still told as what it is. */
Test(sandbox, aborts)
{
	if (skipped(SANDBOX_SECCOMP))
		return;
	cr_expect_eq(end_of(WORKER, abort), SIGABRT);
	cr_expect_eq(end_of(FETCHER, abort), SIGABRT);
	cr_expect_eq(end_of(SPOOLER, abort), SIGABRT);
}

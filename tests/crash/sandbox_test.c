/* SPDX-License-Identifier: ISC */
/* sandbox_test -- what the processes of a running reeld cannot do, although a
 * debugger makes them try; those who watch see nothing of it */
#include "config.h"

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <linux/landlock.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "src/proc/sandbox_part.h"
#include "../helper/spoolstage.h"

#define TRIES		200	/* to catch a process in a system call */
#define BELOW		1024	/* bytes under its stack for a path */
#define REFUSED		-256	/* we may not trace it */

static struct spoolstage spooled;

static void
start(void)
{
	spoolstage_open(&spooled, "workers = 1", "max = 100M", "");
}

static void
stop(void)
{
	spoolstage_close(&spooled);
}

TestSuite(sandbox, .init = start, .fini = stop, .timeout = 60);

/* ---- a process made to call ---- */

#if defined(__x86_64__)
#define CALL_BYTES	2	/* of the instruction */
#define CALL_MASK	0xffff
#define CALL_CODE	0x050f	/* syscall */
#define COUNTER(r)	((r)->rip)
#define STACK(r)	((r)->rsp)
#define RESULT(r)	((long)(r)->rax)

static void
arrange(struct user_regs_struct *r, long call, const long *args)
{
	r->rax = (unsigned long)call;
	r->orig_rax = (unsigned long)-1;	/* nothing to be restarted */
	r->rdi = (unsigned long)args[0];
	r->rsi = (unsigned long)args[1];
	r->rdx = (unsigned long)args[2];
	r->r10 = (unsigned long)args[3];
}
#elif defined(__aarch64__)
#define CALL_BYTES	4
#define CALL_MASK	0xffffffff
#define CALL_CODE	0xd4000001	/* svc #0 */
#define COUNTER(r)	((r)->pc)
#define STACK(r)	((r)->sp)
#define RESULT(r)	((long)(r)->regs[0])

static void
arrange(struct user_regs_struct *r, long call, const long *args)
{
	int i;

	r->regs[8] = (unsigned long)call;
	for (i = 0; i < 4; i++)
		r->regs[i] = (unsigned long)args[i];
}
#endif

#ifdef CALL_CODE
static void
registers(int request, pid_t pid, struct user_regs_struct *r)
{
	struct iovec iov = { r, sizeof(*r) };

	cr_assert_neq(ptrace((enum __ptrace_request)request, pid,
	    (void *)NT_PRSTATUS, &iov), -1);
}

/* Stopped, with the registers at the system call it was in: 0, or an errno. */
static int
seize(pid_t pid, struct user_regs_struct *r)
{
	int i, status;
	long code;

	for (i = 0; i < TRIES; i++) {
		if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == -1)
			return errno;
		cr_assert_eq(waitpid(pid, &status, __WALL), pid);
		cr_assert(WIFSTOPPED(status));
		registers(PTRACE_GETREGSET, pid, r);
		code = ptrace(PTRACE_PEEKTEXT, pid,
		    (void *)(COUNTER(r) - CALL_BYTES), NULL);
		if ((code & CALL_MASK) == CALL_CODE)
			return 0;
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
		usleep(5000);
	}
	return ETIMEDOUT;
}

static void
put(pid_t pid, unsigned long where, const char *text)
{
	long word;
	size_t i, len = strlen(text) + 1;

	for (i = 0; i < len; i += sizeof(word)) {
		word = 0;
		memcpy(&word, text + i, len - i < sizeof(word) ? len - i :
		    sizeof(word));
		cr_assert_neq(ptrace(PTRACE_POKEDATA, pid, (void *)(where + i),
		    (void *)word), -1);
	}
}

/*
 * Makes the process call once more, with other arguments, and go on as if
 * nothing had been: what it was answered, -errno, or REFUSED.  One that ended
 * of it: its signal in *signal.  Argument `at` is the path, if there is one.
 */
static long
make_call(pid_t pid, long call, const long *args, int at, const char *path,
    int *signal)
{
	struct user_regs_struct before, r;
	long copy[4];
	int status;

	if ((status = seize(pid, &before)) != 0) {
		cr_assert_eq(status, EPERM, "%s", strerror(status));
		return REFUSED;
	}
	memcpy(copy, args, sizeof(copy));
	r = before;
	if (path != NULL) {
		copy[at] = (long)((STACK(&r) - BELOW) & ~15ul);
		put(pid, (unsigned long)copy[at], path);
	}
	COUNTER(&r) -= CALL_BYTES;
	arrange(&r, call, copy);
	registers(PTRACE_SETREGSET, pid, &r);
	cr_assert_neq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), -1);
	cr_assert_eq(waitpid(pid, &status, __WALL), pid);
	*signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (*signal != 0)
		return 0;
	cr_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	registers(PTRACE_GETREGSET, pid, &r);
	registers(PTRACE_SETREGSET, pid, &before);
	cr_assert_neq(ptrace(PTRACE_DETACH, pid, NULL, NULL), -1);
	return RESULT(&r);
}
#else
static long
make_call(pid_t pid, long call, const long *args, int at, const char *path,
    int *signal)
{
	(void)pid;
	(void)call;
	(void)args;
	(void)at;
	(void)path;
	*signal = 0;
	return REFUSED;
}
#endif

/* ---- what they are made to try ---- */

enum outcome { DENIED, REACHED, LANDLOCKED };

struct order {
	const char	*role, *what;
	long		 call;
	long		 args[4];
	int		 at;		/* which is the path */
	const char	*path;
	enum outcome	 outcome;
};

#define READING		{ AT_FDCWD, 0, O_RDONLY | O_CLOEXEC, 0 }
#define WRITING		{ AT_FDCWD, 0, O_WRONLY | O_CREAT | O_CLOEXEC, 0600 }

static const struct order orders[] = {
	{ "worker", "getppid", SYS_getppid, { 0 }, 0, NULL, REACHED },
	{ "worker", "socket", SYS_socket, { AF_INET, SOCK_STREAM }, 0, NULL,
	    DENIED },
	{ "worker", "connect", SYS_connect, { 3, 0, 16 }, 0, NULL, DENIED },
	{ "worker", "read", SYS_openat, READING, 1, "/etc/hosts", DENIED },
	{ "worker", "write", SYS_openat, WRITING, 1, "/tmp/reeld-escape",
	    DENIED },
	{ "fetcher", "getppid", SYS_getppid, { 0 }, 0, NULL, REACHED },
	{ "fetcher", "socket", SYS_socket, { AF_INET, SOCK_STREAM |
	    SOCK_CLOEXEC }, 0, NULL, REACHED },
	{ "fetcher", "listen", SYS_listen, { 3, 16 }, 0, NULL, DENIED },
	{ "fetcher", "accept", SYS_accept4, { 3, 0, 0, 0 }, 0, NULL, DENIED },
	{ "fetcher", "read hosts", SYS_openat, READING, 1, "/etc/hosts",
	    REACHED },
	{ "fetcher", "read another file", SYS_openat, READING, 1,
	    "/proc/self/cmdline", LANDLOCKED },
	{ "fetcher", "write", SYS_openat, WRITING, 1, "/tmp/reeld-escape",
	    DENIED },
	{ "spooler", "getppid", SYS_getppid, { 0 }, 0, NULL, REACHED },
	{ "spooler", "socket", SYS_socket, { AF_INET, SOCK_STREAM }, 0, NULL,
	    DENIED },
	{ "spooler", "connect", SYS_connect, { 3, 0, 16 }, 0, NULL, DENIED },
	{ "spooler", "listen", SYS_listen, { 3, 16 }, 0, NULL, DENIED },
	{ "spooler", "read another file", SYS_openat, READING, 1,
	    "/etc/hosts", LANDLOCKED },
	{ "spooler", "write another file", SYS_openat, WRITING, 1,
	    "/tmp/reeld-escape", LANDLOCKED },
};

static pid_t
only(const char *role)
{
	pid_t pid[2];

	cr_assert_eq(reeld_pids(spooled.stage.reeld, role, pid, 2), 1, "%s",
	    role);
	return pid[0];
}

static int
have_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION) != -1;
}

/* 1, after saying so, when there is no sandbox to be tried. */
static int
skipped(void)
{
	if (SANDBOX_FENCES != 0)
		return 0;
	fprintf(stderr, "SKIP: no sandbox under a sanitizer\n");
	return 1;
}

static void
judge(const struct order *o, long answer)
{
	switch (o->outcome) {
	case DENIED:
		cr_expect_eq(answer, -EPERM, "%s: %s: %ld", o->role, o->what,
		    answer);
		break;
	case REACHED:
		cr_expect_geq(answer, 0, "%s: %s: %ld", o->role, o->what,
		    answer);
		break;
	case LANDLOCKED:
		if (have_landlock())
			cr_expect_eq(answer, -EACCES, "%s: %s: %ld", o->role,
			    o->what, answer);
		else
			fprintf(stderr, "SKIP: %s: %s: no landlock in this "
			    "kernel\n", o->role, o->what);
	}
}

/* Five seconds of it, during which all else happens. */
static struct watch
begin_to_watch(struct film *f)
{
	struct watch w;

	*f = stage_film("film", 20 * MB, 4 * MB, "");
	w = stage_watch(&spooled.stage, f, 0, NULL);
	cr_assert(AWAIT(viewer_progress(w.viewer) > 0, 5000));
	return w;
}

Test(sandbox, orders_of_a_debugger)
{
	struct film f;
	struct watch w;
	size_t i;
	long answer;
	int signal;

	if (skipped())
		return;
	w = begin_to_watch(&f);
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		answer = make_call(only(orders[i].role), orders[i].call,
		    orders[i].args, orders[i].at, orders[i].path, &signal);
		if (answer == REFUSED) {
			fprintf(stderr, "SKIP: the processes of reeld cannot "
			    "be traced here\n");
			break;
		}
		cr_expect_eq(signal, 0);
		judge(&orders[i], answer);
	}
	watch_end_all(&w, 1);
	cr_assert_eq(stage_sent(&spooled.stage, &f), f.size);
	cr_assert_eq(stage_counter(&spooled.stage, "respawns_total"), 0);
}

/* A fetcher that would become another program is ended, and replaced. */
Test(sandbox, another_program)
{
	static const long args[4];
	struct film f;
	struct watch w;
	int signal;

	if (skipped())
		return;
	w = begin_to_watch(&f);
	if (make_call(only("fetcher"), SYS_execve, args, 0, "/bin/true",
	    &signal) == REFUSED) {
		fprintf(stderr, "SKIP: the processes of reeld cannot be "
		    "traced here\n");
	} else {
		cr_assert_eq(signal, SIGSYS);
		spooled.stage.kills = 1;
	}
	watch_end_all(&w, 1);
	cr_assert_leq(stage_ratio(&spooled.stage, &f, "fetcher ended"), 1.1);
}

/* ---- what the kernel says of them ---- */

/* Whether the line of /proc/<pid>/<file> that begins with `name` goes on with
 * `value`, blanks aside. */
static int
says(pid_t pid, const char *file, const char *name, const char *value)
{
	char path[64], line[256];
	size_t n = strlen(name), m = strlen(value);
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	cr_assert_not_null(f = fopen(path, "re"), "%s", path);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, name, n) == 0 && strncmp(line + n +
		    strspn(line + n, " \t"), value, m) == 0;
	fclose(f);
	return found;
}

static void
look_at(pid_t pid)
{
	char ids[64], path[64];
	struct passwd *nobody = getpwnam("nobody");
	struct stat st;

	/* reeld answers as soon as one of them is ready */
	cr_assert(AWAIT(says(pid, "status", "NoNewPrivs:", "1\n"), 5000));
	if (SANDBOX_FENCES != 0)
		cr_assert(AWAIT(says(pid, "status", "Seccomp:", "2\n"),
		    5000));
	cr_expect(says(pid, "status", "CapInh:", "0000000000000000\n"));
	cr_expect(says(pid, "status", "CapPrm:", "0000000000000000\n"));
	cr_expect(says(pid, "status", "CapEff:", "0000000000000000\n"));
	cr_expect(says(pid, "status", "CapAmb:", "0000000000000000\n"));
	cr_expect(says(pid, "limits", "Max core file size", "0 ") ||
	    says(pid, "limits", "Max core file size", "1 "));
	if (geteuid() != 0)
		return;
	cr_assert_not_null(nobody);
	snprintf(ids, sizeof(ids), "%u\t%u\t%u\t%u\n", nobody->pw_uid,
	    nobody->pw_uid, nobody->pw_uid, nobody->pw_uid);
	cr_expect(says(pid, "status", "Uid:", ids));
	/* what its user may not trace belongs to root */
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	cr_expect(stat(path, &st) == 0 && st.st_uid == 0);
}

Test(sandbox, status_of_roles)
{
	look_at(only("worker"));
	look_at(only("fetcher"));
	look_at(only("spooler"));
}

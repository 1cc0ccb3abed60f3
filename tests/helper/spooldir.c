/* SPDX-License-Identifier: ISC */
/* spooldir -- the directory of a spool; runs in test programs */
#include "config.h"

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/string.h>
#include <bsd/unistd.h>
#include <criterion/criterion.h>

#include "keeper.h"
#include "spooldir.h"

#define FILES_MAX	4096
#define REMOVE_MS	5000	/* for reeld to die, which still writes */

/* ---- the directory and its warden ---- */

/* What writes there may not be dead yet: again, until nothing is left. */
static void
remove_all(const char *top)
{
	struct stat st;
	int i;

	for (i = 0; i < REMOVE_MS / 10 && lstat(top, &st) == 0; i++) {
		keeper_remove(top);
		usleep(i == 0 ? 0 : 10000);
	}
}

static void
warden_main(const char *top, const sigset_t *signals, pid_t test)
{
	int sig;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	closefrom(3);
	if (getppid() == test)		/* it lived after the line above */
		sigwait(signals, &sig);
	remove_all(top);
	_exit(0);
}

/* SIGTERM comes from the kernel when the test dies, SIGUSR1 from the test. */
static pid_t
warden_start(const char *top)
{
	sigset_t signals, before;
	pid_t test = getpid(), pid;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, &before);
	if ((pid = fork()) == 0)
		warden_main(top, &signals, test);
	sigprocmask(SIG_SETMASK, &before, NULL);
	cr_assert_neq(pid, -1, "fork: %s", strerror(errno));
	return pid;
}

static const struct passwd *
nobody(void)
{
	return geteuid() == 0 ? getpwnam("nobody") : NULL;
}

void
spooldir_make(struct spooldir *d)
{
	const char *tmp = getenv("TMPDIR");
	const struct passwd *pw = nobody();

	memset(d, 0, sizeof(*d));
	snprintf(d->top, sizeof(d->top), "%s/reeld-spool.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(d->top), "%s: %s", d->top,
	    strerror(errno));
	d->warden = warden_start(d->top);
	snprintf(d->path, sizeof(d->path), "%s/spool", d->top);
	if (chmod(d->top, 0755) == -1 || (pw != NULL &&
	    chown(d->top, pw->pw_uid, pw->pw_gid) == -1))
		cr_assert_fail("%s: %s", d->top, strerror(errno));
}

void
spooldir_remove(struct spooldir *d)
{
	if (d->warden <= 0)
		return;
	if (d->mounted)
		umount2(d->path, MNT_DETACH);
	kill(d->warden, SIGUSR1);
	while (waitpid(d->warden, NULL, 0) == -1 && errno == EINTR)
		continue;
	memset(d, 0, sizeof(*d));
}

/* ---- a tmpfs ---- */

int
spooldir_mount(struct spooldir *d, const char *size)
{
	const struct passwd *pw = nobody();
	char options[128];

	snprintf(options, sizeof(options), "size=%s,mode=0755,uid=%u,gid=%u",
	    size, pw != NULL ? (unsigned)pw->pw_uid : 0,
	    pw != NULL ? (unsigned)pw->pw_gid : 0);
	if (mkdir(d->path, 0755) == -1)
		cr_assert_fail("%s: %s", d->path, strerror(errno));
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("spool", d->path, "tmpfs", 0, options) == -1) {
		fprintf(stderr, "SKIP: mount: %s\n", strerror(errno));
		return 0;
	}
	d->mounted = 1;
	return 1;
}

int
spooldir_remount(const struct spooldir *d, const char *size, int read_only)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%s", size);
	return mount("spool", d->path, "tmpfs", MS_REMOUNT |
	    (read_only ? MS_RDONLY : 0), options) == 0;
}

/* ---- what is in it ---- */

static struct {
	int64_t	 blocks;
	char	*files[FILES_MAX];	/* data files, to be damaged */
	int	 n;
} walk;

static int
add_blocks(const char *path, const struct stat *st, int type)
{
	(void)path;
	if (type != FTW_NS)
		walk.blocks += st->st_blocks;
	return 0;
}

int64_t
spooldir_du(const struct spooldir *d)
{
	walk.blocks = 0;
	ftw(d->path, add_blocks, 16);
	return walk.blocks * 512;
}

static int
add_file(const char *path, const struct stat *st, int type)
{
	(void)st;
	if (type == FTW_F && walk.n < FILES_MAX)
		walk.files[walk.n++] = strdup(path);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists the data files anew, in an order that is always the same. */
static int
list(const struct spooldir *d)
{
	char data[320];

	while (walk.n > 0)
		free(walk.files[--walk.n]);
	snprintf(data, sizeof(data), "%s/data", d->path);
	ftw(data, add_file, 16);
	qsort(walk.files, (size_t)walk.n, sizeof(walk.files[0]), by_name);
	return walk.n;
}

int
spooldir_files(const struct spooldir *d)
{
	return list(d);
}

int
spooldir_fsck(const struct spooldir *d, const char *options, char *buf,
    size_t len)
{
	const char *ctl = getenv("REELCTL");
	char command[1024];
	size_t n;
	FILE *f;
	int status;

	snprintf(command, sizeof(command), "timeout 60 %s fsck %s %s 2>&1",
	    ctl != NULL ? ctl : "./reelctl", options, d->path);
	cr_assert_not_null(f = popen(command, "re"));
	n = fread(buf, 1, len - 1, f);
	buf[n] = '\0';
	status = pclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- damage ---- */

uint64_t
spooldir_random(uint64_t *seed, uint64_t n)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (x ^ x >> 31) % n;
}

/* A bit of a file, at a place that is no hole: 1. */
static int
flip_in(const char *path, uint64_t *seed)
{
	uint8_t byte;
	struct stat st;
	off_t at;
	int done = 0, fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		at = (off_t)spooldir_random(seed, (uint64_t)st.st_size);
		if ((at = lseek(fd, at, SEEK_DATA)) != -1 &&
		    pread(fd, &byte, 1, at) == 1) {
			byte ^= (uint8_t)(1 << spooldir_random(seed, 8));
			done = pwrite(fd, &byte, 1, at) == 1;
		}
	}
	close(fd);
	return done;
}

int
spooldir_flip(const struct spooldir *d, int n, uint64_t *seed)
{
	int done = 0, files = list(d);

	while (n-- > 0 && files > 0)
		done += flip_in(walk.files[spooldir_random(seed,
		    (uint64_t)files)], seed);
	return done;
}

int
spooldir_cut(const struct spooldir *d, int n, uint64_t *seed)
{
	int done = 0, files = list(d);
	const char *path;
	struct stat st;

	while (n-- > 0 && files > 0) {
		path = walk.files[spooldir_random(seed, (uint64_t)files)];
		if (stat(path, &st) == 0 && st.st_size > 0)
			done += truncate(path, (off_t)spooldir_random(seed,
			    (uint64_t)st.st_size)) == 0;
	}
	return done;
}

int
spooldir_lose(const struct spooldir *d, int n, uint64_t *seed)
{
	int done = 0, files = list(d);

	while (n-- > 0 && files > 0)
		done += unlink(walk.files[spooldir_random(seed,
		    (uint64_t)files)]) == 0;
	return done;
}

void
spooldir_cut_catalogue(const struct spooldir *d, int64_t size)
{
	char path[340];

	snprintf(path, sizeof(path), "%s/catalogue.db-wal", d->path);
	if (truncate(path, 0) == -1 && errno != ENOENT)
		cr_assert_fail("%s: %s", path, strerror(errno));
	snprintf(path, sizeof(path), "%s/catalogue.db", d->path);
	cr_assert_eq(truncate(path, (off_t)size), 0, "%s: %s", path,
	    strerror(errno));
}

static int
wipe_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	return at->level == 0 ? 0 : remove(path);
}

void
spooldir_wipe(const struct spooldir *d, int itself)
{
	nftw(d->path, wipe_one, 16, FTW_DEPTH | FTW_PHYS);
	if (itself)
		cr_assert_eq(rmdir(d->path), 0, "%s: %s", d->path,
		    strerror(errno));
}

/* A file that is not there is not copied. */
static void
copy(const char *from, const char *to)
{
	char buf[65536];
	ssize_t n;
	int in = open(from, O_RDONLY | O_CLOEXEC), out;

	if (in == -1)
		return;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	cr_assert_neq(out, -1, "%s: %s", to, strerror(errno));
	while ((n = read(in, buf, sizeof(buf))) > 0)
		cr_assert_eq(write(out, buf, (size_t)n), n);
	close(out);
	close(in);
}

void
spooldir_copy_catalogue(const struct spooldir *d, const char *to)
{
	static const char *const names[] = { "catalogue.db",
	    "catalogue.db-wal" };
	char from[340], target[600];
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(from, sizeof(from), "%s/%s", d->path, names[i]);
		snprintf(target, sizeof(target), "%s/%s", to, names[i]);
		unlink(target);
		copy(from, target);
	}
}

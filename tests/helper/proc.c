/* SPDX-License-Identifier: ISC */
/* proc -- what /proc says about processes; runs in test programs */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

#define PROCESSES_MAX	8192
#define MEMFDS_MAX	64

struct kin {
	pid_t	pid, parent;
};

/* /proc/<pid>/<name> into `buf`, terminated: its length, or -1. */
static ssize_t
slurp(pid_t pid, const char *name, char *buf, size_t len)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, buf, len - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* The fields of /proc/<pid>/stat behind the name, which may hold anything. */
static const char *
stat_fields(pid_t pid, char *buf, size_t len)
{
	const char *p;

	if (slurp(pid, "stat", buf, len) <= 0 ||
	    (p = strrchr(buf, ')')) == NULL)
		return NULL;
	return p + 1;
}

static int
all_processes(struct kin *all, int max)
{
	char buf[1024], state;
	const char *fields;
	struct dirent *d;
	int n = 0, pid, parent;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		return 0;
	while (n < max && (d = readdir(dir)) != NULL) {
		if ((pid = atoi(d->d_name)) <= 0 ||
		    (fields = stat_fields(pid, buf, sizeof(buf))) == NULL ||
		    sscanf(fields, " %c %d", &state, &parent) != 2 ||
		    state == 'Z' || state == 'X')
			continue;
		all[n++] = (struct kin){ pid, parent };
	}
	closedir(dir);
	return n;
}

static int
is_among(pid_t pid, const pid_t *pids, int n)
{
	while (n > 0)
		if (pids[--n] == pid)
			return 1;
	return 0;
}

static int
by_pid(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

int
proc_descendants(pid_t root, pid_t *pids, int max)
{
	static struct kin all[PROCESSES_MAX];
	int n = all_processes(all, PROCESSES_MAX), found = 0, before, i;

	/* Pids wrap, so a child may stand before its parent: again, until
	 * nobody new is found. */
	do {
		before = found;
		for (i = 0; i < n && found < max; i++) {
			if ((all[i].parent == root ||
			    is_among(all[i].parent, pids, found)) &&
			    !is_among(all[i].pid, pids, found))
				pids[found++] = all[i].pid;
		}
	} while (found > before);
	qsort(pids, (size_t)found, sizeof(*pids), by_pid);
	return found;
}

int
proc_title(pid_t pid, char *buf, size_t len)
{
	ssize_t n = slurp(pid, "cmdline", buf, len), i;

	if (n <= 0)
		return -1;
	while (n > 0 && buf[n - 1] == '\0')
		n--;
	for (i = 0; i < n; i++)
		if (buf[i] == '\0')
			buf[i] = ' ';
	return 0;
}

int
proc_open_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

int64_t
proc_rss_anon(pid_t pid)
{
	char buf[4096];
	const char *p;

	if (slurp(pid, "status", buf, sizeof(buf)) <= 0 ||
	    (p = strstr(buf, "RssAnon:")) == NULL)
		return 0;
	return strtoll(p + 8, NULL, 10) * 1024;
}

int64_t
proc_cpu_ms(pid_t pid)
{
	char buf[1024];
	const char *fields = stat_fields(pid, buf, sizeof(buf));
	int64_t user, system;

	if (fields == NULL || sscanf(fields, " %*c %*d %*d %*d %*d %*d %*u "
	    "%*u %*u %*u %*u %" SCNd64 " %" SCNd64, &user, &system) != 2)
		return 0;
	return (user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

/* The memfds of one process, added to those seen: how many there are now. */
static int
add_memfds(pid_t pid, struct stat *seen, int n)
{
	char path[64], link[512], target[64];
	struct dirent *d;
	struct stat st;
	ssize_t len;
	DIR *dir;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if ((dir = opendir(path)) == NULL)
		return n;
	while (n < MEMFDS_MAX && (d = readdir(dir)) != NULL) {
		snprintf(link, sizeof(link), "%s/%s", path, d->d_name);
		len = readlink(link, target, sizeof(target));
		if (len < 7 || memcmp(target, "/memfd:", 7) != 0 ||
		    stat(link, &st) == -1)
			continue;
		for (i = 0; i < n; i++)
			if (seen[i].st_ino == st.st_ino &&
			    seen[i].st_dev == st.st_dev)
				break;
		if (i == n)
			seen[n++] = st;
	}
	closedir(dir);
	return n;
}

int64_t
proc_memfd_bytes(const pid_t *pids, int n)
{
	struct stat seen[MEMFDS_MAX];
	int64_t total = 0;
	int i, found = 0;

	for (i = 0; i < n; i++)
		found = add_memfds(pids[i], seen, found);
	for (i = 0; i < found; i++)
		total += (int64_t)seen[i].st_blocks * 512;
	return total;
}

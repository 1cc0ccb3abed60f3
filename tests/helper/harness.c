/* SPDX-License-Identifier: ISC */
/* harness -- a test's hold on a running reeld; runs in test programs */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/stdlib.h>
#include <criterion/criterion.h>

#include "harness.h"
#include "keeper.h"
#include "proc.h"
#include "viewer.h"

#define START_MS	5000
#define STOP_MS		10000
#define LINGER_MS	1000	/* for children of a killed master to go */
#define PIDS_MAX	64
#define PORT_LOW	10240	/* below net.ipv4.ip_local_port_range */
#define PORT_HIGH	32767

struct reeld {
	struct keeper	*keeper;
	int		 port;
	char		 dir[256];
	char		 log[300], conf[300], socket[300];
};

/* Under a sanitizer or on a busy machine TEST_PATIENCE=3 waits three times as
 * long. */
static int
patience(int ms)
{
	const char *factor = getenv("TEST_PATIENCE");

	return factor != NULL && atoi(factor) > 0 ? ms * atoi(factor) : ms;
}

int
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd, port, busy, one = 1;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	do {
		port = PORT_LOW + (int)arc4random_uniform(PORT_HIGH -
		    PORT_LOW + 1);
		sin.sin_port = htons((uint16_t)port);
		if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) ==
		    -1)
			cr_assert_fail("socket: %s", strerror(errno));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		busy = bind(fd, (struct sockaddr *)&sin, sizeof(sin));
		close(fd);
	} while (busy == -1);
	return port;
}

/* The line of `conf` that begins with `name`, or NULL. */
static const char *
conf_line(const char *conf, const char *name)
{
	size_t n = strlen(name);

	for (; *conf != '\0'; conf += strcspn(conf, "\n")) {
		conf += strspn(conf, " \t\n");
		if (strncmp(conf, name, n) == 0 &&
		    !isalnum((unsigned char)conf[n]) && conf[n] != '_')
			return conf;
	}
	return NULL;
}

static void
write_default(FILE *f, const char *conf, const char *name, const char *value)
{
	if (conf_line(conf, name) == NULL)
		fprintf(f, "%s = %s\n", name, value);
}

static void
write_in_dir(FILE *f, const char *conf, const char *name, const char *dir,
    const char *file)
{
	if (conf_line(conf, name) == NULL)
		fprintf(f, "%s = \"%s/%s\"\n", name, dir, file);
}

/* A port that the text names itself, else one of ours, kept over reloads. */
static void
write_listen(struct reeld *r, FILE *f, const char *conf)
{
	const char *line = conf_line(conf, "listen");

	if (line != NULL) {
		sscanf(line, "listen \"%*[^\":]:%d", &r->port);
		return;
	}
	if (r->port == 0)
		r->port = free_port();
	fprintf(f, "listen \"127.0.0.1:%d\" {\n\tserve = {\"media\", \"api\","
	    " \"status\", \"metrics\"}\n}\n", r->port);
}

static void
write_conf(struct reeld *r, const char *fmt, va_list ap)
{
	char *conf;
	FILE *f;

	if (vasprintf(&conf, fmt, ap) == -1 ||
	    (f = fopen(r->conf, "we")) == NULL) {
		cr_assert_fail("%s: %s", r->conf, strerror(errno));
		return;
	}
	write_default(f, conf, "workers", "2");
	write_default(f, conf, "arena_size", "128M");
	if (geteuid() == 0)
		write_default(f, conf, "user", "\"nobody\"");
	write_in_dir(f, conf, "control", r->dir, "reeld.sock");
	write_in_dir(f, conf, "pidfile", r->dir, "reeld.pid");
	write_in_dir(f, conf, "access_log", r->dir, "access.log");
	write_listen(r, f, conf);
	fprintf(f, "%s\n", conf);
	fclose(f);
	free(conf);
}

void
reeld_conf(struct reeld *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_conf(r, fmt, ap);
	va_end(ap);
}

/* A directory that the unprivileged roles can write to as well. */
static void
make_dir(struct reeld *r)
{
	const char *tmp = getenv("TMPDIR");
	const struct passwd *nobody = getpwnam("nobody");

	snprintf(r->dir, sizeof(r->dir), "%s/reeld-test.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(r->dir) == NULL || chmod(r->dir, 0755) == -1 ||
	    (geteuid() == 0 && nobody != NULL &&
	    chown(r->dir, nobody->pw_uid, nobody->pw_gid) == -1))
		cr_assert_fail("%s: %s", r->dir, strerror(errno));
	snprintf(r->log, sizeof(r->log), "%s/log", r->dir);
	snprintf(r->conf, sizeof(r->conf), "%s/reeld.conf", r->dir);
	snprintf(r->socket, sizeof(r->socket), "%s/reeld.sock", r->dir);
}

/* Everything away; the log is printed when `why` says what went wrong. */
static void
clear_away(struct reeld **rp, const char *why)
{
	struct reeld *r = *rp;

	if (why != NULL)
		keeper_print_log(r->log, why);
	keeper_stop(&r->keeper);
	keeper_remove(r->dir);
	free(r);
	*rp = NULL;
}

/* The master listens before its workers are there, so that connecting alone
 * proves little. */
static int
healthy(const struct reeld *r)
{
	struct viewer_want want = {
		.url = reeld_url(r, "/health"), .timeout_ms = 500,
	};
	struct viewer_result *res = fetch(&want);
	int status = res->status;

	viewer_result_destroy(res);
	return status != 0 && status != 503;
}

struct reeld *
reeld_start(const char *fmt, ...)
{
	const char *reeld = getenv("REELD");
	struct reeld *r = calloc(1, sizeof(*r));
	const char *argv[] = { NULL, "-d", "-f", NULL, NULL };
	const char *why = NULL;
	int status = 0;
	va_list ap;

	if (r == NULL) {
		cr_assert_fail("out of memory");
		return NULL;
	}
	make_dir(r);
	va_start(ap, fmt);
	write_conf(r, fmt, ap);
	va_end(ap);
	argv[0] = reeld != NULL ? reeld : "./reeld";
	argv[3] = r->conf;
	if ((r->keeper = keeper_start(argv, r->dir, r->log)) == NULL)
		why = "there was no process for reeld";
	else if (!AWAIT(keeper_wait(r->keeper, 0, &status) || healthy(r),
	    patience(START_MS)))
		why = "reeld did not answer /health in time";
	else if (keeper_wait(r->keeper, 0, &status))
		why = "reeld ended at its start";
	if (why != NULL) {
		clear_away(&r, why);
		cr_assert_fail("%s", why);
	}
	return r;
}

/* Says which of the words that may not stand in a log does, or NULL. */
static const char *
bad_word(const struct reeld *r)
{
	static char why[64];
	static const char *const words[] = { "AddressSanitizer",
	    "LeakSanitizer", "ThreadSanitizer", "MemorySanitizer",
	    "runtime error:", "panic:", NULL };
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (reeld_log_count(r, words[i]) == 0)
			continue;
		snprintf(why, sizeof(why), "reeld's log has \"%s\"",
		    words[i]);
		return why;
	}
	return NULL;
}

/* Ends reeld: NULL, or what was wrong with its end. */
static const char *
end(const struct reeld *r)
{
	pid_t pids[PIDS_MAX];
	int status, gone;

	/* its keeper says so a moment after the last was */
	gone = keeper_pids(r->keeper, pids, PIDS_MAX) == 0;
	if (!keeper_wait(r->keeper, gone ? patience(LINGER_MS) : 0,
	    &status)) {
		kill(keeper_pid(r->keeper), SIGTERM);
		if (!keeper_wait(r->keeper, patience(STOP_MS), &status))
			return "reeld did not stop";
		if (WIFSIGNALED(status))
			return "reeld was ended by a signal";
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return "reeld ended with an error";
	if (!AWAIT(keeper_pids(r->keeper, pids, PIDS_MAX) == 0,
	    patience(LINGER_MS)))
		return "reeld left a process behind";
	return bad_word(r);
}

void
reeld_stop(struct reeld **rp)
{
	const char *why;

	if (*rp == NULL)
		return;
	why = end(*rp);
	clear_away(rp, why);
	if (why != NULL)
		cr_assert_fail("%s", why);
}

void
reeld_hup(const struct reeld *r)
{
	kill(keeper_pid(r->keeper), SIGHUP);
}

int
reeld_port(const struct reeld *r)
{
	return r->port;
}

pid_t
reeld_pid(const struct reeld *r)
{
	return keeper_pid(r->keeper);
}

const char *
reeld_dir(const struct reeld *r)
{
	return r->dir;
}

const char *
reeld_url(const struct reeld *r, const char *fmt, ...)
{
	static char urls[16][8192];
	static unsigned next;
	char *url = urls[next++ % 16];
	va_list ap;
	int n;

	n = snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%d", r->port);
	va_start(ap, fmt);
	vsnprintf(url + n, sizeof(urls[0]) - (size_t)n, fmt, ap);
	va_end(ap);
	return url;
}

int
reeld_pids(const struct reeld *r, const char *role, pid_t *pids, int max)
{
	pid_t all[PIDS_MAX];
	char title[512];
	int i, n = keeper_pids(r->keeper, all, PIDS_MAX), found = 0;

	for (i = 0; i < n && found < max; i++) {
		if (role != NULL && (proc_title(all[i], title,
		    sizeof(title)) == -1 || strstr(title, role) == NULL))
			continue;
		pids[found++] = all[i];
	}
	return found;
}

int
reeld_kill(const struct reeld *r, const char *role, int sig)
{
	pid_t pids[PIDS_MAX];
	int i, n = reeld_pids(r, role, pids, PIDS_MAX);

	for (i = 0; i < n; i++)
		kill(pids[i], sig);
	return n;
}

/* The exit status of a child that writes to `fd`, which is read to its end. */
static int
collect(pid_t pid, int fd, char *buf, size_t len)
{
	char rest[4096];
	size_t total = 0;
	ssize_t n;
	int status;

	for (;;) {
		if (total + 1 < len)
			n = read(fd, buf + total, len - 1 - total);
		else
			n = read(fd, rest, sizeof(rest));
		if (n <= 0)
			break;
		if (total + 1 < len)
			total += (size_t)n;
	}
	buf[total] = '\0';
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
reeld_ctl(const struct reeld *r, const char *args, char *buf, size_t len)
{
	const char *argv[32], *word;
	char *copy = strdup(args), *rest = copy;
	int fds[2], n = 3, status;
	pid_t pid;

	argv[0] = getenv("REELCTL");
	if (argv[0] == NULL)
		argv[0] = "./reelctl";
	argv[1] = "-s";
	argv[2] = r->socket;
	while (n < 31 && (word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			argv[n++] = word;
	argv[n] = NULL;
	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		cr_assert_fail("reelctl: %s", strerror(errno));
		return -1;
	}
	if (pid == 0) {
		alarm(30);	/* outlives exec: it ends by itself */
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	status = collect(pid, fds[0], buf, len);
	close(fds[0]);
	free(copy);
	return status;
}

int
reeld_conf_line(const struct reeld *r, const char *text)
{
	char path[512], line[512];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/reeld.conf", r->dir);
	cr_assert_not_null(f = fopen(path, "re"));
	do {
		cr_assert_not_null(fgets(line, sizeof(line), f), "%s", text);
		n++;
	} while (strstr(line, text) == NULL);
	fclose(f);
	return n;
}

int
reeld_access_has(const struct reeld *r, const char *text)
{
	char path[512], buf[65536] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/access.log", r->dir);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	fclose(f);
	return strstr(buf, text) != NULL;
}

int
reeld_log_count(const struct reeld *r, const char *text)
{
	char *line = NULL;
	const char *at;
	size_t room = 0;
	int n = 0;
	FILE *f;

	if ((f = fopen(r->log, "re")) == NULL)
		return 0;
	while (getline(&line, &room, f) != -1)
		for (at = line; (at = strstr(at, text)) != NULL; at++)
			n++;
	free(line);
	fclose(f);
	return n;
}

int64_t
reeld_resident(const struct reeld *r)
{
	pid_t pids[PIDS_MAX];
	int i, n = reeld_pids(r, NULL, pids, PIDS_MAX);
	int64_t total = proc_memfd_bytes(pids, n);

	for (i = 0; i < n; i++)
		total += proc_rss_anon(pids[i]);
	return total;
}

int64_t
reeld_cpu_ms(const struct reeld *r, const char *role)
{
	pid_t pids[PIDS_MAX];
	int i, n = reeld_pids(r, role, pids, PIDS_MAX);
	int64_t total = 0;

	for (i = 0; i < n; i++)
		total += proc_cpu_ms(pids[i]);
	return total;
}

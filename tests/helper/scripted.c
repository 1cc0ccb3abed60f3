/* SPDX-License-Identifier: ISC */
/* scripted -- a test's hold on a running origin; runs in test programs */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bsd/unistd.h>
#include <criterion/criterion.h>

#include "scripted.h"
#include "viewer.h"

#define ARGS_MAX	16
#define ANSWER_MAX	(1024 * 1024)

struct origin {
	pid_t	pid;
	int	port, control;
};

static void
run(const char *const argv[], int out, pid_t test)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != test)
		_exit(1);
	dup2(out, 1);
	closefrom(3);
	execvp(argv[0], (char *const *)argv);
	warn("%s", argv[0]);
	_exit(127);
}

/* The two lines that origin begins with. */
static int
read_ports(struct origin *o, int fd)
{
	FILE *f = fdopen(fd, "r");
	int ok;

	ok = f != NULL &&
	    fscanf(f, "port %d control %d", &o->port, &o->control) == 2;
	if (f != NULL)
		fclose(f);
	return ok;
}

struct origin *
origin_start(const char *arg, ...)
{
	const char *argv[ARGS_MAX + 2] = { getenv("ORIGIN") };
	struct origin *o = calloc(1, sizeof(*o));
	pid_t test = getpid();
	int fds[2], n = 1;
	va_list ap;

	if (argv[0] == NULL)
		argv[0] = "build/origin";
	va_start(ap, arg);
	for (; arg != NULL && n <= ARGS_MAX; arg = va_arg(ap, const char *))
		argv[n++] = arg;
	va_end(ap);
	if (o == NULL || pipe2(fds, O_CLOEXEC) == -1 ||
	    (o->pid = fork()) == -1) {
		cr_assert_fail("no process for the source: %s",
		    strerror(errno));
		return NULL;
	}
	if (o->pid == 0)
		run(argv, fds[1], test);
	close(fds[1]);
	if (!read_ports(o, fds[0]))
		cr_assert_fail("%s does not start", argv[0]);
	return o;
}

void
origin_stop(struct origin **op)
{
	struct origin *o = *op;

	if (o == NULL)
		return;
	kill(o->pid, SIGTERM);
	while (waitpid(o->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	free(o);
	*op = NULL;
}

int
origin_port(const struct origin *o)
{
	return o->port;
}

int
origin_control(const struct origin *o)
{
	return o->control;
}

const char *
origin_url(const struct origin *o, const char *fmt, ...)
{
	static char urls[16][2048];
	static unsigned next;
	char *url = urls[next++ % 16];
	va_list ap;
	int n;

	n = snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%d", o->port);
	va_start(ap, fmt);
	vsnprintf(url + n, sizeof(urls[0]) - (size_t)n, fmt, ap);
	va_end(ap);
	return url;
}

/* One request on the control port: the answer's body; the caller frees it. */
static char *
control(const struct origin *o, const char *method, const char *target)
{
	char request[4096], *answer = malloc(ANSWER_MAX), *body;

	snprintf(request, sizeof(request),
	    "%s %s HTTP/1.1\r\nHost: control\r\n\r\n", method, target);
	if (answer == NULL ||
	    raw_exchange(o->control, request, answer, ANSWER_MAX) <= 0)
		cr_assert_fail("the source does not answer %s", target);
	if ((body = strstr(answer, "\r\n\r\n")) == NULL ||
	    strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
		cr_assert_fail("the source refuses %s: %s", target, answer);
	memmove(answer, body + 4, strlen(body + 4) + 1);
	return answer;
}

json_t *
origin_stats(const struct origin *o)
{
	char *text = control(o, "GET", "/_stats");
	json_error_t error;
	json_t *all = json_loads(text, 0, &error);

	if (all == NULL)
		cr_assert_fail("the source's counters: %s", error.text);
	free(text);
	return all;
}

static const json_t *
path_stats(const json_t *all, const char *path)
{
	if (path == NULL)
		return all;
	return json_object_get(json_object_get(all, "paths"), path);
}

int64_t
origin_stat(const struct origin *o, const char *path, const char *name)
{
	json_t *all = origin_stats(o);
	const json_t *at = path_stats(all, path);
	int64_t value;

	if (strncmp(name, "status.", 7) == 0) {
		at = json_object_get(at, "status");
		name += 7;
	}
	value = json_integer_value(json_object_get(at, name));
	json_decref(all);
	return value;
}

char *
origin_last(const struct origin *o, const char *path)
{
	json_t *all = origin_stats(o);
	const char *last = json_string_value(json_object_get(
	    path_stats(all, path), "last"));
	char *copy = strdup(last != NULL ? last : "");

	json_decref(all);
	return copy;
}

int
origin_asked(const struct origin *o, const char *path, const char *text)
{
	char *head = origin_last(o, path);
	int found = strstr(head, text) != NULL;

	free(head);
	return found;
}

void
origin_set(const struct origin *o, const char *path, const char *knobs)
{
	char target[4000];

	snprintf(target, sizeof(target), "/_ctl?path=%s&%s", path, knobs);
	free(control(o, "POST", target));
}

void
origin_reset(const struct origin *o)
{
	free(control(o, "POST", "/_reset"));
}

void
origin_reset_counts(const struct origin *o)
{
	free(control(o, "POST", "/_reset?counts=1"));
}

void
origin_listen(const struct origin *o, int on)
{
	free(control(o, "POST", on ? "/_listen?on=1" : "/_listen?on=0"));
}

/* SPDX-License-Identifier: ISC */
/* reply -- what reeld answers to one line; reelctl */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reply.h"

#define SILENCE		60000		/* ms */
#define VERDICT		1024		/* bytes of the first line at most */
#define ERROR		"error: "

/* Some bytes, or 0 at the end. */
static size_t
read_some(int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;
	int ready;

	do
		ready = poll(&p, 1, SILENCE);
	while (ready == -1 && errno == EINTR);
	if (ready == 0)
		errx(1, "no answer for %d seconds", SILENCE / 1000);
	if (ready == -1 || (n = read(fd, buf, size)) == -1)
		err(1, "answer");
	return (size_t)n;
}

/* The first line, cut off.  Returns where the rest begins. */
static char *
read_verdict(int fd, char *buf, size_t size, size_t *got)
{
	char *end;
	size_t n;

	*got = 0;
	do {
		n = *got < size ? read_some(fd, buf + *got, size - *got) : 0;
		if (n == 0)
			errx(1, "the answer is cut off");
		*got += n;
	} while ((end = memchr(buf, '\n', *got)) == NULL);
	*end = '\0';
	return end + 1;
}

int
reply_print(int fd)
{
	char buf[VERDICT], *rest;
	size_t n, len = strlen(ERROR);
	FILE *out = stdout;

	rest = read_verdict(fd, buf, sizeof(buf), &n);
	if (strncmp(buf, ERROR, len) == 0) {
		warnx("%s", buf + len);
		out = stderr;
	} else if (strcmp(buf, "ok") != 0) {
		errx(1, "the answer is not one of reeld");
	}
	n -= (size_t)(rest - buf);
	fwrite(rest, 1, n, out);
	while ((n = read_some(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, n, out);
	if (fflush(out) == EOF || ferror(out))
		err(1, "output");
	return out == stdout ? 0 : 1;
}

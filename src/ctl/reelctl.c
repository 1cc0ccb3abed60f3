/* SPDX-License-Identifier: ISC */
/* reelctl -- asks a running reeld, or tells it something; its own program */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/err.h>
#include <bsd/string.h>

#include "reply.h"

#define SOCKET		REELD_RUNSTATEDIR "/reeld/reeld.sock"
#define LINE		1024	/* bytes that reeld reads, newline included */

static const struct command {
	const char	*name, *args;
	int		 least, most;	/* arguments */
} table[] = {
	{ "status",	"",		0, 0 },
	{ "objects",	"",		0, 0 },
	{ "map",	" [pattern]",	0, 1 },
	{ "pulls",	"",		0, 0 },
	{ "clients",	"",		0, 0 },
	{ "reload",	"",		0, 0 },
	{ "audit",	"",		0, 0 },
};
#define COMMANDS (sizeof(table) / sizeof(table[0]))

static void __attribute__((noreturn))
usage(void)
{
	size_t i;

	fprintf(stderr,
	    "usage: reelctl [-j] [-s socket] command [argument]\n"
	    "commands:\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(stderr, "\t%s%s\n", table[i].name, table[i].args);
	exit(1);
}

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	warnx("unknown command \"%s\"", name);
	usage();
}

/* Adds a word to the line.  A control character could end it early. */
static void
add_word(char *line, size_t size, const char *word)
{
	const unsigned char *c;

	for (c = (const unsigned char *)word; *c != '\0'; c++)
		if (iscntrl(*c))
			errx(1, "control character in an argument");
	if ((line[0] != '\0' && strlcat(line, " ", size) >= size) ||
	    strlcat(line, word, size) >= size)
		errx(1, "arguments are too long");
}

static void
make_line(int argc, char **argv, int json, char *line, size_t size)
{
	const struct command *command;
	int i;

	if (argc < 1)
		usage();
	command = find_command(argv[0]);
	if (argc - 1 < command->least || argc - 1 > command->most)
		usage();
	line[0] = '\0';
	for (i = 0; i < argc; i++)
		add_word(line, size, argv[i]);
	if (json)
		add_word(line, size, "-j");
	if (strlcat(line, "\n", size) >= size)
		errx(1, "arguments are too long");
}

static int
reach(const char *path)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errc(1, ENAMETOOLONG, "%s", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	return fd;
}

int
main(int argc, char *argv[])
{
	const char *path = SOCKET;
	char line[LINE + 1];
	int c, fd, json = 0;

	while ((c = getopt(argc, argv, "js:")) != -1) {
		switch (c) {
		case 'j':
			json = 1;
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage();
		}
	}
	make_line(argc - optind, argv + optind, json, line, sizeof(line));
	fd = reach(path);
	/* the line fits any socket's buffer */
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) == -1)
		err(1, "%s", path);
	return reply_print(fd);
}

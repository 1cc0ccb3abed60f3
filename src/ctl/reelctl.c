/* SPDX-License-Identifier: ISC */
/* reelctl -- asks a running reeld, or tells it something; its own program */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/err.h>
#include <bsd/string.h>

#include "reeld/conf.h"
#include "reeld/fsck.h"

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
	{ "accounts",	"",		0, 0 },
	{ "reload",	"",		0, 0 },
	{ "audit",	" [idle]",	0, 1 },
	{ "fsck",	" directory [-r]", 1, 1 },
	{ "purge",	" url|pattern",	1, 1 },
	{ "prefetch",	" url [range]",	1, 2 },
	{ "sign",	" url --for time [--client address] [--path]", 1, 1 },
};
#define COMMANDS (sizeof(table) / sizeof(table[0]))

/* What the command line says besides the command and its arguments. */
struct options {
	const char	*socket;
	int		 json;
	const char	*time, *client;	/* of sign; NULL: not said */
	int		 in_path;
	int		 repair;	/* of fsck */
};

static void __attribute__((noreturn))
usage(void)
{
	size_t i;

	fprintf(stderr,
	    "usage: reelctl [-j] [-s socket] command [argument ...]\n"
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

/* reeld takes the line apart at blanks, and a word with a - for a flag: what a
 * signature is for must not get lost in it. */
static void
check_word(const char *word)
{
	if (word[0] == '\0' || word[0] == '-' || strchr(word, ' ') != NULL)
		errx(1, "\"%s\": this is no address", word);
}

/* How long, and for whom, as words of seconds and address. */
static void
add_permit(char *line, size_t size, const struct options *o)
{
	char seconds[32];
	int64_t ms;

	if (o->time == NULL)
		errx(1, "sign needs --for, like --for 6h");
	if (conf_time(o->time, &ms) == -1)
		errx(1, "%s: this is no time like 90s, 45m, 6h or 7d",
		    o->time);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(ms / 1000));
	add_word(line, size, seconds);
	if (o->client != NULL) {
		check_word(o->client);
		add_word(line, size, o->client);
	}
	if (o->in_path)
		add_word(line, size, "-p");
}

static void
make_line(int argc, char **argv, const struct options *o, char *line,
    size_t size)
{
	const struct command *command;
	int i, signs;

	if (argc < 1)
		usage();
	command = find_command(argv[0]);
	signs = strcmp(command->name, "sign") == 0;
	if (argc - 1 < command->least || argc - 1 > command->most ||
	    (!signs && (o->time != NULL || o->client != NULL || o->in_path)) ||
	    o->repair)
		usage();
	line[0] = '\0';
	if (signs || strcmp(command->name, "purge") == 0 ||
	    strcmp(command->name, "prefetch") == 0)
		check_word(argv[1]);
	for (i = 0; i < argc; i++)
		add_word(line, size, argv[i]);
	if (signs)
		add_permit(line, size, o);
	if (o->json)
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

/* Options may stand before and after the command. */
static void
read_options(int argc, char **argv, struct options *o)
{
	static const struct option words[] = {
		{ "for", required_argument, NULL, 'f' },
		{ "client", required_argument, NULL, 'c' },
		{ "path", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "jrs:", words, NULL)) != -1) {
		switch (c) {
		case 'j':
			o->json = 1;
			break;
		case 'r':
			o->repair = 1;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'f':
			o->time = optarg;
			break;
		case 'c':
			o->client = optarg;
			break;
		case 'p':
			o->in_path = 1;
			break;
		default:
			usage();
		}
	}
}

/* The one command that asks nobody: of a spool that no reeld uses. */
static int
check_spool(int argc, char **argv, const struct options *o)
{
	enum fsck_verdict verdict;

	if (argc != 2 || o->json || o->time != NULL || o->client != NULL ||
	    o->in_path)
		usage();
	verdict = fsck_spool(argv[1], o->repair, stdout);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "output");
	return verdict == FSCK_CLEAN ? 0 : 1;
}

int
main(int argc, char *argv[])
{
	struct options o = { .socket = SOCKET };
	char line[LINE + 1];
	int fd;

	read_options(argc, argv, &o);
	if (optind < argc && strcmp(argv[optind], "fsck") == 0)
		return check_spool(argc - optind, argv + optind, &o);
	make_line(argc - optind, argv + optind, &o, line, sizeof(line));
	fd = reach(o.socket);
	/* the line fits any socket's buffer */
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) == -1)
		err(1, "%s", o.socket);
	return reply_print(fd);
}

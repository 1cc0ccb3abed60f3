/* SPDX-License-Identifier: ISC */
/* main -- the command line and the table of roles; every process */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/unistd.h>

#include "reeld/child.h"
#include "reeld/log.h"
#include "reeld/roles.h"

#define CONF_FILE	REELD_SYSCONFDIR "/reeld/reeld.conf"

static const struct {
	enum arena_role	 role;
	int		(*main)(struct child *);
} table[] = {
	{ ARENA_WORKER,		worker_main },
	{ ARENA_FETCHER,	fetcher_main },
	{ ARENA_SPOOLER,	spooler_main },
};

struct options {
	struct master_start start;
	int		 check, print;
	const char	*role;		/* -R, of the master to itself */
};

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr,
	    "usage: reeld [-dnv] [-f file] [-D name=value]\n");
	exit(1);
}

static int
run_role(const char *name)
{
	struct child child;
	enum arena_role role = role_find(name);
	size_t i;
	int status;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].role != role)
			continue;
		child_start(&child, role);
		status = table[i].main(&child);
		child_finish(&child);
		return status;
	}
	usage();
}

/* `name=value`, cut in two in place. */
static void
define(struct master_start *start, char *arg)
{
	struct conf_define *defines;
	char *equals = strchr(arg, '=');

	if (equals == NULL || equals == arg)
		usage();
	*equals = '\0';
	defines = reallocarray((void *)start->defines, start->ndefines + 1,
	    sizeof(*defines));
	if (defines == NULL)
		fatal("no memory");
	defines[start->ndefines].name = arg;
	defines[start->ndefines++].value = equals + 1;
	start->defines = defines;
}

static void
parse_options(int argc, char **argv, struct options *o)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->start.file = CONF_FILE;
	while ((c = getopt(argc, argv, "dD:f:nR:v")) != -1) {
		switch (c) {
		case 'd':
			o->start.foreground = 1;
			break;
		case 'D':
			define(&o->start, optarg);
			break;
		case 'f':
			o->start.file = optarg;
			break;
		case 'n':
			o->check = 1;
			break;
		case 'R':
			o->role = optarg;
			break;
		case 'v':
			o->print = 1;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
}

/* Whoever started us may have closed the first three, where a socket or a file
 * of ours must never come to lie. */
static void
open_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

int
main(int argc, char *argv[])
{
	struct options o;
	int status;

	open_stdio();
	/* copies the arguments, as titles are written over them */
	setproctitle_init(argc, argv, environ);
	parse_options(argc, argv, &o);
	if (o.role != NULL)
		return run_role(o.role);
	status = o.check ? master_check(&o.start, o.print) :
	    master_main(&o.start);
	free((void *)o.start.defines);
	return status;
}

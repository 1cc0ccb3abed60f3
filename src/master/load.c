/* SPDX-License-Identifier: ISC */
/* load -- reads the configuration file; master */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/log.h"
#include "identity.h"
#include "load.h"
#include "trust.h"

#define COMPLAINT	1024	/* bytes, more than an address takes */

void
load_print(void *errors, int warning, const char *file, int line,
    const char *text)
{
	/* a file that cannot be read has no line */
	fprintf(errors, "%s:", file);
	if (line > 0)
		fprintf(errors, "%d:", line);
	fprintf(errors, " %s%s\n", warning ? "warning: " : "", text);
}

void
load_complain(FILE *errors, int warning, const struct conf_listen *l,
    const char *fmt, ...)
{
	char text[COMPLAINT];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "listen \"%s\": ",
	    log_vis(l->address));
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	load_print(errors, warning, l->file, l->line, text);
}

struct conf *
load_conf(const struct master_start *start, enum load_purpose purpose,
    FILE *errors)
{
	struct conf *conf;
	int check = purpose == LOAD_CHECK;

	conf = conf_parse(start->file, start->defines, start->ndefines,
	    load_print, errors);
	if (conf == NULL)
		return NULL;
	if (conf_unsupported(conf, load_print, errors, check) > 0 && !check)
		goto undo_conf;
	if (check && identity_check(conf, errors) + trust_check(conf, errors) <
	    0)
		goto undo_conf;
	return conf;

undo_conf:
	conf_destroy(conf);
	return NULL;
}

int
master_check(const struct master_start *start, int print)
{
	struct conf *conf;
	int rc = 0;

	if ((conf = load_conf(start, LOAD_CHECK, stderr)) == NULL)
		return 1;
	/* standard output is then a configuration and nothing else */
	if (print)
		rc = conf_print(conf, stdout, 0);
	conf_destroy(conf);
	if (rc == -1 || fflush(stdout) == EOF) {
		fprintf(stderr, "reeld: standard output: %s\n",
		    strerror(errno));
		return 1;
	}
	fprintf(print ? stderr : stdout, "configuration ok\n");
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* print -- the effective configuration in its own grammar; every process */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "reeld/conf.h"

#include "param.h"
#include "text.h"
#include "value.h"

static void
print_section(enum param_section section, const void *base, int flags,
    FILE *fp)
{
	const struct param *param;

	for (param = param_table; param < param_table + param_count; param++) {
		if (param->section != section || !value_is_set(param, base))
			continue;
		if ((param->flags & PARAM_LATER) != 0 &&
		    value_is_initial(param, base))
			continue;
		fprintf(fp, "%s%s = ", section == PARAM_GLOBAL ? "" : "\t",
		    param->name);
		value_print(param, base, (flags & CONF_SECRETS) != 0, fp);
		putc('\n', fp);
	}
}

static void
print_titled(enum param_section section, const char *title, const void *base,
    int flags, FILE *fp)
{
	fprintf(fp, "\n%s ", param_section_name(section));
	text_print(title, VEIL_NONE, fp);
	fputs(" {\n", fp);
	print_section(section, base, flags, fp);
	fputs("}\n", fp);
}

int
conf_print(const struct conf *conf, FILE *fp, int flags)
{
	struct conf globals = *conf;
	size_t i;

	/* The number of processors is not what was asked for. */
	if (conf->workers_auto)
		globals.workers = 0;
	print_section(PARAM_GLOBAL, &globals, flags, fp);
	for (i = 0; i < conf->nlistens; i++)
		print_titled(PARAM_LISTEN, conf->listens[i].address,
		    &conf->listens[i], flags, fp);
	if (conf->spool.directory != NULL)
		print_titled(PARAM_SPOOL, conf->spool.directory, &conf->spool,
		    flags, fp);
	for (i = 0; i < conf->norigins; i++)
		print_titled(PARAM_ORIGIN, conf->origins[i].name,
		    &conf->origins[i], flags, fp);
	if (fflush(fp) == EOF)
		return -1;
	if (ferror(fp)) {
		errno = EIO;
		return -1;
	}
	return 0;
}

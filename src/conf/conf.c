/* SPDX-License-Identifier: ISC */
/* conf -- the configuration: made, asked, freed; every process */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/conf.h"
#include "reeld/log.h"

#include "param.h"
#include "reading.h"
#include "text.h"
#include "value.h"

/* What a role's copy is called in reports; nobody should ever see it. */
#define TEXT_NAME	"(text)"

static struct conf *
conf_create(void)
{
	struct conf *conf = calloc(1, sizeof(*conf));

	if (conf == NULL)
		fatal("calloc: %s", strerror(errno));
	return conf;
}

/* The configuration that was read if it has no error, else NULL. */
static struct conf *
result(const struct reading *reader)
{
	if (reader->errors == 0)
		return reader->conf;
	conf_destroy(reader->conf);
	return NULL;
}

struct conf *
conf_parse(const char *file, const struct conf_define *defines,
    size_t ndefines, conf_report *report, void *arg)
{
	struct reading reader = {
		.conf = conf_create(), .defines = defines,
		.ndefines = ndefines, .report = report, .arg = arg
	};

	reading_parse_file(&reader, file);
	return result(&reader);
}

struct conf *
conf_parse_text(const char *text, size_t len, conf_report *report, void *arg)
{
	struct reading reader = {
		.conf = conf_create(), .report = report, .arg = arg
	};

	reading_parse_text(&reader, TEXT_NAME, text, len);
	return result(&reader);
}

static void
free_section(enum param_section section, void *base)
{
	const struct param *param;

	for (param = param_table; param < param_table + param_count; param++)
		if (param->section == section)
			value_fini(param, base);
}

void
conf_destroy(struct conf *conf)
{
	size_t i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->nlistens; i++) {
		free_section(PARAM_LISTEN, &conf->listens[i]);
		free(conf->listens[i].address);
	}
	for (i = 0; i < conf->norigins; i++) {
		free_section(PARAM_ORIGIN, &conf->origins[i]);
		free(conf->origins[i].name);
	}
	for (i = 0; i < conf->nmissing; i++)
		free(conf->missing[i].what);
	free_section(PARAM_SPOOL, &conf->spool);
	free_section(PARAM_GLOBAL, conf);
	free(conf->spool.directory);
	free(conf->listens);
	free(conf->origins);
	free(conf->missing);
	text_fini(&conf->files);
	free(conf->file);
	free(conf);
}

size_t
conf_unsupported(const struct conf *conf, conf_report *report, void *arg,
    int warning)
{
	const struct conf_missing *missing;
	char text[256];
	size_t i;

	for (i = 0; i < conf->nmissing; i++) {
		missing = &conf->missing[i];
		snprintf(text, sizeof(text),
		    "%s: this version of reeld cannot do it", missing->what);
		report(arg, warning, missing->file, missing->line, text);
	}
	return conf->nmissing;
}

const struct conf_origin *
conf_route(const struct conf *conf, const char *path, size_t len)
{
	const struct conf_origin *best = NULL;
	size_t i, n, longest = 0;

	for (i = 0; i < conf->norigins; i++) {
		n = strlen(conf->origins[i].match);
		if (n > longest && n <= len &&
		    memcmp(conf->origins[i].match, path, n) == 0) {
			best = &conf->origins[i];
			longest = n;
		}
	}
	return best;
}

const struct conf_origin *
conf_origin(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->norigins; i++)
		if (strcmp(conf->origins[i].name, name) == 0)
			return &conf->origins[i];
	return NULL;
}

int
conf_passes(const struct conf_origin *o, const char *method, size_t len)
{
	static const char *const never[] = { "GET", "HEAD", "CONNECT",
		"TRACE" };
	const char *m;
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (len == strlen(never[i]) &&
		    memcmp(never[i], method, len) == 0)
			return 0;
	for (i = 0; i < o->pass_methods.n; i++) {
		m = o->pass_methods.v[i];
		if (strcmp(m, "*") == 0 ||
		    (len == strlen(m) && memcmp(m, method, len) == 0))
			return 1;
	}
	return 0;
}

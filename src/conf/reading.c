/* SPDX-License-Identifier: ISC */
/* reading -- one parse of a configuration: sections, values, errors; every
 * process */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/log.h"
#include "reeld/panic.h"

#include "check.h"
#include "grammar.h"
#include "reading.h"
#include "rules.h"
#include "text.h"
#include "value.h"

/* The name of a file as a string that lives as long as the configuration. */
static const char *
keep_file(struct conf *conf, const char *file)
{
	size_t i;

	for (i = 0; i < conf->files.n; i++)
		if (strcmp(conf->files.v[i], file) == 0)
			return conf->files.v[i];
	text_append(&conf->files, file);
	return conf->files.v[conf->files.n - 1];
}

static void
report(struct reading *reader, int warning, const char *file, int line,
    const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) == -1)
		fatal("vasprintf: %s", strerror(errno));
	reader->report(reader->arg, warning, file, line, text);
	free(text);
}

void
reading_error(struct reading *reader, const char *file, int line,
    const char *fmt, ...)
{
	va_list ap;

	reader->errors++;
	va_start(ap, fmt);
	report(reader, 0, file, line, fmt, ap);
	va_end(ap);
}

void
reading_warning(struct reading *reader, const char *file, int line,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(reader, 1, file, line, fmt, ap);
	va_end(ap);
}

struct mark *
reading_mark(struct reading *reader, const struct param *param)
{
	return &reader->marks[param - param_table];
}

/* A parameter is written for the first time in its section, or again. */
static void
mark_value(struct reading *reader, const struct param *param, const char *file,
    int line)
{
	struct mark *mark = reading_mark(reader, param);

	if (mark->line != 0) {
		reading_error(reader, file, line,
		    "%s is set twice, first at %s:%d", param->name,
		    mark->file, mark->line);
		return;
	}
	mark->file = keep_file(reader->conf, file);
	mark->line = line;
	value_fini(param, reader->base);
}

static int
store_value(struct reading *reader, const struct param *param,
    const char *value, char why[VALUE_WHY_MAX])
{
	char *text;
	int rc;

	if (strcmp(value, SOURCE_EMPTY) == 0) {
		strlcpy(why, "must not be empty", VALUE_WHY_MAX);
		return param->kind == PARAM_TEXTS ? 0 : -1;
	}
	text = reading_expand(reader, value, why, VALUE_WHY_MAX);
	if (text == NULL)
		return -1;
	rc = value_parse(param, reader->base, text, why);
	free(text);
	return rc;
}

void
reading_value(struct reading *reader, const struct param *param, int first,
    const char *value, const char *file, int line)
{
	char why[VALUE_WHY_MAX];

	if (first)
		mark_value(reader, param, file, line);
	if (store_value(reader, param, value, why) == -1) {
		reading_mark(reader, param)->bad = 1;
		reading_error(reader, file, line, "%s: %s", param->name, why);
	}
}

char *
reading_expand(struct reading *reader, const char *value, char *why, size_t len)
{
	return source_expand(value, reader->defines, reader->ndefines, why,
	    len);
}

/* Makes room for one more `size` at the end of an array of `n`, zeroed. */
static void *
append(void **array, size_t *n, size_t size)
{
	char *grown = reallocarray(*array, *n + 1, size);

	if (grown == NULL)
		fatal("reallocarray: %s", strerror(errno));
	*array = grown;
	grown += *n * size;
	memset(grown, 0, size);
	(*n)++;
	return grown;
}

/* Remembers what this version cannot do. */
static void
add_missing(struct reading *reader, const char *file, int line,
    const char *what)
{
	struct conf *conf = reader->conf;
	struct conf_missing *missing;
	void *array = conf->missing;

	missing = append(&array, &conf->nmissing, sizeof(*missing));
	conf->missing = array;
	missing->file = file;
	missing->line = line;
	missing->what = text_copy(what);
}

static void
note_missing(struct reading *reader)
{
	const struct param *param;
	const struct mark *mark;
	char what[128];
	FILE *fp;

	for (param = param_table; param < param_table + param_count; param++) {
		mark = reading_mark(reader, param);
		if (param->section != reader->section || mark->line == 0 ||
		    !value_is_missing(param, reader->base))
			continue;
		if ((fp = fmemopen(what, sizeof(what), "w")) == NULL)
			fatal("fmemopen: %s", strerror(errno));
		fputs(param->name, fp);
		if (param->kind == PARAM_BOOL || param->kind == PARAM_WORD) {
			fputs(" = ", fp);
			value_print(param, reader->base, 0, fp);
		}
		fclose(fp);
		add_missing(reader, mark->file, mark->line, what);
	}
}

/* Values go to `base` from here on; its parameters get their defaults. */
static void
enter(struct reading *reader, enum param_section section, void *base)
{
	const struct param *param;

	reader->section = section;
	reader->base = base;
	for (param = param_table; param < param_table + param_count; param++)
		if (param->section == section) {
			memset(reading_mark(reader, param), 0,
			    sizeof(struct mark));
			value_fini(param, base);
			value_init(param, base);
		}
}

/* NULL, or what is wrong with a title. */
static const char *
title_fault(const struct conf *conf, enum param_section section,
    const char *title)
{
	size_t i;

	if (text_has_controls(title))
		return "has a control character";
	switch (section) {
	case PARAM_LISTEN:
		for (i = 0; i < conf->nlistens; i++)
			if (strcmp(conf->listens[i].address, title) == 0)
				return "stands twice";
		return check_listen(title);
	case PARAM_SPOOL:
		if (conf->spool.directory != NULL)
			return "is one spool too many";
		return check_path(title);
	case PARAM_ORIGIN:
		for (i = 0; i < conf->norigins; i++)
			if (strcmp(conf->origins[i].name, title) == 0)
				return "stands twice";
		return check_name(title);
	case PARAM_GLOBAL:
	case PARAM_SECTIONS:
		break;
	}
	PANIC("no section %d", (int)section);
}

/* Adds a section's struct to the configuration, which takes the title. */
static void *
add_section(struct conf *conf, enum param_section section, char *title,
    const char *file, int line)
{
	struct conf_listen *listener;
	struct conf_origin *origin;
	void *array;

	if (section == PARAM_LISTEN) {
		array = conf->listens;
		listener = append(&array, &conf->nlistens, sizeof(*listener));
		conf->listens = array;
		listener->address = title;
		listener->file = file;
		listener->line = line;
		return listener;
	}
	if (section == PARAM_ORIGIN) {
		array = conf->origins;
		origin = append(&array, &conf->norigins, sizeof(*origin));
		conf->origins = array;
		origin->name = title;
		origin->file = file;
		origin->line = line;
		return origin;
	}
	free(conf->spool.directory);
	conf->spool.directory = title;
	conf->spool.file = file;
	conf->spool.line = line;
	return &conf->spool;
}

void
reading_begin(struct reading *reader, enum param_section section,
    const char *title, const char *file, int line)
{
	const char *name = param_section_name(section), *fault;
	char *text, why[VALUE_WHY_MAX];

	file = keep_file(reader->conf, file);
	text = reading_expand(reader, title, why, sizeof(why));
	if (text == NULL) {
		reading_error(reader, file, line, "%s: %s", name, why);
		text = text_copy(title);
	} else if ((fault = title_fault(reader->conf, section, text)) !=
	    NULL) {
		reading_error(reader, file, line, "%s \"%s\" %s", name,
		    log_vis(text), fault);
	}
	enter(reader, section,
	    add_section(reader->conf, section, text, file, line));
}

void
reading_end(struct reading *reader)
{
	rules_section(reader);
	note_missing(reader);
	reader->section = PARAM_GLOBAL;
	reader->base = reader->conf;
}

static void
parse_whole(struct reading *reader, const char *name, struct source *source)
{
	reader->conf->file = text_copy(name);
	enter(reader, PARAM_GLOBAL, reader->conf);
	if (grammar_parse(reader, name, source) == 0) {
		note_missing(reader);
		rules_whole(reader);
	}
}

void
reading_parse_file(struct reading *reader, const char *file)
{
	struct source source;

	if (source_read(&source, file) == -1) {
		reading_error(reader, file, 0, "%s", strerror(errno));
		return;
	}
	parse_whole(reader, file, &source);
	source_fini(&source);
}

void
reading_parse_text(struct reading *reader, const char *name, const char *text,
    size_t len)
{
	struct source source;

	source_parse(&source, text, len);
	parse_whole(reader, name, &source);
	source_fini(&source);
}

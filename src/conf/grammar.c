/* SPDX-License-Identifier: ISC */
/* grammar -- the grammar of reeld.conf, on libconfuse; every process */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "reeld/log.h"
#include "reeld/panic.h"

#include "grammar.h"
#include "text.h"

#define DEPTH_MAX	10
#define MESSAGE_MAX	512

/*
 * The option whose default libconfuse evaluates as it opens a section, when
 * cfg->line is still the section's first: the only call that tells.  The
 * blank keeps the name out of the way of what people write.
 */
#define BEGIN_NAME	" begin"
#define BEGIN_CALL	"\"" BEGIN_NAME "\"()"

/* libconfuse hands its callbacks no argument of ours, and its scanner is
 * global anyway. */
static struct reading *reading;

/* A name that the grammar does not have: ends the parse. */
static int
unknown_name(cfg_t *cfg, const char *name)
{
	reading_error(reading, cfg->filename, cfg->line, "no such option '%s'",
	    log_vis(name));
	reading->stopped = 1;
	return -1;
}

/* libconfuse read a value: the only one, or the next of a list. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct param *param = param_find(reading->section, opt->name);

	*(const char **)result = value;
	/* origin|url reaches into the last origin from outside of it. */
	if (param == NULL)
		return unknown_name(cfg, opt->name);
	reading_value(reading, param, cfg_opt_size(opt) == 1, value,
	    cfg->filename, cfg->line);
	return 0;
}

/* libconfuse opened a section; see BEGIN_NAME. */
static int
on_begin(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	enum param_section section;

	(void)argc;
	(void)argv;
	if (reading->section != PARAM_GLOBAL)
		return unknown_name(cfg, opt->name);
	for (section = PARAM_LISTEN; section < PARAM_SECTIONS; section++)
		if (strcmp(param_section_name(section), cfg->name) == 0)
			break;
	ASSERT(section < PARAM_SECTIONS);
	reading_begin(reading, section, cfg_title(cfg), cfg->filename,
	    cfg->line);
	return 0;
}

/* libconfuse closed a section. */
static int
on_end(cfg_t *cfg, cfg_opt_t *opt)
{
	(void)cfg;
	(void)opt;
	reading_end(reading);
	return 0;
}

/* A slip or an unknown name: libconfuse goes no further. */
static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[MESSAGE_MAX];

	/* It ran into the cut: parse_source() knows better why. */
	if (reading->source->slip_line != 0 &&
	    cfg->line >= reading->source->slip_line)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	reading_error(reading, cfg->filename, cfg->line, "%s", log_vis(text));
	reading->stopped = 1;
}

/* Hands a text to libconfuse for the section `cfg`: the whole file, or at an
 * include, from within a callback. */
static int
parse_source(cfg_t *cfg, const char *name, struct source *source)
{
	char *outer_name = cfg->filename;
	int rc = CFG_SUCCESS, outer_line = cfg->line;
	struct source *outer = reading->source;
	FILE *fp;

	reading->source = source;
	cfg->filename = text_copy(name);
	if (source->len > 0) {
		fp = fmemopen(source->text, source->len, "r");
		if (fp == NULL)
			fatal("fmemopen: %s", strerror(errno));
		rc = cfg_parse_fp(cfg, fp);
		fclose(fp);
	}
	if (source->slip_line != 0 && !reading->stopped) {
		reading_error(reading, name, source->slip_line, "%s",
		    source->slip);
		reading->stopped = 1;
	}
	free(cfg->filename);
	cfg->filename = outer_name;
	cfg->line = outer_line;
	reading->source = outer;
	return rc == CFG_SUCCESS && !reading->stopped ? 0 : -1;
}

/* `name` as seen from the folder of `from`; to be freed by the caller. */
static char *
resolve(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *path;

	if (name[0] == '/' || slash == NULL)
		return text_copy(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - from), from, name) == -1)
		fatal("asprintf: %s", strerror(errno));
	return path;
}

static int
include_file(cfg_t *cfg, const char *name)
{
	struct source source;
	char *path = resolve(cfg->filename, name);
	int rc = 0;

	if (source_read(&source, path) == -1) {
		reading_error(reading, cfg->filename, cfg->line,
		    "include(\"%s\"): %s", log_vis(name), strerror(errno));
	} else {
		reading->depth++;
		rc = parse_source(cfg, path, &source);
		reading->depth--;
		source_fini(&source);
	}
	free(path);
	return rc;
}

static int
on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	char *name, why[MESSAGE_MAX];
	int rc;

	(void)opt;
	if (argc != 1) {
		reading_error(reading, cfg->filename, cfg->line,
		    "include takes one file name");
		return 0;
	}
	if (reading->depth == DEPTH_MAX) {
		reading_error(reading, cfg->filename, cfg->line,
		    "includes are nested more than %d deep", DEPTH_MAX);
		reading->stopped = 1;
		return -1;
	}
	name = reading_expand(reading, argv[0], why, sizeof(why));
	if (name == NULL) {
		reading_error(reading, cfg->filename, cfg->line, "include: %s",
		    why);
		return 0;
	}
	rc = include_file(cfg, name);
	free(name);
	return rc;
}

/* The grammar of one section, from its rows of the table; every value is a
 * string to libconfuse.  Returns the end, where more options may go. */
static cfg_opt_t *
section_grammar(enum param_section section, cfg_opt_t *opt)
{
	const struct param *param;

	for (param = param_table; param < param_table + param_count; param++) {
		if (param->section != section)
			continue;
		if (param->kind == PARAM_TEXTS || param->kind == PARAM_WORDS)
			*opt++ = (cfg_opt_t)CFG_STR_LIST_CB(param->name, NULL,
			    CFGF_NODEFAULT, on_value);
		else
			*opt++ = (cfg_opt_t)CFG_STR_CB(param->name, NULL,
			    CFGF_NODEFAULT, on_value);
	}
	*opt++ = (cfg_opt_t)CFG_FUNC("include", on_include);
	*opt = (cfg_opt_t)CFG_END();
	return opt;
}

/* Every section has the include option and an end, a titled one the begin
 * option, the file itself the three others. */
#define GRAMMAR_MAX	(PARAM_MAX + 6)

static cfg_t *
create_grammar(void)
{
	cfg_opt_t opts[PARAM_SECTIONS][GRAMMAR_MAX], *end, *global_end;
	enum param_section section;
	char begin_call[] = BEGIN_CALL;
	cfg_t *cfg;

	global_end = section_grammar(PARAM_GLOBAL, opts[PARAM_GLOBAL]);
	for (section = PARAM_LISTEN; section < PARAM_SECTIONS; section++) {
		end = section_grammar(section, opts[section]);
		*end = (cfg_opt_t)CFG_FUNC(BEGIN_NAME, on_begin);
		end->def.parsed = begin_call;
		end[1] = (cfg_opt_t)CFG_END();
		*global_end = (cfg_opt_t)CFG_SEC(param_section_name(section),
		    opts[section], CFGF_MULTI | CFGF_TITLE);
		global_end->validcb = on_end;
		global_end++;
	}
	*global_end = (cfg_opt_t)CFG_END();
	if ((cfg = cfg_init(opts[PARAM_GLOBAL], CFGF_NONE)) == NULL)
		fatal("cfg_init: %s", strerror(errno));
	cfg_set_error_function(cfg, on_error);
	return cfg;
}

int
grammar_parse(struct reading *reader, const char *name, struct source *source)
{
	cfg_t *cfg;
	int rc;

	ASSERT(reading == NULL);
	reading = reader;
	cfg = create_grammar();
	rc = parse_source(cfg, name, source);
	cfg_free(cfg);
	reading = NULL;
	return rc;
}

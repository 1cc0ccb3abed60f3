/* SPDX-License-Identifier: ISC */
/* golden_test -- every tests/conf/golden/NAME.conf says what NAME.out says */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/conf.h"

#include "../../src/conf/param.h"

#define GOLDEN_DIR	"tests/conf/golden"

/* With GOLDEN_UPDATE in the environment the .out files are written anew
 * instead of compared; read the difference before believing it. */
#define UPDATE		"GOLDEN_UPDATE"

static const struct conf_define defines[] = {
	{ "host", "media.example.net" },
	{ "agent", "VLC" },
};

static void
to_file(void *arg, int warning, const char *file, int line, const char *text)
{
	fprintf(arg, "%s:%d: %s%s\n", file, line, warning ? "warning: " : "",
	    text);
}

/* What was printed may be warned of again; it must have no error. */
static void
errors_only(void *arg, int warning, const char *file, int line,
    const char *text)
{
	if (!warning)
		to_file(arg, warning, file, line, text);
}

static void
to_nowhere(void *arg, int warning, const char *file, int line,
    const char *text)
{
	(void)arg;
	(void)warning;
	(void)file;
	(void)line;
	(void)text;
}

static char *
printed(const struct conf *conf, int flags)
{
	char *text;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	cr_assert_eq(conf_print(conf, fp, flags), 0);
	fclose(fp);
	return text;
}

/* print(parse(print(c))) is print(c). */
static void
check_round_trip(const char *name, const struct conf *conf, int flags)
{
	char *first = printed(conf, flags), *second;
	struct conf *again;

	again = conf_parse_text(first, strlen(first), errors_only, stderr);
	cr_assert_not_null(again, "%s: the print does not parse:\n%s", name,
	    first);
	second = printed(again, flags);
	cr_expect_str_eq(first, second, "%s: not the same:\n%s----\n%s", name,
	    first, second);
	conf_destroy(again);
	free(second);
	free(first);
}

/* All that reeld -nv would say about a file. */
static char *
verdict(const char *name)
{
	struct conf *conf;
	char *text, *print;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	conf = conf_parse(name, defines, 2, to_file, fp);
	if (conf != NULL) {
		conf_unsupported(conf, to_file, fp, 1);
		print = printed(conf, 0);
		fputs(print, fp);
		free(print);
		check_round_trip(name, conf, 0);
		check_round_trip(name, conf, CONF_SECRETS);
		conf_destroy(conf);
	}
	fclose(fp);
	return text;
}

static char *
read_all(const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *fp = fopen(name, "re");

	cr_assert_not_null(fp, "%s is not there", name);
	if (getdelim(&text, &len, '\0', fp) == -1)
		text[0] = '\0';
	fclose(fp);
	return text;
}

static void
check_golden(const char *conf_name)
{
	char out_name[300], *got = verdict(conf_name), *wanted;
	FILE *fp;

	snprintf(out_name, sizeof(out_name), "%.*s.out",
	    (int)(strlen(conf_name) - strlen(".conf")), conf_name);
	if (getenv(UPDATE) != NULL) {
		fp = fopen(out_name, "we");
		cr_assert_not_null(fp);
		fputs(got, fp);
		fclose(fp);
	}
	wanted = read_all(out_name);
	cr_expect_str_eq(got, wanted, "%s: got\n%s---- wanted\n%s", conf_name,
	    got, wanted);
	free(wanted);
	free(got);
}

Test(conf_golden, all)
{
	struct dirent *row;
	const char *dot;
	unsigned n = 0;
	DIR *dir;

	cr_assert_eq(chdir(GOLDEN_DIR), 0, "run me at the top of the tree");
	/* The environment must not leak in: undefined.conf asks for it. */
	setenv("nobody", "leak", 1);
	setenv("host", "leak", 1);
	cr_assert_not_null(dir = opendir("."));
	while ((row = readdir(dir)) != NULL) {
		dot = strrchr(row->d_name, '.');
		if (dot == NULL || strcmp(dot, ".conf") != 0)
			continue;
		check_golden(row->d_name);
		n++;
	}
	closedir(dir);
	cr_expect_gt(n, 30);
}

static void
check_usable(const char *name)
{
	struct conf *conf = conf_parse(name, NULL, 0, to_file, stderr);

	cr_assert_not_null(conf, "%s has errors", name);
	cr_expect_eq(conf_unsupported(conf, to_file, stderr, 0), 0);
	check_round_trip(name, conf, CONF_SECRETS);
	conf_destroy(conf);
}

Test(conf_golden, shipped_examples)
{
	char name[300];
	struct dirent *row;
	unsigned n = 0;
	DIR *dir = opendir("etc/examples");

	cr_assert_not_null(dir);
	while ((row = readdir(dir)) != NULL) {
		if (row->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "etc/examples/%s", row->d_name);
		check_usable(name);
		n++;
	}
	closedir(dir);
	cr_expect_geq(n, 2);
}

/* etc/reeld.conf with all its values in force and without: the same, so what
 * it calls a default is one. */
Test(conf_golden, shipped_defaults)
{
	char *text = read_all("etc/reeld.conf"), *p, *shipped, *bare;
	struct conf *conf;

	check_usable("etc/reeld.conf");
	conf = conf_parse("etc/reeld.conf", NULL, 0, to_file, stderr);
	shipped = printed(conf, 0);
	conf_destroy(conf);

	/* A default stands behind "#" and no blank. */
	for (p = text; *p != '\0'; p++)
		if (*p == '#' && p[1] != ' ' && p[1] != '\n' &&
		    (p == text || p[-1] == '\n' || p[-1] == '\t'))
			*p = ' ';
	conf = conf_parse_text(text, strlen(text), to_file, stderr);
	cr_assert_not_null(conf, "a default of etc/reeld.conf is wrong");
	bare = printed(conf, 0);
	conf_destroy(conf);
	cr_expect_str_eq(shipped, bare);
	free(shipped);
	free(bare);
	free(text);
}

static unsigned
times_in(const char *text, const char *before, const char *name,
    const char *after)
{
	char wanted[80];
	unsigned n = 0;

	snprintf(wanted, sizeof(wanted), "%s%s%s", before, name, after);
	for (; (text = strstr(text, wanted)) != NULL; text++)
		n++;
	return n;
}

/* The manual describes each parameter once, and etc/reeld.conf shows it. */
Test(conf_golden, all_are_described)
{
	char *manual = read_all("src/man/reeld.conf.5");
	char *shipped = read_all("etc/reeld.conf");
	const char *name;
	size_t i;

	for (i = 0; i < param_count; i++) {
		name = param_table[i].name;
		if (param_table[i].flags & PARAM_LATER)
			continue;
		cr_expect_eq(times_in(manual, ".It Ic ", name, " Ns = ") +
		    times_in(manual, " , Ic ", name, " Ns = "), 1, "%s", name);
		cr_expect(times_in(shipped, "#", name, " = ") +
		    times_in(shipped, "\t", name, " = ") +
		    times_in(shipped, " ", name, " = ") > 0, "%s", name);
	}
	free(shipped);
	free(manual);
}

/* Bytes changed, cut out or doubled: an error or not, but never a crash, and
 * what parses prints back to itself. */
Test(conf_golden, mutations)
{
	static const char spice[] = "\"'{}=,()\\$#/*+ \n\t\001\0020aM-|";
	char *text = read_all(GOLDEN_DIR "/interface.conf"), *copy;
	size_t i, len = strlen(text), good = 0;
	struct conf *conf;
	unsigned n, k;

	srandom(20240501);
	for (n = 0; n < 3000; n++) {
		copy = strdup(text);
		for (k = 1 + (unsigned)random() % 3; k > 0; k--) {
			i = (size_t)random() % len;
			copy[i] = spice[(size_t)random() %
			    (sizeof(spice) - 1)];
		}
		conf = conf_parse_text(copy, len, to_nowhere, NULL);
		if (conf != NULL) {
			good++;
			check_round_trip("mutation", conf, CONF_SECRETS);
			conf_destroy(conf);
		}
		free(copy);
	}
	cr_expect_gt(good, 100);
	free(text);
}

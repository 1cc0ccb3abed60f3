/* SPDX-License-Identifier: ISC */
/* reload -- a new configuration in the place of the one in force; master */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/log.h"
#include "load.h"
#include "reload.h"

/* What was decided when reeld started. */
static const struct kept {
	const char	*name;
	size_t		 at, size;
	int		 text;
} table[] = {
#define VALUE(field) { #field, offsetof(struct conf, field), \
	sizeof(((struct conf *)0)->field), 0 }
#define TEXT(field) { #field, offsetof(struct conf, field), \
	sizeof(char *), 1 }
	VALUE(arena_size),
	VALUE(segment_size),
	VALUE(prefault),
	VALUE(worker_connections),
	TEXT(user),
	TEXT(control),
	TEXT(log),
	TEXT(pidfile),
#undef VALUE
#undef TEXT
};

static void
exchange(void *a, void *b, size_t size)
{
	char keep[sizeof(uint64_t)];

	memcpy(keep, a, size);
	memcpy(a, b, size);
	memcpy(b, keep, size);
}

static int
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
warn_kept(FILE *out, const struct conf *conf, const char *name)
{
	char text[128];

	snprintf(text, sizeof(text),
	    "%s has changed, which takes effect only with a restart", name);
	load_print(out, 1, conf->file, 0, text);
}

/* Gives `fresh` what `old` has of all that is kept, and the other way round:
 * both stay whole, and can be destroyed.  Done twice it is undone.  Warns of
 * what differs, unless `out` is NULL. */
static void
keep(struct conf *fresh, struct conf *old, FILE *out)
{
	const struct kept *k;
	char *a, *b;
	int same;

	for (k = table; k < table + sizeof(table) / sizeof(*k); k++) {
		a = (char *)fresh + k->at;
		b = (char *)old + k->at;
		if (k->text)
			same = same_text(*(char **)a, *(char **)b);
		else
			same = memcmp(a, b, k->size) == 0;
		if (!same && out != NULL)
			warn_kept(out, fresh, k->name);
		exchange(a, b, k->size);
	}
}

static size_t
log_lines(const char *text, int failed)
{
	const char *end;
	size_t n = 0;

	for (; *text != '\0'; text = end + 1, n++) {
		end = strchr(text, '\n');
		if (failed)
			log_err("%.*s", (int)(end - text), text);
		else
			log_warn("%.*s", (int)(end - text), text);
	}
	return n;
}

static void
conclude(const char *text, int failed, FILE *answer)
{
	size_t n = log_lines(text, failed);

	if (failed)
		log_err("configuration not changed");
	else
		log_info("configuration read again");
	if (answer == NULL)
		return;
	if (failed)
		fprintf(answer, "error: configuration not changed, %zu line%s "
		    "to see to\n%s", n, n == 1 ? "" : "s", text);
	else
		fprintf(answer, "ok\n%sconfiguration read again\n", text);
}

/* 0, or -1 after every error was printed. */
static int
replace(const struct master_start *start, struct supply *supply,
    struct conf **conf, FILE *out)
{
	struct conf *fresh;

	if ((fresh = load_conf(start, LOAD_RUN, out)) == NULL)
		return -1;
	keep(fresh, *conf, out);
	if (supply_replace(supply, fresh, out) == -1) {
		/* what the two have exchanged goes back */
		keep(*conf, fresh, NULL);
		conf_destroy(fresh);
		return -1;
	}
	conf_destroy(*conf);
	*conf = fresh;
	return 0;
}

int
reload_conf(const struct master_start *start, struct supply *supply,
    struct conf **conf, FILE *answer)
{
	FILE *out;
	char *text = NULL;
	size_t len;
	int rc;

	if ((out = open_memstream(&text, &len)) == NULL) {
		log_err("reload: %s", strerror(errno));
		return -1;
	}
	rc = replace(start, supply, conf, out);
	if (fclose(out) == 0)
		conclude(text, rc == -1, answer);
	free(text);
	return rc;
}

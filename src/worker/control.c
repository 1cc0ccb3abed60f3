/* SPDX-License-Identifier: ISC */
/* control -- answers a line of reelctl; worker */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeld/audit.h"
#include "control.h"
#include "report.h"
#include "worker.h"

#define WORDS		4	/* of a line that are looked at */
#define TABLE_COLUMNS	8

/* ---- commands ---- */

static void
print_json(FILE *out, json_t *o)
{
	char *text = json_dumps(o, JSON_INDENT(2));

	fprintf(out, "ok\n%s\n", text == NULL ? "null" : text);
	free(text);
	json_decref(o);
}

/* A value as a table shows it. */
static void
show(const json_t *value, char *buf, size_t len)
{
	if (json_is_integer(value))
		snprintf(buf, len, "%lld", (long long)
		    json_integer_value(value));
	else if (json_is_string(value))
		snprintf(buf, len, "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(buf, len, "%s", json_is_true(value) ? "yes" : "no");
	else
		snprintf(buf, len, "%zu", json_array_size(value));
}

/* How wide a column must be. */
static int
width_of(json_t *array, const char *column)
{
	char buf[OBJECT_TEXT];
	json_t *row;
	size_t i, width = strlen(column);

	json_array_foreach(array, i, row) {
		show(json_object_get(row, column), buf, sizeof(buf));
		if (strlen(buf) > width)
			width = strlen(buf);
	}
	return (int)width;
}

/* An array of objects as a table: one line each, `columns` of it; the last
 * column is not padded. */
static void
print_table(FILE *out, json_t *array, const char *const *columns)
{
	char buf[OBJECT_TEXT];
	int widths[TABLE_COLUMNS];
	json_t *row;
	size_t i, c, n;

	for (n = 0; columns[n] != NULL && n < TABLE_COLUMNS; n++)
		widths[n] = width_of(array, columns[n]);
	widths[n - 1] = 0;
	fprintf(out, "ok\n");
	for (c = 0; c < n; c++)
		fprintf(out, "%-*s%s", widths[c], columns[c],
		    c == n - 1 ? "\n" : "  ");
	json_array_foreach(array, i, row)
		for (c = 0; c < n; c++) {
			show(json_object_get(row, columns[c]), buf,
			    sizeof(buf));
			fprintf(out, "%-*s%s", widths[c], buf,
			    c == n - 1 ? "\n" : "  ");
		}
	json_decref(array);
}

static void
objects(FILE *out, const char *argument, int as_json)
{
	static const char *const columns[] = { "state", "size", "have",
		"viewers", "pulls", "generation", "url", NULL };

	(void)argument;
	if (as_json)
		print_json(out, report_objects(NULL));
	else
		print_table(out, report_objects(NULL), columns);
}

static void
pulls(FILE *out, const char *argument, int as_json)
{
	static const char *const columns[] = { "id", "state", "begin", "end",
		"position", "rate", "url", NULL };

	(void)argument;
	if (as_json)
		print_json(out, report_pulls());
	else
		print_table(out, report_pulls(), columns);
}

static void
clients(FILE *out, const char *argument, int as_json)
{
	static const char *const columns[] = { "id", "address", "waiting",
		"start", "position", "end", "rate", "url", NULL };

	(void)argument;
	if (as_json)
		print_json(out, report_clients());
	else
		print_table(out, report_clients(), columns);
}

static void
map(FILE *out, const char *argument, int as_json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *maps = open_memstream(&text, &len);
	unsigned n = 0;

	if (maps != NULL) {
		n = report_map(argument, maps);
		fclose(maps);
	}
	if (n == 0 && argument != NULL)
		fprintf(out, "error: no object matches\n");
	else if (as_json)
		print_json(out, json_pack("{s:s}", "map",
		    text == NULL ? "" : text));
	else
		fprintf(out, "ok\n%s", text == NULL ? "" : text);
	free(text);
}

static void
audit(FILE *out, const char *argument, int as_json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *found = open_memstream(&text, &len);
	unsigned bad = store_audit(found, 0);

	(void)argument;
	if (found != NULL)
		fclose(found);
	if (as_json && bad == 0)
		print_json(out, json_pack("{s:i, s:s}", "violations", 0,
		    "text", ""));
	else if (bad > 0)
		fprintf(out, "error: %u invariants do not hold\n%s", bad,
		    text == NULL ? "" : text);
	else
		fprintf(out, "ok\nall invariants hold\n");
	free(text);
}

static const struct command {
	const char	*name;
	void		(*run)(FILE *, const char *argument, int as_json);
} commands[] = {
	{ "objects", objects },
	{ "map", map },
	{ "pulls", pulls },
	{ "clients", clients },
	{ "audit", audit },
};

static void
run(FILE *out, char *line)
{
	const char *words[WORDS], *argument = NULL;
	char *word, *rest = line;
	size_t i, n = 0;
	int as_json = 0;

	while ((word = strsep(&rest, " ")) != NULL && n < WORDS)
		if (strcmp(word, "-j") == 0)
			as_json = 1;
		else if (word[0] != '\0')
			words[n++] = word;
	if (n > 1)
		argument = words[1];
	for (i = 0; n > 0 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, words[0]) == 0) {
			commands[i].run(out, argument, as_json);
			return;
		}
	fprintf(out, "error: unknown command\n");
}

/* ---- the connection ---- */

struct reply {
	char	*text;
	size_t	 len;
};

static void
on_written(h2o_socket_t *sock, const char *err)
{
	struct reply *r = sock->data;

	(void)err;
	free(r->text);
	free(r);
	h2o_socket_close(sock);
}

void
control_answer(int fd, const char *line)
{
	struct reply *r = calloc(1, sizeof(*r));
	char *copy = strdup(line);
	h2o_socket_t *sock;
	h2o_iovec_t all;
	FILE *out;

	sock = h2o_evloop_socket_create(worker.context.loop, fd, 0);
	if (r == NULL || copy == NULL ||
	    (out = open_memstream(&r->text, &r->len)) == NULL) {
		free(r);
		free(copy);
		h2o_socket_close(sock);
		return;
	}
	run(out, copy);
	free(copy);
	fclose(out);
	sock->data = r;
	all = h2o_iovec_init(r->text, r->len);
	h2o_socket_write(sock, &all, 1, on_written);
}

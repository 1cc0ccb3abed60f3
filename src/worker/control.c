/* SPDX-License-Identifier: ISC */
/* control -- answers a line of reelctl; worker */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "reeld/url.h"
#include "aim.h"
#include "client.h"
#include "control.h"
#include "permit.h"
#include "prefetch.h"
#include "purge.h"
#include "report.h"
#include "worker.h"

#define WORDS		4	/* of a line, its flags aside */
#define TABLE_COLUMNS	8

/* What goes back to reelctl, once it is complete. */
struct reply {
	h2o_socket_t	*sock;
	FILE		*out;
	char		*text;
	size_t		 len;
	int		 as_json, later;
};

/* What a line of reelctl asks for. */
struct order {
	struct reply	*reply;
	const char	*words[WORDS];	/* the command first; NULL: no more */
	int		 as_json;	/* -j */
	int		 in_path;	/* -p, for sign */
};

/* ---- the reply ---- */

static void
on_written(h2o_socket_t *sock, const char *err)
{
	struct reply *r = sock->data;

	(void)err;
	free(r->text);
	free(r);
	h2o_socket_close(sock);
}

static void
send_reply(struct reply *r)
{
	h2o_iovec_t all;

	fclose(r->out);
	r->sock->data = r;
	all = h2o_iovec_init(r->text, r->len);
	h2o_socket_write(r->sock, &all, 1, on_written);
}

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
objects(FILE *out, const struct order *order)
{
	static const char *const columns[] = { "state", "size", "have",
		"on_disk", "viewers", "pulls", "generation", "url", NULL };

	if (order->as_json)
		print_json(out, report_objects(NULL));
	else
		print_table(out, report_objects(NULL), columns);
}

static void
pulls(FILE *out, const struct order *order)
{
	static const char *const columns[] = { "id", "state", "begin", "end",
		"position", "rate", "url", NULL };

	if (order->as_json)
		print_json(out, report_pulls());
	else
		print_table(out, report_pulls(), columns);
}

static void
accounts(FILE *out, const struct order *order)
{
	static const char *const columns[] = { "account", "limit", "open",
		"waiting", NULL };

	if (order->as_json)
		print_json(out, report_accounts());
	else
		print_table(out, report_accounts(), columns);
}

static void
clients(FILE *out, const struct order *order)
{
	static const char *const columns[] = { "id", "address", "waiting",
		"start", "position", "end", "rate", "url", NULL };

	if (order->as_json)
		print_json(out, report_clients());
	else
		print_table(out, report_clients(), columns);
}

static void
map(FILE *out, const struct order *order)
{
	const char *pattern = order->words[1];
	char *text = NULL;
	size_t len = 0;
	FILE *maps = open_memstream(&text, &len);
	unsigned n = 0;

	if (maps != NULL) {
		n = report_map(pattern, maps);
		fclose(maps);
	}
	if (n == 0 && pattern != NULL)
		fprintf(out, "error: no object matches\n");
	else if (order->as_json)
		print_json(out, json_pack("{s:s}", "map",
		    text == NULL ? "" : text));
	else
		fprintf(out, "ok\n%s", text == NULL ? "" : text);
	free(text);
}

static void
audit(FILE *out, const struct order *order)
{
	char *text = NULL;
	size_t len = 0;
	FILE *found = open_memstream(&text, &len);
	unsigned bad = store_audit(found, order->words[1] != NULL &&
	    strcmp(order->words[1], "idle") == 0);

	if (found != NULL)
		fclose(found);
	if (order->as_json && bad == 0)
		print_json(out, json_pack("{s:i, s:s}", "violations", 0,
		    "text", ""));
	else if (bad > 0)
		fprintf(out, "error: %u invariants do not hold\n%s", bad,
		    text == NULL ? "" : text);
	else
		fprintf(out, "ok\nall invariants hold\n");
	free(text);
}

/* NULL, or what is wrong with the seconds and the client of a sign. */
static const char *
read_permit(const struct order *order, struct permit *permit,
    char client[CLIENT_NAME])
{
	const char *wrong;
	int64_t seconds;

	if (order->words[2] == NULL)
		return "sign what, and for how long";
	seconds = strtonum(order->words[2], 1, PERMIT_MAX, &wrong);
	if (wrong != NULL)
		return "the time must be from one second to a century";
	permit->expires = clock_wall() + seconds;
	permit->in_path = order->in_path;
	if (order->words[3] == NULL)
		return NULL;
	permit->client = client;
	return client_parse(order->words[3], client) == -1 ?
	    "the client is not an address" : NULL;
}

static void
sign(FILE *out, const struct order *order)
{
	struct permit permit = { 0, NULL, 0 };
	char client[CLIENT_NAME], text[PERMIT_LEN];
	const char *wrong = read_permit(order, &permit, client);

	if (wrong == NULL)
		wrong = permit_print(&permit, order->words[1], text,
		    sizeof(text));
	if (wrong != NULL)
		fprintf(out, "error: %s\n", wrong);
	else if (order->as_json)
		print_json(out, json_pack("{s:s, s:I}", "url", text,
		    "expires", (json_int_t)permit.expires));
	else
		fprintf(out, "ok\n%s\n", text);
}

static void
print_purged(const struct reply *r, int n, const char *why)
{
	if (n <= 0)
		fprintf(r->out, "error: %s\n", n == 0 ? "no object matches" :
		    why);
	else if (r->as_json)
		print_json(r->out, json_pack("{s:i}", "purged", n));
	else
		fprintf(r->out, "ok\n%d %s purged\n", n,
		    n == 1 ? "object" : "objects");
}

static void
on_purged(void *arg, int n)
{
	print_purged(arg, n, "the spool does not answer");
	send_reply(arg);
}

static void
purge(FILE *out, const struct order *order)
{
	const char *why = "purge what";
	struct reply *r = order->reply;
	int n = -1;

	(void)out;
	r->as_json = order->as_json;
	if (order->words[1] != NULL)
		n = purge_run(order->words[1], on_purged, r, &why);
	if (n == PURGE_LATER)
		r->later = 1;
	else
		print_purged(r, n, why);
}

static void
prefetch(FILE *out, const struct order *order)
{
	const char *range = order->words[2], *why = "prefetch what";
	char url[URL_MAX + 1];
	struct aim aim;

	if (order->words[1] == NULL ||
	    aim_take(order->words[1], &aim, &why) == -1 ||
	    prefetch_start(&aim, range, &why) == -1) {
		fprintf(out, "error: %s\n", why);
		return;
	}
	url_public(aim.url, url, sizeof(url));
	if (order->as_json)
		print_json(out, json_pack("{s:s, s:s?}", "url", url,
		    "range", range));
	else
		fprintf(out, "ok\nprefetch of %s has begun\n", url);
}

static const struct command {
	const char	*name;
	void		(*run)(FILE *, const struct order *);
} commands[] = {
	{ "objects", objects },
	{ "map", map },
	{ "pulls", pulls },
	{ "clients", clients },
	{ "accounts", accounts },
	{ "audit", audit },
	{ "sign", sign },
	{ "purge", purge },
	{ "prefetch", prefetch },
};

static void
read_order(char *line, struct order *order)
{
	char *word;
	size_t n = 0;

	memset(order, 0, sizeof(*order));
	while ((word = strsep(&line, " ")) != NULL)
		if (strcmp(word, "-j") == 0)
			order->as_json = 1;
		else if (strcmp(word, "-p") == 0)
			order->in_path = 1;
		else if (word[0] != '\0' && n < WORDS)
			order->words[n++] = word;
}

static void
run(struct reply *r, char *line)
{
	FILE *out = r->out;
	struct order order;
	size_t i, n = sizeof(commands) / sizeof(commands[0]);

	read_order(line, &order);
	order.reply = r;
	for (i = 0; order.words[0] != NULL && i < n; i++)
		if (strcmp(commands[i].name, order.words[0]) == 0) {
			commands[i].run(out, &order);
			return;
		}
	fprintf(out, "error: unknown command\n");
}

/* ---- the connection ---- */

void
control_answer(int fd, const char *line)
{
	struct reply *r = calloc(1, sizeof(*r));
	char *copy = strdup(line);
	h2o_socket_t *sock;

	sock = h2o_evloop_socket_create(worker.context.loop, fd, 0);
	if (r == NULL || copy == NULL ||
	    (r->out = open_memstream(&r->text, &r->len)) == NULL) {
		free(r);
		free(copy);
		h2o_socket_close(sock);
		return;
	}
	r->sock = sock;
	run(r, copy);
	free(copy);
	if (!r->later)
		send_reply(r);
}

/* SPDX-License-Identifier: ISC */
/* status_test -- what reeld tells of itself, to browsers and to reelctl */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define TEXT_MAX	65536
#define CLIENTS		8
#define SAMPLE	"^reeld_[a-z0-9_]+(\\{.*\\})? [0-9]+(\\.[0-9]+)?$"

static void
start(void)
{
	exam_start("segment_size = 1M", "retries = 0 fill = none");
}

static const char *
ctl(const char *args)
{
	return exam_ctl(exam.reeld, args);
}

/* ---- /metrics ---- */

/* The sample of a metric, or -1. */
static long long
sample(const char *text, const char *name)
{
	char line[128];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", name);
	at = strstr(text, line);
	return at == NULL ? -1 : atoll(at + strlen(line));
}

/* Every line is a HELP, a TYPE or a sample of the metric that both were for,
 * as the text format 0.0.4 of Prometheus has it. */
static void
check_exposition(char *text)
{
	char name[128] = "", type[32], *line, *rest = text;
	int n = 0, end;

	cr_assert_eq(text[strlen(text) - 1], '\n', "no newline at the end");
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		end = -1;
		if (sscanf(line, "# HELP %127s %n", name, &end) == 1) {
			cr_expect(end > 0 && line[end] != '\0', "%s", line);
		} else if (sscanf(line, "# TYPE %127s %31s", name, type) ==
		    2) {
			cr_expect(strcmp(type, "counter") == 0 ||
			    strcmp(type, "gauge") == 0, "%s", line);
		} else {
			cr_expect_eq(strncmp(line, name, strlen(name)), 0,
			    "%s: after %s", line, name);
			cr_expect(exam_matches(line, SAMPLE), "%s", line);
			n++;
		}
	}
	cr_expect_gt(n, 20, "%d samples", n);
}

/* Counters end in _total and never go back. */
static void
check_counters(const char *before, const char *after)
{
	const char *at;
	char name[128];

	for (at = before; (at = strstr(at, "# TYPE ")) != NULL; at++) {
		if (sscanf(at, "# TYPE %127s counter", name) != 1 ||
		    strstr(name, "_total") == NULL)
			continue;
		cr_expect_geq(sample(after, name), sample(before, name),
		    "%s: from %lld to %lld", name, sample(before, name),
		    sample(after, name));
	}
}

TestSuite(status, .init = start, .fini = exam_stop, .timeout = 30);

Test(status, metrics)
{
	static const struct {
		const char	*name;
		long long	 more;	/* at least */
	} moved[] = {
		{ "reeld_requests_total", 4 },
		{ "reeld_responses_2xx_total", 2 },
		{ "reeld_responses_4xx_total", 1 },
		{ "reeld_responses_5xx_total", 1 },
		{ "reeld_hits_total", 1 },
		{ "reeld_misses_total", 1 },
		{ "reeld_bytes_served_total", 2000000 },
		{ "reeld_pull_bytes_total", 1000000 },
		{ "reeld_pulls_total", 2 },
		{ "reeld_source_errors_total", 1 },
	};
	char *before = exam_page(reeld_url(exam.reeld, "/metrics")), *after;
	size_t i;

	cr_expect_eq(exam_status(reeld_url(exam.reeld,
	    "/f/a?size=1000000")), 200);
	cr_expect_eq(exam_status(reeld_url(exam.reeld,
	    "/f/a?size=1000000")), 200);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/nowhere")), 404);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/f/b?status=500")),
	    502);
	after = exam_page(reeld_url(exam.reeld, "/metrics"));
	for (i = 0; i < sizeof(moved) / sizeof(moved[0]); i++)
		cr_expect_geq(sample(after, moved[i].name),
		    sample(before, moved[i].name) + moved[i].more,
		    "%s: from %lld to %lld", moved[i].name,
		    sample(before, moved[i].name),
		    sample(after, moved[i].name));
	check_counters(before, after);
	check_exposition(after);
	free(before);
	free(after);
}

/* ---- /health ---- */

Test(status, health)
{
	static const char *const numbers[] = { "uptime_seconds",
	    "active_streams", "active_clients", "total_bytes_served" };
	json_t *health = exam_json(reeld_url(exam.reeld, "/health"));
	size_t i;

	cr_expect_str_eq(json_string_value(json_object_get(health,
	    "status")), "healthy");
	cr_expect(json_is_string(json_object_get(health, "version")));
	cr_expect(json_is_string(json_object_get(health, "root_path")));
	cr_expect(json_is_object(json_object_get(health, "stats")));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		cr_expect(json_is_number(json_object_get(health,
		    numbers[i])), "%s", numbers[i]);
	cr_expect(json_is_array(json_object_get(health, "problems")));
	cr_expect_eq(json_array_size(json_object_get(health, "problems")),
	    0);
	json_decref(health);
}

/* ---- reelctl ---- */

Test(status, ctl_status)
{
	json_t *status = exam_ctl_json(exam.reeld, "-j status"), *processes;
	const char *text = ctl("status");

	cr_expect(exam_matches(text, "^reeld [0-9]+\\.[0-9]+"), "%s", text);
	cr_expect(exam_matches(text, "^master +"), "%s", text);
	cr_expect(exam_matches(text, "^worker 0 +"), "%s", text);
	cr_expect(exam_matches(text, "^worker 1 +"), "%s", text);
	cr_expect(exam_matches(text, "^fetcher +"), "%s", text);
	cr_expect_eq(exam_integer(status, "pid"), reeld_pid(exam.reeld));
	processes = json_object_get(status, "processes");
	cr_expect_eq(json_array_size(processes), 3);
	cr_expect(json_is_object(json_object_get(status, "counters")));
	json_decref(status);
}

/* Of all workers; eight connections are hardly ever all of one. */
Test(status, ctl_clients)
{
	struct viewer *v[CLIENTS];
	json_t *clients, *client;
	size_t k;
	int i;

	for (i = 0; i < CLIENTS; i++)
		v[i] = viewer_start(&(struct viewer_want){
		    .url = reeld_url(exam.reeld, "/f/many?rate=500000") });
	for (i = 0; i < CLIENTS; i++)
		cr_assert(AWAIT(viewer_progress(v[i]) > 0, 5000));
	clients = exam_ctl_json(exam.reeld, "-j clients");
	cr_expect_eq(json_array_size(clients), CLIENTS, "%zu of %d clients",
	    json_array_size(clients), CLIENTS);
	json_array_foreach(clients, k, client) {
		cr_expect_str_eq(exam_string(client, "address"), "127.0.0.1");
		cr_expect_not_null(strstr(exam_string(client, "url"),
		    "/f/many"));
		cr_expect_gt(exam_integer(client, "position"), 0);
	}
	json_decref(clients);
	for (i = 0; i < CLIENTS; i++)
		viewer_stop(v[i]);
	for (i = 0; i < CLIENTS; i++)
		viewer_result_destroy(viewer_wait(&v[i]));
	cr_expect(AWAIT(strstr(ctl("clients"), "many") == NULL, 2000));
}

Test(status, ctl_audit)
{
	json_t *audit = exam_ctl_json(exam.reeld, "-j audit");

	cr_expect_eq(exam_integer(audit, "violations"), 0);
	json_decref(audit);
	cr_expect_gt(strlen(ctl("audit")), 0);
}

Test(status, ctl_mistakes)
{
	char text[TEXT_MAX];

	cr_expect_eq(reeld_ctl(exam.reeld, "nonsense", text, sizeof(text)),
	    1);
	cr_expect_not_null(strstr(text, "nonsense"), "%s", text);
	cr_expect_eq(reeld_ctl(exam.reeld, "", text, sizeof(text)), 1);
	cr_expect_not_null(strstr(text, "usage"), "%s", text);
	cr_expect_eq(reeld_ctl(exam.reeld, "status status", text,
	    sizeof(text)), 1);
}

/* ---- what is not told ---- */

static void
expect_veiled(const char *where, const char *text)
{
	cr_expect_not_null(strstr(text, "film"), "%s: %s", where, text);
	cr_expect_null(strstr(text, "s3cret"), "%s: %s", where, text);
	cr_expect_null(strstr(text, "somebody"), "%s: %s", where, text);
}

/* Reports of a film that somebody watches, in every form. */
static void
expect_veiled_reports(void)
{
	static const char *const reports[] = { "objects", "pulls", "clients",
	    "map", "-j objects", "-j pulls", "-j clients", "-j map" };
	struct viewer *v = viewer_start(&(struct viewer_want){ .check = 1,
	    .url = reeld_url(exam.reeld, "/f/film?size=2M&rate=500000"),
	    .seed = data_seed("/f/film", 1) });
	struct viewer_result *res;
	char *page;
	size_t i;

	cr_assert(AWAIT(viewer_progress(v) > 0, 5000));
	for (i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		expect_veiled(reports[i], ctl(reports[i]));
	page = exam_page(reeld_url(exam.reeld, "/_reeld/objects"));
	expect_veiled("/_reeld/objects", page);
	free(page);
	viewer_stop(v);
	res = viewer_wait(&v);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
}

/* The credentials in an origin's address are for its source alone. */
Test(status_veil, credentials, .timeout = 30)
{
	char *head;

	exam.origin = origin_start(NULL, NULL);
	exam.reeld = reeld_start("origin \"f\" { match = \"/f/\" retries = 1"
	    " url = \"http://somebody:s3cret@127.0.0.1:%d/f/\" }",
	    origin_port(exam.origin));
	expect_veiled_reports();
	head = origin_last(exam.origin, "/f/film");
	cr_expect_not_null(strstr(head, "\r\nAuthorization: Basic "), "%s",
	    head);
	free(head);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/f/b?status=500")),
	    502);
	cr_expect_gt(reeld_log_count(exam.reeld, "attempt 1"), 0);
	cr_expect_eq(reeld_log_count(exam.reeld, "s3cret"), 0);
	cr_expect_eq(reeld_log_count(exam.reeld, "somebody"), 0);
	exam_stop();
}

/* SPDX-License-Identifier: ISC */
/* status_test -- what reeld tells of itself, to browsers and to reelctl */
#include "config.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define TEXT_MAX	65536
#define CELLS		60
#define CELL		(1024 * 1024)	/* of the file that maps show */
#define SIZE		((int64_t)CELLS * CELL)
#define CLIENTS		8

static struct exam exam;

static void
start(void)
{
	exam_start(&exam, "segment_size = 1M", "retries = 0 fill = none");
}

static void
stop(void)
{
	exam_stop(&exam);
}

/* The body of a GET that is answered 200; the caller frees it. */
static char *
page(const char *target)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .keep = TEXT_MAX, .url = reeld_url(exam.reeld, "%s", target) });
	char *text;

	cr_assert_eq(res->status, 200, "%s: status %d", target, res->status);
	text = strdup(res->body);
	viewer_result_destroy(res);
	return text;
}

/* What reelctl prints, exit status 0; good until the next call. */
static const char *
ctl(const char *args)
{
	static char text[TEXT_MAX];

	cr_expect_eq(reeld_ctl(exam.reeld, args, text, sizeof(text)), 0,
	    "%s: %s", args, text);
	return text;
}

static int
matches(const char *text, const char *pattern)
{
	regex_t re;
	int found;

	cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE |
	    REG_NOSUB), 0, "%s", pattern);
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
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
			cr_expect(matches(line, "^reeld_[a-z0-9_]+(\\{.*\\})?"
			    " [0-9]+(\\.[0-9]+)?$"), "%s", line);
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

TestSuite(status, .init = start, .fini = stop, .timeout = 30);

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
	char *before = page("/metrics"), *after;
	size_t i;

	cr_expect_eq(exam_status(reeld_url(exam.reeld,
	    "/f/a?size=1000000")), 200);
	cr_expect_eq(exam_status(reeld_url(exam.reeld,
	    "/f/a?size=1000000")), 200);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/nowhere")), 404);
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "/f/b?status=500")),
	    502);
	after = page("/metrics");
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

/* ---- objects and maps ---- */

/* Two viewers of one file, at its begin and in its middle, each with a pull,
 * until stop_two(). */
static struct viewer *two[2];

static void
start_two(void)
{
	origin_set(exam.origin, "/f/fred.ts", "size=60M&rate=3000000");
	two[0] = viewer_start(&(struct viewer_want){ .check = 1,
	    .seed = data_seed("/f/fred.ts", 1),
	    .url = reeld_url(exam.reeld, "/f/fred.ts") });
	cr_assert(AWAIT(viewer_progress(two[0]) > 0, 5000));
	two[1] = viewer_start(&(struct viewer_want){ .range = "31457280-",
	    .check = 1, .seed = data_seed("/f/fred.ts", 1), .offset = SIZE / 2,
	    .url = reeld_url(exam.reeld, "/f/fred.ts") });
	cr_assert(AWAIT(viewer_progress(two[1]) > CELL + CELL / 8, 5000));
}

static void
stop_two(void)
{
	struct viewer_result *res;
	int i;

	for (i = 0; i < 2; i++)
		viewer_stop(two[i]);
	for (i = 0; i < 2; i++) {
		res = viewer_wait(&two[i]);
		cr_expect_eq(res->wrong_at, -1);
		viewer_result_destroy(res);
	}
}

static int64_t
integer(json_t *o, const char *name)
{
	cr_expect(json_is_integer(json_object_get(o, name)), "%s", name);
	return json_integer_value(json_object_get(o, name));
}

static const char *
string(json_t *o, const char *name)
{
	cr_assert(json_is_string(json_object_get(o, name)), "%s", name);
	return json_string_value(json_object_get(o, name));
}

static void
check_pulls(json_t *pulls)
{
	json_t *pull;
	size_t i;

	cr_assert_eq(json_array_size(pulls), 2, "%zu pulls",
	    json_array_size(pulls));
	json_array_foreach(pulls, i, pull) {
		int64_t begin = integer(pull, "begin");
		int64_t end = integer(pull, "end");

		cr_expect((begin == 0 && end == SIZE / 2) ||
		    (begin == SIZE / 2 && end == SIZE), "[%d, %d)",
		    (int)begin, (int)end);
		cr_expect(integer(pull, "position") > begin &&
		    integer(pull, "position") < end);
		cr_expect_not_null(json_object_get(pull, "id"));
		cr_expect_not_null(json_object_get(pull, "source"));
		cr_expect_geq(integer(pull, "rate"), 0);
	}
}

static void
check_object(json_t *o)
{
	json_t *map = json_object_get(o, "map");
	int i;

	cr_expect(matches(string(o, "key"), "^[0-9a-f]{64}$"));
	cr_expect_str_eq(string(o, "url"), origin_url(exam.origin,
	    "/f/fred.ts"));
	cr_expect_eq(integer(o, "size"), SIZE);
	cr_expect(integer(o, "have") > CELL && integer(o, "have") < SIZE);
	cr_expect_eq(integer(o, "on_disk"), 0);
	cr_expect_eq(integer(o, "generation"), 1);
	cr_expect_eq(integer(o, "viewers"), 2);
	cr_expect_eq(string(o, "etag")[0], '"');
	cr_expect_gt(strlen(string(o, "state")), 0);
	check_pulls(json_object_get(o, "pulls"));
	cr_assert_eq(json_array_size(map), 2);
	for (i = 0; i < 2; i++)
		cr_expect_eq(strlen(json_string_value(json_array_get(map,
		    (size_t)i))), CELLS);
}

Test(status, objects)
{
	json_t *all, *one, *same;
	char target[128];

	start_two();
	all = exam_json(reeld_url(exam.reeld, "/_reeld/objects"));
	cr_assert_eq(json_array_size(all), 1);
	one = json_array_get(all, 0);
	check_object(one);
	snprintf(target, sizeof(target), "/_reeld/objects/%s",
	    string(one, "key"));
	same = exam_json(reeld_url(exam.reeld, "%s", target));
	check_object(same);
	json_decref(same);
	json_decref(all);

	same = exam_ctl_json(exam.reeld, "-j objects");
	cr_assert_eq(json_array_size(same), 1);
	check_object(json_array_get(same, 0));
	json_decref(same);
	cr_expect_not_null(strstr(ctl("objects"), "/f/fred.ts"));
	stop_two();

	target[strlen(target) - 1] ^= 1;
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "%s", target)), 404);
	cr_expect_eq(exam_status(reeld_url(exam.reeld,
	    "/_reeld/objects/fred")), 404);
}

/*
 * The two lines of a map, byte for byte as INTERFACE shows them:
 *
 *    fred.ts  220 f40000...
 *    (map)        000000...
 */
static void
check_map(const char *text, const char *figures, const char *fill,
    const char *owner)
{
	char wanted[256];
	int n;

	n = snprintf(wanted, sizeof(wanted), "   fred.ts  %s ", figures);
	cr_expect_eq(strncmp(text, wanted, (size_t)n), 0, "%s", text);
	cr_expect(matches(text + n, fill), "%s: not %s", text, fill);
	snprintf(wanted, sizeof(wanted), "\n   (map)%*s%s\n", n - 8, "",
	    owner);
	cr_expect_str_eq(strchr(text, '\n'), wanted, "%s", text);
}

Test(status, map)
{
	static const char zeroes[] = "000000000000000000000000000000";
	static const char ones[] = "111111111111111111111111111111";
	char owner[CELLS + 1], target[512], fill[128], *text;

	start_two();
	snprintf(owner, sizeof(owner), "%s%s", zeroes, ones);
	/* Both have a full cell and are in one of the next. */
	snprintf(fill, sizeof(fill), "^f{1,9}[0-9]0{20,28}f{1,9}[0-9]0{20,28}"
	    "$");
	check_map(ctl("map fred.ts"), "220", fill, owner);
	check_map(ctl("map"), "220", fill, owner);
	check_map(ctl("map f*.ts"), "220", fill, owner);
	snprintf(target, sizeof(target), "/_reeld/map?url=%s",
	    origin_url(exam.origin, "/f/fred.ts"));
	text = page(target);
	check_map(text, "220", fill, owner);
	free(text);
	text = page("/_reeld/map?url=%2ff%2ffred.ts");
	check_map(text, "220", fill, owner);
	free(text);
	stop_two();
	/* Nobody plays, and nothing is to be filled. */
	cr_expect(AWAIT(strstr(ctl("map fred.ts"), "  000 ") != NULL, 3000),
	    "%s", ctl("map"));
	cr_expect_eq(reeld_ctl(exam.reeld, "map nothing.ts", target,
	    sizeof(target)), 1);
}

Test(status, map_of_a_whole_file)
{
	char owner[CELLS + 1], fill[] = "^f{60}$";

	memset(owner, '0', CELLS);
	owner[CELLS] = '\0';
	origin_set(exam.origin, "/f/fred.ts", "size=600000");
	cr_assert_eq(exam_status(reeld_url(exam.reeld, "/f/fred.ts")), 200);
	cr_assert(AWAIT(strstr(ctl("map"), "  000 ") != NULL, 2000));
	check_map(ctl("map fred.ts"), "000", fill, owner);
}

/* Of unknown size: one line of figures. */
Test(status, map_of_a_file_without_length)
{
	struct viewer *v;

	origin_set(exam.origin, "/f/live.ts", "nolen=1&norange=1&size=60M"
	    "&rate=3000000");
	v = viewer_start(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "/f/live.ts") });
	cr_assert(AWAIT(viewer_progress(v) > 100000, 5000));
	cr_expect_str_eq(ctl("map live.ts"), "   live.ts  110\n");
	viewer_stop(v);
	viewer_result_destroy(viewer_wait(&v));
}

/* ---- reelctl ---- */

Test(status, ctl_status)
{
	json_t *status = exam_ctl_json(exam.reeld, "-j status"), *processes;
	const char *text = ctl("status");

	cr_expect(matches(text, "^reeld [0-9]+\\.[0-9]+"), "%s", text);
	cr_expect(matches(text, "^master +"), "%s", text);
	cr_expect(matches(text, "^worker 0 +"), "%s", text);
	cr_expect(matches(text, "^worker 1 +"), "%s", text);
	cr_expect(matches(text, "^fetcher +"), "%s", text);
	cr_expect_eq(integer(status, "pid"), (int64_t)reeld_pid(exam.reeld));
	processes = json_object_get(status, "processes");
	cr_expect_eq(json_array_size(processes), 3);
	cr_expect(json_is_object(json_object_get(status, "counters")));
	json_decref(status);
}

Test(status, ctl_pulls)
{
	json_t *pulls;
	const char *text;

	start_two();
	pulls = exam_ctl_json(exam.reeld, "-j pulls");
	check_pulls(pulls);
	json_decref(pulls);
	text = ctl("pulls");
	cr_expect_not_null(strstr(text, "/f/fred.ts"), "%s", text);
	stop_two();
	cr_expect(AWAIT(strstr(ctl("pulls"), "fred.ts") == NULL, 3000));
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
		cr_expect_str_eq(string(client, "address"), "127.0.0.1");
		cr_expect_not_null(strstr(string(client, "url"), "/f/many"));
		cr_expect_gt(integer(client, "position"), 0);
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

	cr_expect_eq(integer(audit, "violations"), 0);
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

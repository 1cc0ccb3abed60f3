/* SPDX-License-Identifier: ISC */
/* on_error_test -- hooks hear of errors once, and nobody waits for them */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/receiver.h"
#include "../helper/stage.h"

#define JOINED		5
#define QUEUE		16	/* messages kept for one URL */
#define QUIET_MS	1500	/* in which what should not come would come */
#define RULES_MAX	1024

static struct origin *origin;
static struct receiver *receiver;
static struct reeld *reeld;

static void
start(void)
{
	origin = origin_start(NULL, NULL);
	receiver = receiver_start();
}

static void
stop(void)
{
	if (reeld != NULL) {
		exam_audit(reeld);
		reeld_stop(&reeld);
	}
	receiver_stop(&receiver);
	origin_stop(&origin);
}

/* One origin before the source, with more `rules` of its own. */
static const char *
conf_text(const char *rules)
{
	static char text[RULES_MAX];

	snprintf(text, sizeof(text), "origin \"f\" { match = \"/films/\""
	    " retries = 0 connect_timeout = 1s stall_timeout = 1s"
	    " max_connections = 100 set_header = {\"X-Key: s3cret\"}"
	    " url = \"http://joe:s3cret@127.0.0.1:%d/f/?token=s3cret\" %s }",
	    origin_port(origin), rules);
	return text;
}

static const char *
hook_rule(int port)
{
	static char rule[128];

	snprintf(rule, sizeof(rule),
	    "on_error = {\"http://127.0.0.1:%d/hook\"}", port);
	return rule;
}

static void
open_reeld(const char *rules)
{
	reeld = reeld_start("%s", conf_text(rules));
}

/* The status that a viewer is told of a film that fails. */
static int
fail(const char *name, const char *knobs)
{
	return exam_status(reeld_url(reeld, "/films/%s?%s", name, knobs));
}

TestSuite(on_error, .init = start, .fini = stop, .timeout = 60);

/* One POST for all who wait, which says what there is to say and no secret. */
Test(on_error, told_once)
{
	struct viewer *v[JOINED];
	struct viewer_result *res;
	const char *head;
	json_t *j;
	int i;

	open_reeld(hook_rule(receiver_port(receiver)));
	for (i = 0; i < JOINED; i++)
		v[i] = viewer_start(&(struct viewer_want){
		    .url = reeld_url(reeld, "/films/a/My%%20%%C3%%9C%%22.mkv"
		    "?status=404&delay=500ms&key=s3cret") });
	for (i = 0; i < JOINED; i++) {
		res = viewer_wait(&v[i]);
		cr_expect_eq(res->status, 404, "status %d", res->status);
		viewer_result_destroy(res);
	}
	cr_assert(AWAIT(receiver_count(receiver) == 1, 3000));
	usleep(QUIET_MS * 1000);
	cr_expect_eq(receiver_count(receiver), 1);
	cr_expect_eq(exam_metric(reeld, "hooks_sent_total"), 1);
	head = receiver_head(receiver, 0);
	cr_expect_eq(strncmp(head, "POST /hook HTTP/1.1\r\n", 21), 0, "%s",
	    head);
	cr_expect_not_null(strstr(head, "Content-Type: application/json\r\n"),
	    "%s", head);
	cr_expect_null(strstr(head, "s3cret"), "%s", head);
	cr_expect_null(strstr(receiver_body(receiver, 0), "s3cret"), "%s",
	    receiver_body(receiver, 0));
	j = json_loads(receiver_body(receiver, 0), 0, NULL);
	cr_assert_not_null(j, "no JSON: %s", receiver_body(receiver, 0));
	cr_expect_str_eq(exam_string(j, "address"),
	    "/films/a/My%20%C3%9C%22.mkv");
	cr_expect_not_null(strstr(exam_string(j, "source"),
	    "/.../My%20%C3%9C%22.mkv"), "%s", exam_string(j, "source"));
	cr_expect_str_eq(exam_string(j, "name"), "My \xc3\x9c\".mkv");
	cr_expect_str_eq(exam_string(j, "origin"), "f");
	cr_expect_str_eq(exam_string(j, "error"), "destination_unavailable");
	cr_expect_neq(exam_string(j, "reason")[0], '\0');
	cr_expect_eq(exam_integer(j, "status"), 404);
	cr_expect_eq(exam_integer(j, "attempt"), 1);
	cr_expect_eq(exam_integer(j, "count"), 1);
	cr_expect(exam_matches(exam_string(j, "time"), "^20[0-9][0-9]-"
	    "[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$"), "%s",
	    exam_string(j, "time"));
	json_decref(j);
}

/* Another error of the object, and another object, are told; the same is
 * not. */
Test(on_error, each_error_apart)
{
	open_reeld(hook_rule(receiver_port(receiver)));
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	cr_expect_eq(fail("b.ts", "status=404"), 404);
	cr_assert(AWAIT(receiver_count(receiver) == 2, 3000));
	sleep(3);	/* longer than the failure is remembered */
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	origin_set(origin, "/f/b.ts", "status=500");
	cr_expect_eq(fail("b.ts", "status=404"), 502);
	cr_assert(AWAIT(receiver_count(receiver) == 3, 3000));
	usleep(QUIET_MS * 1000);
	cr_expect_eq(receiver_count(receiver), 3);
	cr_expect_not_null(strstr(receiver_body(receiver, 2),
	    "/films/b.ts"), "%s", receiver_body(receiver, 2));
	cr_expect_eq(origin_stat(origin, "/f/a.ts", "requests"), 2);
}

/* What was not told within the minute is counted in the next. */
Test(on_error, counted_after_a_minute, .timeout = 120)
{
	json_t *j;

	if (!stage_soak())
		cr_skip_test("only in the long form");
	open_reeld(hook_rule(receiver_port(receiver)));
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	sleep(3);
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	sleep(60);
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	cr_assert(AWAIT(receiver_count(receiver) == 2, 3000));
	j = json_loads(receiver_body(receiver, 1), 0, NULL);
	cr_expect_eq(exam_integer(j, "count"), 2);
	json_decref(j);
}

/* The administrator's own words and fields; two hooks hear the same. */
Test(on_error, template)
{
	struct receiver *other = receiver_start();
	char rules[512];

	snprintf(rules, sizeof(rules), "on_error = {"
	    "\"http://ann:pass@127.0.0.1:%d/a\", \"http://127.0.0.1:%d/b\"}"
	    " on_error_header = {\"X-Api-Key: k1\", \"content-type: text/x\"}"
	    " on_error_body = \"100%%%% %%{status} [%%{name}] %%{error}"
	    " %%{count}\"",
	    receiver_port(receiver), receiver_port(other));
	open_reeld(rules);
	cr_expect_eq(fail("x%20%5C%22y.ts", "hangup=1"), 502);
	cr_assert(AWAIT(receiver_count(receiver) == 1, 3000));
	cr_assert(AWAIT(receiver_count(other) == 1, 3000));
	cr_expect_not_null(strstr(receiver_head(receiver, 0),
	    "X-Api-Key: k1\r\n"));
	cr_expect_not_null(strstr(receiver_head(receiver, 0),
	    "content-type: text/x\r\n"));
	cr_expect_null(strstr(receiver_head(receiver, 0), "application/json"));
	/* "ann:pass" */
	cr_expect_not_null(strstr(receiver_head(receiver, 0),
	    "Authorization: Basic YW5uOnBhc3M=\r\n"), "%s",
	    receiver_head(receiver, 0));
	cr_expect_str_eq(receiver_body(receiver, 0),
	    receiver_body(other, 0));
	cr_expect_str_eq(receiver_body(receiver, 0),
	    "100% 502 [x \\\\\\\"y.ts] http_response_incomplete 1");
	receiver_stop(&other);
}

/* Who says no twice is asked a third time, after 1 and 4 s more. */
Test(on_error, tried_again)
{
	int64_t begun;

	open_reeld(hook_rule(receiver_port(receiver)));
	receiver_script(receiver, 500, 2);
	begun = now_us();
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	cr_assert(AWAIT(receiver_count(receiver) == 3, 15000));
	cr_expect_geq(now_us() - begun, 4900000);
	cr_expect_str_eq(receiver_body(receiver, 0),
	    receiver_body(receiver, 2));
	cr_expect(AWAIT(exam_metric(reeld, "hooks_sent_total") == 1, 3000));
	cr_expect_eq(exam_metric(reeld, "hooks_failed_total"), 0);
}

/* Redirects are not followed; after four tries it is over, and the log names
 * the host, and nothing of the path. */
Test(on_error, given_up)
{
	open_reeld(hook_rule(receiver_port(receiver)));
	receiver_script(receiver, 302, 100);
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	cr_assert(AWAIT(exam_metric(reeld, "hooks_failed_total") == 1, 40000));
	cr_expect_eq(receiver_count(receiver), 4, "%d tries",
	    receiver_count(receiver));
	cr_expect_null(strstr(receiver_head(receiver, 3), "elsewhere"));
	usleep(QUIET_MS * 1000);
	cr_expect_eq(receiver_count(receiver), 4);
	cr_expect_eq(reeld_log_count(reeld, "answers 302: given up"), 1);
	cr_expect_eq(reeld_log_count(reeld, "/hook"), 0);
}

/* Nobody is there: viewers hear of their errors all the same. */
Test(on_error, receiver_gone)
{
	open_reeld(hook_rule(free_port()));
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	cr_expect_eq(fail("b.ts", "status=404"), 404);
	cr_assert(AWAIT(exam_metric(reeld, "hooks_failed_total") == 2, 40000));
	cr_expect_eq(exam_metric(reeld, "hooks_sent_total"), 0);
}

static int
fail_anew(void)
{
	static int n;
	char name[32];

	snprintf(name, sizeof(name), "anew%d.ts", n++);
	return fail(name, "status=404");
}

/* It hangs: one connection at a time, a queue that ends, and all viewers told
 * at once.  Good films play meanwhile. */
Test(on_error, receiver_hangs)
{
	struct viewer_result *res;
	struct receiver *other = receiver_start();
	int i, n = 4 * QUEUE + 6;
	char name[32];

	open_reeld(hook_rule(receiver_port(receiver)));
	receiver_script(receiver, 0, 1000);
	cr_expect_eq(fail("first.ts", "status=404"), 404);
	cr_assert(AWAIT(receiver_count(receiver) == 1, 3000));
	for (i = 1; i < n; i++) {
		snprintf(name, sizeof(name), "%d.ts", i);
		res = fetch(&(struct viewer_want){ .url = reeld_url(reeld,
		    "/films/%s?status=404", name) });
		cr_expect_eq(res->status, 404, "%s: %d", name, res->status);
		cr_expect_lt(res->total_us, 2000000, "%s: %d us", name,
		    (int)res->total_us);
		viewer_result_destroy(res);
	}
	cr_expect(AWAIT(exam_metric(reeld, "hooks_dropped_total") ==
	    n - QUEUE, 3000), "%d dropped",
	    (int)exam_metric(reeld, "hooks_dropped_total"));
	exam_intact(reeld_url(reeld, "/films/good?size=3000000"), "/f/good",
	    3000000);
	/* What waits for it keeps nobody else's from being told. */
	reeld_conf(reeld, "%s", conf_text(hook_rule(receiver_port(other))));
	reeld_hup(reeld);
	cr_expect(AWAIT(fail_anew() == 404 && receiver_count(other) > 0,
	    3000));
	receiver_stop(&other);
	/* Its first try is over after ten seconds. */
	cr_assert(AWAIT(receiver_count(receiver) >= 2, 15000));
	cr_expect_eq(receiver_peak(receiver), 1, "%d at a time",
	    receiver_peak(receiver));
}

/* What waits for its next try outlives a reload that takes the hook away; what
 * fails then is told to nobody. */
Test(on_error, reload)
{
	open_reeld(hook_rule(receiver_port(receiver)));
	receiver_script(receiver, 503, 2);
	cr_expect_eq(fail("a.ts", "status=404"), 404);
	cr_assert(AWAIT(receiver_count(receiver) == 1, 3000));
	reeld_conf(reeld, "%s", conf_text(""));
	reeld_hup(reeld);
	cr_assert(AWAIT(receiver_count(receiver) == 3, 15000));
	cr_expect(AWAIT(exam_metric(reeld, "hooks_sent_total") == 1, 3000));
	cr_expect_eq(fail("b.ts", "status=404"), 404);
	usleep(QUIET_MS * 1000);
	cr_expect_eq(receiver_count(receiver), 3);
}

/* What nobody waits for is told to nobody: a source that fails behind the last
 * viewer's back. */
Test(on_error, without_readers)
{
	struct viewer_result *res;

	open_reeld(hook_rule(receiver_port(receiver)));
	res = fetch(&(struct viewer_want){ .stop_after = 100000, .url =
	    reeld_url(reeld, "/films/fill?size=3M&rate=1M&cutat=1M"
	    "&status=404&statusafter=1") });
	cr_expect_eq(res->status, 200);
	viewer_result_destroy(res);
	cr_assert(AWAIT(reeld_log_count(reeld, "attempt 1 of 1") > 0,
	    10000));
	usleep(QUIET_MS * 1000);
	cr_expect_eq(receiver_count(receiver), 0);
}

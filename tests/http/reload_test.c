/* SPDX-License-Identifier: ISC */
/* reload_test -- a new configuration for a running reeld, by HUP and reelctl */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define TEXT_MAX	16384
#define SIZE		8000000

#define ORIGIN	"origin \"%s\" { match = \"/%s/\" retries = 0" \
    " url = \"http://127.0.0.1:%d/f/\" }\n"

static struct origin *origin;
static struct reeld *reeld;

static void
start(void)
{
	origin = origin_start(NULL, NULL);
	reeld = reeld_start(ORIGIN, "one", "one", origin_port(origin));
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
}

static int
answers(const char *target, int status)
{
	return exam_status(reeld_url(reeld, "%s", target)) == status;
}

/* With two origins instead of one. */
static void
conf_of_two(void)
{
	reeld_conf(reeld, ORIGIN ORIGIN, "one", "one", origin_port(origin),
	    "two", "two", origin_port(origin));
}

static const char *
ctl_reload(int status)
{
	static char text[TEXT_MAX];
	int got = reeld_ctl(reeld, "reload", text, sizeof(text));

	cr_expect_eq(got, status, "status %d: %s", got, text);
	return text;
}

TestSuite(reload, .init = start, .fini = stop, .timeout = 30);

Test(reload, adds_and_removes_origins)
{
	cr_expect(answers("/one/a?size=10", 200));
	cr_expect(answers("/two/a?size=10", 404));
	conf_of_two();
	reeld_hup(reeld);
	cr_expect(AWAIT(answers("/two/a?size=10", 200), 3000));
	cr_expect(answers("/one/a?size=10", 200));

	reeld_conf(reeld, ORIGIN, "two", "two", origin_port(origin));
	cr_expect_not_null(strstr(ctl_reload(0), "read again"));
	cr_expect(AWAIT(answers("/one/b?size=10", 404), 3000));
	cr_expect(AWAIT(answers("/two/b?size=10", 200), 3000));
}

/* Both workers have it; each connection is a new one, so sixteen of them see
 * both. */
Test(reload, reaches_every_worker)
{
	int i;

	conf_of_two();
	ctl_reload(0);
	cr_assert(AWAIT(answers("/two/a?size=10", 200), 3000));
	usleep(200000);
	for (i = 0; i < 16; i++)
		cr_expect(answers("/two/a?size=10", 200));
}

/* Nobody who watches notices. */
Test(reload, drops_no_client)
{
	struct viewer *v[4];
	struct viewer_result *res;
	int i;

	for (i = 0; i < 4; i++)
		v[i] = viewer_start(&(struct viewer_want){ .check = 1,
		    .seed = data_seed("/f/film", 1),
		    .http = i % 2 ? VIEWER_H2C : VIEWER_HTTP11,
		    .url = reeld_url(reeld, "/one/film?size=%d&rate=8000000",
		    SIZE) });
	for (i = 0; i < 4; i++)
		cr_assert(AWAIT(viewer_progress(v[i]) > 0, 5000));
	for (i = 0; i < 5; i++) {
		conf_of_two();
		reeld_hup(reeld);
		usleep(100000);
	}
	for (i = 0; i < 4; i++) {
		res = viewer_wait(&v[i]);
		cr_expect_eq(res->curl, 0, "%s", res->error);
		cr_expect_eq(res->bytes, SIZE);
		cr_expect_eq(res->wrong_at, -1);
		viewer_result_destroy(res);
	}
	cr_expect_eq(origin_stat(origin, "/f/film", "bytes"), SIZE);
}

/* Every mistake by file and line, to reelctl and to the log; all goes on as it
 * was. */
Test(reload, a_broken_file_changes_nothing)
{
	char retries[600], fill[600];
	const char *text;
	int logged;

	reeld_conf(reeld, ORIGIN "origin \"two\" {\nmatch = \"/two/\"\nurl ="
	    " \"http://127.0.0.1:%d/f/\"\nretries = many\nfill = some\n}",
	    "three", "three", origin_port(origin), origin_port(origin));
	snprintf(retries, sizeof(retries), "%s/reeld.conf:%d: retries: "
	    "\"many\"", reeld_dir(reeld),
	    reeld_conf_line(reeld, "retries = many"));
	snprintf(fill, sizeof(fill), "%s/reeld.conf:%d: fill: \"some\"",
	    reeld_dir(reeld), reeld_conf_line(reeld, "fill = some"));
	text = ctl_reload(1);
	cr_expect_not_null(strstr(text, retries), "%s: no %s", text, retries);
	cr_expect_not_null(strstr(text, fill), "%s: no %s", text, fill);
	cr_expect_eq(reeld_log_count(reeld, retries), 1);
	cr_expect_eq(reeld_log_count(reeld, fill), 1);

	logged = reeld_log_count(reeld, "configuration not changed");
	reeld_hup(reeld);
	cr_expect(AWAIT(reeld_log_count(reeld, "configuration not changed") >
	    logged, 3000));
	cr_expect_eq(reeld_log_count(reeld, retries), 2);
	cr_expect(answers("/one/a?size=10", 200));
	cr_expect(answers("/two/a?size=10", 404));
	cr_expect(answers("/three/a?size=10", 404));

	/* And a good one after it is taken. */
	conf_of_two();
	ctl_reload(0);
	cr_expect(AWAIT(answers("/two/a?size=10", 200), 3000));
}

/* A slip of grammar, too, and a file that is not there. */
Test(reload, what_is_no_configuration)
{
	char path[512], wanted[600];

	reeld_conf(reeld, "origin \"x\" {\nmatch \"/x/\"\n}");
	snprintf(wanted, sizeof(wanted), "%s/reeld.conf:%d: ",
	    reeld_dir(reeld), reeld_conf_line(reeld, "match \"/x/\""));
	cr_expect_not_null(strstr(ctl_reload(1), wanted), "%s: no %s",
	    ctl_reload(1), wanted);
	snprintf(path, sizeof(path), "%s/reeld.conf", reeld_dir(reeld));
	cr_assert_eq(unlink(path), 0);
	cr_expect_not_null(strstr(ctl_reload(1), "reeld.conf"));
	cr_expect(answers("/one/a?size=10", 200));
}

/* What needs a restart is said, and kept as it was. */
Test(reload, names_what_needs_a_restart)
{
	const char *text;

	reeld_conf(reeld, "arena_size = 256M\n" ORIGIN, "one", "one",
	    origin_port(origin));
	text = ctl_reload(0);
	cr_expect_not_null(strstr(text, "arena_size"), "%s", text);
	cr_expect_not_null(strstr(text, "restart"), "%s", text);
	cr_expect(answers("/one/a?size=10", 200));
}

/* A limit that changes: pulls of before keep their places, new ones obey. */
Test(reload, of_a_limit)
{
	struct viewer *v[3];
	struct viewer_result *res;
	int i;

	reeld_conf(reeld, "origin \"one\" { match = \"/one/\" retries = 0"
	    " max_connections = 1 url = \"http://127.0.0.1:%d/f/\" }",
	    origin_port(origin));
	ctl_reload(0);
	usleep(200000);
	origin_reset_counts(origin);
	for (i = 0; i < 3; i++)
		v[i] = viewer_start(&(struct viewer_want){ .check = 1,
		    .seed = data_seed(i == 0 ? "/f/x0" : i == 1 ? "/f/x1" :
		    "/f/x2", 1), .url = reeld_url(reeld,
		    "/one/x%d?size=1M&rate=4000000", i) });
	for (i = 0; i < 3; i++) {
		res = viewer_wait(&v[i]);
		cr_expect_eq(res->bytes, 1 << 20);
		cr_expect_eq(res->wrong_at, -1);
		viewer_result_destroy(res);
	}
	cr_expect_eq(origin_stat(origin, NULL, "peak"), 1);
}

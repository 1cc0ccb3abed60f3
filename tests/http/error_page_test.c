/* SPDX-License-Identifier: ISC */
/* error_page_test -- errors say who, which attempt and why, and no secret */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SECRET	"s3cret"
#define TEXT	8192

static struct origin *origin;
static struct reeld *reeld;

/* What the source does; `to` is where it redirects, 1: with secrets. */
static const struct row {
	const char	*knobs;
	int		 redirects;
	int		 status;
} rows[] = {
	{ "status=404", 0, 404 },
	{ "status=403", 0, 502 },
	{ "status=503", 0, 503 },
	{ "status=500", 0, 502 },
	{ "hangup=1", 0, 502 },
	{ "delay=20s", 0, 504 },
	{ "gzip=1", 0, 502 },
	{ "badcr=text", 0, 502 },
	{ "redirect=50", 0, 502 },
	{ "status=404", 1, 404 },
	{ "hangup=1", 1, 502 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const forms[] = { "Accept: text/html",
    "Accept: application/json", "Accept: video/mp2t" };
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static void
start(void)
{
	origin = origin_start(NULL, NULL);
	reeld = reeld_start("origin \"f\" { match = \"/f/\" retries = 0"
	    " error_clip = true max_connections = 100"
	    " connect_timeout = 1s stall_timeout = 1s"
	    " set_header = {\"X-Key: " SECRET "\", \"Cookie: " SECRET "\"}"
	    " url = \"http://joe:" SECRET "@127.0.0.1:%d/f/?key=" SECRET
	    "\" }\n"
	    "origin \"gone\" { match = \"/gone/\" retries = 0"
	    " url = \"http://joe:" SECRET "@127.0.0.1:%d/?key=" SECRET
	    "\" }\n", origin_port(origin), free_port());
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
}

TestSuite(error_page, .init = start, .fini = stop, .timeout = 60);

static void
script(const char *path, const struct row *row)
{
	char knobs[256], other[80];

	if (!row->redirects) {
		origin_set(origin, path, row->knobs);
		return;
	}
	snprintf(other, sizeof(other), "%s-moved", path);
	snprintf(knobs, sizeof(knobs), "to=http://ann:" SECRET
	    "@127.0.0.1:%d%s%%3Ftoken=" SECRET, origin_port(origin), other);
	origin_set(origin, path, knobs);
	origin_set(origin, other, row->knobs);
}

static int
in_head(const struct viewer_result *res, const char *text)
{
	const char *line;

	for (line = res->head; *line != '\0'; line += strlen(line) + 1)
		if (strstr(line, text) != NULL)
			return 1;
	return 0;
}

static void
check(const struct viewer_result *res, const char *source, int status,
    const char *who)
{
	cr_expect(res->status == status || exam_header_has(res,
	    "X-Reeld-Error", ""), "%s: status %d", who, res->status);
	cr_expect(exam_header_has(res, "Proxy-Status", source), "%s: %s", who,
	    viewer_header(res, "Proxy-Status"));
	cr_expect(exam_header_has(res, "Proxy-Status", "attempt 1 of 1"),
	    "%s: %s", who, viewer_header(res, "Proxy-Status"));
	if (res->status == status) {
		cr_expect_not_null(strstr(res->body, source), "%s: %s", who,
		    res->body);
		cr_expect_not_null(strstr(res->body, "attempt 1 of 1"),
		    "%s: %s", who, res->body);
		cr_expect_null(strstr(res->body, SECRET), "%s: %s", who,
		    res->body);
	}
	cr_expect_not(in_head(res, SECRET), "%s: %s", who, res->head);
}

Test(error_page, no_secrets)
{
	struct viewer *v[ROWS][FORMS];
	struct viewer_result *res;
	const char *headers[] = { NULL, NULL };
	char path[64], who[128];
	size_t i, f;

	for (i = 0; i < ROWS; i++) {
		for (f = 0; f < FORMS; f++) {
			snprintf(path, sizeof(path), "/f/%zu-%zu", i, f);
			script(path, &rows[i]);
			headers[0] = forms[f];
			v[i][f] = viewer_start(&(struct viewer_want){
			    .headers = headers, .keep = TEXT,
			    .url = reeld_url(reeld, "%s?t=" SECRET, path) });
		}
	}
	for (i = 0; i < ROWS; i++) {
		for (f = 0; f < FORMS; f++) {
			snprintf(path, sizeof(path), "/.../%zu-%zu%s", i, f,
			    rows[i].redirects ? "-moved" : "");
			snprintf(who, sizeof(who), "%s, %s", rows[i].knobs,
			    forms[f]);
			res = viewer_wait(&v[i][f]);
			if (strncmp(rows[i].knobs, "redirect=", 9) == 0)
				snprintf(path, sizeof(path), "127.0.0.1");
			check(res, path, rows[i].status, who);
			viewer_result_destroy(res);
		}
	}
	cr_expect_eq(reeld_log_count(reeld, SECRET), 0);
}

Test(error_page, nobody_there)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .keep = TEXT,
	    .url = reeld_url(reeld, "/gone/x.mkv?t=" SECRET) });

	check(res, "/x.mkv", 502, "gone");
	cr_expect_not_null(strstr(res->body, "connection_refused"));
	viewer_result_destroy(res);
	cr_expect_eq(reeld_log_count(reeld, SECRET), 0);
}

/* Providers have their customers' names and passwords in the path. */
Test(error_page, no_folders)
{
	struct viewer_result *res;
	char folder[] = "/f/joe/" SECRET "/7.ts";

	origin_set(origin, folder, "status=404");
	res = fetch(&(struct viewer_want){ .keep = TEXT,
	    .url = reeld_url(reeld, "%s?clip=no", folder),
	    .headers = (const char *const []){ "Accept: text/html", NULL } });
	check(res, "/.../7.ts", 404, "folder");
	cr_expect_null(strstr(viewer_header(res, "Proxy-Status"), SECRET));
	viewer_result_destroy(res);
}

/* What a stranger can put into an address is text on the page. */
Test(error_page, nothing_runs)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .keep = TEXT,
	    .url = reeld_url(reeld, "/f/<script>x</script>&\"'.mkv"
	    "?status=404") });

	cr_expect_eq(res->status, 404, "status %d", res->status);
	cr_expect_null(strstr(res->body, "<script"), "%s", res->body);
	cr_expect_null(strstr(res->body, "http-equiv"));
	cr_expect_null(strstr(res->body, "src="));
	viewer_result_destroy(res);
}

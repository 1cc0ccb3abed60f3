/* SPDX-License-Identifier: ISC */
/* credential_test -- what a source is sent of an origin's rules, and who else
 * must not see it */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		300000
#define BASIC		"Authorization: Basic dXNlcjpwQHNz\r\n"	/* user:p@ss */

static struct origin *origin, *other;
static struct reeld *reeld;

static void
start(void)
{
	origin = origin_start(NULL, NULL);
	other = origin_start(NULL, NULL);
	reeld = reeld_start("segment_size = 64K\n"
	    "origin \"basic\" { match = \"/basic/\" retries = 1\n"
	    "url = \"http://user:p%%40ss@127.0.0.1:%d/f/\" }\n"
	    "origin \"fields\" { match = \"/fields/\" retries = 1\n"
	    "url = \"http://127.0.0.1:%d/f/\" user_agent = \"Player/1\"\n"
	    "set_header = {\"Referer: http://page.example/\","
	    " \"Cookie: key=s3cret\", \"Authorization: Bearer s3cret\","
	    " \"X-Api-Key: s3cret\", \"X-Any: thing\","
	    " \"Host: films.example\"} }",
	    origin_port(origin), origin_port(origin));
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
	origin_stop(&other);
}

/* `path` at the source redirects to `to`, whose path is `last`. */
static void
follow(const char *name, const char *path, const char *to, const char *last)
{
	exam_intact(reeld_url(reeld, "/%s/%s?to=%s", name, path,
	    exam_escaped(to)), last, SIZE);
}

static const char *
film(const struct origin *o, const char *path)
{
	return origin_url(o, "%s?size=%d", path, SIZE);
}

TestSuite(credential, .init = start, .fini = stop, .timeout = 60);

Test(credential, of_the_url_are_sent_and_not_shown)
{
	char *text;

	exam_intact(reeld_url(reeld, "/basic/own?size=%d", SIZE), "/f/own",
	    SIZE);
	cr_expect(origin_asked(origin, "/f/own", BASIC));
	text = exam_page(reeld_url(reeld, "/_reeld/objects"));
	cr_expect_null(strstr(text, "ss@"), "%s", text);
	free(text);
	cr_expect_eq(exam_status(reeld_url(reeld, "/basic/x?status=500")),
	    502);
	cr_expect_eq(reeld_log_count(reeld, "ss@"), 0);
	cr_expect(!reeld_access_has(reeld, "ss@"));
}

Test(credential, of_the_url_stay_on_its_server)
{
	char to[128], *head;

	snprintf(to, sizeof(to), "/f/relative?size=%d", SIZE);
	follow("basic", "a", to, "/f/relative");
	cr_expect(origin_asked(origin, "/f/relative", BASIC));
	follow("basic", "b", film(origin, "/f/absolute"), "/f/absolute");
	cr_expect(origin_asked(origin, "/f/absolute", BASIC));

	follow("basic", "c", film(other, "/f/port"), "/f/port");
	cr_expect_not(origin_asked(other, "/f/port", "Authorization"));
	snprintf(to, sizeof(to), "http://localhost:%d/f/name?size=%d",
	    origin_port(origin), SIZE);
	follow("basic", "d", to, "/f/name");
	cr_expect_not(origin_asked(origin, "/f/name", "Authorization"));

	/* what a redirect says itself is for where it leads */
	snprintf(to, sizeof(to), "http://u:w@127.0.0.1:%d/f/theirs?size=%d",
	    origin_port(other), SIZE);
	follow("basic", "e", to, "/f/theirs");
	head = origin_last(other, "/f/theirs");
	cr_expect_not_null(strstr(head, "Authorization: Basic dTp3\r\n"),
	    "%s", head);
	free(head);
}

/* Away and home again. */
Test(credential, of_the_url_come_back)
{
	char knobs[600];

	snprintf(knobs, sizeof(knobs), "to=%s", exam_escaped(film(origin,
	    "/f/back")));
	origin_set(other, "/f/away", knobs);
	follow("basic", "f", origin_url(other, "/f/away"), "/f/back");
	cr_expect_not(origin_asked(other, "/f/away", "Authorization"));
	cr_expect(origin_asked(origin, "/f/back", BASIC));
}

static void
check_fields(const struct origin *o, const char *path, int home)
{
	static const char *const along[] = { "User-Agent: Player/1\r\n",
	    "Referer: http://page.example/\r\n", "X-Any: thing\r\n", NULL };
	static const char *const bound[] = { "Cookie: key=s3cret\r\n",
	    "Authorization: Bearer s3cret\r\n", "X-Api-Key: s3cret\r\n",
	    "Host: films.example\r\n", NULL };
	int i;

	for (i = 0; along[i] != NULL; i++)
		cr_expect(origin_asked(o, path, along[i]), "%s: %s", path,
		    along[i]);
	for (i = 0; bound[i] != NULL; i++)
		cr_expect_eq(origin_asked(o, path, bound[i]), home, "%s: %s",
		    path, bound[i]);
	if (!home)
		cr_expect_not(origin_asked(o, path, "s3cret"), "%s", path);
}

Test(credential, in_fields)
{
	exam_intact(reeld_url(reeld, "/fields/own?size=%d", SIZE), "/f/own",
	    SIZE);
	check_fields(origin, "/f/own", 1);
	follow("fields", "a", film(origin, "/f/same"), "/f/same");
	check_fields(origin, "/f/same", 1);
	follow("fields", "b", film(other, "/f/port"), "/f/port");
	check_fields(other, "/f/port", 0);
}

/* A request that goes on where the one before it broke is no other. */
Test(credential, in_fields_of_what_is_resumed)
{
	follow("fields", "a", origin_url(origin, "/f/broken?size=%d&cut=200000"
	    "&cutonce=1", SIZE), "/f/broken");
	cr_expect_geq(origin_stat(origin, "/f/broken", "requests"), 2);
	check_fields(origin, "/f/broken", 1);
	follow("fields", "b", origin_url(other, "/f/cut?size=%d&cut=200000"
	    "&cutonce=1", SIZE), "/f/cut");
	cr_expect_geq(origin_stat(other, "/f/cut", "requests"), 2);
	check_fields(other, "/f/cut", 0);
}

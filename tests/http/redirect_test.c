/* SPDX-License-Identifier: ISC */
/* redirect_test -- sources that send elsewhere; clients never notice */
#include "config.h"

#include <stdio.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE		1000000
#define TEXT_MAX	8192

static struct origin *origin, *other;
static struct reeld *reeld;

/* Two sources; addresses that clients name may be of the first alone. */
static void
start(void)
{
	origin = origin_start(NULL, NULL);
	other = origin_start(NULL, NULL);
	reeld = reeld_start("segment_size = 64K\n"
	    "origin \"f\" { match = \"/f/\" retries = 1 stall_timeout = 2s"
	    " url = \"http://127.0.0.1:%d/f/\" }\n"
	    "origin \"key\" { match = \"/key/\""
	    " url = \"http://127.0.0.1:%d/f/\""
	    " set_header = {\"Authorization: Bearer s3cret\","
	    " \"X-Api-Key: s3cret\", \"X-Long: %0600d\"} }\n"
	    "origin \"open\" { match = \"/u/\" type = open retries = 0"
	    " allow = {\"127.0.0.1:%d\", \"localhost\"} }",
	    origin_port(origin), origin_port(origin), 7, origin_port(origin));
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
	origin_stop(&other);
}

/* `status`, or another one that is as good. */
static void
check_refused(const char *url, int status, int other_status, const char *who)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .url = url,
	    .keep = TEXT_MAX, .timeout_ms = 15000 });

	cr_expect(res->status == status || res->status == other_status,
	    "%s: status %d", who, res->status);
	cr_expect_null(viewer_header(res, "Location"), "%s", who);
	cr_expect_not_null(viewer_header(res, "Proxy-Status"), "%s", who);
	viewer_result_destroy(res);
}

TestSuite(redirect, .init = start, .fini = stop, .timeout = 60);

Test(redirect, of_every_kind_is_followed)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };
	char path[32];
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		snprintf(path, sizeof(path), "/f/s%d", statuses[i]);
		exam_intact(reeld_url(reeld, "%s?size=%d&redirect=3"
		    "&redirstatus=%d", path, SIZE, statuses[i]), path, SIZE);
	}
	exam_intact(reeld_url(reeld, "/f/open?size=%d", SIZE), "/f/open",
	    SIZE);
	exam_intact(reeld_url(reeld, "/u/%s/film.mkv", exam_base64(
	    origin_url(origin, "/f/u?size=%d&redirect=2", SIZE))), "/f/u",
	    SIZE);
}

Test(redirect, to_a_place_relative_to_it)
{
	char to[64];

	snprintf(to, sizeof(to), "/f/target?size=%d", SIZE);
	exam_intact(reeld_url(reeld, "/f/relative?to=%s", exam_escaped(to)),
	    "/f/target", SIZE);
}

Test(redirect, to_another_server_by_an_administrators_source)
{
	exam_intact(reeld_url(reeld, "/f/away?to=%s", exam_escaped(
	    origin_url(other, "/f/there?size=%d", SIZE))), "/f/there", SIZE);
	cr_expect_gt(origin_stat(other, NULL, "connections"), 0);
}

Test(redirect, without_an_end)
{
	origin_set(origin, "/f/ping", "to=/f/pong");
	origin_set(origin, "/f/pong", "to=/f/ping");
	check_refused(reeld_url(reeld, "/f/ping"), 502, 502, "a loop of two");
	origin_set(origin, "/f/self", "to=/f/self");
	check_refused(reeld_url(reeld, "/f/self"), 502, 502, "to itself");
	check_refused(reeld_url(reeld, "/f/many?redirect=40"), 502, 502, "40");
	cr_expect_leq(origin_stat(origin, "/f/self", "requests"), 30);
}

Test(redirect, to_what_is_no_address_of_http)
{
	static const char *const targets[] = { "file:///etc/passwd",
	    "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "javascript:1",
	    "http://", "//", "http://[::1/x" };
	char who[64];
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		snprintf(who, sizeof(who), "/f/no-%zu", i);
		check_refused(reeld_url(reeld, "%s?to=%s", who,
		    exam_escaped(targets[i])), 502, 403, targets[i]);
	}
}

/* A client names a host that is allowed, which then sends to one that is not:
 * that one never sees a connection. */
Test(redirect, of_an_open_address_to_a_forbidden_host)
{
	static const char *const forbidden[] = { "http://192.0.2.1/x",
	    "http://other.example/x", "http://[::1]/x",
	    "http://127.0.0.2/x", NULL };
	char who[64];
	int i;

	check_refused(reeld_url(reeld, "/u/%s", exam_base64(origin_url(origin,
	    "/f/out?to=%s", exam_escaped(origin_url(other, "/f/x"))))), 403,
	    403, "another port");
	for (i = 0; forbidden[i] != NULL; i++) {
		snprintf(who, sizeof(who), "/f/out-%d", i);
		check_refused(reeld_url(reeld, "/u/%s", exam_base64(
		    origin_url(origin, "%s?to=%s", who,
		    exam_escaped(forbidden[i])))), 403, 403, forbidden[i]);
	}
	cr_expect_eq(origin_stat(other, NULL, "connections"), 0);
}

/* A name that is allowed, at an address that is neither public nor listed. */
Test(redirect, of_an_open_address_by_dns)
{
	char url[128];

	snprintf(url, sizeof(url), "http://localhost:%d/f/x",
	    origin_port(other));
	check_refused(reeld_url(reeld, "/u/%s", exam_base64(url)), 403, 403,
	    "a private address");
	check_refused(reeld_url(reeld, "/u/%s", exam_base64(origin_url(origin,
	    "/f/dns?to=%s", exam_escaped(url)))), 403, 403,
	    "a redirect to a private address");
	cr_expect_eq(origin_stat(other, NULL, "connections"), 0);
}

/* libcurl's pool holds a connection to just that host, of an origin that may:
 * it is not this one's. */
Test(redirect, never_over_the_connection_of_another_origin)
{
	char url[128];

	snprintf(url, sizeof(url), "http://localhost:%d/f/pool?size=%d",
	    origin_port(other), SIZE);
	/* a redirect by the administrator's source */
	exam_intact(reeld_url(reeld, "/f/pooled?to=%s", exam_escaped(url)),
	    "/f/pool", SIZE);
	check_refused(reeld_url(reeld, "/u/%s", exam_base64(url)), 403, 403,
	    "the same host, while a connection to it is idle");
	check_refused(reeld_url(reeld, "/u/%s", exam_base64(origin_url(origin,
	    "/f/pooled2?to=%s", exam_escaped(url)))), 403, 403,
	    "a redirect to it");
}

/* What an origin's rules set goes to its own server whole, credentials to
 * nobody else. */
Test(redirect, with_credentials)
{
	exam_intact(reeld_url(reeld, "/key/mine?size=%d&redirect=1", SIZE),
	    "/f/mine", SIZE);
	cr_expect(origin_asked(origin, "/f/mine", "Bearer s3cret"));
	cr_expect(origin_asked(origin, "/f/mine", "X-Api-Key"));
	cr_expect(origin_asked(origin, "/f/mine", "00007\r\n"));
	exam_intact(reeld_url(reeld, "/key/theirs?to=%s", exam_escaped(
	    origin_url(other, "/f/theirs?size=%d", SIZE))), "/f/theirs",
	    SIZE);
	cr_expect_not(origin_asked(other, "/f/theirs", "s3cret"));
	cr_expect(origin_asked(other, "/f/theirs", "X-Long"));
}

/* The address that it was sent to is good for a moment only.  When a pull
 * breaks afterwards, the first address is asked again. */
Test(redirect, with_a_token_that_expires)
{
	exam_intact(reeld_url(reeld, "/f/token?size=%d&redirect=1&tokenms="
	    "300&rate=1500000&cut=800000", SIZE), "/f/token", SIZE);
	cr_expect_geq(origin_stat(origin, "/f/token", "status.302"), 2);
}

/* What a redirect gave is the object of the address that was asked: who asks
 * again is not sent around again. */
Test(redirect, is_part_of_the_object)
{
	const char *url = reeld_url(reeld, "/f/kept?size=%d&redirect=1", SIZE);

	exam_intact(url, "/f/kept", SIZE);
	exam_intact(url, "/f/kept", SIZE);
	cr_expect_eq(origin_stat(origin, "/f/kept", "requests"), 2);
	cr_expect_eq(origin_stat(origin, "/f/kept", "bytes"), SIZE);
}

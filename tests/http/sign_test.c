/* SPDX-License-Identifier: ISC */
/* sign_test -- signed addresses: who gets in, and what goes no further */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "../helper/exam.h"

#define SECRET		"s3cret of films"
#define SIZE		300000

static struct origin *origin;
static struct reeld *reeld;

static void
start(void)
{
	int port;

	origin = origin_start(NULL, NULL);
	port = origin_port(origin);
	reeld = reeld_start(
	    "origin \"s\" { match = \"/s/\" url = \"http://127.0.0.1:%d/f/\""
	    " retries = 0 secret = \"" SECRET "\" }\n"
	    "origin \"f\" { match = \"/f/\" url = \"http://127.0.0.1:%d/f/\""
	    " retries = 0 }\n"
	    "origin \"u\" { match = \"/u/\" type = open retries = 0"
	    " allow = {\"127.0.0.1:%d\"} secret = \"another\" }\n",
	    port, port, port);
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
}

TestSuite(sign, .init = start, .fini = stop, .timeout = 30);

/* ---- what the test makes itself ---- */

/* The signature of a path, in one of four buffers. */
static const char *
sig_of(const char *secret, const char *path, long expires, const char *client)
{
	static char sigs[4][64];
	static unsigned next;
	char *sig = sigs[next++ % 4], *c, text[2048];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n;

	snprintf(text, sizeof(text), "%s\n%ld%s%s", path, expires,
	    client == NULL ? "" : "\n", client == NULL ? "" : client);
	HMAC(EVP_sha256(), secret, (int)strlen(secret),
	    (const unsigned char *)text, strlen(text), digest, &n);
	cr_assert_eq(n, 32);
	EVP_EncodeBlock((unsigned char *)sig, digest, 32);
	for (c = sig; *c != '\0'; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' :
		    *c;
	return sig;
}

static long
soon(void)
{
	return (long)time(NULL) + 3600;
}

/* "path?expires=..&sig=..", good for an hour, in one of four buffers. */
static const char *
signed_path(const char *secret, const char *path, const char *client)
{
	static char texts[4][2048];
	static unsigned next;
	char *text = texts[next++ % 4];
	long last = soon();

	snprintf(text, sizeof(texts[0]), "%s?expires=%ld&sig=%s", path, last,
	    sig_of(secret, path, last, client));
	return text;
}

/* ---- asking ---- */

/* The status; an answer with content has that of /f/NAME. */
static int
ask(const char *target, const char *name, const char *line)
{
	struct viewer_want want = { .url = reeld_url(reeld, "%s", target),
	    .headers = (const char *const []){ line, NULL }, .check = 1,
	    .seed = data_seed(name, 1), .keep = 4096 };
	struct viewer_result *res = fetch(&want);
	int status = res->status;

	if (status == 200) {
		cr_expect_eq(res->wrong_at, -1, "%s", target);
		cr_expect_eq(res->bytes, SIZE, "%s: %llu bytes", target,
		    (unsigned long long)res->bytes);
	}
	viewer_result_destroy(res);
	return status;
}

/* 403, and the page says why. */
static void
expect_refused(const char *target, const char *line, const char *why)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = reeld_url(reeld, "%s", target), .keep = 4096,
	    .headers = (const char *const []){ line, NULL } });

	cr_expect_eq(res->status, 403, "%s: status %d", target, res->status);
	cr_expect(res->body != NULL && strstr(res->body, why) != NULL,
	    "%s: no \"%s\" in %s", target, why, res->body);
	viewer_result_destroy(res);
}

static void
film(const char *path)
{
	char knobs[32];

	snprintf(knobs, sizeof(knobs), "size=%d", SIZE);
	origin_set(origin, path, knobs);
}

/* ---- who gets in ---- */

Test(sign, opens)
{
	const char *target = signed_path(SECRET, "/s/a.mkv", NULL);
	struct viewer_want want = { .url = reeld_url(reeld, "%s", target),
	    .check = 1, .seed = data_seed("/f/a.mkv", 1) };
	struct viewer_result *res;
	int i;

	film("/f/a.mkv");
	for (i = 0; i < EXAM_PROTOCOLS; i++) {
		want.http = exam_protocols[i].http;
		res = fetch(&want);
		cr_expect_eq(res->status, 200, "%s: %d",
		    exam_protocols[i].name, res->status);
		cr_expect_eq(res->wrong_at, -1);
		cr_expect_eq(res->bytes, SIZE);
		viewer_result_destroy(res);
	}
	want.range = "1000-1999";
	want.offset = 1000;
	res = fetch(&want);
	cr_expect_eq(res->status, 206);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect_eq(res->bytes, 1000);
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){ .url = want.url, .head = 1 });
	cr_expect_eq(res->status, 200);
	cr_expect(exam_header_is(res, "content-length", "300000"));
	viewer_result_destroy(res);
}

/* The path is signed as it is sent, with its escapes. */
Test(sign, opens_escaped_paths)
{
	film("/f/a%20b.mkv");
	film("/f/ab.mkv");
	cr_expect_eq(ask(signed_path(SECRET, "/s/a%20b.mkv", NULL),
	    "/f/a%20b.mkv", NULL), 200);
	cr_expect_eq(ask(signed_path(SECRET, "/s/%61b.mkv", NULL),
	    "/f/ab.mkv", NULL), 200);
}

Test(sign, is_needed)
{
	static const char path[] = "/s/a.mkv";
	long last = soon(), past = (long)time(NULL) - 5;
	char target[512];
	const char *sig = sig_of(SECRET, path, last, NULL);

	film("/f/a.mkv");
	expect_refused(path, NULL, "not signed");
	snprintf(target, sizeof(target), "%s?expires=%ld", path, last);
	expect_refused(target, NULL, "not signed");
	snprintf(target, sizeof(target), "%s?sig=%s", path, sig);
	expect_refused(target, NULL, "not signed");
	snprintf(target, sizeof(target), "%s?expires=%ld&sig=%s", path, past,
	    sig_of(SECRET, path, past, NULL));
	expect_refused(target, NULL, "expired");
	snprintf(target, sizeof(target), "%s?expires=%ld&sig=%s", path,
	    last + 1, sig);
	expect_refused(target, NULL, "does not fit");
	snprintf(target, sizeof(target), "%s?expires=%ld&sig=%s", path, last,
	    sig_of("another", path, last, NULL));
	expect_refused(target, NULL, "does not fit");
	snprintf(target, sizeof(target), "/s/b.mkv?expires=%ld&sig=%s", last,
	    sig);
	expect_refused(target, NULL, "does not fit");
	snprintf(target, sizeof(target), "/s/%%61.mkv?expires=%ld&sig=%s",
	    last, sig);
	expect_refused(target, NULL, "does not fit");
	snprintf(target, sizeof(target), "%s?expires=%ld&sig=%.42s", path,
	    last, sig);
	expect_refused(target, NULL, "does not fit");
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 0);
}

Test(sign, may_be_for_one_client)
{
	static const char path[] = "/s/a.mkv";
	const char *ours = signed_path(SECRET, path, "127.0.0.1");
	const char *his = signed_path(SECRET, path, "192.0.2.7");
	const char *hers = signed_path(SECRET, path, "2001:db8::7");

	film("/f/a.mkv");
	cr_expect_eq(ask(ours, "/f/a.mkv", NULL), 200);
	expect_refused(his, NULL, "does not fit");
	expect_refused(ours, "X-Forwarded-For: 192.0.2.7", "does not fit");
	cr_expect_eq(ask(his, "/f/a.mkv", "X-Forwarded-For: 192.0.2.7"), 200);
	cr_expect_eq(ask(hers, "/f/a.mkv",
	    "X-Forwarded-For: 2001:DB8:0::7"), 200);
}

Test(sign, opens_what_clients_name)
{
	char path[512];

	film("/f/a.mkv");
	snprintf(path, sizeof(path), "/u/%s/name.mkv", exam_base64(
	    origin_url(origin, "/f/a.mkv")));
	expect_refused(path, NULL, "not signed");
	expect_refused(signed_path(SECRET, path, NULL), NULL, "does not fit");
	cr_expect_eq(ask(signed_path("another", path, NULL), "/f/a.mkv",
	    NULL), 200);
}

/* ---- the form with the signature in the path ---- */

static const char *
in_path(const char *path, long expires)
{
	static char texts[4][1024];
	static unsigned next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "/t/%ld.%s%s", expires,
	    sig_of(SECRET, path, expires, NULL), path);
	return text;
}

Test(sign, may_stand_in_the_path)
{
	const char *good = in_path("/s/dir/a.mkv", soon());
	char target[1024];

	film("/f/dir/a.mkv");
	cr_expect_eq(ask(good, "/f/dir/a.mkv", NULL), 200);
	/* What the query says does not count beside it. */
	snprintf(target, sizeof(target), "%s?expires=1&sig=x", good);
	cr_expect_eq(ask(target, "/f/dir/a.mkv", NULL), 200);
	expect_refused(in_path("/s/dir/a.mkv", (long)time(NULL) - 5), NULL,
	    "expired");
	snprintf(target, sizeof(target), "%s/b", good);
	expect_refused(target, NULL, "does not fit");
	expect_refused("/t/1.x/s/a.mkv", NULL, "does not fit");
	expect_refused("/t/1./s/a.mkv", NULL, "not signed");
	cr_expect_eq(ask("/t/1.x/f/a.mkv", "", NULL), 404);
	cr_expect_eq(ask("/t/1x/s/a.mkv", "", NULL), 404);
	cr_expect_eq(ask("/t/s/a.mkv", "", NULL), 404);
	cr_expect_eq(ask("/t/", "", NULL), 404);
}

/* Of an origin that has it for itself, /t/ is a folder; one that has all is
 * none of these. */
Test(sign_forms, leave_an_own_match_alone, .timeout = 30)
{
	int i;

	for (i = 0; i < 2; i++) {
		origin = origin_start(NULL, NULL);
		reeld = reeld_start("origin \"own\" { match = \"%s\" retries ="
		    " 0 url = \"http://127.0.0.1:%d/f/\" }\norigin \"s\" { "
		    "match = \"/s/\" retries = 0 secret = \"" SECRET "\" url ="
		    " \"http://127.0.0.1:%d/f/\" }", i == 0 ? "/t/" : "/",
		    origin_port(origin), origin_port(origin));
		film("/f/a.mkv");
		film("/f/1.x/s/a.mkv");
		film("/f/t/1.x/o/a.mkv");
		if (i == 0) {
			cr_expect_eq(ask("/t/1.x/s/a.mkv", "/f/1.x/s/a.mkv",
			    NULL), 200);
		} else {
			cr_expect_eq(ask("/t/1.x/o/a.mkv",
			    "/f/t/1.x/o/a.mkv", NULL), 200);
			cr_expect_eq(ask(in_path("/s/a.mkv", soon()),
			    "/f/a.mkv", NULL), 200);
		}
		stop();
	}
}

/* An origin that has everything does not give away what another one signs,
 * however its path is written: a source may read it so. */
Test(sign_forms, need_no_less_in_disguise, .timeout = 30)
{
	static const char *const disguises[] = { "/f/%76ip/a.mkv",
	    "/f/v%69%70/a.mkv", "/%66/vip/a.mkv", "//f/vip/a.mkv",
	    "/f//vip/a.mkv", "/f/vip//a.mkv", "/f/vip%2fa.mkv",
	    "/f/%2fvip/a.mkv", "//%66//%76ip/a.mkv" };
	size_t i;

	origin = origin_start(NULL, NULL);
	reeld = reeld_start("origin \"all\" { match = \"/\" retries = 0"
	    " url = \"http://127.0.0.1:%d/\" }\norigin \"s\" { match ="
	    " \"/f/vip/\" retries = 0 secret = \"" SECRET "\" url ="
	    " \"http://127.0.0.1:%d/f/vip/\" }", origin_port(origin),
	    origin_port(origin));
	film("/f/vip/a.mkv");
	film("/f/vipers/a.mkv");
	expect_refused("/f/vip/a.mkv", NULL, "not signed");
	for (i = 0; i < sizeof(disguises) / sizeof(disguises[0]); i++)
		expect_refused(disguises[i], NULL, "signed");
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 0);
	cr_expect_eq(ask(signed_path(SECRET, "/f/vip/a.mkv", NULL),
	    "/f/vip/a.mkv", NULL), 200);
	cr_expect_eq(ask("/f/%76ipers/a.mkv", "/f/vipers/a.mkv", NULL), 200);
	stop();
}

/* ---- where it does not go ---- */

static void
expect_logged(const char *request)
{
	cr_expect(AWAIT(reeld_access_has(reeld, request), 2000), "%s",
	    request);
}

static void
expect_no_leak(const char *where, const char *text)
{
	cr_expect_null(strstr(text, "sig"), "%s: %s", where, text);
	cr_expect_null(strstr(text, "expires"), "%s: %s", where, text);
	cr_expect_null(strstr(text, "/t/"), "%s: %s", where, text);
}

/* Two permissions for one path, in both forms, are one object. */
Test(sign, goes_nowhere_else)
{
	long last = soon();
	char target[1024], *head;

	film("/f/a.mkv");
	snprintf(target, sizeof(target), "%s&x=1",
	    signed_path(SECRET, "/s/a.mkv", NULL));
	cr_expect_eq(ask(target, "/f/a.mkv", NULL), 200);
	snprintf(target, sizeof(target), "/s/a.mkv?x=1&sig=%s&expires=%ld",
	    sig_of(SECRET, "/s/a.mkv", last + 7, NULL), last + 7);
	cr_expect_eq(ask(target, "/f/a.mkv", NULL), 200);
	snprintf(target, sizeof(target), "%s?x=1",
	    in_path("/s/a.mkv", last + 9));
	cr_expect_eq(ask(target, "/f/a.mkv", NULL), 200);
	cr_expect_eq(origin_stat(origin, "/f/a.mkv", "requests"), 1);
	head = origin_last(origin, "/f/a.mkv");
	cr_expect_not_null(strstr(head, "/f/a.mkv?x=1 "), "%s", head);
	expect_no_leak("source", head);
	free(head);
	expect_no_leak("objects", exam_ctl(reeld, "-j objects"));
	expect_logged("\"GET /s/a.mkv?x=1 HTTP/1.1\" 200 ");
	expect_refused("/t/1.wrong/s/refused.mkv?sig=x", NULL, "fit");
	expect_refused("/s/refused.mkv?y&sig=x&expires=1", NULL, "fit");
	expect_logged("\"GET /s/refused.mkv HTTP/1.1\" 403 ");
	expect_logged("\"GET /s/refused.mkv?y HTTP/1.1\" 403 ");
	cr_expect_not(reeld_access_has(reeld, "sig="));
	cr_expect_not(reeld_access_has(reeld, "expires="));
	cr_expect_not(reeld_access_has(reeld, "/t/"));
	cr_expect_eq(reeld_log_count(reeld, "sig="), 0);
}

/* Where the feature is off, these are names like any other. */
Test(sign, is_not_taken_from_other_origins)
{
	char *head;

	film("/f/a.mkv");
	cr_expect_eq(ask("/f/a.mkv?expires=1&sig=x", "/f/a.mkv", NULL), 200);
	head = origin_last(origin, "/f/a.mkv");
	cr_expect_not_null(strstr(head, "?expires=1&sig=x "), "%s", head);
	free(head);
	expect_logged("\"GET /f/a.mkv?expires=1&sig=x HTTP");
}

/* ---- reelctl ---- */

/* The one line that reelctl prints, and where its path begins. */
static const char *
ctl_sign(const char *args)
{
	static char text[4][2048];
	static unsigned next;
	char *line = text[next++ % 4];
	size_t len;

	snprintf(line, sizeof(text[0]), "%s", exam_ctl(reeld, args));
	len = strlen(line);
	cr_assert(len > 1 && strchr(line, '\n') == line + len - 1, "%s: %s",
	    args, line);
	line[len - 1] = '\0';
	return line;
}

Test(sign, by_reelctl)
{
	static const char host[] = "https://media.example:8443";
	char args[256];
	const char *line;

	film("/f/a.mkv");
	line = ctl_sign("sign /s/a.mkv --for 6h");
	cr_expect_eq(ask(line, "/f/a.mkv", NULL), 200, "%s", line);
	line = ctl_sign("sign --for 90 /s/a.mkv?x=1 --path");
	cr_expect_eq(strncmp(line, "/t/", 3), 0, "%s", line);
	cr_expect_eq(ask(line, "/f/a.mkv", NULL), 200, "%s", line);
	/* A URL stays one; what was signed is signed anew. */
	snprintf(args, sizeof(args), "sign %s/s/a.mkv?x=1&sig=old --for 1d",
	    host);
	line = ctl_sign(args);
	cr_expect_eq(strncmp(line, host, strlen(host)), 0, "%s", line);
	cr_expect_null(strstr(line, "old"), "%s", line);
	cr_expect_not_null(strstr(line, "/s/a.mkv?x=1&expires="), "%s", line);
	cr_expect_eq(ask(line + strlen(host), "/f/a.mkv", NULL), 200);
	/* For one client. */
	line = ctl_sign("sign /s/a.mkv --for 6h --client 127.0.0.1");
	cr_expect_eq(ask(line, "/f/a.mkv", NULL), 200);
	line = ctl_sign("sign /s/a.mkv --for 6h --client 2001:db8:0:0::1");
	expect_refused(line, NULL, "does not fit");
	cr_expect_eq(ask(line, "/f/a.mkv", "X-Forwarded-For: 2001:db8::1"),
	    200);
}

Test(sign, by_reelctl_for_so_long)
{
	json_t *o = exam_ctl_json(reeld, "-j sign /s/a.mkv --for 6h");
	long wanted = (long)time(NULL) + 6 * 3600;
	char expires[64];

	cr_expect_leq(labs((long)exam_integer(o, "expires") - wanted), 5);
	snprintf(expires, sizeof(expires), "?expires=%lld&sig=",
	    (long long)exam_integer(o, "expires"));
	cr_expect_not_null(strstr(exam_string(o, "url"), expires));
	json_decref(o);
	o = exam_ctl_json(reeld, "sign /s/a.mkv --for 1s -j");
	film("/f/a.mkv");
	cr_expect(AWAIT(ask(exam_string(o, "url"), "/f/a.mkv", NULL) == 403,
	    5000));
	expect_refused(exam_string(o, "url"), NULL, "expired");
	json_decref(o);
}

Test(sign, reelctl_says_what_is_wrong)
{
	static const struct {
		const char	*args, *words;
	} rows[] = {
		{ "sign /s/a.mkv", "--for" },
		{ "sign /s/a.mkv --for 6", "" },
		{ "sign /s/a.mkv --for soon", "soon" },
		{ "sign /s/a.mkv --for 0", "time" },
		{ "sign /s/a.mkv --for 999999d", "time" },
		{ "sign /nowhere --for 6h", "no origin" },
		{ "sign /f/a.mkv --for 6h", "no secret" },
		{ "sign s/a.mkv --for 6h", "neither" },
		{ "sign ftp://h/s/a.mkv --for 6h", "neither" },
		{ "sign /s/../a.mkv --for 6h", "dot segment" },
		{ "sign /s/\xc3\xbc.mkv --for 6h", "escaped" },
		{ "sign /s/a.mkv --for 6h --client nobody", "client" },
		{ "sign /s/a.mkv --for 6h --client -j", "address" },
		{ "sign --for 6h", "usage" },
		{ "sign /s/a /s/b --for 6h", "usage" },
		{ "objects --for 6h", "usage" },
	};
	char text[4096];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(reeld_ctl(reeld, rows[i].args, text,
		    sizeof(text)), rows[i].words[0] == '\0' ? 0 : 1, "%s",
		    rows[i].args);
		cr_expect_not_null(strstr(text, rows[i].words), "%s: %s",
		    rows[i].args, text);
	}
}

/* SPDX-License-Identifier: ISC */
/* forwarded_test -- the client behind a proxy: in the log, in limits, in what
 * it may see; and nobody else's word on it */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define PAGE		"/_reeld/objects"

/* A network that no peer of these tests is in. */
#define ELSEWHERE	"trusted_proxies = {\"10.0.0.0/8\"}\n"

/* ---- the log ---- */

static void
get(const char *target, const char *const *lines, enum viewer_http http,
    int status)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .http = http,
	    .url = reeld_url(exam.reeld, "%s", target), .headers = lines,
	    .check = strncmp(target, "/f/", 3) == 0,
	    .seed = data_seed("/f/a", 1) });

	cr_expect_eq(res->status, status, "%s with %s: %d, not %d", target,
	    lines == NULL ? "" : lines[0], res->status, status);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
}

/* Asks with the lines, and sees that the log has the request as `client`'s. */
static void
expect_logged(const char *const *lines, enum viewer_http http,
    const char *client)
{
	static unsigned serial;
	char target[64], address[64], request[80];
	char path[512], line[1024] = "";
	FILE *f;

	snprintf(target, sizeof(target), "/f/a?size=1000&n=%u", ++serial);
	get(target, lines, http, 200);
	snprintf(request, sizeof(request), "\"GET %s HTTP/", target);
	cr_assert(AWAIT(reeld_access_has(exam.reeld, request), 2000), "%s",
	    request);
	snprintf(address, sizeof(address), "%s - - [", client);
	snprintf(path, sizeof(path), "%s/access.log", reeld_dir(exam.reeld));
	cr_assert_not_null(f = fopen(path, "re"));
	while (strstr(line, request) == NULL)
		cr_assert_not_null(fgets(line, sizeof(line), f));
	fclose(f);
	cr_expect_eq(strncmp(line, address, strlen(address)), 0,
	    "%s is not of %s", line, client);
}

static void
start(void)
{
	exam_start("", "retries = 0");
}

TestSuite(forwarded, .init = start, .fini = exam_stop, .timeout = 30);

/* The peer, 127.0.0.1, is a proxy by default. */
Test(forwarded, is_the_client_in_the_log)
{
	static const struct {
		const char	*lines[4], *client;
	} rows[] = {
		{ { NULL }, "127.0.0.1" },
		{ { "X-Forwarded-For: 192.0.2.7" }, "192.0.2.7" },
		{ { "X-Forwarded-For: 192.0.2.7:4711" }, "192.0.2.7" },
		{ { "X-Forwarded-For: [2001:DB8::7]:4711" }, "2001:db8::7" },
		{ { "X-Forwarded-For: ::ffff:192.0.2.7" }, "192.0.2.7" },
		{ { "Forwarded: for=192.0.2.7;proto=https" }, "192.0.2.7" },
		{ { "Forwarded: for=\"[2001:db8::7]:4711\";host=a" },
		    "2001:db8::7" },
		/* what the client itself said stands to the left */
		{ { "X-Forwarded-For: 198.51.100.1, 192.0.2.7, 127.0.0.1" },
		    "192.0.2.7" },
		{ { "Forwarded: for=198.51.100.1, for=192.0.2.7" },
		    "192.0.2.7" },
		{ { "X-Forwarded-For: 198.51.100.1",
		    "X-Forwarded-For: 192.0.2.7",
		    "X-Forwarded-For: 127.0.0.2" }, "192.0.2.7" },
		/* nothing that counts */
		{ { "X-Forwarded-For: 192.0.2.7, unknown" }, "127.0.0.1" },
		{ { "X-Forwarded-Proto: https" }, "127.0.0.1" },
		{ { "X-Forwarded-For: 192.0.2.7",
		    "Forwarded: for=198.51.100.1" }, "127.0.0.1" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_logged(rows[i].lines, VIEWER_HTTP11, rows[i].client);
		expect_logged(rows[i].lines, VIEWER_H2C, rows[i].client);
	}
}

Test(forwarded, is_the_client_in_the_list)
{
	static const char *const lines[] = { "X-Forwarded-For: 2001:db8::7",
	    NULL };
	struct viewer *v = viewer_start(&(struct viewer_want){
	    .headers = lines, .rate = 1000000,
	    .url = reeld_url(exam.reeld, "/f/a?size=50M&rate=1M") });

	cr_expect(AWAIT(strstr(exam_ctl(exam.reeld, "clients"),
	    "2001:db8::7") != NULL, 5000));
	viewer_stop(v);
	viewer_result_destroy(viewer_wait(&v));
}

/* ---- who may manage ---- */

Test(forwarded, decides_who_may_manage)
{
	static const struct {
		const char	*lines[3];
		int		 status;
	} rows[] = {
		{ { NULL }, 200 },
		{ { "X-Forwarded-For: 127.0.0.1" }, 200 },
		{ { "X-Forwarded-For: ::1" }, 200 },
		{ { "Forwarded: for=\"[::1]:80\"" }, 200 },
		{ { "X-Forwarded-Proto: https" }, 403 },
		{ { "Forwarded: for=unknown",
		    "X-Forwarded-For: 127.0.0.1" }, 403 },
		{ { "X-Forwarded-For: unknown",
		    "Forwarded: for=127.0.0.1" }, 403 },
		{ { "X-Forwarded-For: 192.0.2.7" }, 403 },
		{ { "X-Forwarded-For: 127.0.0.1, 192.0.2.7" }, 403 },
		/* a neighbour between the two */
		{ { "X-Forwarded-For: 127.0.0.1, 192.0.2.7, 127.0.0.1" },
		    403 },
		{ { "Forwarded: for=192.0.2.7" }, 403 },
		{ { "X-Forwarded-For: unknown" }, 403 },
		{ { "X-Forwarded-For;" }, 403 },
		{ { "Forwarded: for=127.0.0.1",
		    "X-Forwarded-For: 192.0.2.7" }, 403 },
		{ { "Forwarded: for=192.0.2.7",
		    "X-Forwarded-For: 127.0.0.1" }, 403 },
		{ { "Forwarded: for=\"127.0.0.1" }, 403 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		get(PAGE, rows[i].lines, VIEWER_HTTP11, rows[i].status);
		get(PAGE, rows[i].lines, VIEWER_H2C, rows[i].status);
	}
}

/* ---- peers that nobody trusts ---- */

static void
start_untrusting(void)
{
	exam_start(ELSEWHERE, "retries = 0");
}

TestSuite(spoofing, .init = start_untrusting, .fini = exam_stop, .timeout = 30);

Test(spoofing, changes_nothing)
{
	static const char *const rows[][3] = {
		{ "X-Forwarded-For: 192.0.2.7", NULL },
		{ "X-Forwarded-For: 192.0.2.7, 10.0.0.1", NULL },
		{ "Forwarded: for=192.0.2.7", NULL },
		{ "X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7",
		    NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_logged(rows[i], VIEWER_HTTP11, "127.0.0.1");
		expect_logged(rows[i], VIEWER_H2C, "127.0.0.1");
	}
	cr_expect_not(reeld_access_has(exam.reeld, "192.0.2.7"));
}

/* Who sends such fields has somebody behind it, whoever that is. */
Test(spoofing, shows_nothing)
{
	static const char *const rows[][2] = {
		{ "X-Forwarded-For: 127.0.0.1", NULL },
		{ "X-Forwarded-Proto: https", NULL },
		{ "X-Forwarded-Host: a", NULL },
		{ "X-Forwarded-Prefix: /a", NULL },
		{ "Forwarded: for=127.0.0.1", NULL },
	};
	size_t i;

	get(PAGE, NULL, VIEWER_HTTP11, 200);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		get(PAGE, rows[i], VIEWER_HTTP11, 403);
}

Test(spoofing, ends_when_the_configuration_says_so)
{
	static const char *const lines[] = { "X-Forwarded-For: 192.0.2.7",
	    NULL };
	char text[4096];

	expect_logged(lines, VIEWER_HTTP11, "127.0.0.1");
	reeld_conf(exam.reeld, "trusted_proxies = {\"127.0.0.1\"}\norigin "
	    "\"f\" { match = \"/f/\" url = \"http://127.0.0.1:%d/f/\" }",
	    origin_port(exam.origin));
	cr_assert_eq(reeld_ctl(exam.reeld, "reload", text, sizeof(text)), 0);
	/* the workers read it one after the other */
	cr_expect(AWAIT((get("/f/a?size=10", lines, VIEWER_HTTP11, 200),
	    reeld_access_has(exam.reeld, "192.0.2.7 - - [")), 5000));
}

/* ---- a proxy on a unix socket ---- */

/* The status of a GET on a unix socket. */
static int
get_unix(const char *socket_path, const char *target, const char *line)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char buf[4096];
	int fd, status = 0;
	ssize_t n;

	strlcpy(sun.sun_path, socket_path, sizeof(sun.sun_path));
	cr_assert_neq(fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), -1);
	cr_assert_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_gt(dprintf(fd, "GET %s HTTP/1.1\r\nHost: a\r\n%s%s"
	    "Connection: close\r\n\r\n", target, line == NULL ? "" : line,
	    line == NULL ? "" : "\r\n"), 0);
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	cr_assert_gt(n, 0);
	buf[n] = '\0';
	sscanf(buf, "HTTP/1.1 %d", &status);
	return status;
}

Test(proxies, on_unix_sockets_are_trusted, .timeout = 30)
{
	char dir[] = "/tmp/forwarded.XXXXXX", path[64];

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chmod(dir, 0777), 0);
	snprintf(path, sizeof(path), "%s/http.sock", dir);
	exam.origin = origin_start(NULL, NULL);
	exam.reeld = reeld_start(ELSEWHERE
	    "listen \"127.0.0.1:%d\" { serve = {\"media\", \"status\"} }\n"
	    "listen \"unix:%s\" { serve = {\"media\", \"status\"} }\n"
	    "origin \"f\" { match = \"/f/\" url = \"http://127.0.0.1:%d/f/\" "
	    "}", free_port(), path, origin_port(exam.origin));
	cr_expect_eq(get_unix(path, "/f/a?size=10&n=1", NULL), 200);
	cr_expect(AWAIT(reeld_access_has(exam.reeld, "unix: - - ["), 2000));
	cr_expect_eq(get_unix(path, "/f/a?size=10&n=2",
	    "X-Forwarded-For: 192.0.2.7"), 200);
	cr_expect(AWAIT(reeld_access_has(exam.reeld, "192.0.2.7 - - ["), 2000));
	cr_expect_eq(get_unix(path, PAGE, NULL), 200);
	cr_expect_eq(get_unix(path, PAGE, "X-Forwarded-For: 192.0.2.7"), 403);
	cr_expect_eq(get_unix(path, PAGE, "X-Forwarded-For: ::1"), 200);
	exam_stop();
	unlink(path);
	rmdir(dir);
}

/* ---- limits ---- */

static void
start_limited(void)
{
	exam_start("client_connections = 2\n", "retries = 0");
}

TestSuite(limits, .init = start_limited, .fini = exam_stop, .timeout = 30);

/* A film that takes a while, for a client that a proxy tells. */
static struct viewer *
watch(const char *client)
{
	struct viewer *v = viewer_start(&(struct viewer_want){
	    .headers = (const char *const []){ client, NULL },
	    .url = reeld_url(exam.reeld, "/f/long?size=50M&rate=2000000") });

	cr_assert(AWAIT(viewer_progress(v) > 0, 5000));
	return v;
}

static void
leave(struct viewer *v)
{
	viewer_stop(v);
	viewer_result_destroy(viewer_wait(&v));
}

static int
status_for(const char *client)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .headers = (const char *const []){ client, NULL },
	    .url = reeld_url(exam.reeld, "/f/a?size=10") });
	int status = res->status;

	if (status == 429)
		cr_expect(exam_header_is(res, "retry-after", "1"));
	viewer_result_destroy(res);
	return status;
}

/* Counted over all workers, and given back. */
Test(limits, hold_for_each_client_of_a_proxy)
{
	static const char one[] = "X-Forwarded-For: 192.0.2.7";
	static const char same[] = "Forwarded: for=\"192.0.2.7:99\"";
	static const char other[] = "X-Forwarded-For: 192.0.2.8";
	struct viewer *a = watch(one), *b = watch(one);
	int i;

	for (i = 0; i < 8; i++) {
		cr_expect_eq(status_for(one), 429);
		cr_expect_eq(status_for(same), 429);
		cr_expect_eq(status_for(other), 200);
		cr_expect_eq(status_for(NULL), 200);
	}
	leave(a);
	cr_expect(AWAIT(status_for(one) == 200, 2000));
	leave(b);
	for (i = 0; i < 8; i++)
		cr_expect(AWAIT(status_for(one) == 200, 2000));
}

/* A household has a /64. */
Test(limits, take_ipv6_networks_as_one)
{
	struct viewer *a = watch("X-Forwarded-For: 2001:db8:0:7::1");
	struct viewer *b = watch("X-Forwarded-For: 2001:db8:0:7:a:b:c:d");

	cr_expect_eq(status_for("X-Forwarded-For: 2001:db8:0:7::2"), 429);
	cr_expect_eq(status_for("X-Forwarded-For: 2001:db8:0:8::2"), 200);
	leave(a);
	leave(b);
}

/* Nobody gets around them by hiding who he is; loopback is no client. */
Test(limits, count_the_untold_as_their_proxy)
{
	static const char hidden[] = "X-Forwarded-For: unknown";
	static const char here[] = "X-Forwarded-For: 127.0.0.1";
	struct viewer *v[5] = { watch(hidden), watch(hidden), watch(here),
	    watch(here), watch(here) };
	int i;

	cr_expect_eq(status_for(hidden), 429);
	cr_expect_eq(status_for(here), 200);
	for (i = 0; i < 5; i++)
		leave(v[i]);
}

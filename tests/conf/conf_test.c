/* SPDX-License-Identifier: ISC */
/* conf_test -- numbers, routes and what the golden files cannot show */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/conf.h"

#define HEAD	"listen \"127.0.0.1:1\" { }\n"

static void
count(void *arg, int warning, const char *file, int line, const char *text)
{
	unsigned *n = arg;

	(void)warning;
	(void)file;
	(void)line;
	(void)text;
	(*n)++;
}

static struct conf *
parse(const char *text)
{
	unsigned n = 0;
	struct conf *conf = conf_parse_text(text, strlen(text), count, &n);

	cr_assert_not_null(conf);
	cr_expect_eq(n, 0, "%u reports", n);
	return conf;
}

Test(conf, size)
{
	static const struct {
		const char	*text;
		uint64_t	 bytes;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "64K", 65536 }, { "8M", 8388608 },
		{ "1G", 1073741824 }, { "2T", 2199023255552 },
		{ "007K", 7168 }, { "9223372036854775807", INT64_MAX },
	};
	static const char *const bad[] = {
		"", "K", "-1", "+1", " 1", "1 ", "1k", "1KB", "1.5G", "0x10",
		"1M1", "9223372036854775808", "8388608T",
		"99999999999999999999999",
	};
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_expect_eq(conf_size(good[i].text, &n), 0, "%s",
		    good[i].text);
		cr_expect_eq(n, good[i].bytes, "%s", good[i].text);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(conf_size(bad[i], &n), -1, "%s", bad[i]);
}

Test(conf, time)
{
	static const struct {
		const char	*text;
		int64_t		 ms;
	} good[] = {
		{ "0", 0 }, { "5", 5000 }, { "500ms", 500 }, { "45s", 45000 },
		{ "5m", 300000 }, { "1h", 3600000 }, { "2d", 172800000 },
	};
	static const char *const bad[] = {
		"", "s", "-1s", "5M", "5 s", "1h30m", "0.5s", "1w",
		"9223372036854775807s",
	};
	int64_t ms;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_expect_eq(conf_time(good[i].text, &ms), 0, "%s",
		    good[i].text);
		cr_expect_eq(ms, good[i].ms, "%s", good[i].text);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(conf_time(bad[i], &ms), -1, "%s", bad[i]);
}

Test(conf, defaults)
{
	struct conf *conf = parse(HEAD
	    "origin \"a\" { match = \"/a/\" url = \"http://x/\" }\n"
	    "origin \"o\" { match = \"/u/\" type = open }\n");

	cr_expect_eq(conf->workers_auto, 1);
	cr_expect_geq(conf->workers, 1);
	cr_expect_leq(conf->workers, 30);
	cr_expect_eq(conf->arena_size, UINT64_C(1) << 30);
	cr_expect_eq(conf->segment_size, 8388608);
	cr_expect_eq(conf->wait_max, 60000);
	cr_expect_str_eq(conf->api_token, "");
	cr_expect_eq(conf->listens[0].serve, CONF_SERVE_MEDIA);
	cr_expect_eq(conf->listens[0].line, 1);
	cr_expect_null(conf->spool.directory);
	cr_expect_eq(conf->origins[0].line, 2);
	cr_expect_str_eq(conf->origins[0].account, "a");
	cr_expect_eq(conf->origins[0].fill, CONF_FILL_ALL);
	cr_expect_eq(conf->origins[0].ttl, -1);
	cr_expect_null(conf->origins[0].secret);
	cr_expect_eq(conf->origins[1].fill, CONF_FILL_AHEAD);
	cr_expect_null(conf->origins[1].url);
	cr_expect_eq(conf->origins[1].allow.n, 0);
	conf_destroy(conf);
}

Test(conf, list_replaces_the_default)
{
	struct conf *conf = parse(
	    "listen \"127.0.0.1:1\" { serve = {\"api\", \"metrics\"} }\n");

	cr_expect_eq(conf->listens[0].serve,
	    CONF_SERVE_API | CONF_SERVE_METRICS);
	conf_destroy(conf);
}

static const char *
routed(const struct conf *conf, const char *path)
{
	const struct conf_origin *origin;

	origin = conf_route(conf, path, strlen(path));
	return origin == NULL ? "none" : origin->name;
}

Test(conf, route)
{
	struct conf *conf = parse(HEAD
	    "origin \"ab\" { match = \"/a/b/\" url = \"http://x/\" }\n"
	    "origin \"a\" { match = \"/a/\" url = \"http://x/\" }\n"
	    "origin \"abc\" { match = \"/a/b/c\" url = \"http://x/\" }\n");

	cr_expect_str_eq(routed(conf, "/a/x"), "a");
	cr_expect_str_eq(routed(conf, "/a/b/x"), "ab");
	cr_expect_str_eq(routed(conf, "/a/b/cx"), "abc");
	cr_expect_str_eq(routed(conf, "/a"), "none");
	cr_expect_str_eq(routed(conf, ""), "none");
	cr_expect_str_eq(routed(conf, "/b/a/"), "none");
	cr_expect_null(conf_route(conf, "/a/x", 2));
	cr_expect_eq(conf_origin(conf, "abc"), &conf->origins[2]);
	cr_expect_null(conf_origin(conf, "x"));
	conf_destroy(conf);
}

Test(conf, secrets_are_whole_with_the_flag)
{
	char *text;
	size_t len;
	FILE *fp = open_memstream(&text, &len);
	struct conf *conf = parse("api_token = \"t0ken\"\n" HEAD
	    "origin \"a\" { match = \"/a/\" url = \"http://u:pw@x/\"\n"
	    "set_header = {\"Cookie: c00kie\"} }\n");

	cr_expect_eq(conf_print(conf, fp, CONF_SECRETS), 0);
	fclose(fp);
	cr_expect_not_null(strstr(text, "\"t0ken\""));
	cr_expect_not_null(strstr(text, "u:pw@x"));
	cr_expect_not_null(strstr(text, "Cookie: c00kie"));
	conf_destroy(conf);
	free(text);
}

Test(conf, print_tells_a_failed_write)
{
	struct conf *conf = parse(HEAD);
	FILE *fp = fopen("/dev/full", "we");

	cr_assert_not_null(fp);
	cr_expect_eq(conf_print(conf, fp, 0), -1);
	fclose(fp);
	conf_destroy(conf);
}

Test(conf, second_parse_is_not_disturbed_by_a_failed_one)
{
	static const char *const slips[] = {
		"user = \"a", "user = \"\\8\"", "user = 'a", "/*", "origin",
		"origin \"x\" { match = \"/x/\"", "listen \"a\" }", "a = {",
		"trusted_proxies = {\"a\" \"b\"}",
	};
	unsigned n;
	size_t i;

	for (i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		n = 0;
		cr_expect_null(conf_parse_text(slips[i], strlen(slips[i]),
		    count, &n), "%s", slips[i]);
		cr_expect_geq(n, 1, "%s", slips[i]);
		conf_destroy(parse(HEAD));
	}
}

Test(conf, nul_byte_is_a_slip)
{
	unsigned n = 0;

	cr_expect_null(conf_parse_text("workers = 1\0", 12, count, &n));
	cr_expect_eq(n, 1);
}

Test(conf, absent_file)
{
	unsigned n = 0;

	cr_expect_null(conf_parse("/nonexistent/reeld.conf", NULL, 0, count,
	    &n));
	cr_expect_eq(n, 1);
	n = 0;
	cr_expect_null(conf_parse("/", NULL, 0, count, &n));
	cr_expect_eq(n, 1);
	conf_destroy(NULL);
}

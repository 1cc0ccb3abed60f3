/* SPDX-License-Identifier: ISC */
/* exam -- one reeld before one scripted source; runs in test programs */
#include "config.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include <openssl/evp.h>

#include "exam.h"

#define BODY_MAX	(1024 * 1024)

/* libh2o answers HTTP/1.0 as RFC 9112 2.3 has it: with its own version. */
const struct exam_protocol exam_protocols[EXAM_PROTOCOLS] = {
	{ "HTTP/1.1", VIEWER_HTTP11, 11 },
	{ "HTTP/1.0", VIEWER_HTTP10, 11 },
	{ "h2c", VIEWER_H2C, 20 },
	{ "h2c by upgrade", VIEWER_UPGRADE, 20 },
};

struct exam exam;

void
exam_start(const char *global, const char *rules)
{
	exam.origin = origin_start(NULL, NULL);
	exam.reeld = reeld_start("%s\norigin \"f\" {\n\tmatch = \"/f/\"\n\turl"
	    " = \"http://127.0.0.1:%d/f/\"\n\t%s\n}", global,
	    origin_port(exam.origin), rules);
}

void
exam_stop(void)
{
	exam_audit(exam.reeld);
	reeld_stop(&exam.reeld);
	origin_stop(&exam.origin);
}

void
exam_audit(const struct reeld *r)
{
	char text[8192];

	cr_expect_eq(reeld_ctl(r, "audit", text, sizeof(text)), 0,
	    "audit: %s", text);
}

int
exam_header_is(const struct viewer_result *res, const char *name,
    const char *value)
{
	const char *got = viewer_header(res, name);

	return got != NULL && strcmp(got, value) == 0;
}

int
exam_header_has(const struct viewer_result *res, const char *name,
    const char *part)
{
	const char *got = viewer_header(res, name);

	return got != NULL && strstr(got, part) != NULL;
}

void
exam_says(const struct viewer_result *res, int json, const char *words,
    const char *who)
{
	json_t *j;

	cr_expect(exam_header_has(res, "Content-Type",
	    json ? "application/json" : "text/html"), "%s: Content-Type: %s",
	    who, viewer_header(res, "Content-Type"));
	cr_expect_not_null(strstr(res->body, words), "%s: \"%s\" is not in "
	    "%s", who, words, res->body);
	if (!json)
		return;
	j = json_loads(res->body, 0, NULL);
	cr_expect(json_is_object(j), "%s: no JSON: %s", who, res->body);
	json_decref(j);
}

int
exam_etag_strong(const struct viewer_result *res)
{
	const char *etag = viewer_header(res, "ETag");
	size_t n = etag == NULL ? 0 : strlen(etag);

	return n > 2 && etag[0] == '"' && etag[n - 1] == '"' &&
	    strcspn(etag + 1, "\" \t") == n - 2;
}

int64_t
exam_intact(const char *url, const char *path, uint64_t size)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .url = url,
	    .check = 1, .seed = data_seed(path, 1), .timeout_ms = 15000 });
	int64_t us = res->total_us;

	cr_expect_eq(res->curl, 0, "%s as %s: %s", path, url, res->error);
	cr_expect_eq(res->status, 200, "%s as %s: status %d", path, url,
	    res->status);
	cr_expect_eq(res->bytes, size, "%s as %s: %" PRIu64 " bytes", path,
	    url, res->bytes);
	cr_expect_eq(res->wrong_at, -1, "%s as %s: wrong at %" PRId64, path,
	    url, res->wrong_at);
	cr_expect_null(viewer_header(res, "Location"), "%s as %s", path, url);
	viewer_result_destroy(res);
	return us;
}

int
exam_status(const char *url)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .url = url });
	int status = res->status;

	viewer_result_destroy(res);
	return status;
}

char *
exam_page(const char *url)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .url = url,
	    .keep = BODY_MAX });
	char *text;

	cr_assert_eq(res->status, 200, "%s: status %d", url, res->status);
	text = strdup(res->body);
	viewer_result_destroy(res);
	return text;
}

int64_t
exam_metric(const struct reeld *r, const char *name)
{
	char *page = exam_page(reeld_url(r, "/metrics")), *at, line[96];
	int64_t value;

	snprintf(line, sizeof(line), "\nreeld_%s ", name);
	at = strstr(page, line);
	cr_assert_not_null(at, "no metric %s", name);
	value = strtoll(at + strlen(line), NULL, 10);
	free(page);
	return value;
}

const char *
exam_ctl(const struct reeld *r, const char *args)
{
	static char text[BODY_MAX];

	cr_expect_eq(reeld_ctl(r, args, text, sizeof(text)), 0, "%s: %s",
	    args, text);
	return text;
}

static json_t *
parse(const char *text, const char *what)
{
	json_error_t error;
	json_t *j = json_loads(text, JSON_DECODE_ANY, &error);

	cr_assert_not_null(j, "%s: no JSON (%s): %s", what, error.text, text);
	return j;
}

json_t *
exam_json(const char *url)
{
	char *text = exam_page(url);
	json_t *j = parse(text, url);

	free(text);
	return j;
}

json_t *
exam_ctl_json(const struct reeld *r, const char *args)
{
	return parse(exam_ctl(r, args), args);
}

int64_t
exam_integer(const json_t *o, const char *name)
{
	const json_t *value = json_object_get(o, name);

	cr_expect(json_is_integer(value), "%s is no integer", name);
	return json_integer_value(value);
}

const char *
exam_string(const json_t *o, const char *name)
{
	const json_t *value = json_object_get(o, name);

	cr_assert(json_is_string(value), "%s is no string", name);
	return json_string_value(value);
}

int
exam_matches(const char *text, const char *pattern)
{
	regex_t re;
	int found;

	cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE |
	    REG_NOSUB), 0, "%s", pattern);
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

const char *
exam_base64(const char *url)
{
	static char texts[4][4096];
	static unsigned next;
	char *text = texts[next++ % 4], *p;
	size_t n = strlen(url);

	cr_assert_lt(n, sizeof(texts[0]) / 4 * 3 - 4);
	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)url,
	    (int)n);
	for (p = text; *p != '\0' && *p != '='; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	*p = '\0';
	return text;
}

const char *
exam_escaped(const char *url)
{
	static char text[1024];
	size_t n = 0;

	cr_assert_lt(strlen(url) * 3, sizeof(text));
	for (; *url != '\0'; url++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%%%02x",
		    (unsigned char)*url);
	return text;
}

/* SPDX-License-Identifier: ISC */
/* url_fuzz -- any URL, path, query and base64 address; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "reeld/address.h"
#include "reeld/path.h"
#include "reeld/query.h"
#include "reeld/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A normalized address parses, and is its own normal form. */
static void
check_normal(const char *url, size_t len)
{
	char again[URL_MAX + 1], host[URL_HOST_MAX + 1];
	struct url parts;

	assert(strlen(url) == len && len <= URL_MAX);
	assert(url_parse(url, len, &parts, NULL) == 0);
	assert(parts.path.len > 0 && parts.port > 0);
	assert(path_check(parts.path.base, parts.path.len, NULL) == 0 ||
	    memchr(parts.path.base, '%', parts.path.len) != NULL);
	url_host(&parts, host);
	assert(strlen(host) == parts.host.len);
	assert(url_normalize(url, len, again, sizeof(again), NULL) ==
	    (int)len);
	assert(strcmp(url, again) == 0);
}

static void
try_normalize(const char *s, size_t len)
{
	char out[URL_MAX + 1];
	const char *why = NULL;
	struct url parts;
	int n = url_normalize(s, len, out, sizeof(out), &why);

	assert((n == -1) == (why != NULL));
	if (n == -1)
		return;
	assert(url_parse(s, len, &parts, NULL) == 0);
	check_normal(out, (size_t)n);
	assert(url_normalize(s, len, out, (size_t)n, &why) == -1);
}

/* Nothing that a client sends leaves the url of the origin. */
static void
try_join(const char *s, size_t len)
{
	static const char base[] = "http://h.example/lib/";
	char out[URL_MAX + 1];
	const char *mark = memchr(s, '?', len), *why = NULL;
	struct span rest = { s, len }, query = { NULL, 0 };
	int n;

	if (mark != NULL) {
		rest.len = (size_t)(mark - s);
		query = (struct span){ mark + 1, len - rest.len - 1 };
	}
	n = url_join(base, rest, query, out, sizeof(out), &why);
	assert((n == -1) == (why != NULL));
	if (n == -1)
		return;
	assert(strncmp(out, base, sizeof(base) - 1) == 0);
	check_normal(out, (size_t)n);
}

static void
try_strip(const char *s, size_t len)
{
	static const char *const names[] = { "sig", "expires" };
	char out[4096];
	size_t n;

	if (len > sizeof(out))
		return;
	n = query_strip(s, len, names, 2, out);
	assert(n <= len);
	assert(query_find(out, n, "sig").base == NULL);
	assert(query_strip(out, n, names, 2, out) == n);
	if (query_find(s, len, "sig").base == NULL &&
	    query_find(s, len, "expires").base == NULL)
		assert(n == len && memcmp(s, out, n) == 0);
}

static void
try_address(const char *s, size_t len)
{
	char url[URL_MAX + 1], name[ADDRESS_NAME_MAX + 1];
	const char *why = NULL;
	enum address_verdict verdict;

	verdict = address_decode(s, len, url, sizeof(url), name, sizeof(name),
	    &why);
	assert((verdict == ADDRESS_OK) == (why == NULL));
	if (verdict == ADDRESS_OK)
		check_normal(url, strlen(url));
}

/* The same bytes as text of an address: encoded here, decoded there. */
static void
try_round(const char *s, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_";
	char code[8192], url[URL_MAX + 1], plain[URL_MAX + 1];
	char name[ADDRESS_NAME_MAX + 1];
	size_t bit, n = 0;
	unsigned v, i;
	int direct;

	if (len > 4096)
		return;
	for (bit = 0; bit < len * 8; bit += 6) {
		for (v = 0, i = 0; i < 6; i++)
			v = v << 1 | (bit + i < len * 8 ? s[(bit + i) / 8] >>
			    (7 - (bit + i) % 8) & 1 : 0);
		code[n++] = digits[v];
	}
	direct = url_normalize(s, len, plain, sizeof(plain), NULL);
	assert((address_decode(code, n, url, sizeof(url), name, sizeof(name),
	    NULL) == ADDRESS_OK) == (direct != -1));
	if (direct != -1)
		assert(strcmp(url, plain) == 0 && name[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *s = (const char *)data;

	try_normalize(s, len);
	try_join(s, len);
	try_strip(s, len);
	try_address(s, len);
	try_round(s, len);
	return 0;
}

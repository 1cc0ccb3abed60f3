/* SPDX-License-Identifier: ISC */
/* forwarded_fuzz -- what proxies, and whoever plays one, say of the client;
 * and what stands in signed addresses; libFuzzer program */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "reeld/forwarded.h"
#include "reeld/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct network trusted[] = {
	{ AF_INET, 8, { 10 } },
	{ AF_INET6, 32, { 0x20, 0x01, 0x0d, 0xb8 } },
};

/* Takes a line off; one that is `-` stands for a field that is not there. */
static struct span
take_line(struct span *s)
{
	const char *end = memchr(s->base, '\n', s->len);
	size_t n = end == NULL ? s->len : (size_t)(end - s->base);
	struct span line = { s->base, n };

	s->base += end == NULL ? n : n + 1;
	s->len -= end == NULL ? n : n + 1;
	if (n == 1 && line.base[0] == '-')
		line = (struct span){ NULL, 0 };
	return line;
}

static int
has(struct span s, char c)
{
	return s.base != NULL && memchr(s.base, c, s.len) != NULL;
}

static void
check(const struct forwarded *told)
{
	assert(told->client.ss_family == AF_UNSPEC ||
	    told->client.ss_family == AF_INET ||
	    told->client.ss_family == AF_INET6);
	if (told->proto.base != NULL)
		assert((told->proto.len == 4 || told->proto.len == 5) &&
		    memcmp(told->proto.base, "https", told->proto.len) == 0);
	if (told->host.base != NULL)
		assert(told->host.len > 0 && told->host.len < 300 &&
		    !has(told->host, '/') && !has(told->host, '@') &&
		    !has(told->host, '"') && !has(told->host, ' ') &&
		    !has(told->host, '\0'));
	if (told->prefix.base != NULL)
		assert(told->prefix.len > 1 && told->prefix.base[0] == '/' &&
		    told->prefix.base[1] != '/' &&
		    told->prefix.base[told->prefix.len - 1] != '/' &&
		    memmem(told->prefix.base, told->prefix.len, "/../", 4) ==
		    NULL && !has(told->prefix, '"') &&
		    !has(told->prefix, '?') && !has(told->prefix, '<'));
}

/* What the last proxy appends is the client, whatever stands before it. */
static void
append(struct forwarded_fields *f)
{
	static const char more[] = ", 192.0.2.1";
	struct forwarded told;
	char text[4096];

	if (f->x_for.base == NULL || f->forwarded.base != NULL ||
	    f->x_for.len + sizeof(more) > sizeof(text))
		return;
	memcpy(text, f->x_for.base, f->x_for.len);
	memcpy(text + f->x_for.len, more, sizeof(more) - 1);
	f->x_for = (struct span){ text, f->x_for.len + sizeof(more) - 1 };
	forwarded_read(f, trusted, 2, &told);
	assert(told.client.ss_family == AF_INET);
}

static void
sign(struct span path)
{
	struct span expires, sig, rest;
	enum signature_verdict verdict;

	if (signature_split(path, &expires, &sig, &rest) == -1)
		return;
	assert(rest.len > 0 && rest.base[0] == '/' && !has(sig, '/'));
	assert(rest.base + rest.len == path.base + path.len);
	verdict = signature_check("secret", rest, expires, sig, "::1", 0);
	assert(verdict != SIGNATURE_EXPIRED || expires.len == 0);
	assert(verdict != SIGNATURE_GOOD || sig.len == SIGNATURE_LEN);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span s = { (const char *)data, len };
	struct forwarded_fields f;
	struct forwarded told;

	if (len == 0)
		return 0;
	f.forwarded = take_line(&s);
	f.x_for = take_line(&s);
	f.x_proto = take_line(&s);
	f.x_host = take_line(&s);
	f.x_prefix = take_line(&s);
	forwarded_read(&f, trusted, 2, &told);
	check(&told);
	append(&f);
	sign(s);
	return 0;
}

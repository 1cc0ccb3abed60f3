/* SPDX-License-Identifier: ISC */
/* http_signature_test -- addresses that carry their own permission */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include "reeld/signature.h"

#define SECRET	"a secret of the origin"
#define PATH	"/films/a%20b.mkv"
#define LAST	1900000000

/* Made with `openssl dgst -sha256 -hmac` and base64. */
#define ANYBODY	"cgQ0xyb6WVeFbRdMUdziGioU4hybr4FWTVGZ2UScnuA"
#define CLIENT	"rAyqd7j92KHlSJu0wposoxpjinM750YGzltlI6RMFOY"

static struct span
path(void)
{
	return span_of(PATH);
}

static enum signature_verdict
check(const char *expires, const char *sig, const char *client, int64_t now)
{
	return signature_check(SECRET, path(), span_of(expires), span_of(sig),
	    client, now);
}

Test(http_signature, is_what_others_make)
{
	char sig[SIGNATURE_LEN + 1];

	signature_make(SECRET, path(), LAST, NULL, sig);
	cr_expect_str_eq(sig, ANYBODY);
	signature_make(SECRET, path(), LAST, "2001:db8::1", sig);
	cr_expect_str_eq(sig, CLIENT);
}

Test(http_signature, is_good_until_its_second_is_over)
{
	cr_expect_eq(check("1900000000", ANYBODY, "192.0.2.1", LAST - 1),
	    SIGNATURE_GOOD);
	cr_expect_eq(check("1900000000", ANYBODY, "192.0.2.1", LAST),
	    SIGNATURE_GOOD);
	cr_expect_eq(check("1900000000", ANYBODY, "192.0.2.1", LAST + 1),
	    SIGNATURE_EXPIRED);
}

Test(http_signature, may_be_for_one_client)
{
	cr_expect_eq(check("1900000000", CLIENT, "2001:db8::1", LAST),
	    SIGNATURE_GOOD);
	cr_expect_eq(check("1900000000", CLIENT, "2001:db8::1", LAST + 1),
	    SIGNATURE_EXPIRED);
	cr_expect_eq(check("1900000000", CLIENT, "2001:db8::2", LAST),
	    SIGNATURE_WRONG);
	cr_expect_eq(check("1900000000", CLIENT, "2001:db8::2", LAST + 1),
	    SIGNATURE_WRONG);
}

/* One bit of it all, and it is another permission. */
Test(http_signature, fits_nothing_else)
{
	char sig[] = ANYBODY;
	size_t i;

	for (i = 0; i < SIGNATURE_LEN; i++) {
		sig[i] ^= 1;
		cr_expect_eq(check("1900000000", sig, "192.0.2.1", LAST),
		    SIGNATURE_WRONG, "byte %zu", i);
		sig[i] ^= 1;
	}
	cr_expect_eq(signature_check("another secret", path(),
	    span_of("1900000000"), span_of(ANYBODY), "", LAST),
	    SIGNATURE_WRONG);
	cr_expect_eq(signature_check(SECRET, span_of("/films/a b.mkv"),
	    span_of("1900000000"), span_of(ANYBODY), "", LAST),
	    SIGNATURE_WRONG);
	cr_expect_eq(check("1900000001", ANYBODY, "", LAST), SIGNATURE_WRONG);
}

Test(http_signature, has_one_spelling)
{
	static const char *const numbers[] = { "01900000000", "+1900000000",
	    "-1", "1900000000 ", "0x713fb300", "1900000000.0", "x",
	    "9999999999999999999", "19000000000000000000000000000" };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		cr_expect_eq(check(numbers[i], ANYBODY, "", 0),
		    SIGNATURE_WRONG, "%s", numbers[i]);
	cr_expect_eq(check("1900000000", ANYBODY "=", "", 0),
	    SIGNATURE_WRONG);
	cr_expect_eq(check("1900000000", "x", "", 0), SIGNATURE_WRONG);
}

Test(http_signature, is_missed)
{
	cr_expect_eq(check(NULL, NULL, "", 0), SIGNATURE_MISSING);
	cr_expect_eq(check("1900000000", NULL, "", 0), SIGNATURE_MISSING);
	cr_expect_eq(check(NULL, ANYBODY, "", 0), SIGNATURE_MISSING);
	cr_expect_eq(check("", "", "", 0), SIGNATURE_MISSING);
	cr_expect_eq(check("1900000000", "", "", 0), SIGNATURE_MISSING);
}

Test(http_signature, has_words_for_each_verdict)
{
	int v;

	for (v = SIGNATURE_GOOD; v <= SIGNATURE_WRONG; v++)
		cr_expect_gt(strlen(signature_words(
		    (enum signature_verdict)v)), 0);
}

Test(http_signature, stands_before_a_path)
{
	static const struct {
		const char	*path, *expires, *sig, *rest;
	} rows[] = {
		{ "/t/19.abc/films/a", "19", "abc", "/films/a" },
		{ "/t/19.a.b/", "19", "a.b", "/" },
		{ "/t/./x", "", "", "/x" },
		{ "/t/19.abc//x", "19", "abc", "//x" },
		{ "/t/19.abc", NULL, NULL, NULL },
		{ "/t/19abc/x.y/z", NULL, NULL, NULL },
		{ "/t//x.y/z", NULL, NULL, NULL },
		{ "/t", NULL, NULL, NULL },
		{ "/t/", NULL, NULL, NULL },
		{ "/T/19.abc/x", NULL, NULL, NULL },
		{ "t/19.abc/x", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
	};
	struct span expires, sig, rest;
	char text[128], wanted[128];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(signature_split(span_of(rows[i].path), &expires,
		    &sig, &rest), rows[i].rest == NULL ? -1 : 0, "%s",
		    rows[i].path);
		if (rows[i].rest == NULL)
			continue;
		snprintf(text, sizeof(text), "%.*s|%.*s|%.*s",
		    (int)expires.len, expires.base, (int)sig.len, sig.base,
		    (int)rest.len, rest.base);
		snprintf(wanted, sizeof(wanted), "%s|%s|%s", rows[i].expires,
		    rows[i].sig, rows[i].rest);
		cr_expect_str_eq(text, wanted);
	}
}

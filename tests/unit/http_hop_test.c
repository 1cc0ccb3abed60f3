/* SPDX-License-Identifier: ISC */
/* http_hop_test -- fields that end at this hop, methods that are safe */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/hop.h"

/* RFC 9110, 7.6.1. */
Test(http_hop, fields)
{
	static const char *const ends[] = { "Connection", "keep-alive",
		"Proxy-Connection", "TE", "te", "Trailer",
		"Transfer-Encoding", "Upgrade", "Proxy-Authorization",
		"Proxy-Authenticate", "HTTP2-Settings" };
	static const char *const go[] = { "Content-Type", "Cookie", "Via",
		"T", "TEA", "Trailers", "Authorization", "" };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		cr_expect(hop_ends(span_of(ends[i]), NULL, 0), "%s", ends[i]);
	for (i = 0; i < sizeof(go) / sizeof(go[0]); i++)
		cr_expect(!hop_ends(span_of(go[i]), NULL, 0), "%s", go[i]);
}

Test(http_hop, named)
{
	const struct span lists[] = { span_of("close, X-Near"),
		span_of(", x-other ,"), span_of("") };

	cr_expect(hop_ends(span_of("x-near"), lists, 3));
	cr_expect(hop_ends(span_of("X-Other"), lists, 3));
	cr_expect(hop_ends(span_of("Close"), lists, 3));
	cr_expect(!hop_ends(span_of("x-nea"), lists, 3));
	cr_expect(!hop_ends(span_of("x-near2"), lists, 3));
	cr_expect(!hop_ends(span_of("x-other"), lists, 1));
	cr_expect(!hop_ends(span_of(""), lists, 3));
}

Test(http_hop, safe_methods)
{
	cr_expect(hop_safe(span_of("GET")));
	cr_expect(hop_safe(span_of("OPTIONS")));
	cr_expect(hop_safe(span_of("PROPFIND")));
	cr_expect(!hop_safe(span_of("get")));
	cr_expect(!hop_safe(span_of("POST")));
	cr_expect(!hop_safe(span_of("GETS")));
	cr_expect(!hop_safe(span_of("")));
}

/* SPDX-License-Identifier: ISC */
/* cors_fuzz -- any Origin, any list of names; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "reeld/cors.h"
#include "reeld/hop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is allowed is one of the two, written in some way: nothing but letters
 * in another case, or a port that goes without saying. */
static void
check_origin(struct span origin)
{
	char a[] = "https://a.example", b[] = "http://b.example:8080";
	char *list[] = { a, b };

	if (!cors_allows(list, 2, origin))
		return;
	assert((origin.len >= strlen(a) &&
	    strncasecmp(origin.base, a, strlen(a)) == 0 &&
	    (origin.len == strlen(a) || origin.base[strlen(a)] == ':')) ||
	    (origin.len >= strlen(b) &&
	    strncasecmp(origin.base, b, strlen(b)) == 0));
	assert(memchr(origin.base, '\n', origin.len) == NULL &&
	    memchr(origin.base, '@', origin.len) == NULL);
}

/* What is granted is a list that grants itself, and can stand in a head. */
static void
check_headers(struct span asked)
{
	char once[CORS_ASKED_MAX], twice[CORS_ASKED_MAX];
	size_t i;

	cors_headers(asked, once);
	cors_headers(span_of(once), twice);
	assert(strcmp(once, twice) == 0);
	assert(strncmp(once, "range", 5) == 0);
	for (i = 0; once[i] != '\0'; i++)
		assert((unsigned char)once[i] >= 0x20 &&
		    (unsigned char)once[i] < 0x7f);
}

/* Whoever is named does not pass, and nobody else for that. */
static void
check_hop(struct span list)
{
	static const struct span name = { "x-near", 6 };
	int named = hop_ends(name, &list, 1);

	assert(!hop_ends(name, NULL, 0));
	assert(!named || list.len >= name.len);
	assert(hop_ends(span_of("te"), &list, 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct span text = { (const char *)data, len };

	check_origin(text);
	check_headers(text);
	check_hop(text);
	return 0;
}

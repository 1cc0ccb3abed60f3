/* SPDX-License-Identifier: ISC */
/* url_resolve_fuzz -- any reference at any address; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "reeld/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The address is the text before the first NUL, normalized, as the worker has
 * it; the reference is the rest. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *mark = len == 0 ? NULL : memchr(data, '\0', len);
	char base[URL_MAX + 1], out[URL_MAX + 1], again[URL_MAX + 1];
	struct span ref;
	const char *why = NULL;
	struct url u;

	if (mark == NULL || url_normalize((const char *)data,
	    (size_t)(mark - data), base, sizeof(base), &why) == -1)
		return 0;
	ref = (struct span){ (const char *)mark + 1,
	    len - (size_t)(mark + 1 - data) };
	assert(url_resolve(base, span_of(""), out, sizeof(out), &why) != -1 &&
	    strcmp(base, out) == 0);
	if (url_resolve(base, ref, out, sizeof(out), &why) == -1) {
		assert(why != NULL);
		return 0;
	}
	assert(url_parse(out, strlen(out), &u, NULL) == 0);
	/* What it means does not depend on the base any more. */
	assert(url_resolve("http://other/", span_of(out), again,
	    sizeof(again), &why) != -1 && strcmp(out, again) == 0);
	/* A reference that begins with one slash stays at its server. */
	if (ref.len >= 1 && ref.base[0] == '/' &&
	    (ref.len == 1 || ref.base[1] != '/'))
		assert(url_same_server(base, out));
	return 0;
}

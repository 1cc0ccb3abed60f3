/* SPDX-License-Identifier: ISC */
/* proxy_header_fuzz -- what a connection begins with; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "reeld/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Where it was decided with `n` bytes, every number of bytes says the same; a
 * header is whole with its own bytes and not with fewer. */
static void
check_cuts(const char *bytes, size_t len, enum proxy_header_verdict verdict,
    size_t whole)
{
	struct sockaddr_storage source;
	enum proxy_header_verdict v;
	size_t n, used;

	for (n = 1; n < len; n++) {
		v = proxy_header_parse(bytes, n, &used, &source);
		if (verdict == PROXY_HEADER_WHOLE)
			assert(v == (n < whole ? PROXY_HEADER_MORE : verdict));
		else
			assert(v == PROXY_HEADER_MORE || v == verdict);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *bytes = (const char *)data;
	struct sockaddr_storage source;
	enum proxy_header_verdict verdict;
	size_t used = 0;

	verdict = proxy_header_parse(bytes, len, &used, &source);
	if (verdict == PROXY_HEADER_WHOLE) {
		assert(used > 0 && used <= len && used <= 4096);
		assert(source.ss_family == AF_UNSPEC ||
		    source.ss_family == AF_INET ||
		    source.ss_family == AF_INET6);
	}
	check_cuts(bytes, len, verdict, used);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* hop -- fields that end at this hop; worker, fetcher */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "reeld/header.h"
#include "reeld/hop.h"

#include "scan.h"

/* RFC 9110, 7.6.1, and what is between two neighbours by its own definition:
 * 11.7 (Proxy-*), RFC 7540, 3.2.1 (HTTP2-Settings). */
static const char *const fields[] = {
	"Connection", "HTTP2-Settings", "Keep-Alive", "Proxy-Authenticate",
	"Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Connection",
	"TE", "Trailer", "Transfer-Encoding", "Upgrade",
};

/* The IANA registry of methods, column "Safe". */
static const char *const safe[] = {
	"GET", "HEAD", "OPTIONS", "PRI", "PROPFIND", "QUERY", "REPORT",
	"SEARCH", "TRACE",
};

static int
same(struct span a, struct span b)
{
	return a.len == b.len && strncasecmp(a.base, b.base, a.len) == 0;
}

int
hop_ends(struct span name, const struct span *connection, size_t n)
{
	struct span list, member;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (header_is(name, fields[i]))
			return 1;
	for (i = 0; i < n; i++) {
		list = connection[i];
		while (scan_member(&list, &member))
			if (same(member, name))
				return 1;
	}
	return 0;
}

int
hop_safe(struct span method)
{
	size_t i;

	for (i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (method.len == strlen(safe[i]) &&
		    memcmp(method.base, safe[i], method.len) == 0)
			return 1;
	return 0;
}
